"""Checks for answers that do not depend on the text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from textclf.findings import Finding, percent
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import LATE_EXPERIMENTS, Figures
from textclf.training.watch.mates import answers, kept_state, some_texts
from textclf.training.watch.record import Record

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["constant_output", "one_class"]

_SHARE = 0.995  # of the answers: a model that learns gives another one now and then
_DOMINANT = 0.9  # of the labels: then the one answer is nearly right
_ROWS = 50  # of fewer, all may be of one class by chance
_STEPS = 30  # fewer have hardly moved the weights
_STEPS_EARLY = 200  # after which a model that learns at all tells classes apart, however slowly
_FIT = 0.02  # what a model knows that is right in so many more of the training rows than the one answer
_SAME = 1e-5  # of the size of the answers: so far those may differ that are the same but for rounding
_TEXTS = 4  # different ones
_SPREAD_TEXTS = 32


@TRAINING_CHECKS.register("constant-output")
def constant_output(record: Record) -> Iterator[Finding]:
    """Find a model that gives all texts the very same numbers, in evaluation mode."""
    its = record.experiments.get("output-spread" if record.final else "mates", {})
    if record.steps < _STEPS or its.get("texts", 0) < _TEXTS or its["spread"] > _SAME * its["size"]:
        return
    loss, prior = record.rows[-1]["train_loss"], record.settings.prior_entropy
    beside = math.isfinite(prior) and record.settings.plain_loss
    yield Finding(
        "constant-output",
        "stop",
        f"{its['texts']:.0f} different texts get the same output, but for {its['spread']:.1g}; its mean "
        f"size is {its['size']:.3g}. The training loss is {loss:.3f}"
        + (f"; that of knowing the shares of the classes alone is {prior:.3f}." if beside else "."),
        "Nothing of the text reaches the output: all units of a layer are dead or saturated, the state of "
        "the wrong position is taken, a mask hides all, all tokens are unknown, or weights are zero and "
        "stay so.",
        _cure(record, dominant=False),
        {"spread": its["spread"], "size": its["size"], "train_loss": float(loss)},
    )


@LATE_EXPERIMENTS.register("output-spread")
def _output_spread(trainer: Trainer) -> Figures:
    """Measure how far the outputs of some different texts are apart."""
    batch = some_texts(trainer, _SPREAD_TEXTS)
    if batch is None:
        return {}
    with kept_state(trainer.model):
        outputs = answers(trainer.model, *batch)
    spread, size = float(outputs.std(dim=0, correction=0).mean()), float(outputs.abs().mean())
    return {"texts": len(batch[1]), "spread": spread, "size": size}


@TRAINING_CHECKS.register("one-class")
def one_class(record: Record) -> Iterator[Finding]:
    """Find a model that gives (nearly) all texts the same class.

    It is looked at in the validation of the epoch that is kept, or of the last one; without validation, in
    the last batches that were looked at closely.
    """
    settings = record.settings
    if settings.kind not in ("one", "tokens") or record.steps < (_STEPS if record.final else _STEPS_EARLY):
        return
    labels, predicted, where = _answers(record)
    total = int(predicted.sum())
    if total < _ROWS or (labels > 0).sum() < 2:
        return
    answer = int(predicted.argmax())
    share, right = predicted[answer] / total, labels[answer] / total
    if share < _SHARE or labels.max() > _SHARE * total or _knows(record):
        return
    name = settings.labels[answer]
    loss, prior = record.rows[-1]["train_loss"], settings.prior_entropy
    plateau = settings.plain_loss and math.isfinite(prior)
    beside = f"; the training loss is {loss:.3f}" + (
        f", and that of knowing the shares of the classes alone is {prior:.3f}" if plateau else ""
    )
    dominant = right > _DOMINANT
    yield Finding(
        "one-class",
        "warning" if dominant else "stop",
        f"The model gives the class {name!r} to {percent(predicted[answer], total)} of {total:,} {where}, "
        f"of which {percent(labels[answer], total)} are of it{beside}.",
        _cause(record, dominant),
        _cure(record, dominant),
        {
            "share": round(float(share), 4),
            "of_labels": round(float(right), 4),
            "rows": total,
            "train_loss": round(float(loss), 4),
            **({"prior_entropy": round(prior, 4)} if plateau else {}),
        },
    )


def _answers(record: Record) -> tuple[np.ndarray, np.ndarray, str]:
    """Return how often each class was the label and the answer, and of what."""
    things = "tokens" if record.settings.kind == "tokens" else "texts"
    if record.valid_counts:
        kept = record.best_epoch if record.final else None
        counts = next((c for c in record.valid_counts if c.epoch == kept), record.valid_counts[-1])
        return np.array(counts.labels), np.array(counts.predicted), f"{things} of the validation data"
    size = len(record.settings.class_counts)
    labels, predicted = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    late = [look.outputs for look in record.looks if 2 * look.step >= record.steps]
    for outputs in late:
        if outputs is not None and len(outputs.predicted) == size:
            labels += outputs.labels
            predicted += outputs.predicted
    return labels, predicted, f"{things} in the training batches that were looked at"


def _knows(record: Record) -> bool:
    """Say whether the model tells training rows apart, though not others: that is another fault."""
    counts = record.settings.class_counts
    most = max(counts) / sum(counts)
    return float(record.rows[-1]["train_accuracy"]) > most + max(_FIT, 0.1 * (1 - most))


def _ratio(record: Record) -> float:
    """Return the median relative size of the updates of the layers in the first looks."""
    ratios = [its.ratio for look in record.looks[:3] for its in look.parameters if its.is_matrix]
    return float(np.median(ratios)) if ratios else math.nan


def _cause(record: Record, dominant: bool) -> str:
    if dominant:
        return "Nearly all labels are of this class, so that to name it always is the easy answer."
    ratio = _ratio(record)
    if ratio > 0.5:
        return (
            f"The first steps changed the weights by {ratio:.0%} each: the learning rate is so high that "
            "the units no longer react to the text."
        )
    if ratio < 1e-4:
        return f"A step changes the weights by {ratio:.1g} of their size: too little to learn anything."
    return (
        "What the last layer sees does not depend on the text: dead or saturated units, a state or mask "
        "that is lost on the way, or texts whose tokens are unknown; or the labels do not follow from them."
    )


def _cure(record: Record, dominant: bool) -> str:
    if dominant:
        return 'Pass class_weight="balanced", and monitor="macro_f1".'
    rate, ratio = record.settings.learning_rate, _ratio(record)
    if ratio > 0.5:
        return f"Pass learning_rate={rate * 0.02 / ratio:.1g}."
    if ratio < 1e-4:
        return 'Pass optimizer="adamw" with learning_rate=0.002.'
    return (
        'Pass optimizer="adamw" with learning_rate=0.002 and clip_norm=1.0, look at the other findings, '
        "and run textclf check on the data."
    )
