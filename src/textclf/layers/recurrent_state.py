"""Where a recurrent network begins: at zeros, at a random state, or where the batch before ended."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from textclf.validation import require_bool, require_choice

__all__ = ["INITIAL_STATES", "RecurrentState"]

INITIAL_STATES = ("zeros", "gaussian", "gaussian_x10", "xavier_tanh", "xavier_relu")

_OWN_STREAM = 0x5EED57A7E  # added to torch's seed, so that the weights and the state are not alike


class RecurrentState(nn.Module):
    """The states in which the networks of a :class:`~textclf.layers.Recurrence` begin.

    A random state is drawn once, when the layer is made: one vector for each network, with which every
    text begins. It is not trained and is saved with the weights. So a text has the same answer whatever
    its batch, and in every evaluation. It is drawn from a generator of its own, seeded by torch's seed
    (``torch.initial_seed()``): the same seed gives the same state, and the weights are those that the
    layer has without it.

    Args:
        num_layers: Number of layers.
        directions: 1 or 2.
        parts: Tensors that make up the state: hidden state and cell of an LSTM, else one.
        hidden_dim: H.
        initial: ``"zeros"``; ``"gaussian"``, of standard deviation 1; ``"gaussian_x10"``, of 10;
            ``"xavier_tanh"`` or ``"xavier_relu"``, of ``gain / sqrt(H)`` with the gain for tanh, 5/3, or
            for ReLU, sqrt(2).
        carried: In training, begin where the batch before ended.

    References:
        Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.

    Example:
        >>> state = RecurrentState(1, 1, 1, 3, initial="gaussian")
        >>> begin = state.begin(2)  # two texts
        >>> begin.shape, torch.equal(begin[..., 0, :], begin[..., 1, :])
        (torch.Size([1, 1, 1, 2, 3]), True)
    """

    def __init__(
        self,
        num_layers: int,
        directions: int,
        parts: int,
        hidden_dim: int,
        *,
        initial: str = "zeros",
        carried: bool = False,
    ) -> None:
        super().__init__()
        self.initial = require_choice("initial_state", initial, INITIAL_STATES)
        self.carried = require_bool("carry_state", carried)
        self.plain = initial == "zeros" and not carried
        self._last: Tensor | None = None
        self.drawn: Tensor
        if not self.plain:
            deviation = {
                "zeros": 0.0,
                "gaussian": 1.0,
                "gaussian_x10": 10.0,
                "xavier_tanh": nn.init.calculate_gain("tanh") / math.sqrt(hidden_dim),
                "xavier_relu": nn.init.calculate_gain("relu") / math.sqrt(hidden_dim),
            }[initial]
            generator = torch.Generator().manual_seed((torch.initial_seed() + _OWN_STREAM) % 2**63)
            drawn = torch.randn(num_layers, directions, parts, hidden_dim, generator=generator)
            self.register_buffer("drawn", deviation * drawn)

    def begin(self, num_texts: int) -> Tensor | None:
        """Return the states before the texts, ``(layers, directions, parts, B, H)``, or None for zeros."""
        if self.plain:
            return None
        initial = self.drawn.unsqueeze(3).expand(-1, -1, -1, num_texts, -1)
        if self._last is None or not self.training:
            return initial
        last = self._last[..., :num_texts, :].to(initial)
        return torch.cat([last, initial[..., last.shape[3] :, :]], dim=3)

    def keep(self, last: Tensor) -> None:
        """Keep the states after the last tokens for the next batch, if it is to begin there."""
        if self.carried and self.training:
            self._last = last.detach()

    def reset(self) -> None:
        """Forget the batch before."""
        self._last = None

    def extra_repr(self) -> str:
        """Say how it begins."""
        return f"initial={self.initial!r}, carried={self.carried}"
