"""Checks of how far a step moves the weights.

In a network that learns, a step changes the weights of a layer by a thousandth or so of their size, more
in the first steps of Adam. The median layer is looked at: tables of vectors and biases move as they like.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from textclf.findings import Finding
from textclf.training.watch.chance import SURE
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.look import Look
from textclf.training.watch.record import Record, Settings

__all__ = [
    "FEW_STEPS",
    "below_prior",
    "enough_epochs",
    "loss_of_nothing",
    "loss_still_falls",
    "loss_trend",
    "median_ratio",
    "oscillation",
    "plateau",
    "rate_too_high",
    "rate_too_low",
    "severity_of_nothing",
    "too_early",
]

FEW_STEPS = 100
"""A run of fewer says little: some networks need so many before the loss begins to fall."""

_MANY_STEPS = 200  # in which a model that learns at all has begun to, however slowly
_ENOUGH_STEPS = 1000

_STEPS = 20  # fewer say nothing of a trend
_LOW = 2e-4  # of the weights in a step
_ALL_IN_ALL = 0.2  # of the weights in the whole run, were all steps in one direction
_FLAT = 0.1  # of the loss: a run that has won more learns, whatever its updates are
_STILL = 0.02
_HIGH = 0.7  # of the weights in a step: what they were at the start is gone after one or two
_WORSE = 1.2  # times the loss of a model that knows nothing
_PEAK = 10  # times that loss: a run that has been there has lost its start, whatever it learnt later
_GOOD_LOW, _GOOD_HIGH = 3e-3, 0.02
_FALL = 0.03  # of the loss, from the second quarter of the steps to the last: it still falls
_AT_NOTHING = (0.95, 1.2)  # times the loss of knowing nothing
_LUCK = 0.1  # of the training rows, right beyond those of the largest class
_WINDOW = 5  # steps, whose mean loss is compared with that of the next
_SWING = 0.1  # of the loss: about the change from one window to the next
_ADAMW = 'optimizer="adamw" with learning_rate=0.002'


@TRAINING_CHECKS.register("rate-too-low")
def rate_too_low(record: Record) -> Iterator[Finding]:
    """Find steps so small that the whole run could not move the weights, with a loss that stands still.

    Where the median layer got no gradient, it is not the rate.
    """
    trend, ratios = loss_trend(record), _ratios(record)
    if trend is None or not ratios or not any(map(_median_gradient, record.looks)):
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
        "stop" if still and record.final and not below_prior(record) else "warning",
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
    trend, ratios = loss_trend(record), _ratios(record)
    if trend is None or not ratios or record.looks[0].step > 2:
        return
    ratio = max(ratios[:3])
    losses = np.asarray(record.losses)
    nothing = loss_of_nothing(record)
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


@TRAINING_CHECKS.register("plateau")
def plateau(record: Record) -> Iterator[Finding]:
    """Find a loss that stood at that of a model that knows nothing."""
    trend = loss_trend(record)
    if trend is None or not record.final or record.steps < FEW_STEPS or _has_learnt(record):
        return
    (begin, end), nothing = trend, loss_of_nothing(record)
    low, high = _AT_NOTHING
    won = min(begin, nothing) - end  # to come down to that of knowing nothing is not to learn
    if won > _STILL * abs(nothing) or not low * nothing < end < high * nothing or loss_still_falls(record):
        return
    settings = record.settings
    change = f"Pass learning_rate={settings.learning_rate * 10:g}" if _is_adam(record) else f"Pass {_ADAMW}"
    yield Finding(
        "plateau",
        "warning",
        f"The loss went from {begin:.4f} to {end:.4f} in {record.steps:,} steps; that of knowing "
        f"nothing of the texts is {nothing:.4f}.",
        f"{settings.optimizer} with a learning rate of {settings.learning_rate:g} does not get away from "
        "the start; or the labels do not follow from the texts, or the model does not see that.",
        f"{change}. If that does not help, fit 32 rows: trainer.fit(train.subset(range(32))). A model that "
        "cannot learn these has a fault; if it can, look at the data with textclf check.",
        {"loss_at_first": begin, "loss_at_last": end, "nothing": nothing},
    )


@TRAINING_CHECKS.register("oscillation")
def oscillation(record: Record) -> Iterator[Finding]:
    """Find a loss that swings up and down, above that of knowing nothing."""
    if loss_trend(record) is None:
        return
    losses = np.asarray(record.losses)[len(record.losses) // 2 :]
    means = losses[: len(losses) // _WINDOW * _WINDOW].reshape(-1, _WINDOW).mean(axis=1)
    if len(means) < 4:
        return
    level, changes, nothing = float(means.mean()), np.diff(means), loss_of_nothing(record)
    turns = int((changes[1:] * changes[:-1] < 0).sum())
    swing = float(np.abs(changes).mean()) / abs(level) if level else 0.0
    if level < _WORSE * nothing or swing < _SWING or 4 * turns < len(changes) - 1 or not turns:
        return
    rate, ratio = record.settings.learning_rate, max(_ratios(record)[:3], default=math.nan)
    better = rate * min(0.1, _GOOD_HIGH / ratio) if ratio > 0 else rate / 10
    yield Finding(
        "oscillation",
        "warning",
        f"In the second half of the run the loss swung by {swing:.0%} from {_WINDOW} steps to the next, "
        f"around {level:.4g}; that of a model that knows nothing of the texts is {nothing:.4g}.",
        f"Steps at a learning rate of {rate:g} leap over what they should find.",
        f"Pass learning_rate={better:.1g} and clip_norm=1.0.",
        {"swing": swing, "loss": level, "nothing": nothing, "turns": turns},
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


def _median_gradient(look: Look) -> float:
    """Return the norm of the gradient of the median layer, 0 of none."""
    norms = [its.gradient or 0.0 for its in look.parameters if its.is_matrix and its.trained]
    return float(np.median(norms)) if norms else 0.0


def _ratios(record: Record) -> list[float]:
    ratios = [median_ratio(look) for look in record.looks]
    return [ratio for ratio in ratios if math.isfinite(ratio)]


def loss_trend(record: Record) -> tuple[float, float] | None:
    """Return the mean loss of the first and last tenth of the steps, at least five.

    Returns:
        None of fewer than 20 steps, of a run whose start was not seen, or of one that broke.
    """
    losses = np.asarray(record.losses)
    if len(losses) < _STEPS or record.first_step > 1 or record.failure is not None:
        return None
    part = max(5, len(losses) // 10)
    begin, end = float(np.mean(losses[:part])), float(np.mean(losses[-part:]))
    return (begin, end) if math.isfinite(begin) and math.isfinite(end) else None


def loss_still_falls(record: Record) -> tuple[float, float] | None:
    """Return the mean loss of the second quarter of the steps and of the last, if it fell clearly.

    Returns:
        None of a loss that stands or rises, or was not finite, and of fewer than 20 steps.
    """
    losses = np.asarray(record.losses)
    part = len(losses) // 4
    if len(losses) < _STEPS or not np.isfinite(losses).all():
        return None
    before, last = losses[part : 2 * part], losses[-part:]
    then, now = float(before.mean()), float(last.mean())
    error = math.hypot(before.std(ddof=1), last.std(ddof=1)) / math.sqrt(part)
    return (then, now) if then - now > max(SURE * error, _FALL * abs(then)) else None


def too_early(record: Record) -> str:
    """Say why a run that has learnt nothing so far may yet learn; empty if it has had its chance."""
    if record.steps < FEW_STEPS:
        return f"{record.steps:,} steps are too few to tell"
    fall = loss_still_falls(record)
    return "" if fall is None else f"the training loss still fell, from {fall[0]:.3f} to {fall[1]:.3f}"


def severity_of_nothing(record: Record) -> str:
    """Say how grave it is that a model knows nothing: not yet after few steps, or while it learns."""
    if record.steps < FEW_STEPS:
        return "note"
    moving = record.steps < _MANY_STEPS or below_prior(record) or loss_still_falls(record) is not None
    return "warning" if moving else "stop"


def enough_epochs(settings: Settings) -> int:
    """Return three times the epochs of a run, or as many as make 1,000 steps."""
    return max(3 * settings.epochs, math.ceil(_ENOUGH_STEPS / max(settings.steps_per_epoch, 1)))


def below_prior(record: Record) -> bool:
    """Say whether the loss ended clearly below that of knowing the shares of the classes alone."""
    trend, prior = loss_trend(record), record.settings.prior_entropy
    known = record.settings.plain_loss and math.isfinite(prior)
    return known and trend is not None and trend[1] < _AT_NOTHING[0] * prior


def loss_of_nothing(record: Record) -> float:
    """Return the loss of a model that knows nothing of the texts; of a loss of one's own, the first."""
    prior = record.settings.prior_entropy
    return prior if record.settings.plain_loss and math.isfinite(prior) else record.losses[0]


def _has_learnt(record: Record) -> bool:
    """Say whether the model is right more often on training rows than the largest class would be."""
    counts = record.settings.class_counts
    if record.settings.kind not in ("one", "tokens") or not record.rows or not sum(counts):
        return False
    return float(record.rows[-1]["train_accuracy"]) > max(counts) / sum(counts) + _LUCK


def _is_adam(record: Record) -> bool:
    return "adam" in record.settings.optimizer.lower()
