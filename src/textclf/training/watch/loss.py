"""Checks of the loss."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from textclf.findings import Finding, percent
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.look import OutputLook
from textclf.training.watch.record import Record
from textclf.training.watch.updates import loss_of_nothing, loss_trend

__all__ = [
    "exploding_gradients",
    "logits_for_log_probabilities",
    "negative_loss",
    "non_finite_loss",
    "softmax_twice",
]

_LOOKS = 2  # of one step alone, numbers may agree by chance
_AGREE = 1e-3  # of the loss: the rounding of two ways to compute it
_BELOW = -1e-3  # what rounding does not do
_BOTTOMLESS = -10.0  # below any share, cosine or probability: the loss has no floor
_RAN_AWAY = 100.0  # times the usual norm of the gradient: two orders, and the step after it breaks
_FAR = 100.0  # times clip_norm, or 1: clipping takes away all but a hundredth of the step
_STEPS = 20
_FALLEN = 0.9  # of the loss at first: a loss that ends below it falls
_HIGH = 2.0  # times the loss of a model that knows nothing
_SHOWN = 5
_RISE = 10.0  # times: a gradient that grew so much over the last steps was running away


@TRAINING_CHECKS.register("non-finite-loss")
def non_finite_loss(record: Record) -> Iterator[Finding]:
    """Say where a run broke that a loss, gradient or weight ended which was not finite."""
    failure = record.failure
    if failure is None:
        return
    norms = [*record.gradient_norms[: failure.last_good_step]]
    before = "; no step was made before it"
    ran_away = False
    if norms:
        middle = sorted(norms)[len(norms) // 2]
        ran_away = math.isfinite(middle) and max(norms[-_SHOWN:]) > _RISE * max(middle, 1e-12)
        before = (
            f"; the last good step is {failure.last_good_step:,}, with loss {record.losses[-1]:.4g} and "
            f"gradient norm {norms[-1]:.4g}"
        )
    rate = failure.learning_rate
    yield Finding(
        "non-finite-loss",
        "stop",
        f"Training ended in step {failure.step:,} of epoch {failure.epoch}: {failure.place} was not "
        f"finite, with loss {failure.loss:.4g}, gradient norm {failure.gradient_norm:.4g} and learning "
        f"rate {rate:g}{before}.",
        _cause(failure.what, ran_away),
        _cure(failure.what, ran_away, rate),
        {
            name: value
            for name, value in {
                "step": failure.step,
                "epoch": failure.epoch,
                "learning_rate": rate,
                "loss": failure.loss,
                "gradient_norm": failure.gradient_norm,
                "last_good_step": failure.last_good_step,
            }.items()
            if math.isfinite(value)  # JSON has no other numbers
        },
    )


def _cause(what: str, ran_away: bool) -> str:
    if ran_away:
        return "The gradient grew from step to step: the learning rate is too high for this model."
    if what == "the loss":
        return (
            "The answers of the model were finite and the loss was not: a logarithm of zero or a division "
            "by zero in the loss, or a label that it is not made for."
        )
    if what == "the weight":
        return "A step was so large that the weights left the range of numbers."
    return "The learning rate is too high, or a layer divides by zero or takes the root or logarithm of it."


def _cure(what: str, ran_away: bool, rate: float) -> str:
    slower = f"Pass learning_rate={rate / 10:g} and clip_norm=1.0"
    if what == "the loss":
        stable = "Take logarithms with log_softmax, or a small number added; or leave loss at None."
        return f"{slower}. {stable}" if ran_away else stable
    return f'{slower}; if it breaks in step 1 too, look at that layer; with 16 bits, pass precision="fp32".'


@TRAINING_CHECKS.register("exploding-gradients")
def exploding_gradients(record: Record) -> Iterator[Finding]:
    """Find gradients that grew by orders before a run broke, or are cut to a hundredth in each step."""
    norms, failure = np.asarray(record.gradient_norms), record.failure
    norms = norms[np.isfinite(norms)]
    if not len(norms):
        return
    middle, largest = float(np.median(norms)), float(norms.max())
    if failure is not None:
        if len(norms) < 3 or not norms[-_SHOWN:].max() > _RAN_AWAY * max(middle, 1e-12):
            return
        seen = (
            f"The norm of the gradient rose from {middle:.3g}, the median, to {norms[-_SHOWN:].max():.3g} "
            f"in the last steps before training broke in step {failure.step:,}."
        )
    else:
        trend, clip = loss_trend(record), record.settings.clip_norm
        limit = _FAR * (1.0 if clip is None else clip)
        often = int((norms > limit).sum())
        if trend is None or len(norms) < _STEPS or 2 * often < len(norms):
            return
        if trend[1] < min(_FALLEN * trend[0], _HIGH * loss_of_nothing(record)):  # it learns nevertheless
            return
        cut = "" if clip is None else f", which clip_norm={clip:g} cuts to a hundredth or less"
        seen = (
            f"The norm of the gradient was above {limit:g} in {percent(often, len(norms))} of "
            f"{len(norms):,} steps{cut}, and the loss went from {trend[0]:.4g} to {trend[1]:.4g}."
        )
    yield Finding(
        "exploding-gradients",
        "warning",
        seen,
        "Each layer, or each step through time, multiplies the gradient: weights too large, inputs "
        "or outputs of a large scale, or a learning rate that has made them so.",
        'Begin with weights of the right size: initialize_(model, "xavier"), from textclf; and pass '
        f"learning_rate={record.settings.learning_rate / 10:g} and clip_norm=1.0.",
        {"median_norm": middle, "largest_norm": largest, "steps": len(norms)},
    )


@TRAINING_CHECKS.register("logits-for-log-probabilities")
def logits_for_log_probabilities(record: Record) -> Iterator[Finding]:
    """Find a loss of one's own that is the negated output at the label, of outputs that are logits."""
    looks = [(look.loss, look.outputs) for look in record.looks if look.outputs is not None]
    pairs = [(loss, its) for loss, its in looks if its.at_label is not None and its.finite]
    wrong = [loss for loss, its in pairs if _is_negated(loss, its) and not its.log_probabilities]
    if not record.settings.own_loss or len(wrong) < _LOOKS or 2 * len(wrong) < len(pairs):
        return
    yield Finding(
        "logits-for-log-probabilities",
        "stop",
        f"In {len(wrong)} of the {len(pairs)} steps that were looked at, the loss is the mean output at "
        "the label with its sign turned, and the outputs are no log-probabilities; it went from "
        f"{wrong[0]:.4f} to {wrong[-1]:.4f}.",
        "nll_loss expects log-probabilities and was given logits: to make all logits larger makes it fall, "
        "so it has no floor and need not tell classes apart.",
        "Leave loss out: the Trainer takes the cross-entropy of logits. Or pass "
        "loss=torch.nn.functional.cross_entropy.",
        {"loss_at_first": wrong[0], "loss_at_last": wrong[-1], "looks": len(wrong)},
    )


@TRAINING_CHECKS.register("negative-loss")
def negative_loss(record: Record) -> Iterator[Finding]:
    """Find a loss that is below zero."""
    losses = np.asarray(record.losses)
    losses = losses[np.isfinite(losses)]
    below = int((losses < _BELOW).sum())
    if not below:
        return
    lowest = float(losses.min())
    accuracy = f", and the training accuracy {record.rows[-1]['train_accuracy']:.3f}" if record.rows else ""
    yield Finding(
        "negative-loss",
        "stop" if lowest < _BOTTOMLESS else "warning",
        f"The loss was below zero in {below:,} of {len(losses):,} steps; at last it was {losses[-1]:.4f}, "
        f"its least was {lowest:.4f}{accuracy}.",
        "The sign of the loss is turned, or a part of it may fall without end, or it expects other inputs: "
        "no cross-entropy is negative.",
        "Leave loss out: the Trainer takes the cross-entropy of logits. If your loss is meant to be "
        'negative, pass watch=Watch(silence=["negative-loss"]).',
        {"share": below / len(losses), "lowest": lowest},
    )


@TRAINING_CHECKS.register("softmax-twice")
def softmax_twice(record: Record) -> Iterator[Finding]:
    """Find outputs that are probabilities, or their logarithms, where the loss takes a softmax itself."""
    looks = [(look.loss, look.outputs) for look in record.looks if look.outputs is not None]
    own, many = record.settings.own_loss, record.settings.kind == "many"
    if len(looks) < _LOOKS or (own and not all(_is_cross_entropy(*pair) for pair in looks)):
        return
    twice = all(its.probabilities for _, its in looks)
    harmless = not own and not many and all(its.log_probabilities for _, its in looks)
    if not twice and not harmless:
        return
    what = "probabilities" if twice else "logarithms of probabilities"
    name = "sigmoid" if many else "softmax"
    classes, last = len(record.settings.class_counts), looks[-1][0]
    floor = math.log(math.e + classes - 1) - 1
    bound = f"; so the loss, now {last:.4f}, cannot fall below {floor:.4f}" if twice and not many else ""
    yield Finding(
        "softmax-twice",
        "stop" if twice else "note",
        f"In all {len(looks)} steps that were looked at, the outputs of the model are {what}, and the "
        f"loss takes a {name} of them{bound}.",
        f"The model ends in a {name}, and cross-entropy takes another: gradients become small, and the "
        "probabilities that are predicted too even."
        if twice
        else "The model ends in a log_softmax, and cross-entropy takes another, which changes nothing.",
        f"Take the {name} out of the model, so that it gives logits: predict_proba takes it.",
        {"loss": last, **({"floor": floor} if bound else {})},
    )


def _is_negated(loss: float, its: OutputLook) -> bool:
    """Say whether a loss is the mean output at the label with its sign turned, and is not just zero."""
    at_label = 0.0 if its.at_label is None else its.at_label
    return at_label != 0 and math.isclose(loss, -at_label, rel_tol=_AGREE)


def _is_cross_entropy(loss: float, its: OutputLook) -> bool:
    return its.cross_entropy is not None and math.isclose(loss, its.cross_entropy, rel_tol=_AGREE)
