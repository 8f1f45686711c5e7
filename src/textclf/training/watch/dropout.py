"""The check of how much dropout leaves of what goes through the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from torch import nn

from textclf.findings import Finding, percent
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import EARLY_EXPERIMENTS, Figures
from textclf.training.watch.record import Record

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["dropout_rates", "heavy_dropout"]

_HEAVY = 0.8  # a unit is usually kept in five to eight of ten steps (Srivastava et al. 2014, section 7)
_LEARNT = 0.9  # of the training rows, right in evaluation mode: then dropout did no harm
_OPTIONS = ("dropout", "token_dropout")  # by which layers of torch and of this library keep such a share
_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)


@TRAINING_CHECKS.register("heavy-dropout")
def heavy_dropout(record: Record) -> Iterator[Finding]:
    """Find dropout that takes away most of what goes through a layer.

    It is a note if the model learnt all the same.
    """
    heavy = {name: rate for name, rate in record.experiments.get("dropout", {}).items() if rate >= _HEAVY}
    if not heavy:
        return
    place, rate = max(heavy.items(), key=lambda item: item[1])
    module, _, option = place.rpartition(".")
    score = record.experiments.get("train-score", {})
    row = record.rows[-1] if record.rows else {}
    seen = f"{place} is {rate:g}: in training, a step sees {percent(1 - rate, 1)} of what goes through"
    if score and "train_accuracy" in row:
        seen += (
            f"; with it, the last epoch got {percent(float(row['train_accuracy']), 1)} of the training "
            f"rows right, and without it the model gets {percent(score['accuracy'], 1)} of "
            f"{score['rows']:,.0f} of them"
        )
    better = "token_dropout=0.1" if option == "token_dropout" else "dropout=0.2"
    yield Finding(
        "heavy-dropout",
        "note" if score.get("accuracy", 0.0) >= _LEARNT else "warning",
        f"{seen}.",
        "So little gets through that each step trains another small part of the network, by noise more "
        "than by the texts; or the share to keep was passed as the share to drop.",
        f"Pass {better} to create_model, or in a model of your own "
        f"model.get_submodule({module!r}).{option} = {better.partition('=')[2]}.",
        {"rate": rate, "layers": len(heavy)},
    )


@EARLY_EXPERIMENTS.register("dropout")
def dropout_rates(trainer: Trainer) -> Figures:
    """Take the share that each layer drops, by the name of the attribute that says so."""
    rates: Figures = {}
    for name, module in trainer.model.named_modules():
        for option in ("p",) if isinstance(module, _DROPOUTS) else _OPTIONS:
            rate = getattr(module, option, None)
            if isinstance(rate, float) and rate > 0:
                rates[f"{name}.{option}"] = rate
    return rates
