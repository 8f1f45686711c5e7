"""Answering only where the model is sure enough: thresholds, and the coverage they cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.errors import must_be
from textclf.metrics.checks import checked_label_probabilities, checked_probabilities, several_labels
from textclf.validation import require_number

__all__ = ["AbstainBelow", "Answered", "answered_rows", "class_limits", "class_thresholds"]

AbstainBelow = float | Mapping[str | int, float]
"""Probability below which no answer is given: one for all labels, or numbers by label."""


class Answered(NamedTuple):
    """What remains when a model does not answer where it is unsure.

    Attributes:
        coverage: Share of the rows that are answered.
        accuracy: Share of the answers that are right; NaN if there are none.
        n: How many rows are answered.
    """

    coverage: float
    accuracy: float
    n: int


def answered_rows(
    probabilities: NDArray[np.floating], abstain_below: AbstainBelow, names: Sequence[str | int]
) -> NDArray[np.bool_]:
    """Say of each row whether its largest probability reaches the threshold of that class.

    Args:
        probabilities: Probabilities of the classes, (N, C).
        abstain_below: One threshold for all classes, or numbers by name, 0 where none is given; an
            infinite one is never reached.
        names: The names of the C classes.

    Returns:
        (N,), true where there is an answer.

    Raises:
        ArgumentError: A threshold is not a number of at least 0, or a name is not that of a class.

    Example:
        >>> shares = np.array([[0.9, 0.1], [0.4, 0.6]])
        >>> answered_rows(shares, 0.8, ["neg", "pos"]).tolist()
        [True, False]
        >>> answered_rows(shares, {"neg": 0.95, "pos": 0.6}, ["neg", "pos"]).tolist()
        [False, True]
    """
    answers = probabilities.argmax(axis=1)
    limits = class_limits("abstain_below", abstain_below, names)
    return probabilities[np.arange(len(answers)), answers] >= limits[answers]  # type: ignore[no-any-return]


def class_thresholds(
    labels: ArrayLike,
    probabilities: ArrayLike,
    *,
    precision: float | None = None,
    recall: float | None = None,
) -> NDArray[np.float64]:
    """Find the threshold of each class that gives its answers a wanted precision or recall.

    The answer to a row is its most probable class; below the threshold of that class there is none. Where
    a row may have several classes, each is an answer from its threshold on.

    Args:
        labels: True class ids, (N,), of rows that were not trained on. Rows labelled -100 are left out.
            Where a row may have several, booleans, (N, C).
        probabilities: Probabilities of the classes, (N, C); each row sums to one, unless it may have
            several.
        precision: Share of the answers of a class that must be right; gives the lowest threshold at
            which they are.
        recall: Share of the rows of a class that must be answered with it; gives the highest threshold
            at which they are.

    Returns:
        (C,). With ``precision``, infinite where no threshold would do. On other rows the precision and
        recall will differ somewhat, the more so the fewer rows there are.

    Raises:
        ArgumentError: Not exactly one of the two is given, or it is not in (0, 1]; the model does not
            reach the recall even if it always answers, or there is no row of a class to find; or as in
            :func:`~textclf.metrics.log_loss`.

    Example:
        >>> labels, shares = [0, 1, 0], [[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]]
        >>> class_thresholds(labels, shares, precision=1.0).tolist()
        [0.7, inf]
    """
    if (precision is None) == (recall is None):
        raise must_be("precision", "given, or `recall`, and not both", (precision, recall))
    name, wanted = ("recall", recall) if precision is None else ("precision", precision)
    if not 0 < require_number(name, wanted, above=0) <= 1:
        raise must_be(name, "in (0, 1]", wanted)
    if several_labels(labels):
        hot, shares = checked_label_probabilities(labels, probabilities)
        answered = np.ones_like(hot)
    else:
        true, shares = checked_probabilities(labels, probabilities)
        classes = np.arange(shares.shape[1])
        hot, answered = true[:, None] == classes, shares.argmax(axis=1)[:, None] == classes
    thresholds = []
    for number in range(shares.shape[1]):
        rows = np.flatnonzero(answered[:, number])
        rows = rows[np.argsort(-shares[rows, number], kind="stable")]
        confidence, right = shares[rows, number], hot[rows, number]
        if precision is not None:
            thresholds.append(_for_precision(confidence, right, precision))
        elif recall is not None:
            thresholds.append(_for_recall(confidence[right], int(hot[:, number].sum()), recall))
    return np.array(thresholds, dtype=np.float64)


def _for_precision(confidence: NDArray[np.floating], right: NDArray[np.bool_], wanted: float) -> float:
    """Return the lowest of the falling confidences down to which enough of the answers are right."""
    share = np.cumsum(right) / np.arange(1, len(right) + 1)
    last_of_equals = np.append(confidence[1:] != confidence[:-1], True)[: len(right)]
    good = np.flatnonzero((share >= wanted) & last_of_equals)
    return float(confidence[good[-1]]) if len(good) else math.inf


def _for_recall(confidence: NDArray[np.floating], rows: int, wanted: float) -> float:
    """Return the falling confidence of right answers down to which enough of the rows are found."""
    needed = next((k for k in range(1, len(confidence) + 1) if k / rows >= wanted), None)
    if needed is None:
        received = f"{wanted}, with {len(confidence)} of {rows} rows of a class"
        cure = "Without any threshold it finds no more; train a better model or ask for less."
        raise must_be("recall", "one that the model reaches for every class", received, cure)
    return float(confidence[needed - 1])


def class_limits(
    argument: str, limits: AbstainBelow, names: Sequence[str | int], *, default: float = 0.0
) -> NDArray[np.float64]:
    """Return the threshold of each class, (C,).

    Args:
        argument: What the thresholds are called in messages.
        limits: One number for all classes, or numbers by name.
        names: The names of the C classes.
        default: Of a class that is not named.

    Raises:
        ArgumentError: A threshold is not a number of at least 0, or a name is not that of a class.

    Example:
        >>> class_limits("thresholds", {"pos": 0.8}, ["neg", "pos"], default=0.5).tolist()
        [0.5, 0.8]
    """
    if not isinstance(limits, Mapping):
        return np.full(len(names), _limit(argument, limits))
    for name in limits:
        if name not in names:
            raise must_be(argument, f"keyed by labels, of {list(names)}", name)
    return np.array([_limit(f"{argument}[{name!r}]", limits.get(name, default)) for name in names])


def _limit(argument: str, value: float) -> float:
    return math.inf if value == math.inf else require_number(argument, value, at_least=0)
