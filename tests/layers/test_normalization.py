from __future__ import annotations

import pytest
import torch
from torch import nn

from textclf.layers.normalization import BatchNorm


def test_several_rows_are_normalised_as_torch_does_it():
    ours, theirs = BatchNorm(3), nn.BatchNorm1d(3)
    for _ in range(3):
        rows = torch.randn(5, 3) * 2 + 1
        assert torch.allclose(ours(rows), theirs(rows), atol=1e-6)
    for name, value in theirs.state_dict().items():
        assert torch.allclose(ours.state_dict()[name], value)
    assert torch.allclose(ours.eval()(rows[:1]), theirs.eval()(rows[:1]), atol=1e-6)


def test_torch_itself_refuses_one_row_in_training():
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        nn.BatchNorm1d(3)(torch.ones(1, 3))


def test_one_row_in_training_is_normalised_by_the_running_statistics_and_leaves_them():
    layer = BatchNorm(3)
    layer(torch.randn(50, 3) * 2 + 1)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    row = torch.randn(1, 3)
    trained = layer(row)
    assert torch.equal(trained, layer.eval()(row))
    assert not torch.equal(trained, row)
    for name, value in before.items():
        assert torch.equal(layer.state_dict()[name], value), name


def test_one_row_in_training_gives_gradients():
    layer = BatchNorm(3)
    row = torch.randn(1, 3, requires_grad=True)
    layer(row).square().sum().backward()
    for gradient in (row.grad, layer.weight.grad, layer.bias.grad):
        assert gradient is not None
        assert torch.isfinite(gradient).all()
        assert gradient.any()


def test_no_row_in_evaluation():
    assert BatchNorm(3).eval()(torch.zeros(0, 3)).shape == (0, 3)
