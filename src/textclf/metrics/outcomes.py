"""Precision, recall and F1 of things that are found, found wrongly, or missed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ratios"]


def ratios(outcomes: NDArray[np.int64], score: str) -> NDArray[np.float64]:
    """Return a score of counts, 0 where there is nothing below the line.

    Args:
        outcomes: Counts ``(..., 3)``: found rightly, found wrongly, missed.
        score: ``"precision"``, ``"recall"`` or ``"f1"``.

    Returns:
        The score ``(...)``.

    Example:
        >>> ratios(np.array([[3, 1, 0], [0, 0, 2]]), "precision").tolist()
        [0.75, 0.0]
    """
    hits, wrong, missed = np.moveaxis(outcomes, -1, 0)
    out_of = hits + {"precision": wrong, "recall": missed, "f1": (wrong + missed) / 2}[score]
    zeros: NDArray[np.float64] = np.zeros(np.shape(hits))
    return np.asarray(np.divide(hits, out_of, out=zeros, where=out_of > 0))
