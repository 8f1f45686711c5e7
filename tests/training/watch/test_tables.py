from __future__ import annotations

import pytest
import torch
from torch import nn

from textclf.training.watch.tables import looks_random, padding_norm


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


def test_padding_is_looked_at_where_it_should_be_zeros():
    plain, padded = nn.Embedding(4, 2), nn.Embedding(4, 2, padding_idx=0)
    nn.init.ones_(padded.weight)
    assert float(padding_norm(padded, of_words=False)) == pytest.approx(2**0.5)
    assert float(padding_norm(plain, of_words=True)) == 0
    plain(torch.tensor([[1, 0]])).sum().backward()
    assert float(padding_norm(plain, of_words=True)) == pytest.approx(plain.weight[0].norm().item())
    assert float(padding_norm(plain, of_words=False)) == 0
