"""Checks of how far a step moves the weights.

In a network that learns, a step changes the weights of a layer by a thousandth or so of their size, more
in the first steps of Adam. The median layer is looked at: tables of vectors and biases move as they like.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from textclf.findings import Finding
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.look import Look
from textclf.training.watch.record import Record

__all__ = ["median_ratio", "rate_too_high", "rate_too_low"]

_STEPS = 20  # fewer say nothing of a trend
_LOW = 2e-4  # of the weights in a step
_ALL_IN_ALL = 0.2  # of the weights in the whole run, were all steps in one direction
_FLAT = 0.1  # of the loss: a run that has won more learns, whatever its updates are
_STILL = 0.02
_HIGH = 0.7  # of the weights in a step: what they were at the start is gone after one or two
_WORSE = 1.2  # times the loss of a model that knows nothing
_PEAK = 10  # times that loss: a run that has been there has lost its start, whatever it learnt later
_GOOD_LOW, _GOOD_HIGH = 3e-3, 0.02
_ADAMW = 'optimizer="adamw" with learning_rate=0.002'


@TRAINING_CHECKS.register("rate-too-low")
def rate_too_low(record: Record) -> Iterator[Finding]:
    """Find steps so small that the whole run could not move the weights, with a loss that stands still."""
    trend, ratios = _trend(record), _ratios(record)
    if trend is None or not ratios:
        return
    begin, end = trend
    ratio = max(ratios)  # a warm-up begins, and most schedules end, with small steps
    won = (begin - end) / abs(begin) if begin else 0.0
    if ratio >= _LOW or ratio * record.settings.steps >= _ALL_IN_ALL or won > _FLAT:
        return
    rate = record.settings.learning_rate
    still = won < _STILL
    factor = _GOOD_LOW / ratio if ratio else math.inf
    better = f"learning_rate={rate * factor:.1g}" if factor <= 1000 else _ADAMW
    yield Finding(
        "rate-too-low",
        "stop" if still and record.final else "warning",
        f"A step changes the weights of the median layer by {ratio:.1e} of their size at most, and the "
        f"loss went from {begin:.4f} to {end:.4f} in {record.steps:,} steps.",
        f"The learning rate of {rate:g} is too low for {record.settings.optimizer}, which moves weights by "
        "about a thousandth of their size in a step when training goes well.",
        f"Pass {better}." + ("" if better is _ADAMW or _is_adam(record) else f" Or pass {_ADAMW}."),
        {"ratio": ratio, "loss_at_first": begin, "loss_at_last": end, "learning_rate": rate},
    )


@TRAINING_CHECKS.register("rate-too-high")
def rate_too_high(record: Record) -> Iterator[Finding]:
    """Find steps that replace the weights, with a loss that got worse than that of knowing nothing."""
    trend, ratios = _trend(record), _ratios(record)
    if trend is None or not ratios or record.looks[0].step > 2:
        return
    ratio = max(ratios[:3])
    losses = np.asarray(record.losses)
    nothing = _loss_of_nothing(record)
    peak, end = float(np.nanmax(losses)), trend[1]
    if ratio < _HIGH or not peak > 2 * nothing:
        return
    rate = record.settings.learning_rate
    lost = end > _WORSE * nothing or math.isclose(end, nothing, rel_tol=0.05)
    if not lost and end < 0.5 * nothing and peak < _PEAK * nothing:  # it has recovered, and learnt
        return
    yield Finding(
        "rate-too-high",
        "stop" if lost else "warning",
        f"One of the first steps changed the weights of the median layer by {ratio:.0%} of their size, and "
        f"the loss rose to {peak:.3g}; at last it was {end:.3g}; knowing nothing gives {nothing:.3g}.",
        f"The learning rate of {rate:g} is too high for this model: what the weights were at the start is "
        "lost in one step.",
        f"Pass learning_rate={rate * _GOOD_HIGH / ratio:.1g}, or schedule_options={{'warmup': 0.1}}.",
        {"ratio": ratio, "peak_loss": peak, "loss_at_last": end, "learning_rate": rate},
    )


def median_ratio(look: Look) -> float:
    """Return the relative size of the update of the median layer in a step; NaN of no layer.

    Example:
        >>> median_ratio(Look(step=1, epoch=1, learning_rate=0.1, loss=0.7, gradient_norm=1.0))
        nan
    """
    ratios = [its.ratio for its in look.parameters if its.is_matrix and its.trained and its.weight > 0]
    finite = [ratio for ratio in ratios if math.isfinite(ratio)]
    return float(np.median(finite)) if finite else math.nan


def _ratios(record: Record) -> list[float]:
    ratios = [median_ratio(look) for look in record.looks]
    return [ratio for ratio in ratios if math.isfinite(ratio)]


def _trend(record: Record) -> tuple[float, float] | None:
    """Return the mean loss of the first and last tenth of the steps, at least five; None of too few."""
    losses = np.asarray(record.losses)
    if len(losses) < _STEPS or record.first_step > 1 or record.failure is not None:
        return None
    part = max(5, len(losses) // 10)
    begin, end = float(np.mean(losses[:part])), float(np.mean(losses[-part:]))
    return (begin, end) if math.isfinite(begin) and math.isfinite(end) else None


def _loss_of_nothing(record: Record) -> float:
    """Return the loss of a model that knows nothing of the texts, or that of the first step."""
    prior = record.settings.prior_entropy
    return prior if record.settings.plain_loss and math.isfinite(prior) else record.losses[0]


def _is_adam(record: Record) -> bool:
    return "adam" in record.settings.optimizer.lower()
