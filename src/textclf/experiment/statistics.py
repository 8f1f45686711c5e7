"""What figures of several runs, on the same rows, say about runs and rows that were not tried.

All setups are measured on the same rows, so the rows are drawn again for all of them together, and a
difference is that of one drawing. Seeds are too few to be drawn again: of five, the interval would cover
83 % in place of 95 %. What they differ by beyond the chance of the rows widens the interval instead, by
Student's t, which knows how few they are.

References:
    McNemar (1947), "Note on the sampling error of the difference between correlated proportions".
    Holm (1979), "A simple sequentially rejective multiple test procedure".
    Davison and Hinkley (1997), "Bootstrap Methods and their Application", section 3.8 (two levels).
    Gallas (2006), "One-shot estimate of MRMC variance: AUC" (readers and cases, here seeds and rows).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.errors import must_be
from textclf.metrics.names import find_metric
from textclf.validation import require_int, require_number

__all__ = ["Estimate", "estimate", "holm", "mcnemar", "resampled_scores"]

Floats = NDArray[np.float64]
_CHUNK = 1 << 22  # numbers drawn at a time


class Estimate(NamedTuple):
    """A mean over seeds, its interval, and the p-value of its being 0; NaN where nothing can be said."""

    value: float
    low: float
    high: float
    p_value: float


def estimate(
    scores: ArrayLike, resampled: ArrayLike | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Estimate the mean score over seeds and rows, or the mean difference of two setups.

    Args:
        scores: The score, or difference, of each of S seeds, (S,).
        resampled: The same on B drawings of the rows, (S, B), or None if there are no rows.
        confidence: Of the interval, between 0 and 1.

    Returns:
        The mean; the interval, that of the drawings by percentiles, widened by what seeds add; and the
        p-value by Student's t, with the degrees of freedom of Satterthwaite (1946).

    Raises:
        ArgumentError: The shapes do not fit, or a number is not finite.

    Example:
        >>> value, low, high, p = estimate([0.80, 0.82, 0.81, 0.85, 0.79])
        >>> f"{value:.3f} ({low:.3f} to {high:.3f})"
        '0.814 (0.785 to 0.843)'
    """
    values = _finite("scores", scores, 1)
    require_number("confidence", confidence, above=0, below=1)
    count = len(values)
    drawn = None if resampled is None else _finite("resampled", resampled, 2)
    if drawn is not None and (len(drawn) != count or drawn.shape[1] < 2):
        raise must_be("resampled", f"of shape ({count}, B) with B of 2 or more", drawn.shape)
    mean = float(values.mean()) if count else math.nan
    if count == 0 or (drawn is None and count == 1):
        return Estimate(mean, math.nan, math.nan, math.nan)
    means = np.full(2, mean) if drawn is None else drawn.mean(axis=0)
    of_rows = float(means.var())
    between = float(values.var(ddof=1)) / count if count > 1 else 0.0
    of_seeds = between if drawn is None else max(0.0, between - _shared_variance(drawn, of_rows))
    error = math.sqrt(of_rows + of_seeds)
    degrees = math.inf if between == 0 else (count - 1) * (error**2 / between) ** 2
    low, high = _interval(mean, means, error, degrees, confidence)
    return Estimate(mean, low, high, _p_value(mean, error, degrees))


def resampled_scores(
    labels: ArrayLike,
    predictions: ArrayLike,
    metric: str = "accuracy",
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Floats:
    """Return a metric of K sets of predictions on B drawings of the rows, the same drawings for all.

    Args:
        labels: True class ids, (N,).
        predictions: Predicted ones, (K, N).
        metric: A name in :data:`~textclf.metrics.METRICS` that needs only counts.
        resamples: B, how many times the rows are drawn with replacement.
        seed: Of the draws.

    Returns:
        Shape (K, B).

    Raises:
        ArgumentError: The shapes do not fit, or the metric needs more than counts.

    Example:
        >>> resampled_scores([0, 1, 1], [[0, 1, 1], [1, 0, 0]], resamples=4).tolist()
        [[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]
    """
    true, given = np.asarray(labels), np.asarray(predictions)
    if given.ndim != 2 or given.shape[1:] != true.shape or not len(true):
        raise must_be("predictions", "of shape (K, N), one class id for each of N labels", given.shape)
    require_int("resamples", resamples, at_least=2)
    compute = find_metric(metric).of_counts
    if compute is None:
        raise must_be("metric", "a metric of the confusion matrix", metric)
    classes = int(max(true.max(), given.max(initial=0))) + 1
    right, cells = (given == true).astype(np.float32), true * classes + given
    generator = np.random.default_rng(seed)
    found = np.empty((len(given), resamples))
    step = max(1, _CHUNK // len(true))
    for start in range(0, resamples, step):
        times = _times_drawn(generator, len(true), min(step, resamples - start))
        part = slice(start, start + len(times))
        if metric == "accuracy":
            found[:, part] = (right @ times.T).astype(np.float64) / len(true)
            continue
        for row, ids in enumerate(cells):
            matrices = [np.bincount(ids, weights=drawn, minlength=classes**2) for drawn in times]
            found[row, part] = [
                compute(matrix.astype(np.int64).reshape(classes, classes)) for matrix in matrices
            ]
    return found


def mcnemar(first: ArrayLike, second: ArrayLike) -> float:
    """Return the exact p-value that two classifiers are right equally often, tested on the same rows.

    Args:
        first: Whether the first is right, (N,).
        second: Whether the second is.

    Returns:
        The two-sided p-value of McNemar's test.

    Raises:
        ArgumentError: The shapes do not fit.

    Example:
        >>> round(mcnemar([1] * 8 + [0] * 2, [0] * 8 + [1] * 2), 4)
        0.1094
    """
    one, other = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if one.shape != other.shape or one.ndim != 1:
        raise must_be("second", f"as many rows as `first`, {one.shape}", other.shape)
    only_one, only_other = int((one & ~other).sum()), int((other & ~one).sum())
    if only_one + only_other == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(only_one, only_one + only_other).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number; those that are NaN stay so and are not counted.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    known = sorted((p, index) for index, p in enumerate(p_values) if not math.isnan(p))
    adjusted = [math.nan] * len(p_values)
    largest = 0.0
    for rank, (p, index) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        adjusted[index] = largest
    return adjusted


def _shared_variance(drawn: Floats, of_rows: float) -> float:
    """Return the variance of the mean that seeds and rows have in common.

    Seeds also differ because each has its own luck with each row. That is a part of the variance over
    rows already, and must not be counted twice.
    """
    count = len(drawn)
    return 0.0 if count == 1 else max(0.0, float(drawn.var(axis=1).mean()) - of_rows) / (count - 1)


def _interval(
    mean: float, means: Floats, error: float, degrees: float, confidence: float
) -> tuple[float, float]:
    """Return the percentiles of the means, spread about the mean as far as seeds and rows ask together."""
    from scipy.stats import norm, t

    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    reach = float(t.ppf(tails[1], degrees)) * error
    of_rows = float(norm.ppf(tails[1]) * means.std())
    if of_rows == 0:
        return mean - reach, mean + reach
    low, high = mean + (np.quantile(means, tails) - mean) * (reach / of_rows)
    return float(low), float(high)


def _p_value(mean: float, error: float, degrees: float) -> float:
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    from scipy.stats import t

    return float(2 * t.sf(abs(mean) / error, degrees))


def _times_drawn(generator: np.random.Generator, count: int, resamples: int) -> NDArray[np.float32]:
    rows = generator.integers(0, count, size=(resamples, count))
    return np.stack([np.bincount(drawn, minlength=count) for drawn in rows]).astype(np.float32)


def _finite(name: str, given: Any, dimensions: int) -> Floats:
    values = np.asarray(given, dtype=np.float64)
    if values.ndim != dimensions or not np.isfinite(values).all():
        raise must_be(name, f"finite numbers of {dimensions} dimensions", given)
    return values
