"""Checks of how well the model fits the training rows, against the validation rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from textclf.findings import Finding, percent
from textclf.training.watch.chance import SURE, standard_error, times_chance
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.leak import LEAK, TAKE_OUT, shared_share
from textclf.training.watch.record import Record
from textclf.training.watch.updates import (
    FEW_STEPS,
    enough_epochs,
    loss_still_falls,
    loss_trend,
    median_ratio,
)

if TYPE_CHECKING:
    from textclf.training.history import Row

__all__ = ["overfitting", "underfitting", "validation_above_training"]

_RISE = 0.1  # of the validation loss since its lowest, in two epochs or more: what noise hardly does
_RISE_IN_NATS = 0.02  # and so much: of a loss near zero, a tenth is nothing
_EXCESS, _EXCESS_IN_NATS = 1.5, 0.1  # of the loss that is kept against the lowest: overconfident
_FALL = 0.03  # of the validation loss, in the last epoch
_LOW, _MIDDLING = 0.5, 0.8  # of what there is to learn beyond naming the most frequent class
_SMALL, _GOOD = 3e-3, 0.01  # of the weights of the median layer, in the median step that was looked at
_FACTOR = 1000  # of the rate: above, another optimiser is the better advice
_GAP = 0.02  # of accuracy: below, nobody wonders
_GAP_OF_DROPOUT, _LEARNT = 0.05, 3  # of accuracy, from this epoch on: earlier, the model learns within one
_EPOCHS = 4  # the last ones


@TRAINING_CHECKS.register("overfitting")
def overfitting(record: Record) -> Iterator[Finding]:
    """Find a validation loss that rose for epochs while the training loss fell.

    It is a note where the weights that are kept are good ones, and a warning where a metric that moved
    within chance has kept weights of a much higher loss.
    """
    rows = [row for row in record.rows if "valid_loss" in row]
    if not record.final or len(rows) < 3:
        return
    best, last = min(rows, key=lambda row: row["valid_loss"]), rows[-1]
    rise = last["valid_loss"] - best["valid_loss"]
    few = last["epoch"] - best["epoch"] < 2 or last["train_loss"] >= best["train_loss"]
    if few or rise < max(_RISE_IN_NATS, _RISE * best["valid_loss"]):
        return
    kept = next((row for row in rows if row["epoch"] == record.best_epoch), last)
    worse = _is_worse(record, kept, best)
    epoch = int(best["epoch"])
    yield Finding(
        "overfitting",
        "warning" if worse else "note",
        f"After epoch {epoch} the validation loss rose from {best['valid_loss']:.3f} to "
        f"{last['valid_loss']:.3f}, while the training loss fell from {best['train_loss']:.3f} to "
        f"{last['train_loss']:.3f}; to stop there gives {_scores(best)}, and the weights of epoch "
        f"{kept['epoch']}, which are kept, {_scores(kept)}.",
        "The model learns the training rows by heart: there are too few of them, or too many wrong labels, "
        "for a model of this size and so many epochs."
        + (f" {record.settings.monitor} moved within chance, and chose late weights." if worse else ""),
        f"Pass epochs={epoch}"
        + (' and monitor="loss"' if worse else "")
        + ". For a better model: more training texts, pretrained vectors, token_dropout=0.2, or a "
        "smaller one.",
        {
            "epoch": epoch,
            "lowest_loss": best["valid_loss"],
            "last_loss": last["valid_loss"],
            "kept_loss": kept["valid_loss"],
            "accuracy": best["valid_accuracy"],
            "kept_accuracy": kept["valid_accuracy"],
        },
    )


def _is_worse(record: Record, kept: Row, best: Row) -> bool:
    """Say whether the kept weights have a much higher loss, for a metric that chance may have moved."""
    rows = _valid_rows(record)
    name = f"valid_{record.settings.monitor}"
    if not rows or record.settings.monitor == "loss" or not 0 <= best[name] <= 1:
        return False
    excess = kept["valid_loss"] - best["valid_loss"]
    large = excess > max(_EXCESS_IN_NATS, (_EXCESS - 1) * best["valid_loss"])
    return large and kept[name] - best[name] <= standard_error(best[name], rows)


def _scores(row: Row) -> str:
    return f"loss {row['valid_loss']:.3f} and accuracy {row['valid_accuracy']:.3f}"


def _valid_rows(record: Record) -> int:
    return sum(record.valid_counts[-1].labels) if record.valid_counts else 0


@TRAINING_CHECKS.register("underfitting")
def underfitting(record: Record) -> Iterator[Finding]:
    """Find a run that ended while there was more to learn: rows are wrong, and the loss still fell.

    Of few steps it is a note, whatever the loss did.
    """
    settings, score = record.settings, record.experiments.get("train-score", {})
    if (
        not record.final
        or record.stopped != "epochs"
        or settings.kind not in ("one", "tokens")
        or not score
    ):
        return
    most = max(settings.class_counts) / sum(settings.class_counts)
    won = (score["accuracy"] - most) / (1 - most) if most < 1 else 1.0
    fall = _fall(record)
    if fall is None or won >= _MIDDLING:
        return
    ratios = [ratio for ratio in map(median_ratio, record.looks) if math.isfinite(ratio)]
    ratio, rate = float(np.median(ratios)) if ratios else math.nan, settings.learning_rate
    small = ratio < _SMALL
    faster = f"learning_rate={rate * _GOOD / ratio:.1g}" if ratio * _FACTOR > _GOOD else ""
    faster = faster or 'optimizer="adamw" with learning_rate=0.002'
    epochs = f"epochs={enough_epochs(settings)}"
    yield Finding(
        "underfitting",
        "warning" if won < _LOW and fall.clear else "note",
        f"After {settings.epochs} {'epoch' if settings.epochs == 1 else 'epochs'}, the model got "
        f"{percent(score['accuracy'], 1)} of {score['rows']:,.0f} training rows right in evaluation mode, "
        f"where naming the most frequent class gets {percent(most, 1)}; {fall.seen}.",
        "Training ended before the model had learnt what it can: "
        + (f"most steps change the weights by {ratio:.1g} of their size." if small else "too few steps."),
        f"Pass {faster}, and {epochs} if that is not enough." if small else f"Pass {epochs}.",
        {
            "train_accuracy": score["accuracy"],
            "most_frequent": most,
            "loss_then": fall.then,
            "loss": fall.now,
        },
    )


@dataclass(frozen=True)
class _Fall:
    """A loss that fell until the end: clearly, just in each epoch, or in too few steps to say."""

    seen: str
    then: float
    now: float
    clear: bool


def _fall(record: Record) -> _Fall | None:
    """Return how the loss fell until the end of a run, or that it made few steps; else None."""
    trend = loss_trend(record)
    if trend is None or record.settings.own_loss:
        return None
    valid = [row["valid_loss"] for row in record.rows if "valid_loss" in row]
    fall = loss_still_falls(record)
    rises = bool(valid) and valid[-1] > min(valid)
    if fall is not None and not rises:
        seen = "the training loss still fell, from {:.3f} in the second quarter of the steps to {:.3f}"
        return _Fall(f"{seen.format(*fall)} in the last", *fall, clear=True)
    if len(valid) > 1 and not rises and all(a > b for a, b in itertools.pairwise(valid[-_EPOCHS:])):
        then, now = valid[-2:]
        seen = f"the validation loss still fell, from {then:.4f} to {now:.4f} in the last epoch"
        return _Fall(seen, then, now, clear=then - now > _FALL * then)
    if record.steps < FEW_STEPS:
        return _Fall(f"{record.steps:,} steps are few", *trend, clear=False)
    return None


@TRAINING_CHECKS.register("validation-above-training")
def validation_above_training(record: Record) -> Iterator[Finding]:
    """Find a validation accuracy clearly above that of training, and say which reason the data support."""
    rows, score = _valid_rows(record), record.experiments.get("train-score", {})
    row = next((row for row in record.rows if row["epoch"] == record.best_epoch), None)
    if not record.final or record.settings.kind != "one" or not rows or row is None or not score:
        return
    valid, train, alike = row["valid_accuracy"], row["train_accuracy"], score["accuracy"]
    if valid - train < _GAP or times_chance(valid, rows, train, record.settings.rows) < SURE:
        return
    share = shared_share(record)
    easier = valid - alike >= _GAP and times_chance(valid, rows, alike, score["rows"]) >= SURE
    early = row["epoch"] < _LEARNT or valid - train < _GAP_OF_DROPOUT
    if share < LEAK and not easier and early:
        return
    reason = "leak" if share >= LEAK else "easier" if easier else "dropout"
    yield Finding(
        "validation-above-training",
        "note" if reason == "dropout" else "warning",
        f"In epoch {row['epoch']} validation accuracy is {valid:.3f} of {rows:,} texts and training "
        f"accuracy {train:.3f}; in evaluation mode, {score['rows']:,.0f} training rows have {alike:.3f}; "
        f"{percent(share, 1)} of the validation rows are training rows.",
        _REASONS[reason],
        _CURES[reason],
        {"valid_accuracy": valid, "train_accuracy": train, "alike": alike, "shared": share},
    )


_REASONS = {
    "leak": "A leak: these validation rows were learnt by heart.",
    "easier": "The validation rows are easier: they were not drawn from the same texts as the training "
    "rows.",
    "dropout": "Dropout, and a mean over the steps of an epoch, in which the model still learnt: "
    "scored like the validation rows, the training rows come as high.",
}
_CURES = {
    "leak": TAKE_OUT,
    "easier": "Put both together, and split at random: train, valid = corpus.split(0.2, seed=0).",
    "dropout": "Compare with trainer.evaluate(train). A smaller dropout, such as dropout=0.2, brings them "
    "together.",
}
