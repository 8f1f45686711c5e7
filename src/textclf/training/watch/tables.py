"""What a closer look sees of tables of vectors: numbers drawn at random, and the gradients of tokens."""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["by_tenths", "looks_random"]

_ROWS, _COLUMNS = 30, 8  # of a smaller table, chance is not told from meaning
_CHANCE = 5.0  # standard deviations: about as far as the means of random numbers lie from zero
_SPREAD = (0.5, 1.5)  # times that of random rows: lengths of learnt vectors differ more, or not at all
_TENTHS = 10


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


def by_tenths(gradient: Tensor | None, lengths: Tensor) -> tuple[float, ...]:
    """Return the mean norm of a gradient in each tenth of the texts that have at least ten tokens.

    Args:
        gradient: ``(B, L, D)`` of embedded tokens, or None if it was not seen.
        lengths: ``(B,)``.

    Returns:
        Ten numbers, or none if no text is long enough.

    Example:
        >>> by_tenths(torch.ones(1, 20, 4), torch.tensor([20]))[:2], by_tenths(None, torch.tensor([20]))
        ((2.0, 2.0), ())
    """
    if gradient is None or gradient.shape[0] != len(lengths):
        return ()
    norms = torch.linalg.vector_norm(gradient.float(), dim=2)
    places = torch.arange(norms.shape[1], device=norms.device)
    within = (places < lengths.unsqueeze(1)) & (lengths.unsqueeze(1) >= _TENTHS)
    tenths = (places * _TENTHS // lengths.clamp(min=1).unsqueeze(1))[within]
    sums = norms.new_zeros(_TENTHS).index_add_(0, tenths, norms[within])
    counts = tenths.bincount(minlength=_TENTHS)
    return tuple((sums / counts).tolist()) if int(counts.min()) else ()
