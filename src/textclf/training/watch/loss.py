"""Checks of the loss."""

from __future__ import annotations

import math
from collections.abc import Iterator

from textclf.findings import Finding
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.record import Record

__all__ = ["non_finite_loss"]

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
        f"Training ended in step {failure.step:,} of epoch {failure.epoch}: {failure.place} "
        f"was not finite, with loss {failure.loss:.4g}, gradient norm "
        f"{failure.gradient_norm:.4g} and learning rate {rate:g}{before}.",
        _cause(failure.what, ran_away),
        _cure(failure.what, rate),
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
    if what == "the loss":
        return (
            "The answers of the model were finite and the loss was not: a logarithm of zero or a division "
            "by zero in the loss, or a label that it is not made for."
        )
    if ran_away:
        return "The gradient grew from step to step: the learning rate is too high for this model."
    if what == "the weight":
        return "A step was so large that the weights left the range of numbers."
    return "The learning rate is too high, or a layer divides by zero or takes the root or logarithm of it."


def _cure(what: str, rate: float) -> str:
    if what == "the loss":
        return "Take logarithms with log_softmax or a small number added; or leave loss at None."
    return (
        f"Pass learning_rate={rate / 10:g} and clip_norm=1.0; if it breaks in step 1 too, look at that "
        'layer; with 16 bits, pass precision="fp32".'
    )
