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
from textclf.models.dpcnn import Halving
from textclf.models.transformer import FirstTokens

__all__ = [
    "PlainAttentionLayer",
    "PlainFirstTokens",
    "PlainHalving",
    "PlainNgramScores",
    "PlainRecurrence",
    "make_plain_",
]

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


class PlainHalving(Halving):
    """What :class:`~textclf.models.dpcnn.Halving` gives, by pooling in two dimensions, of which one is 1.

    Without gradients, torch pools in one dimension by a way that fixes the length.
    """

    def maxima(self, text: Tensor) -> Tensor:
        """Return the maxima around every second position of ``(B, H, L)``."""
        return F.max_pool2d(text.unsqueeze(2), (1, 3), stride=(1, 2), padding=(0, 1)).squeeze(2)


class PlainFirstTokens(nn.Module):
    """What :class:`~textclf.models.transformer.FirstTokens` is for, with no token cut off.

    The lesser of two lengths is none that torch can trace. Tokens beyond the last position get that one;
    nothing looks at them, since the lengths are cut off.
    """

    def forward(self, embedded: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, L, D)`` as it is, and ``(L, H)``."""
        places = torch.arange(embedded.shape[1], device=embedded.device)
        return embedded, positions[places.clamp(max=len(positions) - 1)]


class PlainAttentionLayer(nn.Module):
    """What torch's ``TransformerEncoderLayer`` gives in evaluation, with the norms first.

    Args:
        layer: Whose weights it uses; with ``batch_first`` and ``norm_first``.
    """

    def __init__(self, layer: nn.TransformerEncoderLayer) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, tokens: Tensor, src_key_padding_mask: Tensor) -> Tensor:
        """Attend among ``(B, L, H)``, but not to where the mask ``(B, L)`` is true."""
        layer, attention = self.layer, self.layer.self_attn
        products = F.linear(layer.norm1(tokens), attention.in_proj_weight, attention.in_proj_bias)
        parts = torch.unflatten(products, 2, (3, attention.num_heads, attention.head_dim))
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)  # (B, heads, L, H / heads) each
        scores = queries @ keys.transpose(2, 3) / attention.head_dim**0.5
        hidden = src_key_padding_mask.unsqueeze(1).unsqueeze(2)
        shares = scores.masked_fill(hidden, -torch.inf).softmax(dim=3)
        tokens = tokens + attention.out_proj((shares @ values).transpose(1, 2).flatten(2))
        inner = layer.linear1(layer.norm2(tokens))
        read: Tensor = tokens + layer.linear2(layer.activation(inner))
        return read


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
            elif isinstance(child, Halving):
                setattr(parent, name, PlainHalving())
            elif isinstance(child, FirstTokens):
                setattr(parent, name, PlainFirstTokens())
            elif isinstance(child, nn.TransformerEncoderLayer) and child.norm_first:
                setattr(parent, name, PlainAttentionLayer(child))
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
