"""What metrics accept: each check is written once, and says which row is at fault."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.data.batches import IGNORED_LABEL
from textclf.errors import must_be

__all__ = [
    "Counts",
    "check_range",
    "checked_ids",
    "checked_label_probabilities",
    "checked_loss",
    "checked_matrix",
    "checked_multi_hot",
    "checked_names",
    "checked_probabilities",
    "json_number",
    "several_labels",
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
    array = _as_array(argument, ids, "a sequence of class ids on the CPU")
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
    shares = _as_array("probabilities", probabilities, "an array on the CPU, (N, num_classes)")
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


def several_labels(labels: ArrayLike) -> bool:
    """Say whether labels are rows of booleans, (N, C), since a row may have several classes."""
    return getattr(labels, "ndim", 0) == 2 or (isinstance(labels, list | tuple) and np.ndim(labels) == 2)


def checked_multi_hot(argument: str, labels: ArrayLike) -> NDArray[np.bool_]:
    """Return labels as booleans (N, C), or raise if they are not that, or not 0 and 1."""
    array = _as_array(argument, labels, "booleans on the CPU, (N, num_classes)")
    if array.ndim != 2 or array.shape[1] == 0:
        raise must_be(argument, "one boolean for each row and class, (N, num_classes)", array.shape)
    if array.dtype != np.bool_ and not np.isin(array, (0, 1)).all():
        raise must_be(argument, "booleans, or 0 and 1", labels)
    return array.astype(np.bool_)


def checked_label_probabilities(
    labels: ArrayLike, probabilities: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.floating[Any]]]:
    """Return labels (N, C) and the probability of each, (N, C), which need not sum to one; or raise."""
    hot = checked_multi_hot("labels", labels)
    shares = _as_array("probabilities", probabilities, "an array on the CPU, (N, num_classes)")
    if shares.shape != hot.shape:
        raise must_be("probabilities", f"of the shape of the labels, {hot.shape}", shares.shape)
    if not np.issubdtype(shares.dtype, np.floating):
        shares = shares.astype(np.float64)
    within = (shares >= 0) & (shares <= 1)  # false of NaN
    if not within.all():
        row = int(np.flatnonzero(~within.all(axis=1))[0])
        cure = "Take the sigmoid of logits first; NaN comes from weights or inputs that are not finite."
        raise must_be("probabilities", "in [0, 1]", shares[row].tolist(), f"It is row {row}. {cure}")
    return hot, shares


def checked_names(names: Sequence[str | int] | None, num_classes: int) -> tuple[str | int, ...]:
    """Return the names of the classes, by default their ids, or raise if they are not C different ones."""
    if names is None:
        return tuple(range(num_classes))
    if isinstance(names, str) or not hasattr(names, "__len__") or len(names) != num_classes:
        raise must_be("label_names", f"a sequence of {num_classes} names", names)
    plain = tuple(int(name) if isinstance(name, np.integer) else name for name in names)
    if not all(isinstance(name, str | int) and not isinstance(name, bool) for name in plain):
        raise must_be("label_names", "strings or integers", list(names))
    if len(set(plain)) != num_classes:
        raise must_be("label_names", "different from each other", list(names))
    return plain


def checked_loss(loss: float) -> float:
    """Return the loss as a float, or raise if it is no number."""
    if isinstance(loss, bool) or not isinstance(loss, int | float | np.floating):
        raise must_be("loss", "a number or None", loss)
    return float(loss)


def _as_array(argument: str, values: ArrayLike, expected: str) -> NDArray[Any]:
    """Return values as an array, or raise if numpy can make none of them, as of a tensor on a GPU."""
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise must_be(argument, expected, values) from error


def json_number(value: float) -> float | None:
    """Return a number that JSON can hold, or None for NaN and infinity."""
    return value if math.isfinite(value) else None
