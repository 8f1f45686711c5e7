"""Recurrent networks over padded batches, in one or both directions, blind to padding."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from textclf.errors import must_be
from textclf.layers.masking import reverse_within_lengths
from textclf.layers.recurrent import GRUByHand, LSTMByHand, RecurrentByHand
from textclf.layers.recurrent_state import RecurrentState
from textclf.layers.scans import gains_by_scan, scan
from textclf.validation import require_bool, require_int

__all__ = ["CELLS", "Recurrence"]

CELLS = ("rnn", "lstm", "gru", "lstm_by_hand", "gru_by_hand")


class Recurrence(nn.Module):
    """Stacked recurrent layers; the backward direction begins at each text's last real token.

    The directions run as networks of their own over plain padded tensors: the backward one reads
    each text reversed within its length. That gives what packed sequences give, and on a CPU takes
    about half their time. Two things need packed sequences: ``"relu"`` states, which no bound keeps from
    growing over padding until they overflow, and states to begin in, of which the last are wanted too.

    A large batch has each word many times over. It can also be given as one vector for each distinct
    word and the places of the words: in training on a CPU, the first layer then multiplies each word by
    its input weights once, and runs both directions at once by :func:`~textclf.layers.scans.scan`.

    The forget gates of an LSTM start with a bias of 1, so that it remembers before it has learnt to.

    Warning:
        With ``carry_state``, in training row i of a batch begins in the state in which row i of the batch
        before ended, and no gradient flows back to that batch. This makes sense only where row i goes on
        with the text of row i. The batches of a ``Trainer`` are shuffled: there the state is that of
        another text, and a random start that depends on the order. Rows that the batch before did not
        have begin in the initial state. Call :meth:`reset_state` where a new series of texts begins. In
        evaluation every text begins in the initial state, so that no answer depends on the texts before
        it; and a run that goes on from a checkpoint begins there too, so its end is not that of a run
        that was never stopped.

    Args:
        features: D, the size of each token's vector.
        hidden_dim: H, the size of the state of one direction.
        cell: ``"rnn"``, ``"lstm"`` or ``"gru"``; or ``"lstm_by_hand"`` or ``"gru_by_hand"``, the same
            written step by step (see :mod:`textclf.layers.recurrent`).
        nonlinearity: ``"tanh"`` or ``"relu"``, for the cell ``"rnn"`` only.
        bidirectional: Read in both directions.
        num_layers: Number of layers.
        dropout: Share of features set to zero between layers in training.
        initial_state: The state before the first token: ``"zeros"``, or random, ``"gaussian"``,
            ``"gaussian_x10"``, ``"xavier_tanh"`` or ``"xavier_relu"``, drawn once and the same for every
            text (see :class:`~textclf.layers.recurrent_state.RecurrentState`).
        carry_state: In training, begin in the state in which the batch before ended; for one direction
            only.

    Attributes:
        output_dim: Size of the states of all directions together.

    Raises:
        ArgumentError: An argument cannot be used, or does not go with another.

    Shape:
        ``embedded (B, L, D)``, or ``(U, D)`` with ``places (B, L)`` from 0 to U - 1, and
        ``lengths (B,)`` -> ``forward (B, L, H)`` and ``backward (B, L, H)`` or None, finite at padding.
        The backward states are in reading order: its last state stands at position 0.

    References:
        Elman, Finding Structure in Time, 1990; Hochreiter and Schmidhuber, Long Short-Term Memory,
        1997; Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014;
        Schuster and Paliwal, Bidirectional Recurrent Neural Networks, 1997; Jozefowicz et al., An
        Empirical Exploration of Recurrent Network Architectures, 2015 (the bias of the forget gate).

    Example:
        >>> layer = Recurrence(4, hidden_dim=3, cell="gru", bidirectional=True)
        >>> forward, backward = layer(torch.zeros(2, 5, 4), torch.tensor([5, 1]))
        >>> forward.shape, backward.shape
        (torch.Size([2, 5, 3]), torch.Size([2, 5, 3]))
    """

    def __init__(
        self,
        features: int,
        *,
        hidden_dim: int,
        cell: str = "lstm",
        nonlinearity: str = "tanh",
        bidirectional: bool = False,
        num_layers: int = 1,
        dropout: float = 0.0,
        initial_state: str = "zeros",
        carry_state: bool = False,
    ) -> None:
        super().__init__()
        hidden_dim = require_int("hidden_dim", hidden_dim, at_least=1)
        num_layers = require_int("num_layers", num_layers, at_least=1)
        if cell not in CELLS:
            raise must_be("cell", f"one of {', '.join(CELLS)}", cell)
        if nonlinearity not in ("tanh", "relu"):
            raise must_be("nonlinearity", "'tanh' or 'relu'", nonlinearity)
        if nonlinearity == "relu" and cell != "rnn":
            raise must_be("nonlinearity", f"'tanh' for the cell {cell!r}", nonlinearity, "Use cell='rnn'.")
        self.bidirectional = require_bool("bidirectional", bidirectional)
        self.dropout = nn.Dropout(dropout)
        self.forward_layers = nn.ModuleList()
        self.backward_layers = nn.ModuleList()
        directions = 2 if bidirectional else 1
        self.output_dim = hidden_dim * directions
        for layer in range(num_layers):
            size = features if layer == 0 else hidden_dim * directions
            self.forward_layers.append(_layer(cell, size, hidden_dim, nonlinearity))
            if bidirectional:
                self.backward_layers.append(_layer(cell, size, hidden_dim, nonlinearity))
        parts = 2 if cell.startswith("lstm") else 1
        self.state = RecurrentState(
            num_layers, directions, parts, hidden_dim, initial=initial_state, carried=carry_state
        )
        if carry_state and bidirectional:
            raise must_be("carry_state", "False with two directions: one of them begins at the end", True)

    def forward(
        self, embedded: Tensor, lengths: Tensor, places: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Run over ``(B, L, D)``, or ``(U, D)`` with places; give the states of the top layer."""
        if places is not None and not self.gains_by_places(lengths.shape[0]):
            embedded, places = nn.functional.embedding(places, embedded), None
        begin = self.state.begin(lengths.shape[0])
        states: list[Tensor] = []
        ends: list[Tensor] = []
        for layer in range(len(self.forward_layers)):
            networks = self._networks(layer)
            if layer == 0 and places is not None:
                states = scan(networks, embedded, places, lengths)
                continue
            inputs = self.dropout(torch.cat(states, dim=2)) if layer > 0 else embedded
            states, end = _run(networks, inputs, lengths, None if begin is None else begin[layer])
            ends.append(end)
        if begin is not None:
            self.state.keep(torch.stack(ends))
        return states[0], states[1] if self.bidirectional else None

    def reset_state(self) -> None:
        """Begin the next batch in the initial state, whatever the batch before was."""
        self.state.reset()

    def gains_by_places(self, num_texts: int) -> bool:
        """Say whether B texts are faster as distinct vectors with their places than as ``(B, L, D)``.

        Example:
            >>> layer = Recurrence(4, hidden_dim=3, bidirectional=True)
            >>> layer.gains_by_places(64), layer.gains_by_places(1)
            (True, False)
        """
        networks = self._networks(0)
        by_hand = isinstance(networks[0], RecurrentByHand)
        return self.state.plain and not by_hand and gains_by_scan(networks, num_texts)

    def _networks(self, layer: int) -> list[nn.RNNBase]:
        """Return the network of each direction."""
        stacks = (self.forward_layers, self.backward_layers)
        return [stack[layer] for stack in stacks if len(stack) > 0]  # type: ignore[misc]


def _layer(cell: str, size: int, hidden_dim: int, nonlinearity: str) -> nn.RNNBase:
    network: nn.RNNBase
    if cell == "rnn":
        network = nn.RNN(size, hidden_dim, nonlinearity=nonlinearity, batch_first=True)
    elif cell.endswith("by_hand"):
        network = {"lstm_by_hand": LSTMByHand, "gru_by_hand": GRUByHand}[cell](size, hidden_dim)
    else:
        network = {"lstm": nn.LSTM, "gru": nn.GRU}[cell](size, hidden_dim, batch_first=True)
    if network.mode == "LSTM":
        forget = slice(hidden_dim, 2 * hidden_dim)  # the gates come as input, forget, cell, output
        with torch.no_grad():
            network.get_parameter("bias_ih_l0")[forget] = 1.0
            network.get_parameter("bias_hh_l0")[forget] = 0.0  # the two are added up
    return network


def _run(
    networks: list[nn.RNNBase], inputs: Tensor, lengths: Tensor, begin: Tensor | None
) -> tuple[list[Tensor], Tensor]:
    """Run one layer over ``(B, L, D)``, from ``begin (directions, parts, B, H)`` or from zeros.

    Returns:
        The states ``(B, L, H)`` of each direction in reading order; and, if ``begin`` is given, the
        states after the texts, in its shape.
    """
    begins = [None] * len(networks) if begin is None else begin.unbind()
    states, end = _states(networks[0], inputs, lengths, begins[0])
    if len(networks) == 1:
        return [states], end.unsqueeze(0)
    mirrored, other = _states(networks[1], reverse_within_lengths(inputs, lengths), lengths, begins[1])
    return [states, reverse_within_lengths(mirrored, lengths)], torch.stack([end, other])


def _states(
    network: nn.RNNBase, inputs: Tensor, lengths: Tensor, begin: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Run one direction over ``(B, L, D)``; give ``(B, L, H)`` and the end ``(parts, B, H)``."""
    if inputs.is_cpu:
        inputs = inputs.to(network.get_parameter("weight_ih_l0").dtype)
    state = None if begin is None else tuple(part.unsqueeze(0).contiguous() for part in begin)
    given = state if state is None or isinstance(network, RecurrentByHand | nn.LSTM) else state[0]
    packs = begin is not None or (isinstance(network, nn.RNN) and network.nonlinearity == "relu")
    with torch.autocast("cpu", enabled=False):  # torch has no LSTM in bfloat16 on many CPUs
        if isinstance(network, RecurrentByHand):
            states, end = network(inputs, given, lengths)
        elif packs and len(inputs) > 0:
            counts = lengths.clamp(min=1).cpu()
            packed, end = network(
                pack_padded_sequence(inputs, counts, batch_first=True, enforce_sorted=False), given
            )
            states = pad_packed_sequence(packed, batch_first=True, total_length=inputs.shape[1])[0]
        else:  # its end is that of the padding
            states, end = network(inputs, given)
    end = torch.cat(end) if isinstance(end, tuple) else end
    if begin is not None:  # an empty text, which was taken for one token of padding, leaves it as it was
        end = torch.where((lengths == 0).unsqueeze(1), begin.to(end.dtype), end)
    return states, end
