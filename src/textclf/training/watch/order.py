"""Checks of the order in which texts are learnt from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from textclf.findings import Finding, percent
from textclf.layers.recurrent_state import RecurrentState
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import EARLY_EXPERIMENTS, Figures
from textclf.training.watch.mates import answers, kept_state, some_texts
from textclf.training.watch.record import Record

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["carried_state", "repeated_texts", "sorted_batches"]

_CLEARLY = 0.02  # of the spread of the answers
_PURE = 0.95  # of the labels of a batch: then it is of one class
_MIXED = 0.8  # of all labels: of more, batches are of one class by chance
_BATCHES = 4  # looked at, at least
_TEXTS = 8  # in a batch, at least: two or three are of one class by chance
_MOST = 0.75  # of the batches


@TRAINING_CHECKS.register("carried-state")
def carried_state(record: Record) -> Iterator[Finding]:
    """Find a recurrent state that goes from one batch to the next, though batches are in random order."""
    its = record.experiments.get("repeated-texts", {})
    layers, change = its.get("carrying", 0), its.get("change", 0.0)
    if not layers and change < _CLEARLY:
        return
    seen = (
        f"{layers:.0f} recurrent {'layer begins' if layers == 1 else 'layers begin'} each batch in the "
        "state in which the one before ended"
        if layers
        else f"The same {its['texts']:.0f} texts get answers that differ by {change:.0%} of how far they "
        "are apart, when other texts have come between"
    )
    yield Finding(
        "carried-state",
        "warning",
        f"{seen}; the batches of this run are shuffled, so that the texts before have nothing to do "
        "with these.",
        "A hidden state is kept from call to call, which is made for one long text in pieces: here it is "
        "noise, and in evaluation it is missing.",
        "Pass carry_state=False to the model."
        if layers
        else "Begin each call with a state of zeros: rnn(x) instead of rnn(x, self.hidden).",
        {"layers": layers, "change": change},
    )


@EARLY_EXPERIMENTS.register("repeated-texts")
def repeated_texts(trainer: Trainer) -> Figures:
    """Answer some texts, then others, then the first again; and count layers that carry their state."""
    batch = some_texts(trainer, 2 * _TEXTS)
    modules = trainer.model.modules()
    carrying = sum(isinstance(module, RecurrentState) and module.carried for module in modules)
    if batch is None or len(batch[1]) < 4:
        return {"carrying": carrying}
    token_ids, lengths = batch
    half = len(lengths) // 2
    with kept_state(trainer.model):
        first = answers(trainer.model, token_ids[:half], lengths[:half])
        answers(trainer.model, token_ids[half : 2 * half], lengths[half : 2 * half])
        again = answers(trainer.model, token_ids[:half], lengths[:half])
    unit = max(float(first.std(dim=0, correction=0).mean()), 0.05 * float(first.abs().mean()), 1e-12)
    return {"carrying": carrying, "texts": half, "change": float((again - first).abs().max()) / unit}


@TRAINING_CHECKS.register("sorted-batches")
def sorted_batches(record: Record) -> Iterator[Finding]:
    """Find batches that are of one class each, though the classes are mixed."""
    settings = record.settings
    counts = np.asarray(settings.class_counts)
    if settings.kind != "one" or not counts.sum() or counts.max() > _MIXED * counts.sum():
        return
    if settings.steps_per_epoch * settings.batch_size < 0.9 * settings.rows:  # a step has several batches
        return
    seen = [np.asarray(its.outputs.labels) for its in record.looks if its.outputs is not None]
    seen = [labels for labels in seen if labels.sum() >= _TEXTS]
    pure = [int(labels.argmax()) for labels in seen if labels.max() >= _PURE * labels.sum()]
    if len(seen) < _BATCHES or len(pure) < _MOST * len(seen):
        return
    yield Finding(
        "sorted-batches",
        "warning",
        f"{len(pure)} of {len(seen)} batches that were looked at have texts of one class alone, of "
        f"{len(set(pure))} different classes; of all labels, the most frequent class has "
        f"{percent(counts.max(), counts.sum())}.",
        "Texts of like length come into a batch together, and the length of a text tells its class; or the "
        "rows come in the order of their labels. Each step then unlearns what the one before has learnt.",
        "Pass accumulate=8, so that a step is made of several batches, with a smaller batch_size to have "
        "as many steps.",
        {"pure": len(pure), "batches": len(seen)},
    )
