from __future__ import annotations

import math

import pytest
import torch

from textclf.errors import ArgumentError
from textclf.layers.recurrent_state import INITIAL_STATES, RecurrentState

RANDOM = [name for name in INITIAL_STATES if name != "zeros"]


def made(initial: str = "gaussian", *, seed: int = 0, hidden_dim: int = 400, **options) -> RecurrentState:
    torch.manual_seed(seed)
    return RecurrentState(2, 2, 2, hidden_dim, initial=initial, **options)


class TestInitial:
    def test_zeros_need_no_tensor(self):
        state = made("zeros")
        assert state.begin(3) is None
        assert not state.state_dict()

    @pytest.mark.parametrize(
        ("initial", "deviation"),
        [
            ("gaussian", 1.0),
            ("gaussian_x10", 10.0),
            ("xavier_tanh", 5 / 3 / math.sqrt(400)),
            ("xavier_relu", math.sqrt(2 / 400)),
        ],
    )
    def test_deviation(self, initial, deviation):
        drawn = made(initial).begin(1)
        assert drawn.shape == (2, 2, 2, 1, 400)
        assert drawn.std().item() == pytest.approx(deviation, rel=0.05)
        assert abs(drawn.mean().item()) < 0.1 * deviation

    @pytest.mark.parametrize("initial", RANDOM)
    def test_is_the_same_for_every_text_and_every_call(self, initial):
        state = made(initial)
        assert torch.equal(state.begin(3), state.begin(1).expand(-1, -1, -1, 3, -1))
        assert torch.equal(state.eval().begin(5)[..., :1, :], state.begin(1))

    @pytest.mark.parametrize("initial", RANDOM)
    def test_follows_the_seed_and_leaves_torchs_random_numbers_alone(self, initial):
        assert torch.equal(made(initial).drawn, made(initial).drawn)
        assert not torch.equal(made(initial).drawn, made(initial, seed=1).drawn)
        made(initial)
        after = torch.rand(3)
        torch.manual_seed(0)
        assert torch.equal(torch.rand(3), after)

    def test_is_not_what_the_weights_are_drawn_from(self):
        drawn = made("gaussian").drawn.flatten()
        torch.manual_seed(0)
        assert abs(torch.corrcoef(torch.stack([drawn, torch.randn(len(drawn))]))[0, 1]) < 0.1

    def test_is_saved_and_not_trained(self):
        one, other = made(seed=0), made(seed=1)
        assert not list(one.parameters())
        other.load_state_dict(one.state_dict())
        assert torch.equal(one.begin(1), other.begin(1))

    @pytest.mark.parametrize("bad", ["zero", "", None, 0])
    def test_name(self, bad):
        with pytest.raises(ArgumentError, match="`initial_state` must be one of 'zeros', 'gaussian'"):
            made(bad)


class TestCarried:
    LAST = torch.arange(2 * 2 * 2 * 3 * 4.0).view(2, 2, 2, 3, 4)

    def carrying(self, initial: str = "gaussian") -> RecurrentState:
        state = made(initial, hidden_dim=4, carried=True)
        state.keep(self.LAST)
        return state

    def test_begins_where_the_batch_before_ended(self):
        assert torch.equal(self.carrying().begin(3), self.LAST)
        assert torch.equal(self.carrying().begin(2), self.LAST[..., :2, :])

    @pytest.mark.parametrize("initial", ["zeros", "gaussian"])
    def test_rows_that_the_batch_before_did_not_have_begin_in_the_initial_state(self, initial):
        state = self.carrying(initial)
        begin = state.begin(5)
        assert torch.equal(begin[..., :3, :], self.LAST)
        assert torch.equal(begin[..., 3:, :], state.drawn.unsqueeze(3).expand(-1, -1, -1, 2, -1))
        assert begin[..., 3:, :].any() == (initial == "gaussian")

    def test_carries_no_gradient(self):
        state = made("zeros", hidden_dim=4, carried=True)
        state.keep(self.LAST.clone().requires_grad_())
        assert not state.begin(3).requires_grad

    def test_evaluation_neither_reads_nor_changes_it(self):
        state = self.carrying()
        initial = state.eval().begin(3)
        assert not torch.equal(initial, self.LAST)
        state.keep(self.LAST + 1)
        assert torch.equal(state.begin(3), initial)
        assert torch.equal(state.train().begin(3), self.LAST)

    def test_reset(self):
        state = self.carrying("zeros")
        state.reset()
        assert state.begin(3).eq(0.0).all()

    def test_is_kept_only_if_wanted(self):
        state = made("gaussian", hidden_dim=4)
        state.keep(self.LAST)
        assert not torch.equal(state.begin(3), self.LAST)

    @pytest.mark.parametrize("bad", [1, "yes", None])
    def test_choice(self, bad):
        with pytest.raises(ArgumentError, match="`carry_state` must be True or False. Received: "):
            made(carried=bad)


def test_says_what_it_is():
    assert repr(made("gaussian")) == "RecurrentState(initial='gaussian', carried=False)"
