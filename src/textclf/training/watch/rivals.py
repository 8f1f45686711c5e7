"""Checks against what is easy: the most frequent class, and a linear model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from textclf.data.batches import BatchLoader
from textclf.data.corpus import EncodedCorpus
from textclf.findings import Finding, percent
from textclf.layers.ngrams import NgramScores
from textclf.training.inference import predict_logits
from textclf.training.watch.chance import standard_error
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import LATE_EXPERIMENTS, Figures, evenly_spaced
from textclf.training.watch.record import Record
from textclf.training.watch.updates import FEW_STEPS, enough_epochs, severity_of_nothing

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["below_baseline", "below_majority", "rival"]

_ROWS = 100  # of fewer, no accuracy says much
_STEPS = 30  # fewer have hardly moved the weights
_STEPS_TO_LEARN = 100  # that a network gets before it is held against a linear model
_NEARLY = 0.25  # of what there is beyond the most frequent class: the accuracy is surely below that
_KNOWS = 0.1  # of Cohen's kappa: answers that have to do with the texts, though accuracy does not show it
_INTERVAL = 1.96  # standard errors of an interval of 95 %
_CLEARLY = 0.01  # of accuracy, beyond that interval
_TRAIN_ROWS, _VALID_ROWS = 4_000, 2_000
_TOKENS = 256  # of a text, the first
_BATCH = 128
_BUCKETS = 1 << 15
_NUMBERS = 1 << 23  # in the scores of the rival: 32 MB; of more classes, it is left out


@TRAINING_CHECKS.register("below-majority")
def below_majority(record: Record) -> Iterator[Finding]:
    """Find a model that is no better than naming the most frequent class.

    Where its answers have to do with the texts all the same, as with weights for rare classes, or after too
    few steps to tell, it is a note; it is a warning if the run was short, or the model may yet learn or has
    learnt the training rows; else to stop.
    """
    counts = next((c for c in record.valid_counts if c.epoch == record.best_epoch), None)
    if not record.final or record.settings.kind != "one" or counts is None or record.steps < _STEPS:
        return
    rows, most = sum(counts.labels), max(counts.labels)
    if rows < _ROWS or most == rows:
        return
    share, right = most / rows, counts.correct / rows
    error = standard_error(right, rows)
    if right > share + error or right + _INTERVAL * error > share + _NEARLY * (1 - share):
        return
    by_chance = float(np.dot(counts.labels, counts.predicted)) / rows**2
    kappa = (right - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0
    knows, few = kappa >= _KNOWS, record.steps < FEW_STEPS
    yield Finding(
        "below-majority",
        "note" if knows else severity_of_nothing(record),
        f"The model gets {percent(right, 1)} of {rows:,} validation texts right, and the most frequent "
        f"class alone, {record.settings.labels[counts.labels.index(most)]!r}, gets {percent(share, 1)}; "
        f"Cohen's kappa is {kappa:.2f}.",
        "One class has so many of the texts that accuracy cannot show what the model knows."
        if knows
        else f"{record.steps:,} steps are too few to tell whether it is more than that."
        if few
        else "The model has learnt nothing that holds for other texts: training did not work, the labels "
        "do not follow from the texts, or they were put to the wrong rows.",
        'Pass monitor="macro_f1".'
        if knows
        else f"Train longer: pass epochs={enough_epochs(record.settings)}."
        if few
        else "Run textclf check on the data, look at the other findings, and try a linear model on the "
        'same corpus: create_model("fasttext", ...). If it fails too, it is the data.',
        {"accuracy": right, "most_frequent": share, "kappa": kappa, "rows": rows},
    )


@TRAINING_CHECKS.register("below-baseline")
def below_baseline(record: Record) -> Iterator[Finding]:
    """Find a network that a linear model beats, fitted on at most 4,000 of the training rows."""
    its = record.experiments.get("rival", {})
    if not record.final or "only_rival" not in its:
        return
    rows, ours, theirs = its["rows"], its["only_model"], its["only_rival"]
    ahead = (theirs - ours) / rows
    error = math.sqrt(max(ours + theirs - (theirs - ours) ** 2 / rows, 1.0)) / rows
    low, high = ahead - _INTERVAL * error, ahead + _INTERVAL * error
    if low < _CLEARLY:
        return
    yield Finding(
        "below-baseline",
        "warning",
        f"A linear model of words and pairs of words, fitted on {its['fitted']:,.0f} training rows, gets "
        f"{percent(its['rival'], 1)} of {rows:,.0f} validation texts right, and this one "
        f"{percent(its['model'], 1)}: {low:.3f} to {high:.3f} less, with 95 % confidence.",
        "The network has too few rows to learn words from, too few steps, or a fault that another finding "
        "names; or the words alone tell the class.",
        "Put the linear model beside the network: create_model(..., ngrams=2). Or use "
        'create_model("fasttext", ...), which is that linear model.',
        {"rival": its["rival"], "model": its["model"], "low": low, "high": high, "rows": rows},
    )


@LATE_EXPERIMENTS.register("rival")
def rival(trainer: Trainer) -> Figures:
    """Fit a linear model on some training rows, and count where it and the model are right.

    A model that has such a linear model within is not compared. The model is applied only where the rival
    may be ahead of it.
    """
    train, valid, history = trainer.train_data, trainer.valid_data, trainer.history
    row = next((row for row in history.rows if row["epoch"] == history.best_epoch), {})
    if train is None or valid is None or "valid_accuracy" not in row or not _comparable(trainer, train):
        return {}
    if trainer.state.step < _STEPS_TO_LEARN:
        return {}
    part, test = _labelled(train, _TRAIN_ROWS), _labelled(valid, _VALID_ROWS)
    weight = getattr(trainer.loss, "weight", None)
    size = getattr(trainer.model, "num_classes", None)
    classes = size if isinstance(size, int) else int(part.labels.max()) + 1  # type: ignore[union-attr]
    answers = _answers_of_rival(part, test, classes, weight.cpu() if isinstance(weight, Tensor) else None)
    if answers is None or test.labels is None or len(test) < _ROWS:
        return {}
    theirs = answers == test.labels
    figures: Figures = {"rows": len(test), "fitted": len(part), "rival": float(theirs.mean())}
    if figures["rival"] - row["valid_accuracy"] < _CLEARLY:
        return {**figures, "model": row["valid_accuracy"]}
    logits = predict_logits(trainer.model, test, device=trainer.device, precision=trainer.precision)
    ours = logits.argmax(axis=1) == test.labels
    only = {"only_rival": float((theirs & ~ours).sum()), "only_model": float((ours & ~theirs).sum())}
    return {**figures, "model": float(ours.mean()), **only}


def _comparable(trainer: Trainer, train: EncodedCorpus) -> bool:
    """Say whether each text has one label, and the model no linear path."""
    one = train.heads is None and not train.multi_label and not train.token_labels
    return one and not any(isinstance(module, NgramScores) for module in trainer.model.modules())


def _labelled(corpus: EncodedCorpus, most: int) -> EncodedCorpus:
    """Return rows of a corpus that have a label, evenly spaced."""
    rows = np.flatnonzero(corpus.labels >= 0)  # type: ignore[operator]
    return corpus.subset(rows[evenly_spaced(len(rows), most)])


def _answers_of_rival(
    train: EncodedCorpus, test: EncodedCorpus, classes: int, weight: Tensor | None
) -> np.ndarray | None:
    """Fit the linear model, and return its class of each text of ``test``; None if it is too large."""
    known = np.unique(train.ids)
    known = known[known > 1]
    longest = 2 if (len(known) + 2 + _BUCKETS) * classes <= _NUMBERS else 1
    if (len(known) + 2) * classes > _NUMBERS:
        return None
    largest = max(int(corpus.ids.max(initial=1)) for corpus in (train, test))
    numbers = torch.ones(largest + 1, dtype=torch.int64)  # what training has not seen is unknown
    numbers[0] = 0
    numbers[torch.from_numpy(known.astype(np.int64))] = torch.arange(2, len(known) + 2)
    rival = NgramScores(len(known) + 2, classes, longest=longest, buckets=_BUCKETS, dropout=0.0)
    texts = [
        (numbers[batch.token_ids[:, :_TOKENS]], batch.lengths.clamp(max=_TOKENS), batch.labels)
        for batch in BatchLoader(train, batch_size=_BATCH, shuffle=True).epoch(0)
        if batch.labels is not None
    ]
    rival.start_from(texts, class_weight=weight)
    rival.eval()
    answers = np.zeros(len(test), dtype=np.int64)
    for batch in BatchLoader(test, batch_size=_BATCH).epoch(0):
        scores = rival(numbers[batch.token_ids[:, :_TOKENS]], batch.lengths.clamp(max=_TOKENS))
        answers[batch.indices] = scores.argmax(dim=1).numpy()
    return answers
