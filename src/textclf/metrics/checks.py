"""What metrics accept: each check is written once, and says which row is at fault."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.data.batches import IGNORED_LABEL
from textclf.errors import must_be

__all__ = [
    "Counts",
    "check_range",
    "checked_ids",
    "checked_matrix",
    "checked_probabilities",
]

Counts: TypeAlias = NDArray[np.int64]


def checked_matrix(matrix: ArrayLike) -> Counts:
    """Return ``matrix`` as int64 (C, C), or raise if it is no confusion matrix."""
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise must_be("matrix", "square, (num_classes, num_classes)", counts.shape)
    if not np.issubdtype(counts.dtype, np.integer):
        raise must_be("matrix", "an array of integers", str(counts.dtype), "Give counts, not shares.")
    if counts.min() < 0:
        raise must_be("matrix", "an array of counts, none of them negative", int(counts.min()))
    return counts.astype(np.int64, copy=False)


def checked_ids(argument: str, ids: ArrayLike) -> NDArray[Any]:
    """Return ``ids`` as an array of integers (N,), or raise; their range is not looked at."""
    try:
        array = np.asarray(ids)
    except (TypeError, ValueError, RuntimeError) as error:
        raise must_be(argument, "a sequence of class ids on the CPU", ids) from error
    if array.ndim != 1:
        raise must_be(argument, "one class id a row, (N,)", array.shape, "Flatten it first.")
    if array.size == 0:
        return array.astype(np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise must_be(argument, "integer class ids", str(array.dtype), "Turn names into ids with LabelMap.")
    return array


def check_range(argument: str, ids: NDArray[Any], num_classes: int, counted: NDArray[np.bool_]) -> None:
    """Raise if a counted id is not one of 0 to ``num_classes`` - 1, and say in which row."""
    wrong = np.flatnonzero(counted & ((ids < 0) | (ids >= num_classes)))
    if wrong.size:
        row = int(wrong[0])
        expected = f"class ids from 0 to {num_classes - 1}"
        raise must_be(argument, expected, int(ids[row]), f"It is in row {row}.")


def checked_probabilities(
    labels: ArrayLike, probabilities: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.floating[Any]]]:
    """Return the rows that count as label ids (N,) and probabilities (N, C), or raise."""
    true = checked_ids("labels", labels)
    try:
        shares = np.asarray(probabilities)
    except (TypeError, ValueError, RuntimeError) as error:
        raise must_be("probabilities", "an array on the CPU, (N, num_classes)", probabilities) from error
    if shares.ndim != 2 or shares.shape[1] == 0:
        raise must_be("probabilities", "one row of probabilities a text, (N, num_classes)", shares.shape)
    if len(shares) != len(true):
        raise must_be("probabilities", f"as many rows as there are labels, {len(true)}", len(shares))
    if not (np.issubdtype(shares.dtype, np.floating) or np.issubdtype(shares.dtype, np.integer)):
        raise must_be("probabilities", "an array of numbers", str(shares.dtype))
    if not np.issubdtype(shares.dtype, np.floating):
        shares = shares.astype(np.float64)
    counted = true != IGNORED_LABEL
    check_range("labels", true, shares.shape[1], counted)
    rows = np.flatnonzero(counted)
    shares = shares[rows]
    _check_shares(shares, rows)
    return true[rows].astype(np.int64), shares


def _check_shares(shares: NDArray[np.floating[Any]], rows: NDArray[np.intp]) -> None:
    """Raise if a row is not made of probabilities that sum to one, and say which row."""
    sums = shares.sum(axis=1, dtype=np.float64)
    tolerance = np.sqrt(np.finfo(shares.dtype).eps)
    finite = np.isfinite(sums)
    in_range = ((shares >= 0) & (shares <= 1 + tolerance)).all(axis=1)
    for fine, expected, cure in (
        (finite, "finite", "NaN comes from a model whose weights or inputs are not finite."),
        (in_range, "in [0, 1]", "Take the softmax of logits first."),
        (np.abs(sums - 1) <= tolerance, "rows that sum to one", "Take the softmax of logits first."),
    ):
        wrong = np.flatnonzero(~fine)
        if wrong.size:
            where = int(wrong[0])
            shown = shares[where].tolist()
            raise must_be("probabilities", expected, shown, f"It is row {int(rows[where])}. {cure}")
