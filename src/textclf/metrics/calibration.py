"""Whether probabilities mean what they say, and the temperature that makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.data.batches import IGNORED_LABEL
from textclf.errors import must_be
from textclf.metrics.checks import (
    check_range,
    checked_ids,
    checked_label_probabilities,
    checked_multi_hot,
    checked_probabilities,
    several_labels,
)
from textclf.validation import require_int

__all__ = ["ReliabilityBin", "calibration_error", "fit_temperature", "reliability"]

_HOTTEST = 100.0  # a temperature at which nothing is left of the differences between logits
_HALVINGS = 60


class ReliabilityBin(NamedTuple):
    """Answers of about the same confidence: its mean, the share that is right, and how many there are."""

    confidence: float
    accuracy: float
    n: int


def calibration_error(labels: ArrayLike, probabilities: ArrayLike, *, bins: int = 15) -> float:
    """Return the expected calibration error: how far confidence is from accuracy.

    The rows are put into bins of equal width by their largest probability. In each bin the mean of
    these is compared with the share of rows that are right; the differences are averaged, each with
    the weight of its rows. Where a row may have several classes, the probability of each class of each
    row is compared with the share of those that the row does have.

    Args:
        labels: True class ids, (N,). Rows labelled -100 are left out. Where a row may have several,
            booleans, (N, C).
        probabilities: Probabilities of the classes, (N, C); each row sums to one, unless it may have
            several.
        bins: How many bins.

    Returns:
        A number in [0, 1], smaller is better; NaN if there are no rows. It is above 0 by chance alone
        where a bin has few rows.

    Raises:
        ArgumentError: As in :func:`~textclf.metrics.log_loss`, or ``bins`` is not at least 1.

    References:
        Naeini, Cooper and Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning,
        2015; Guo et al., On Calibration of Modern Neural Networks, 2017.

    Example:
        >>> round(calibration_error([0, 1], [[0.8, 0.2], [0.8, 0.2]]), 4)
        0.3
    """
    right, confidence, number = _binned(labels, probabilities, bins)
    if not len(right):
        return float("nan")
    gaps = np.bincount(number, weights=right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(right))


def reliability(
    labels: ArrayLike, probabilities: ArrayLike, *, bins: int = 15
) -> tuple[ReliabilityBin, ...]:
    """Return what a reliability diagram shows: the bins of :func:`calibration_error` that have rows.

    Args:
        labels: As there.
        probabilities: As there.
        bins: How many bins.

    Returns:
        The bins, from the lowest confidence to the highest.

    Raises:
        ArgumentError: As there.

    References:
        DeGroot and Fienberg, The Comparison and Evaluation of Forecasters, 1983.

    Example:
        >>> reliability([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], bins=2)
        (ReliabilityBin(confidence=0.766..., accuracy=0.666..., n=3),)
    """
    right, confidence, number = _binned(labels, probabilities, bins)
    counts = np.bincount(number, minlength=bins)
    columns = (np.bincount(number, weights=values, minlength=bins) for values in (confidence, right))
    found = zip(*columns, counts.tolist(), strict=True)
    return tuple(
        ReliabilityBin(float(sure / count), float(hits / count), count)
        for sure, hits, count in found
        if count
    )


def _binned(labels: ArrayLike, probabilities: ArrayLike, bins: int) -> tuple[NDArray[Any], ...]:
    """Return of each answer whether it is right, how sure it is, and the number of its bin."""
    bins = require_int("bins", bins, at_least=1)
    if several_labels(labels):
        hot, shares = checked_label_probabilities(labels, probabilities)
        right, confidence = hot.reshape(-1), shares.reshape(-1).astype(np.float64)
    else:
        true, shares = checked_probabilities(labels, probabilities)
        right, confidence = shares.argmax(axis=1) == true, shares.max(axis=1).astype(np.float64)
    return right, confidence, np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)


def fit_temperature(labels: ArrayLike, logits: ArrayLike) -> float:
    """Find the temperature by which logits are divided so that their probabilities are calibrated.

    Those are their softmax, or where a row may have several labels their sigmoid.

    It is the one that makes the labels of these rows most probable. The labels are smoothed as Platt
    did, as if each class had been seen once more, so that a few rows that are all right do not make
    the model sure of everything.

    Args:
        labels: True class ids, (N,), of rows that were not trained on. Rows labelled -100 are left out.
            Where a row may have several, booleans, (N, C).
        logits: The model's answers, (N, C).

    Returns:
        A number above 0 and at most 100: above 1 makes the model less sure, below 1 surer. No row
        changes its most probable class.

    Raises:
        ArgumentError: The shapes do not fit, an id is not one of 0 to C - 1, a logit is not finite, or
            no row is left.

    References:
        Guo et al., On Calibration of Modern Neural Networks, 2017; Platt, Probabilistic Outputs for
        Support Vector Machines, 1999 (smoothing).

    Example:
        >>> sure = [[4.0, 0.0]] * 8 + [[0.0, 4.0]] * 8
        >>> wrong_twice = [1, 0, 0, 0, 0, 0, 0, 0] + [0, 1, 1, 1, 1, 1, 1, 1]
        >>> round(fit_temperature(wrong_twice, sure), 2)
        2.49
    """
    slope = _slope_of_several(labels, logits) if several_labels(labels) else _slope_of_one(labels, logits)
    low, high = 1 / _HOTTEST, _HOTTEST
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return float(1 / np.sqrt(low * high))


def _slope_of_one(labels: ArrayLike, logits: ArrayLike) -> Callable[[float], float]:
    """Derive the loss, which is convex in the sharpness, the inverse of the temperature."""
    true, scores = _checked_logits(labels, logits)
    count, classes = scores.shape
    scores = scores - scores.max(axis=1, keepdims=True)
    smoothed = classes / (count + classes)
    wanted = (1 - smoothed) * scores[np.arange(count), true].mean() + smoothed * scores.mean()

    def slope(sharpness: float) -> float:
        weights = np.exp(sharpness * scores)
        expected = (weights * scores).sum(axis=1) / weights.sum(axis=1)
        return float(expected.mean() - wanted)

    return slope


def _slope_of_several(labels: ArrayLike, logits: ArrayLike) -> Callable[[float], float]:
    """Return the same of the binary cross-entropy, with each label there and not there once more."""
    hot = checked_multi_hot("labels", labels)
    scores = _finite(logits)
    if scores.shape != hot.shape:
        raise must_be("logits", f"of the shape of the labels, {hot.shape}", scores.shape)
    if not len(hot):
        raise must_be("labels", "those of at least one row", labels)
    smoothed = 2 / (len(hot) + 2)
    wanted = (1 - smoothed) * (scores * hot).mean() + smoothed * scores.mean() / 2

    def slope(sharpness: float) -> float:
        present = 0.5 * (1 + np.tanh(0.5 * sharpness * scores))  # the sigmoid, which cannot overflow so
        return float((present * scores).mean() - wanted)

    return slope


def _finite(logits: ArrayLike) -> NDArray[np.float64]:
    scores = np.asarray(logits, dtype=np.float64)
    if not np.isfinite(scores).all():
        raise must_be("logits", "finite", "NaN or infinity")
    return scores


def _checked_logits(labels: ArrayLike, logits: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    true = checked_ids("labels", labels)
    scores = np.asarray(logits, dtype=np.float64)
    if scores.ndim != 2 or scores.shape != (len(true), scores.shape[-1]) or scores.shape[1] == 0:
        raise must_be("logits", f"of shape ({len(true)}, num_classes)", scores.shape)
    _finite(scores)
    counted = true != IGNORED_LABEL
    check_range("labels", true, scores.shape[1], counted)
    if not counted.any():
        raise must_be("labels", "those of at least one row", labels)
    return true[counted].astype(np.int64), scores[counted]
