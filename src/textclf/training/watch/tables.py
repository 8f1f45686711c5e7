"""What a closer look sees of tables of vectors: numbers drawn at random, and what stands for padding."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

__all__ = ["looks_random", "padding_norm"]

_ROWS, _COLUMNS = 30, 8  # of a smaller table, chance is not told from meaning
_CHANCE = 5.0  # standard deviations: about as far as the means of random numbers lie from zero
_SPREAD = (0.5, 1.5)  # times that of random rows: lengths of learnt vectors differ more, or not at all


def looks_random(rows: Tensor) -> bool:
    """Say whether vectors are like independent random numbers of one scale.

    Learnt vectors are not: they have a direction in common, and frequent words are of other lengths than
    rare ones. Rows of zeros do not count.

    Args:
        rows: ``(R, D)``, such as some rows of an embedding.

    Example:
        >>> rows = torch.randn(100, 20, generator=torch.Generator().manual_seed(0))
        >>> looks_random(rows), looks_random(rows + 1), looks_random(rows * torch.rand(100, 1))
        (True, False, False)
    """
    rows = rows.detach().float()
    rows = rows[(rows != 0).any(dim=1)]
    count, size = rows.shape
    if count < _ROWS or size < _COLUMNS:
        return False
    scale, norms = rows.std(), rows.norm(dim=1)
    centre = rows.mean(dim=0).abs().max() * math.sqrt(count) / scale
    spread = norms.std() / norms.mean() * math.sqrt(2 * size)
    return bool((centre < _CHANCE) & (spread > _SPREAD[0]) & (spread < _SPREAD[1]))


def padding_norm(table: nn.Embedding, *, of_words: bool) -> Tensor:
    """Return the L2 norm of row 0, if padding should read zeros there; else 0.

    It should where the table was made with ``padding_idx=0``, and where it is a table of words whose row
    0 gets a gradient, so that padding has a part in the answers.

    Args:
        table: After a backward pass.
        of_words: Whether it is the table of the vocabulary, and row 0 that of padding.

    Example:
        >>> float(padding_norm(nn.Embedding(5, 2, padding_idx=0), of_words=True))
        0.0
    """
    weight = table.weight.detach()
    norm: Tensor = torch.linalg.vector_norm(weight[0]).float()
    if table.padding_idx == 0:
        return norm
    gradient = table.weight.grad
    if not of_words or gradient is None or gradient.is_sparse:
        return torch.zeros_like(norm)
    return norm * (gradient[0] != 0).any()
