from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from textclf.init import initialize_
from textclf.layers.recurrent import GRUByHand, LSTMByHand, RecurrentByHand

D, H = 4, 3
LENGTHS = torch.tensor([5, 1, 7, 0])
PAIRS = [(LSTMByHand, nn.LSTM), (GRUByHand, nn.GRU)]
EVERY = pytest.mark.parametrize(("own", "torchs"), PAIRS)


def pair(own: type[RecurrentByHand], torchs: type[nn.RNNBase]) -> tuple[RecurrentByHand, nn.RNNBase]:
    """The network written by hand, and torch's with the same weights."""
    torch.manual_seed(0)
    written, theirs = own(D, H), torchs(D, H, batch_first=True)
    written.load_state_dict(theirs.state_dict())
    return written, theirs


def inputs() -> Tensor:
    return torch.randn(4, 7, D, generator=torch.Generator().manual_seed(0))


def begin(parts: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(1)
    return tuple(torch.randn(1, 4, H, generator=generator) for _ in range(parts))


@EVERY
class TestAgainstTorch:
    @pytest.mark.parametrize("given", [False, True])
    def test_states_and_last_state(self, own, torchs, given):
        written, theirs = pair(own, torchs)
        state = begin(own.parts) if given else None
        of_theirs = state[0] if given and own.parts == 1 else state
        states, last = written(inputs(), state)
        expected, end = theirs(inputs(), of_theirs)
        assert torch.allclose(states, expected, atol=1e-5)
        for one, other in zip(last, end if isinstance(end, tuple) else (end,), strict=True):
            assert one.shape == other.shape
            assert torch.allclose(one, other, atol=1e-5)

    def test_gradients_of_inputs_weights_and_first_state(self, own, torchs):
        written, theirs = pair(own, torchs)
        found = []
        for network in (written, theirs):
            embedded, state = (
                inputs().requires_grad_(),
                [part.requires_grad_() for part in begin(own.parts)],
            )
            given = tuple(state) if own.parts == 2 or network is written else state[0]
            states, _ = network(embedded, given)
            states.square().sum().backward()
            gradients = {name: value.grad for name, value in network.named_parameters()}
            found.append([embedded.grad, *(part.grad for part in state), *gradients.values()])
        assert len(found[0]) == 1 + own.parts + 4
        for one, other in zip(*found, strict=True):
            assert other.any()
            assert torch.allclose(one, other, atol=1e-5)

    def test_weights_are_drawn_alike_and_take_the_same_schemes(self, own, torchs):
        torch.manual_seed(3)
        written = own(D, H)
        torch.manual_seed(3)
        theirs = torchs(D, H)
        for change in (lambda module: module, lambda module: initialize_(module, "orthogonal", seed=1)):
            one, other = change(written).state_dict(), change(theirs).state_dict()
            assert list(one) == list(other)
            assert all(torch.equal(one[name], other[name]) for name in one)


@EVERY
class TestMasking:
    def test_a_state_stays_as_it_is_after_the_end_of_the_text(self, own, torchs):
        written, _ = pair(own, torchs)
        state = begin(own.parts)
        states, last = written(inputs(), state, LENGTHS)
        for row, length in enumerate(LENGTHS.tolist()):
            alone = tuple(part[:, row : row + 1] for part in state)
            end = alone
            if length > 0:
                expected, end = written(inputs()[row : row + 1, :length], alone)
                assert torch.allclose(states[row, :length], expected[0], atol=1e-6)
            for part, its in zip(last, end, strict=True):
                assert torch.allclose(part[:, row], its[:, 0], atol=1e-6)
            assert torch.equal(states[row, length:], last[0][0, row].expand(7 - length, -1))

    def test_padding_changes_nothing_even_where_it_is_not_finite(self, own, torchs):
        written, _ = pair(own, torchs)
        spoilt = inputs()
        spoilt[1, 1:] = torch.nan
        states, last = written(spoilt, None, LENGTHS)
        expected, end = written(inputs(), None, LENGTHS)
        assert torch.equal(states, expected)
        assert all(torch.equal(*both) for both in zip(last, end, strict=True))


def test_a_cell_of_ones_own_needs_a_step():
    class Bare(RecurrentByHand):
        of_torch = "GRU"
        parts = 1

    with pytest.raises(NotImplementedError, match="Bare must say how, in `step`"):
        Bare(D, H)(inputs())
