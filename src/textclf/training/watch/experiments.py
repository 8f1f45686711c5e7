"""Small experiments on the model of a run: what it answers where the run itself does not ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from textclf.data.corpus import EncodedCorpus
from textclf.registry import Registry
from textclf.training.inference import predict_logits, report_of

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = [
    "EARLY_EXPERIMENTS",
    "LATE_EXPERIMENTS",
    "Figures",
    "affordable_rows",
    "evenly_spaced",
    "make_experiments",
    "sample_rows",
    "train_score",
]

Figures: TypeAlias = dict[str, float]
_ROWS = 512
_PART = 64  # of the rows that a run has seen, one may be answered again: less than 1 % of its time
_TOKENS = 4096  # that may always be read: a moment, even for a slow model

EARLY_EXPERIMENTS: Registry[Figures] = Registry("early experiment")
"""Experiments made once, when the first epoch is over, by the name under which the record has their
figures. Each takes the Trainer; none may call what all processes must call, or change the model."""

LATE_EXPERIMENTS: Registry[Figures] = Registry("late experiment")
"""Experiments made once, when the run is over and the model has its best weights."""


def make_experiments(
    registry: Registry[Figures],
    trainer: Trainer,
    figures: dict[str, Figures],
    *,
    on_error: Callable[[str, Exception], None],
) -> None:
    """Make those experiments that have not been made, and add their figures.

    Args:
        registry: Of the experiments.
        trainer: In a run.
        figures: What was found before, by the name of the experiment.
        on_error: Called with the name and the error of one that failed; the others go on.
    """
    devices = [trainer.device] if trainer.device.type == "cuda" else []
    for name in registry:
        if name in figures:
            continue
        try:
            with torch.random.fork_rng(devices), torch.no_grad():
                figures[name] = registry.get(name)(trainer)
        except Exception as error:
            on_error(name, error)


@LATE_EXPERIMENTS.register("train-score")
def train_score(trainer: Trainer) -> Figures:
    """Measure the model in evaluation mode on at most 512 training rows, fewer in a short run."""
    part = sample_rows(trainer.train_data, affordable_rows(trainer, _ROWS))
    if part is None or part.labels is None:
        return {}
    device, precision = trainer.device, trainer.precision
    # No larger batch than that of a step, which would need more memory.
    logits = predict_logits(
        trainer.model, part, device=device, precision=precision, batch_size=trainer.batch_size
    )
    offsets = part.offsets if part.token_labels else None
    report = report_of(part.labels, logits, part.label_names, target=trainer.target, offsets=offsets)
    return {"rows": len(part), "loss": float(report.loss), "accuracy": float(report["accuracy"])}


def affordable_rows(trainer: Trainer, most: int) -> int:
    """Return how many training rows the model may answer so that it costs less than 1 % of the run.

    Rows of few tokens cost little anyway, so that even a short run may have some.

    Args:
        trainer: In a run, or at its end.
        most: More are never wanted.
    """
    train = trainer.train_data
    if train is None or not len(train):
        return 0
    seen = trainer.state.step * trainer.batch_size * trainer.accumulate
    few = int(_TOKENS / max(train.num_tokens / len(train), 1.0))
    return min(most, max(seen // _PART, few, 1))


def sample_rows(corpus: EncodedCorpus | None, most: int) -> EncodedCorpus | None:
    """Return rows of a corpus, evenly spaced and at most so many; None of none."""
    if corpus is None or len(corpus) <= most:
        return corpus
    return corpus.subset(evenly_spaced(len(corpus), most))


def evenly_spaced(count: int, most: int) -> npt.NDArray[np.int64]:
    """Return the places of at most so many of ``count`` things, the first and the last among them.

    Example:
        >>> evenly_spaced(9, 3).tolist(), evenly_spaced(2, 3).tolist()
        ([0, 4, 8], [0, 1])
    """
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).astype(np.int64)
