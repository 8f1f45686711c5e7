"""Checks for answers that do not depend on the text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from textclf.findings import Finding, percent
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import LATE_EXPERIMENTS, Figures
from textclf.training.watch.mates import LOST_IN, SAME, answers, kept_state, some_texts, spread_of
from textclf.training.watch.record import Record
from textclf.training.watch.updates import below_prior, enough_epochs, severity_of_nothing, too_early

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["constant_output", "one_class", "unknown_words"]

_SHARE = 0.995  # of the answers: a model that learns gives another one now and then
_DOMINANT = 0.9  # of the labels: then the one answer is nearly right
_ROWS = 50  # of fewer, all may be of one class by chance
_STEPS = 30  # fewer have hardly moved the weights
_STEPS_EARLY = 200  # after which a model that learns at all tells classes apart, however slowly
_FIT = 0.02  # what a model knows that is right in so many more of the training rows than the one answer
_TEXTS = 4  # different ones
_SPREAD_TEXTS = 32
_LARGE, _SMALL = 0.5, 1e-4  # of the weights in a step
_UNKNOWN = 0.9  # of the tokens: what is left of the texts tells little


@TRAINING_CHECKS.register("unknown-words")
def unknown_words(record: Record) -> Iterator[Finding]:
    """Find training texts nearly all tokens of which the vocabulary does not have."""
    share = record.settings.unknown
    if share < _UNKNOWN:
        return
    yield Finding(
        "unknown-words",
        "stop",
        f"{percent(share, 1)} of the training tokens are unknown to the vocabulary.",
        "The texts were encoded with the vocabulary of other texts, or cut into other tokens than it has: "
        "all words are the same to the model.",
        "Take the vocabulary from these texts: TextEncoder.build_and_encode(texts, labels).",
        {"share": share},
    )


@TRAINING_CHECKS.register("constant-output")
def constant_output(record: Record) -> Iterator[Finding]:
    """Find a model that gives all texts the very same numbers, in evaluation mode."""
    its = record.experiments.get("output-spread" if record.final else "mates", {})
    if record.steps < _STEPS or its.get("texts", 0) < _TEXTS or its["spread"] > SAME * its["size"]:
        return
    loss, prior = record.rows[-1]["train_loss"], record.settings.prior_entropy
    beside = math.isfinite(prior) and record.settings.plain_loss
    layer = next((name.removeprefix(LOST_IN) for name in its if name.startswith(LOST_IN)), "")
    high = _too_high(record)
    yield Finding(
        "constant-output",
        "stop",
        f"{its['texts']:.0f} different texts get the same output, but for {its['spread']:.1g}; its mean "
        f"size is {its['size']:.3g}. "
        + (f"From {layer} on, nothing differs between them. " if layer else "")
        + f"The training loss is {loss:.3f}"
        + (f"; that of knowing the shares of the classes alone is {prior:.3f}." if beside else "."),
        high[0]
        if high
        else "Something takes the text away before the last layer: a mask or a product of zeros, units "
        "that are dead or saturated, or a state of the wrong position.",
        high[1] if high else _where_to_look(layer),
        {"spread": its["spread"], "size": its["size"], "train_loss": float(loss)},
    )


def _where_to_look(layer: str) -> str:
    if not layer:
        return "Print what each layer gives for two different texts: look at the first that gives the same."
    hook = "register_forward_hook(lambda layer, given, output: print(given, output))"
    return f"Look at {layer}, and at what is given to it: model.get_submodule({layer!r}).{hook}."


@LATE_EXPERIMENTS.register("output-spread")
def _output_spread(trainer: Trainer) -> Figures:
    """Measure how far the outputs of some different texts are apart."""
    batch = some_texts(trainer, _SPREAD_TEXTS)
    if batch is None:
        return {}
    with kept_state(trainer.model):
        return spread_of(trainer.model, *batch, answers(trainer.model, *batch))


@TRAINING_CHECKS.register("one-class")
def one_class(record: Record) -> Iterator[Finding]:
    """Find a model that gives (nearly) all texts the same class.

    It is looked at in the validation of the epoch that is kept, or of the last one; without validation, in
    the last batches that were looked at closely. While the model may yet learn, it is no reason to stop.
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
    dominant, severity = right > _DOMINANT, severity_of_nothing(record)
    yield Finding(
        "one-class",
        "warning" if dominant and severity == "stop" else severity,
        f"The model gives the class {name!r} to {percent(predicted[answer], total)} of {total:,} {where}, "
        f"of which {percent(labels[answer], total)} are of it{beside}.",
        *_why(record, dominant),
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
    return below_prior(record) or (
        float(record.rows[-1]["train_accuracy"]) > most + max(_FIT, 0.1 * (1 - most))
    )


def _ratio(record: Record) -> float:
    """Return the median relative size of the updates of the layers in the first looks."""
    ratios = [its.ratio for look in record.looks[:3] for its in look.parameters if its.is_matrix]
    return float(np.median(ratios)) if ratios else math.nan


def _too_high(record: Record) -> tuple[str, str] | None:
    """Return the cause and the cure of steps that replaced the weights, if they did."""
    ratio = _ratio(record)
    if not ratio > _LARGE:
        return None
    cause = f"The first steps changed the weights by {ratio:.0%} each: the learning rate is so high that "
    rate = record.settings.learning_rate * 0.02 / ratio
    return f"{cause}the units no longer react to the text.", f"Pass learning_rate={rate:.1g}."


def _why(record: Record, dominant: bool) -> tuple[str, str]:
    """Return the cause and the cure of the same class for all."""
    high, ratio, settings = _too_high(record), _ratio(record), record.settings
    if dominant:
        cause = "Nearly all labels are of this class, so that to name it always is the easy answer."
        return cause, 'Pass class_weight="balanced", and monitor="macro_f1".'
    if high:
        return high
    if 0 < ratio < _SMALL:
        cause = f"A step changes the weights by {ratio:.1g} of their size: too little to learn anything."
        return cause, 'Pass optimizer="adamw" with learning_rate=0.002.'
    if early := too_early(record):
        return f"Training may have ended too early: {early}.", f"Pass epochs={enough_epochs(settings)}."
    cause = "The network does not get from the texts to the labels, or they do not follow from the texts."
    cure = 'Pass optimizer="adamw" with learning_rate=0.002 and clip_norm=1.0, and run textclf check.'
    return cause, cure
