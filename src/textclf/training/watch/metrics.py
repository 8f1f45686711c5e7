"""Checks of the metric that is watched."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from textclf.findings import Finding, percent
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import LATE_EXPERIMENTS, Figures
from textclf.training.watch.record import Record

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["misleading_accuracy", "span_score"]

_ROWS = 100  # of fewer, the F1 of a rare class is chance
_SHARE = 0.8  # of the labels: to name one class always gets so many right
_LITTLE, _SOME = 0.25, 0.5  # of the way of macro F1 from naming that class always to 1


@TRAINING_CHECKS.register("misleading-accuracy")
def misleading_accuracy(record: Record) -> Iterator[Finding]:
    """Find an accuracy that is watched and high because one class has most of the labels."""
    settings = record.settings
    row = next((row for row in record.rows if row["epoch"] == record.best_epoch), None)
    counts = next((c for c in record.valid_counts if c.epoch == record.best_epoch), None)
    if not record.final or settings.monitor != "accuracy" or row is None or counts is None:
        return
    labels, most = sum(counts.labels), max(counts.labels)
    present = sum(count > 0 for count in counts.labels)
    if labels < _ROWS or present < 2 or most < _SHARE * labels:
        return
    share, accuracy, score = most / labels, row["valid_accuracy"], row["valid_macro_f1"]
    nothing = 2 * share / (1 + share) / present
    learnt = (score - nothing) / (1 - nothing)
    if learnt >= _SOME or accuracy < _SHARE:
        return
    name = settings.labels[counts.labels.index(most)]
    tokens = settings.kind == "tokens"
    span_f1 = record.experiments.get("span-score", {}).get("span_f1")
    spans = "" if span_f1 is None else f", and the span F1 of the last epoch {span_f1:.3f}"
    watched = "macro_f1" if span_f1 is None else "span_f1"
    yield Finding(
        "misleading-accuracy",
        "warning" if learnt < _LITTLE else "note",
        f"The accuracy of {accuracy:.3f} is watched, but {percent(share, 1)} of the {labels:,} validation "
        f"{'tokens' if tokens else 'texts'} are of the class {name!r}; macro F1 is {score:.3f}, where "
        f"naming that class always has {nothing:.3f}{spans}.",
        "Accuracy counts the frequent class nearly alone, so that a model which does not find the others "
        "looks good, and is kept.",
        f'Pass monitor="{watched}" and class_weight="balanced".',
        {"accuracy": accuracy, "share": share, "macro_f1": score, "of_nothing": nothing}
        | ({} if span_f1 is None else {"span_f1": span_f1}),
    )


@LATE_EXPERIMENTS.register("span-score")
def span_score(trainer: Trainer) -> Figures:
    """Take the span F1 of the last validation, where tags mark spans."""
    if trainer.valid_report is None or getattr(trainer.valid_report, "span_outcomes", None) is None:
        return {}
    score = float(trainer.valid_report["span_f1"])
    return {"span_f1": score} if math.isfinite(score) else {}
