"""An LSTM and a GRU written step by step, as the papers have them, to be read and changed.

They compute what torch's networks of one layer compute, by the same names of the parameters, and take
several times as long.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["GRUByHand", "LSTMByHand", "RecurrentByHand"]


class RecurrentByHand(nn.RNNBase):
    """One layer of a recurrent network over padded texts, whose step a subclass writes.

    Parameters and their initial values are those of torch: ``weight_ih_l0``, ``weight_hh_l0`` and the two
    biases, with the gates one below the other. So weights can be loaded from torch's network.

    Args:
        input_size: D, the size of each token's vector.
        hidden_size: H, the size of the state.

    Shape:
        ``inputs (B, L, D)``, ``state (1, B, H)`` for each part of it, or None for zeros, and ``lengths
        (B,)``, or None if all texts have length L -> ``states (B, L, H)`` and the last state. Once a text
        has ended, its state no longer changes.
    """

    of_torch: str
    """What torch calls the network, which says how many gates it has."""
    parts: int
    """Tensors that make up the state."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(self.of_torch, input_size, hidden_size, batch_first=True)

    def forward(
        self, inputs: Tensor, state: tuple[Tensor, ...] | None = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run over ``(B, L, D)``; give ``(B, L, H)`` and the last state."""
        # What the inputs add to the gates at all steps is one product.
        from_inputs = F.linear(inputs, self.get_parameter("weight_ih_l0"), self.get_parameter("bias_ih_l0"))
        now = (from_inputs.new_zeros(len(inputs), self.hidden_size),) * self.parts
        if state is not None:
            now = tuple(part[0] for part in state)
        states = []
        for step, from_input in enumerate(from_inputs.unbind(dim=1)):
            from_state = F.linear(
                now[0], self.get_parameter("weight_hh_l0"), self.get_parameter("bias_hh_l0")
            )
            following = self.step(from_input, from_state, now)
            if lengths is not None:
                goes_on = (lengths > step).unsqueeze(1)
                following = tuple(torch.where(goes_on, *pair) for pair in zip(following, now, strict=True))
            now = following
            states.append(now[0])
        return torch.stack(states, dim=1), tuple(part.unsqueeze(0) for part in now)

    def step(self, from_input: Tensor, from_state: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Make one step.

        Args:
            from_input: ``(B, gates * H)``, what the input adds to the gates.
            from_state: ``(B, gates * H)``, what the state adds to them.
            state: ``(B, H)``, and the other parts of the state.

        Returns:
            The state after the step, in the same parts.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how, in `step`.")


class LSTMByHand(RecurrentByHand):
    """Long short-term memory: a cell that gates protect, and a state that shows some of it.

    The input gate says what is written to the cell, the forget gate what is kept of it, which the first
    LSTM did not have, and the output gate what is shown::

        i = sigmoid(W_i x + U_i h)    f = sigmoid(W_f x + U_f h)    o = sigmoid(W_o x + U_o h)
        g = tanh(W_g x + U_g h)       c' = f c + i g                h' = o tanh(c')

    References:
        Hochreiter and Schmidhuber, Long Short-Term Memory, 1997; Gers, Schmidhuber and Cummins, Learning
        to Forget: Continual Prediction with LSTM, 2000.

    Example:
        >>> states, (hidden, cell) = LSTMByHand(4, 3)(torch.zeros(2, 5, 4))
        >>> states.shape, cell.shape
        (torch.Size([2, 5, 3]), torch.Size([1, 2, 3]))
    """

    of_torch = "LSTM"
    parts = 2

    def step(self, from_input: Tensor, from_state: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Make one step; the state is hidden state and cell."""
        _, cell = state
        i, f, g, o = (from_input + from_state).chunk(4, dim=1)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(cell), cell


class GRUByHand(RecurrentByHand):
    """Gated recurrent unit: a state that is renewed in part.

    The reset gate says how much of the state the candidate sees, the update gate how much of the state
    stays. As in torch, the reset gate comes after the product with the state::

        r = sigmoid(W_r x + U_r h)    z = sigmoid(W_z x + U_z h)
        n = tanh(W_n x + r (U_n h))   h' = (1 - z) n + z h

    References:
        Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014.

    Example:
        >>> states, (hidden,) = GRUByHand(4, 3)(torch.zeros(2, 5, 4), lengths=torch.tensor([5, 1]))
        >>> torch.equal(hidden[0, 1], states[1, 0])
        True
    """

    of_torch = "GRU"
    parts = 1

    def step(self, from_input: Tensor, from_state: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Make one step."""
        (hidden,) = state
        of_r, of_z, of_n = from_input.chunk(3, dim=1)
        by_r, by_z, by_n = from_state.chunk(3, dim=1)
        reset, update = torch.sigmoid(of_r + by_r), torch.sigmoid(of_z + by_z)
        candidate = torch.tanh(of_n + reset * by_n)
        return ((1 - update) * candidate + update * hidden,)
