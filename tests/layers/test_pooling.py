from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from textclf.errors import ArgumentError
from textclf.layers.pooling import (
    POOLINGS,
    AttentionPooling,
    create_pooling,
    last_pool,
    max_pool,
    mean_pool,
)


def ragged(lengths: list[int], width: int, features: int = 3, padding: float = 1e4) -> Tensor:
    """Random states, with a large number wherever there is no token."""
    states = torch.randn(len(lengths), width, features, generator=torch.Generator().manual_seed(0))
    for row, length in enumerate(lengths):
        states[row, length:] = padding
    return states


def one_by_one(pool_row, states: Tensor, lengths: list[int]) -> Tensor:
    """Apply a function of the real tokens (n, H) to each row; zeros for an empty one."""
    rows = [
        pool_row(states[row, :length]) if length else torch.zeros(states.shape[2])
        for row, length in enumerate(lengths)
    ]
    return torch.stack(rows)


def attention_of_row(layer: AttentionPooling, row: Tensor) -> Tensor:
    scores = [
        layer.score.weight[0] @ torch.tanh(layer.project.weight @ h + layer.project.bias) for h in row
    ]
    weights = torch.stack(scores).exp() / torch.stack(scores).exp().sum()
    return sum((w * h for w, h in zip(weights, row, strict=True)), torch.zeros(row.shape[1]))


LENGTHS = st.lists(st.integers(0, 6), min_size=1, max_size=5)


@settings(max_examples=50, deadline=None)
@given(LENGTHS, st.integers(0, 3))
def test_last_is_the_last_real_token_of_each_row(lengths, extra):
    states = ragged(lengths, max([1, *lengths]) + extra, padding=math.nan)
    expected = one_by_one(lambda row: row[-1], states, lengths)
    assert torch.equal(last_pool(states, torch.tensor(lengths)), expected)


@settings(max_examples=50, deadline=None)
@given(LENGTHS, st.integers(0, 3))
def test_max_is_the_largest_real_value_of_each_row(lengths, extra):
    states = ragged(lengths, max([1, *lengths]) + extra, padding=math.nan)
    expected = one_by_one(lambda row: row.amax(dim=0), states, lengths)
    assert torch.equal(max_pool(states, torch.tensor(lengths)), expected)


@settings(max_examples=50, deadline=None)
@given(LENGTHS, st.integers(0, 3))
def test_mean_is_the_mean_of_the_real_tokens_of_each_row(lengths, extra):
    states = ragged(lengths, max([1, *lengths]) + extra)
    expected = one_by_one(lambda row: row.mean(dim=0), states, lengths)
    assert torch.allclose(mean_pool(states, torch.tensor(lengths)), expected, atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(LENGTHS, st.integers(0, 3))
def test_attention_is_the_weighted_mean_of_the_real_tokens_of_each_row(lengths, extra):
    torch.manual_seed(1)
    layer = AttentionPooling(3)
    states = ragged(lengths, max([1, *lengths]) + extra)
    with torch.no_grad():
        expected = one_by_one(lambda row: attention_of_row(layer, row), states, lengths)
        assert torch.allclose(layer(states, torch.tensor(lengths)), expected, atol=1e-5)


def test_max_of_negative_values_is_negative_and_not_the_zero_of_padding():
    assert max_pool(torch.tensor([[[-5.0], [-2.0], [0.0]]]), torch.tensor([2])).item() == -2.0


def test_attention_does_not_weigh_all_tokens_alike():
    torch.manual_seed(0)
    states = ragged([5], 5)
    lengths = torch.tensor([5])
    assert not torch.allclose(AttentionPooling(3)(states, lengths), mean_pool(states, lengths), atol=1e-3)


def test_attention_with_very_large_scores_is_finite():
    layer = AttentionPooling(2)
    with torch.no_grad():
        layer.score.weight.fill_(1e30)
    states = torch.tensor([[[1.0, 2.0], [-1.0, -2.0], [0.0, 0.0]]])
    assert torch.isfinite(layer(states, torch.tensor([2]))).all()


@pytest.mark.parametrize("name", POOLINGS)
class TestEveryPooling:
    def test_empty_text_gives_zeros_whatever_padding_holds(self, name):
        pooled = create_pooling(name, 3)(ragged([0, 2], 4), torch.tensor([0, 2]))
        assert pooled[0].tolist() == [0.0, 0.0, 0.0]
        assert pooled[1].abs().min() > 0

    def test_one_token_gives_that_token(self, name):
        states = ragged([1], 3)
        pooled = create_pooling(name, 3)(states, torch.tensor([1]))
        assert torch.allclose(pooled, states[:, 0], atol=1e-6)

    def test_equal_tokens_give_that_token(self, name):
        token = torch.tensor([0.5, -1.0, 2.0])
        pooled = create_pooling(name, 3)(token.expand(2, 4, 3), torch.tensor([4, 3]))
        assert torch.allclose(pooled, token.expand(2, 3), atol=1e-6)

    def test_padding_gets_no_gradient_and_gradients_are_finite(self, name):
        lengths = torch.tensor([3, 0, 1])
        states = ragged([3, 0, 1], 4).requires_grad_()
        create_pooling(name, 3)(states, lengths).square().sum().backward()
        assert states.grad is not None
        assert torch.isfinite(states.grad).all()
        for row, length in enumerate(lengths.tolist()):
            assert not states.grad[row, length:].any()
        assert states.grad[0, 2].any()

    def test_no_rows(self, name):
        pooled = create_pooling(name, 3)(torch.zeros(0, 4, 3), torch.zeros(0, dtype=torch.int64))
        assert pooled.shape == (0, 3)

    def test_the_type_of_the_states_stays(self, name):
        layer = create_pooling(name, 3).double()
        assert layer(ragged([2], 2).double(), torch.tensor([2])).dtype == torch.float64


class TestCreatePooling:
    @pytest.mark.parametrize(
        ("name", "function"), [("last", last_pool), ("max", max_pool), ("mean", mean_pool)]
    )
    def test_gives_the_function_as_a_module(self, name, function):
        states, lengths = ragged([3, 1], 3), torch.tensor([3, 1])
        pooling = create_pooling(name, 3)
        assert torch.equal(pooling(states, lengths), function(states, lengths))
        assert name in repr(pooling)
        assert list(pooling.parameters()) == []

    @pytest.mark.parametrize("name", ["maximum", "", None, ["max"]])
    def test_refuses_another_name(self, name):
        with pytest.raises(ArgumentError, match="`pooling` must be one of last, max, mean, attention. Rec"):
            create_pooling(name, 3)
