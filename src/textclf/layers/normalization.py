"""Batch normalisation that can meet a batch of one row."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["BatchNorm"]


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation over ``(B, H)``, defined for B = 1 in training too.

    One row has no variance to normalise by, and torch raises. Here a single row is normalised by
    the running statistics, which it leaves as they are.

    References:
        Ioffe and Szegedy, Batch Normalization, 2015.

    Example:
        >>> BatchNorm(3)(torch.ones(1, 3)).shape
        torch.Size([1, 3])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalise ``(B, H)``."""
        if self.training and input.shape[0] == 1:
            return torch.nn.functional.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        return super().forward(input)
