"""The layers that torch cannot trace as they are, in plain operations that it can."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch._higher_order_ops.scan import scan
from torch.nn import functional as F

from textclf.layers.masking import length_mask, reverse_within_lengths
from textclf.layers.ngrams import NgramScores
from textclf.layers.recurrence import Recurrence

__all__ = ["PlainNgramScores", "PlainRecurrence", "make_plain_"]

_State: TypeAlias = tuple[Tensor, ...]
"""What a cell passes on to its next step, ``(B, H)`` each: the state first."""


class PlainNgramScores(nn.Module):
    """What :class:`~textclf.layers.ngrams.NgramScores` gives in evaluation, without an ``EmbeddingBag``.

    Args:
        layer: Whose weights it uses.
    """

    def __init__(self, layer: NgramScores) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Score ``(B, L)`` ids, L at least the length of the longest n-gram; give ``(B, C)``."""
        rows = self.layer.distinct_rows(token_ids, lengths)
        weights = self.layer.weights_of(rows).unsqueeze(1)
        scores = torch.bmm(weights, F.embedding(rows, self.layer.table.weight)).squeeze(1)
        return scores + self.layer.bias


class PlainRecurrence(nn.Module):
    """What :class:`~textclf.layers.Recurrence` gives in evaluation, as one loop that may have any length.

    Tracing torch's own recurrent networks fixes the number of their steps.

    Args:
        layer: Whose weights it uses.
    """

    def __init__(self, layer: Recurrence) -> None:
        super().__init__()
        self.forward_layers = layer.forward_layers
        self.backward_layers = layer.backward_layers
        self.state = layer.state

    def forward(
        self, embedded: Tensor, lengths: Tensor, places: None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Run over ``(B, L, D)``; give the states of the top layer, ``(B, L, H)`` of each direction."""
        inputs, backward = embedded, None
        for number, network in enumerate(self.forward_layers):
            begins = [None, None] if self.state.plain else self.state.drawn[number]
            forward = _run(network, inputs, lengths, begins[0])
            if len(self.backward_layers) > 0:
                mirrored = reverse_within_lengths(inputs, lengths)
                mirrored = _run(self.backward_layers[number], mirrored, lengths, begins[1])
                backward = reverse_within_lengths(mirrored, lengths)
            inputs = forward if backward is None else torch.cat([forward, backward], dim=2)
        return forward, backward

    def gains_by_places(self, num_texts: int) -> bool:
        """Say that texts are to be given as ``(B, L, D)``."""
        return False


def make_plain_(model: nn.Module) -> nn.Module:
    """Replace the layers of a model that cannot be traced by their plain forms.

    Args:
        model: Changed in place; its plain layers share the weights.
    """
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, NgramScores):
                setattr(parent, name, PlainNgramScores(child))
            elif isinstance(child, Recurrence):
                setattr(parent, name, PlainRecurrence(child))
    return model


def _run(network: nn.Module, inputs: Tensor, lengths: Tensor, begin: Tensor | None) -> Tensor:
    """Run one direction of one layer over ``(B, L, D)``; give ``(B, L, H)``, zeros at padding.

    It begins with zeros, or with the parts of a state, ``(parts, H)``, for every text.
    """
    names = ("weight_ih_l0", "bias_ih_l0", "weight_hh_l0", "bias_hh_l0")
    of_inputs, input_bias, of_states, state_bias = (network.get_parameter(name) for name in names)
    mode = str(network.mode)
    parts = 2 if mode == "LSTM" else 1
    if begin is None:
        begin = inputs.new_zeros(parts, of_states.shape[1])
    carry = tuple(part.expand(inputs.shape[0], -1).clone() for part in begin.unbind())
    products = F.linear(inputs, of_inputs, input_bias).transpose(0, 1)

    def advance(carry: _State, product: Tensor) -> tuple[_State, Tensor]:
        state = _STEPS[mode](carry, product, F.linear(carry[0], of_states, state_bias))
        return state, state[0].clone()

    _, states = scan(advance, carry, products)
    read: Tensor = states.transpose(0, 1)
    return read.masked_fill(~length_mask(lengths, inputs.shape[1]).unsqueeze(2), 0.0)


def _lstm(carry: _State, of_input: Tensor, of_state: Tensor) -> _State:
    i, f, g, o = (of_input + of_state).chunk(4, dim=1)
    cell = torch.sigmoid(f) * carry[1] + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(cell), cell


def _gru(carry: _State, of_input: Tensor, of_state: Tensor) -> _State:
    (r, z, n), (of_r, of_z, of_n) = of_input.chunk(3, dim=1), of_state.chunk(3, dim=1)
    update = torch.sigmoid(z + of_z)
    candidate = torch.tanh(n + torch.sigmoid(r + of_r) * of_n)
    return ((1 - update) * candidate + update * carry[0],)


def _tanh(carry: _State, of_input: Tensor, of_state: Tensor) -> _State:
    return (torch.tanh(of_input + of_state),)


def _relu(carry: _State, of_input: Tensor, of_state: Tensor) -> _State:
    return (torch.relu(of_input + of_state),)


_STEPS = {"LSTM": _lstm, "GRU": _gru, "RNN_TANH": _tanh, "RNN_RELU": _relu}
