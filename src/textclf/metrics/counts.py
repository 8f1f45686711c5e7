"""Metrics that depend only on how often each class was predicted for each true class.

All of them are pure functions of the confusion matrix, so they are computed once over the whole
set and never as a mean over batches. Where a ratio has nothing below the line it is 0, as in
scikit-learn with ``zero_division=0``; an average over no rows at all is NaN.

References:
    Sokolova and Lapalme (2009), "A systematic analysis of performance measures for classification
    tasks". Gorodkin (2004), "Comparing two K-category assignments by a K-category correlation
    coefficient", for the correlation with more than two classes.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.data.batches import IGNORED_LABEL
from textclf.errors import must_be, near_matches
from textclf.metrics.checks import Counts, check_range, checked_ids, checked_matrix
from textclf.validation import require_int

__all__ = [
    "Average",
    "ConfusionCounts",
    "accuracy",
    "confusion_matrix",
    "f1",
    "mcc",
    "precision",
    "recall",
]

Average: TypeAlias = Literal["binary", "macro", "micro", "weighted"]
AVERAGES = ("binary", "macro", "micro", "weighted")


def confusion_matrix(labels: ArrayLike, predictions: ArrayLike, *, num_classes: int) -> Counts:
    """Count how often each class was predicted for each true class.

    Args:
        labels: True class ids, (N,). Rows labelled -100 are left out.
        predictions: Predicted class ids, (N,).
        num_classes: How many classes there are, C. Classes that do not occur have empty rows.

    Returns:
        Counts, int64 (C, C): rows are true classes, columns predicted ones.

    Raises:
        ArgumentError: The shapes differ, or an id is not one of 0 to C - 1.

    Example:
        >>> confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1], num_classes=2)
        array([[1, 1],
               [0, 2]])
    """
    size = require_int("num_classes", num_classes, at_least=1)
    true = checked_ids("labels", labels)
    predicted = checked_ids("predictions", predictions)
    if true.shape != predicted.shape:
        raise must_be("predictions", f"as many as the labels, {len(true)}", len(predicted))
    counted = true != IGNORED_LABEL
    check_range("labels", true, size, counted)
    check_range("predictions", predicted, size, counted)
    cells = true[counted].astype(np.int64) * size + predicted[counted].astype(np.int64)
    return np.bincount(cells, minlength=size * size).astype(np.int64).reshape(size, size)


class ConfusionCounts:
    """A confusion matrix that grows batch by batch.

    The sum of the counts of two parts of a set is the count of the whole set, so parts may be
    counted apart and added.

    Args:
        num_classes: How many classes there are, C.

    Raises:
        ArgumentError: ``num_classes`` is not a positive integer.

    Example:
        >>> counts = ConfusionCounts(2)
        >>> counts.update([0, 0, 1], [0, 1, 1])
        >>> counts.update([1], [1])
        >>> counts.matrix
        array([[1, 1],
               [0, 2]])
        >>> len(counts + counts)
        8
    """

    def __init__(self, num_classes: int) -> None:
        size = require_int("num_classes", num_classes, at_least=1)
        self._matrix: Counts = np.zeros((size, size), dtype=np.int64)

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self._matrix)

    @property
    def matrix(self) -> Counts:
        """A copy of the counts so far, int64 (C, C): rows are true classes, columns predicted ones."""
        return self._matrix.copy()

    def update(self, labels: ArrayLike, predictions: ArrayLike) -> None:
        """Count one batch; see :func:`confusion_matrix` for the arguments and errors."""
        self._matrix += confusion_matrix(labels, predictions, num_classes=self.num_classes)

    def __len__(self) -> int:
        return int(self._matrix.sum())

    def __add__(self, other: object) -> ConfusionCounts:
        if not isinstance(other, ConfusionCounts):
            return NotImplemented
        if other.num_classes != self.num_classes:
            raise must_be("other", f"counts over {self.num_classes} classes", other.num_classes)
        total = ConfusionCounts(self.num_classes)
        total._matrix = self._matrix + other._matrix
        return total

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfusionCounts):
            return NotImplemented
        return np.array_equal(self._matrix, other._matrix)

    __hash__ = None  # type: ignore[assignment]  # the counts change

    def __repr__(self) -> str:
        return f"ConfusionCounts({self._matrix.tolist()})"


def accuracy(matrix: ArrayLike) -> float:
    """Return the share of rows whose prediction is right; NaN if there are no rows.

    Args:
        matrix: Confusion matrix, (C, C), rows true.

    Raises:
        ArgumentError: ``matrix`` is not a square array of counts.

    Example:
        >>> accuracy([[1, 1], [0, 2]])
        0.75
    """
    counts = checked_matrix(matrix)
    total = counts.sum()
    return float(np.trace(counts) / total) if total else float("nan")


@overload
def precision(matrix: ArrayLike, average: Average = ..., *, positive: int | None = ...) -> float: ...
@overload
def precision(matrix: ArrayLike, average: None, *, positive: int | None = ...) -> NDArray[np.float64]: ...
def precision(
    matrix: ArrayLike, average: Average | None = "macro", *, positive: int | None = None
) -> float | NDArray[np.float64]:
    """Return the share of the predictions of a class that are right.

    Args:
        matrix: Confusion matrix, (C, C), rows true.
        average: ``"binary"``: of the positive class, of two classes only. ``"macro"``: the mean over
            the classes that occur among labels or predictions. ``"weighted"``: the same, each class
            weighing as much as it has labels. ``"micro"``: over all predictions together, which for
            one label a row is the accuracy. ``None``: of each of the C classes.
        positive: The positive class of ``"binary"``, by default the last one.

    Returns:
        A number in [0, 1], NaN if there are no rows; for ``average=None`` an array (C,), with 0 for a
        class that was never predicted.

    Raises:
        ArgumentError: ``matrix`` is not a square array of counts, ``average`` is not a known one, or
            it is ``"binary"`` and there are not two classes.

    Example:
        >>> precision([[1, 1], [0, 2]], None).tolist()
        [1.0, 0.6666666666666666]
    """
    counts = checked_matrix(matrix)
    return _averaged(counts, np.diag(counts), counts.sum(axis=0), average, positive)


@overload
def recall(matrix: ArrayLike, average: Average = ..., *, positive: int | None = ...) -> float: ...
@overload
def recall(matrix: ArrayLike, average: None, *, positive: int | None = ...) -> NDArray[np.float64]: ...
def recall(
    matrix: ArrayLike, average: Average | None = "macro", *, positive: int | None = None
) -> float | NDArray[np.float64]:
    """Return the share of the rows of a class that were predicted as that class.

    Args:
        matrix: Confusion matrix, (C, C), rows true.
        average: As in :func:`precision`.
        positive: As in :func:`precision`.

    Returns:
        A number in [0, 1], NaN if there are no rows; for ``average=None`` an array (C,), with 0 for a
        class without labels.

    Raises:
        ArgumentError: As in :func:`precision`.

    Example:
        >>> recall([[1, 1], [0, 2]], None).tolist()
        [0.5, 1.0]
    """
    counts = checked_matrix(matrix)
    return _averaged(counts, np.diag(counts), counts.sum(axis=1), average, positive)


@overload
def f1(matrix: ArrayLike, average: Average = ..., *, positive: int | None = ...) -> float: ...
@overload
def f1(matrix: ArrayLike, average: None, *, positive: int | None = ...) -> NDArray[np.float64]: ...
def f1(
    matrix: ArrayLike, average: Average | None = "macro", *, positive: int | None = None
) -> float | NDArray[np.float64]:
    """Return the harmonic mean of precision and recall.

    The macro average is the mean of the F1 of the classes, not the F1 of the mean precision and
    the mean recall.

    Args:
        matrix: Confusion matrix, (C, C), rows true.
        average: As in :func:`precision`.
        positive: As in :func:`precision`.

    Returns:
        A number in [0, 1], NaN if there are no rows; for ``average=None`` an array (C,), with 0 for a
        class that does not occur.

    Raises:
        ArgumentError: As in :func:`precision`.

    Example:
        >>> f1([[1, 1], [0, 2]], "binary")
        0.8
    """
    counts = checked_matrix(matrix)
    out_of = counts.sum(axis=0) + counts.sum(axis=1)
    return _averaged(counts, 2 * np.diag(counts), out_of, average, positive)


def mcc(matrix: ArrayLike) -> float:
    """Return Matthews' correlation between labels and predictions.

    Args:
        matrix: Confusion matrix, (C, C), rows true.

    Returns:
        A number from -1 to 1, with 0 for predictions that tell nothing, such as one class for every
        row; NaN if there are no rows.

    Raises:
        ArgumentError: ``matrix`` is not a square array of counts.

    Example:
        >>> round(mcc([[1, 1], [0, 2]]), 4)
        0.5774
    """
    counts = checked_matrix(matrix)
    # Python's integers, so that products of large counts are exact
    true: list[int] = counts.sum(axis=1).tolist()
    predicted: list[int] = counts.sum(axis=0).tolist()
    total = sum(true)
    if total == 0:
        return float("nan")
    spread_true = total**2 - sum(t * t for t in true)
    spread_predicted = total**2 - sum(p * p for p in predicted)
    if spread_true == 0 or spread_predicted == 0:
        return 0.0
    together = total * int(np.trace(counts)) - sum(t * p for t, p in zip(true, predicted, strict=True))
    return min(1.0, max(-1.0, together / math.sqrt(spread_true * spread_predicted)))


def _averaged(
    counts: Counts, hits: Counts, out_of: Counts, average: Average | None, positive: int | None
) -> float | NDArray[np.float64]:
    """Divide hits (C,) by what they are out of (C,), and average over the classes."""
    if average is not None and average not in AVERAGES:
        raise must_be("average", "a known average or None", average, near_matches(str(average), AVERAGES))
    if average == "binary":
        return _ratio_of_positive(counts, hits, out_of, positive)
    if positive is not None:
        raise must_be("positive", "left out unless average='binary'", positive)
    ratios = np.divide(hits, out_of, out=np.zeros(len(hits)), where=out_of > 0)
    if average is None:
        return ratios
    support = counts.sum(axis=1)
    if support.sum() == 0:
        return float("nan")
    if average == "micro":
        return float(hits.sum() / out_of.sum())
    if average == "weighted":
        return float(np.average(ratios, weights=support))
    return float(ratios[(support + counts.sum(axis=0)) > 0].mean())


def _ratio_of_positive(counts: Counts, hits: Counts, out_of: Counts, positive: int | None) -> float:
    size = len(counts)
    if size != 2:
        raise must_be("average", f"'macro', 'micro' or 'weighted' for {size} classes", "binary")
    index = size - 1 if positive is None else positive
    if isinstance(index, bool) or not isinstance(index, int | np.integer) or not 0 <= index < size:
        raise must_be("positive", "class id 0 or 1", positive)
    if counts.sum() == 0:
        return float("nan")
    return float(hits[index] / out_of[index]) if out_of[index] else 0.0
