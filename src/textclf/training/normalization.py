"""Batch normalisation by the texts of all processes, so that several learn what one would."""

from __future__ import annotations

import functools
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["share_statistics", "unshare_statistics"]


def share_statistics(model: nn.Module) -> None:
    """Let the layers of batch normalisation in a model look at the texts of all processes in training.

    torch's ``SyncBatchNorm`` does so on a GPU alone, and takes the place of the layer. Here the layers
    stay as they are, but for how they are called.
    """
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.forward = functools.partial(_forward, module)  # type: ignore[method-assign]


def unshare_statistics(model: nn.Module) -> None:
    """Take back what :func:`share_statistics` did.

    Example:
        >>> layer = nn.BatchNorm1d(2)
        >>> share_statistics(layer)
        >>> unshare_statistics(layer)
        >>> "forward" in vars(layer)
        False
    """
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            vars(module).pop("forward", None)


class _SumOverProcesses(torch.autograd.Function):
    """The sum of a tensor over the processes, whose gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        total = tensor.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous().clone()
        dist.all_reduce(total)
        return total


def _forward(layer: _BatchNorm, inputs: Tensor) -> Tensor:
    """Normalise ``(B, H, ...)`` by the mean and variance over the rows of all processes."""
    if not layer.training:
        normalized: Tensor = type(layer).forward(layer, inputs)
        return normalized
    rows = inputs.float()
    axes = [0, *range(2, rows.dim())]
    shape = [1, -1, *[1] * (rows.dim() - 2)]
    here = rows.new_full((1,), rows.numel() // rows.shape[1])
    sums = _summed(torch.cat([rows.sum(axes), here]))
    count = sums[-1].detach()
    mean = sums[:-1] / count
    centred = rows - mean.view(shape)
    variance = _summed(centred.square().sum(axes)) / count
    _keep(layer, mean.detach(), variance.detach() * count / (count - 1))
    result = centred * (variance + layer.eps).rsqrt().view(shape)
    if layer.affine:
        result = result * layer.weight.view(shape) + layer.bias.view(shape)
    return result.to(inputs.dtype)


def _summed(tensor: Tensor) -> Tensor:
    total: Tensor = _SumOverProcesses.apply(tensor)  # type: ignore[no-untyped-call]
    return total


@torch.no_grad()
def _keep(layer: _BatchNorm, mean: Tensor, variance: Tensor) -> None:
    """Let the running statistics follow."""
    if layer.running_mean is None or layer.running_var is None or layer.num_batches_tracked is None:
        return
    layer.num_batches_tracked.add_(1)
    follow = 1 / layer.num_batches_tracked if layer.momentum is None else layer.momentum
    layer.running_mean.lerp_(mean, follow)
    layer.running_var.lerp_(variance, follow)
