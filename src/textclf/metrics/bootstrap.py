"""How far a metric would move if the test set had been drawn again: bootstrap intervals.

References:
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13 (percentile intervals).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.errors import must_be
from textclf.metrics.checks import checked_matrix
from textclf.metrics.names import METRICS, find_metric
from textclf.validation import require_int, require_number

__all__ = ["bootstrap_interval", "bootstrap_mean_interval", "bootstrap_sums_interval"]

CHUNK = 1 << 20  # numbers drawn at a time, so that memory does not grow with the number of resamples


def bootstrap_interval(
    matrix: ArrayLike,
    metric: str | Callable[[NDArray[np.int64]], float] = "accuracy",
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a metric of the confusion matrix.

    Drawing N rows with replacement and counting them gives a multinomial number of rows in each
    cell of the confusion matrix, so those numbers are drawn directly. The work does not depend on N.

    Args:
        matrix: Confusion matrix, (C, C), rows true; see :func:`~textclf.metrics.confusion_matrix`.
        metric: A name in :data:`~textclf.metrics.METRICS` that needs only counts, or a function
            from a confusion matrix to a number.
        confidence: The share of resamples inside the interval, between 0 and 1.
        resamples: How many times the rows are drawn again.
        seed: The seed of the draws.

    Returns:
        The lower and the upper end; both NaN if there are no rows.

    Raises:
        ArgumentError: A value is out of its range, or the metric needs more than counts.
        UnknownNameError: No metric has that name.

    Example:
        >>> low, high = bootstrap_interval([[45, 5], [10, 40]], "accuracy")
        >>> low < 0.85 < high
        True
    """
    counts = checked_matrix(matrix)
    _check_settings(confidence, resamples, seed)
    compute = _function_of_counts(metric)
    total = int(counts.sum())
    if total == 0:
        compute(counts)  # so that a metric that does not fit the classes raises here too
        return float("nan"), float("nan")
    if metric == "accuracy":  # it asks only how many rows are right, so two cells say all
        right = int(np.trace(counts))
        counts = np.array([[right, total - right], [0, 0]])
    cells = np.flatnonzero(counts)
    shares = counts.reshape(-1)[cells] / total
    generator = np.random.default_rng(seed)
    values: list[float] = []
    step = max(1, CHUNK // len(cells))
    for start in range(0, resamples, step):
        for drawn in generator.multinomial(total, shares, size=min(step, resamples - start)):
            resampled = np.zeros(counts.size, dtype=np.int64)
            resampled[cells] = drawn
            values.append(compute(resampled.reshape(counts.shape)))
    return _percentiles(values, confidence)


def bootstrap_mean_interval(
    values: ArrayLike, *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean of some values.

    Args:
        values: One number a row or a run, (N,), such as the loss of each text.
        confidence: The share of resamples inside the interval, between 0 and 1.
        resamples: How many times the values are drawn again.
        seed: The seed of the draws.

    Returns:
        The lower and the upper end; both NaN if there are no values.

    Raises:
        ArgumentError: A value is out of its range or not finite.

    Example:
        >>> low, high = bootstrap_mean_interval([0.80, 0.82, 0.81, 0.85, 0.79])
        >>> 0.79 <= low < 0.814 < high <= 0.85
        True
    """
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise must_be("values", "numbers, (N,)", values) from error
    _check_settings(confidence, resamples, seed)
    if numbers.ndim != 1:
        raise must_be("values", "one number a row, (N,)", numbers.shape)
    if not np.isfinite(numbers).all():
        raise must_be("values", "finite", values)
    if not len(numbers):
        return float("nan"), float("nan")
    generator = np.random.default_rng(seed)
    means: list[float] = []
    step = max(1, CHUNK // len(numbers))
    for start in range(0, resamples, step):
        size = (min(step, resamples - start), len(numbers))
        means.extend(numbers[generator.integers(0, len(numbers), size=size)].mean(axis=1).tolist())
    return _percentiles(means, confidence)


def bootstrap_sums_interval(
    rows: ArrayLike,
    metric: Callable[[NDArray[np.int64]], float],
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a metric of sums over the rows.

    Rows that are alike are drawn together, as in :func:`bootstrap_interval`.

    Args:
        rows: Counts of each row, (N, K), such as its hits and its mistakes.
        metric: A function from the sums, (K,), to a number.
        confidence: The share of resamples inside the interval, between 0 and 1.
        resamples: How many times the rows are drawn again.
        seed: The seed of the draws.

    Returns:
        The lower and the upper end; both NaN if there are no rows.

    Raises:
        ArgumentError: A value is out of its range.

    Example:
        >>> hits_and_mistakes = [[1, 0]] * 85 + [[0, 1]] * 15
        >>> low, high = bootstrap_sums_interval(hits_and_mistakes, lambda sums: sums[0] / sums.sum())
        >>> low < 0.85 < high
        True
    """
    _check_settings(confidence, resamples, seed)
    counts = np.asarray(rows)
    if counts.ndim != 2 or not np.issubdtype(counts.dtype, np.integer):
        raise must_be("rows", "integers, one row of counts a row of the set", counts.shape)
    if not len(counts):
        return float("nan"), float("nan")
    different, times = np.unique(counts, axis=0, return_counts=True)
    generator = np.random.default_rng(seed)
    values: list[float] = []
    step = max(1, CHUNK // len(different))
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        drawn = generator.multinomial(len(counts), times / len(counts), size=size)
        sums = np.rint(drawn.astype(np.float64) @ different).astype(np.int64)
        values.extend(metric(each) for each in sums)
    return _percentiles(values, confidence)


def _function_of_counts(
    metric: str | Callable[[NDArray[np.int64]], float],
) -> Callable[[NDArray[np.int64]], float]:
    if callable(metric):
        return metric
    compute = find_metric(metric).of_counts
    if compute is None:
        usable = ", ".join(name for name, known in METRICS.items() if known.of_counts is not None)
        raise must_be("metric", "a metric of the confusion matrix", metric, f"Those are: {usable}.")
    return compute


def _percentiles(values: list[float], confidence: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _check_settings(confidence: float, resamples: int, seed: int) -> None:
    require_number("confidence", confidence, above=0, below=1)
    require_int("resamples", resamples, at_least=1)
    require_int("seed", seed, at_least=0)
