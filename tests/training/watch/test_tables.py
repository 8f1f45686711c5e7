from __future__ import annotations

import pytest
import torch
from torch import nn

from textclf.training.watch.tables import by_tenths, looks_random


@pytest.fixture
def rows():
    return torch.randn(200, 50, generator=torch.Generator().manual_seed(0))


def test_random_rows_are_told_from_learnt_ones(rows):
    assert looks_random(rows)
    assert looks_random(rows * 0.01)
    assert looks_random(rows.sign() * rows.abs().clamp(max=1))
    lengths = torch.linspace(0.2, 2, 200).unsqueeze(1)
    for learnt in (rows * lengths, rows + 0.8, nn.functional.normalize(rows)):
        assert not looks_random(learnt)


@pytest.mark.parametrize(("count", "size"), [(0, 50), (29, 50), (200, 7)])
def test_of_a_small_table_nothing_is_said(rows, count, size):
    assert not looks_random(rows[:count, :size])
    assert not looks_random(torch.zeros(200, 50))


def test_gradients_are_put_into_tenths_of_the_text():
    gradient = torch.zeros(2, 20, 4)
    gradient[:, 19] = 1.0
    lengths = torch.tensor([20, 9])
    assert by_tenths(gradient, lengths) == (0.0,) * 9 + (1.0,)
    assert by_tenths(gradient, torch.tensor([9, 9])) == ()
    assert by_tenths(gradient[:1], lengths) == by_tenths(None, lengths) == ()
