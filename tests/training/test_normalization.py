"""The layers look at all processes in test_distributed.py; here the others add nothing."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.distributed as dist
from torch import nn

from textclf.layers.normalization import BatchNorm
from textclf.training.normalization import share_statistics, unshare_statistics


@pytest.fixture(autouse=True)
def nothing_to_add(monkeypatch):
    monkeypatch.setattr(dist, "all_reduce", lambda tensor: None)


LAYERS = {
    "plain": (lambda: nn.BatchNorm1d(3), (5, 3)),
    "own": (lambda: BatchNorm(3), (5, 3)),
    "positions": (lambda: nn.BatchNorm1d(3), (5, 3, 4)),
    "not affine": (lambda: nn.BatchNorm1d(3, affine=False), (5, 3)),
    "cumulative": (lambda: nn.BatchNorm1d(3, momentum=None), (5, 3)),
    "no running statistics": (lambda: nn.BatchNorm1d(3, track_running_stats=False), (5, 3)),
    "two dimensions": (lambda: nn.BatchNorm2d(3), (2, 3, 4, 5)),
}


@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
class TestAgainstTorch:
    def test_values_gradients_and_running_statistics(self, make, shape):
        torch.manual_seed(0)
        ours = make()
        for parameter in ours.parameters():
            nn.init.normal_(parameter)
        theirs = copy.deepcopy(ours)
        share_statistics(ours)
        for _ in range(3):
            left = torch.randn(shape, requires_grad=True)
            right = left.detach().clone().requires_grad_()
            outputs = ours(left), theirs(right)
            torch.testing.assert_close(*outputs, atol=1e-6, rtol=1e-5)
            for its in outputs:
                its.square().mul(torch.arange(shape[0]).view(-1, *[1] * (len(shape) - 1))).sum().backward()
            torch.testing.assert_close(left.grad, right.grad, atol=1e-4, rtol=1e-4)
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(one.grad, other.grad, atol=1e-4, rtol=1e-4)
        assert ours.state_dict().keys() == theirs.state_dict().keys()
        for name, value in ours.state_dict().items():
            torch.testing.assert_close(value, theirs.state_dict()[name])

    def test_evaluation_is_as_ever(self, make, shape):
        layer, inputs = make(), torch.randn(shape)
        expected = layer.eval()(inputs)
        share_statistics(layer)
        assert torch.equal(layer(inputs), expected)


def test_a_copy_has_statistics_of_its_own():
    model = nn.Sequential(nn.BatchNorm1d(2))
    share_statistics(model)
    twin = copy.deepcopy(model)
    twin(torch.randn(4, 2))
    assert twin[0].num_batches_tracked == 1
    assert model[0].num_batches_tracked == 0


def test_half_precision_comes_out_as_it_went_in():
    layer = nn.BatchNorm1d(2)
    share_statistics(layer)
    assert layer(torch.randn(4, 2).bfloat16()).dtype == torch.bfloat16


def test_taken_back(monkeypatch):
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 2))
    share_statistics(model)
    unshare_statistics(model)
    monkeypatch.setattr(dist, "all_reduce", None)
    assert model(torch.randn(4, 2)).shape == (4, 2)
