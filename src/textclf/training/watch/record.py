"""What was seen of a training run: what the checks are given."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import torch

from textclf.data.batches import IGNORED_LABEL
from textclf.data.corpus import EncodedCorpus
from textclf.text.vocab import UNK_ID
from textclf.training.watch.failure import Failure
from textclf.training.watch.look import Look

if TYPE_CHECKING:
    from textclf.training.history import Row
    from textclf.training.trainer import Trainer

__all__ = ["ClassCounts", "Record", "Settings"]

_TOKENS = 100_000


@dataclass(frozen=True)
class Settings:
    """What a run was asked to do, and on what.

    Attributes:
        model: The class of the model.
        optimizer: The class of the optimiser.
        learning_rate: The first of the run.
        clip_norm: Largest norm of the gradient, or None.
        batch_size: Texts a step and batch.
        epochs: Planned.
        steps_per_epoch: Planned.
        monitor: The watched metric.
        own_loss: Whether the loss is a function of the user's.
        plain_loss: Whether it is that of the labels, without class weights or smoothing: then
            ``prior_entropy`` is what it is for a model that knows the shares of the classes alone.
        kind: ``"one"`` label a text, ``"many"``, ``"tokens"`` or ``"heads"``.
        labels: The names of the classes, or their numbers; none for several heads.
        class_counts: How often each is a label of the training data.
        rows: Texts of the training data.
        validated: Whether there are validation data.
        unknown: Share of the training tokens that the vocabulary does not have.
    """

    model: str
    optimizer: str
    learning_rate: float
    clip_norm: float | None
    batch_size: int
    epochs: int
    steps_per_epoch: int
    monitor: str
    own_loss: bool
    plain_loss: bool
    kind: str
    labels: tuple[str, ...]
    class_counts: tuple[int, ...]
    rows: int
    validated: bool
    unknown: float = 0.0

    @classmethod
    def of(cls, trainer: Trainer, train: EncodedCorpus) -> Self:
        """Take them from a trainer at the start of a run."""
        counts = _class_counts(train, getattr(trainer.model, "num_classes", 0))
        names = range(len(counts)) if train.label_names is None else train.label_names
        group, own = trainer.optimizer.param_groups[0], callable(trainer.custom_loss)
        return cls(
            model=type(trainer.model).__name__,
            optimizer=type(trainer.optimizer).__name__,
            learning_rate=float(group.get("initial_lr", group["lr"])),
            clip_norm=trainer.clip_norm,
            batch_size=trainer.batch_size,
            epochs=trainer.epochs,
            steps_per_epoch=trainer.steps_per_epoch,
            monitor=trainer.monitor,
            own_loss=own,
            plain_loss=not own and trainer.class_weight is None and trainer.label_smoothing == 0,
            kind=_kind(train),
            labels=tuple(map(str, names)) if counts else (),
            class_counts=tuple(counts),
            rows=len(train),
            validated=trainer.valid_data is not None,
            unknown=_unknown_share(train),
        )

    @property
    def steps(self) -> int:
        """Steps planned."""
        return self.epochs * self.steps_per_epoch

    @property
    def prior_entropy(self) -> float:
        """Loss in nats of a model that knows the shares of the classes alone; NaN for several heads.

        Of several labels a text, it is the mean over the labels, as the loss is.
        """
        counts = np.asarray(self.class_counts, dtype=np.float64)
        if self.kind == "many":
            both = np.stack([counts, self.rows - counts]) / max(self.rows, 1)
            return float(_entropy_terms(both).sum(axis=0).mean())
        if not counts.sum():
            return math.nan
        return float(_entropy_terms(counts / counts.sum()).sum())


@dataclass(frozen=True)
class ClassCounts:
    """How often each class was the label, and the answer, in one validation.

    Attributes:
        epoch: Counted from 1.
        labels: By class.
        predicted: By class.
        correct: Answers that were right.
    """

    epoch: int
    labels: tuple[int, ...]
    predicted: tuple[int, ...]
    correct: int


@dataclass
class Record:
    """A run as far as it has been seen.

    Attributes:
        settings: What it was asked to do.
        first_step: The step, counted from 1, that ``losses[0]`` is of: 1, unless watching began later.
        losses: The loss of each step. On a GPU those of an epoch come when the epoch is over.
        gradient_norms: Over all parameters, before clipping, of each step.
        looks: Closer looks at some steps, in order.
        rows: Those of the history.
        best_epoch: The epoch whose weights the model has at the end, or None without validation data.
        valid_counts: One an epoch, where a text or token has one label and there are validation data.
        experiments: The figures of each experiment that was made, by its name.
        failure: What ended the run, if a loss or weight that was not finite did.
        final: Whether the run is over.
        stopped: Why, as in the history.
    """

    settings: Settings
    first_step: int = 1
    losses: array[float] = field(default_factory=lambda: array("d"))
    gradient_norms: array[float] = field(default_factory=lambda: array("d"))
    looks: list[Look] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    best_epoch: int | None = None
    valid_counts: list[ClassCounts] = field(default_factory=list)
    experiments: dict[str, dict[str, float]] = field(default_factory=dict)
    failure: Failure | None = None
    final: bool = False
    stopped: str | None = None

    @property
    def steps(self) -> int:
        """Steps made, seen or not."""
        return self.first_step - 1 + len(self.losses)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint can hold of what a resumed run could not see again."""
        return {
            "first_step": self.first_step,
            "losses": _tensor(self.losses),
            "gradient_norms": _tensor(self.gradient_norms),
            "looks": [look.state() for look in self.looks],
            "valid_counts": [vars(counts) for counts in self.valid_counts],
            "experiments": self.experiments,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`state` gave."""
        self.first_step = state["first_step"]
        self.losses = array("d", state["losses"].tolist())
        self.gradient_norms = array("d", state["gradient_norms"].tolist())
        self.looks = [Look.from_state(look) for look in state["looks"]]
        self.valid_counts = [
            ClassCounts(c["epoch"], tuple(c["labels"]), tuple(c["predicted"]), c["correct"])
            for c in state["valid_counts"]
        ]
        self.experiments = state["experiments"]


def _tensor(numbers: array[float]) -> torch.Tensor:
    return torch.tensor(numbers.tolist(), dtype=torch.float64)


def _unknown_share(corpus: EncodedCorpus) -> float:
    """Return the share of the tokens that are unknown, of at most 100,000 that are evenly spaced."""
    some = corpus.ids[:: max(1, corpus.num_tokens // _TOKENS)]
    return float((some == UNK_ID).mean()) if len(some) else 0.0


def _kind(corpus: EncodedCorpus) -> str:
    if corpus.heads is not None:
        return "heads"
    return "many" if corpus.multi_label else "tokens" if corpus.token_labels else "one"


def _class_counts(corpus: EncodedCorpus, num_classes: int) -> list[int]:
    """Count the labels of each class; of several heads, nothing."""
    labels = corpus.labels
    if labels is None or corpus.heads is not None:
        return []
    if corpus.multi_label:
        return [int(count) for count in labels.sum(axis=0)]
    counts = np.bincount(labels[labels != IGNORED_LABEL], minlength=num_classes)
    return [int(count) for count in counts]


def _entropy_terms(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return -shares * np.log(np.where(shares > 0, shares, 1.0))
