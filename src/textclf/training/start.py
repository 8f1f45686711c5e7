"""What a run needs before its first step."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from textclf.data.batches import BatchLoader
from textclf.data.corpus import EncodedCorpus
from textclf.errors import OutputExistsError, must_be
from textclf.metrics import higher_is_better
from textclf.training.deferred import DeferredSteps, can_defer
from textclf.training.heads import JointTarget, target_of_corpus
from textclf.training.history import History
from textclf.training.losses import class_weights
from textclf.training.optimizers import make_optimizer, make_schedule
from textclf.training.resume import CHECKPOINT, load_run, run_identity
from textclf.training.state import RunState

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["begin_run"]

_STEPS = 800  # of a run whose epochs are not given
_TEXTS_AT_START = (128, 512)  # texts a batch, for the model's start: at least, and at most
_BATCHES_AT_START = 300  # with more of them in a pass, larger ones learn as well and take less time


def begin_run(
    trainer: Trainer,
    train: EncodedCorpus,
    valid: EncodedCorpus | None,
    loader: BatchLoader,
    *,
    resume: bool,
) -> None:
    """Set up all that a run needs, from the start or from a checkpoint.

    Raises:
        ArgumentError: A setting does not fit the model or the data, or the checkpoint is another run's.
        DataError: The data do not fit a setting, or the checkpoint is damaged.
        OutputExistsError: The folder of a new run is there already.
        UnknownNameError: No optimiser or schedule of that name.
        UnknownOptionError: The optimiser or the schedule has no such option.
    """
    _check_run_folder(trainer, resume=resume)
    trainer.processes.join(trainer.device)
    trainer.processes.seed_everything(trainer.seed)
    trainer.model.to(trainer.device)
    _make_parts(trainer, train, valid, loader)
    trainer.identity = run_identity(trainer, train, valid)
    trainer.processes.check_same(trainer.identity)
    trainer.state = RunState() if resume else _start_model(trainer, train, len(loader))
    trainer.network = trainer.processes.wrap(trainer.model)
    if trainer.ema_decay is not None:
        average = get_ema_multi_avg_fn(trainer.ema_decay)  # type: ignore[no-untyped-call]
        trainer.averaged = AveragedModel(trainer.model, multi_avg_fn=average)
    trainer.trained = [p for p in trainer.model.parameters() if p.requires_grad]
    trainer.train_data, trainer.valid_data = train, valid
    trainer.stop_reason = trainer.valid_report = None
    trainer.best_weights = None
    trainer.history = History()
    if resume and trainer.run_folder is not None:
        load_run(trainer, trainer.run_folder / CHECKPOINT)
    trainer.deferred = DeferredSteps(trainer) if can_defer(trainer) else None


def _check_run_folder(trainer: Trainer, *, resume: bool) -> None:
    """Raise unless the run can be written where it is to be written."""
    folder = trainer.run_folder
    if folder is None:
        if resume:
            raise must_be("resume", "False without a `run_folder`", resume, "Give Trainer a run_folder.")
    elif not resume and folder.exists():
        raise OutputExistsError(
            f"`run_folder` must be free. Received: {str(folder)!r}, which exists. "
            "Choose another folder, or go on with that run by fit(..., resume=True)."
        )


def _make_parts(
    trainer: Trainer, train: EncodedCorpus, valid: EncodedCorpus | None, loader: BatchLoader
) -> None:
    """Give the trainer its loss, optimiser, schedule and gradient scaler, for these data."""
    num_classes = _num_classes(trainer.model, train)
    trainer.target = target_of_corpus(train, trainer.custom_loss)
    if valid is not None and train.labels is not None:  # a metric that does not fit the labels raises now
        none, offsets = np.zeros((0, num_classes)), np.zeros(1, dtype=np.int64)
        _ = trainer.target.report(
            train.labels[:0],
            none,
            label_names=train.label_names,
            offsets=offsets if train.token_labels else None,
        )[trainer.monitor]
    weight: Any
    if isinstance(trainer.target, JointTarget):
        weight = trainer.target.class_weights(trainer.class_weight, train)
    else:
        weight = class_weights(trainer.class_weight, train, num_classes)
    cross_entropy = trainer.target.loss(weight, trainer.label_smoothing)
    trainer.loss = trainer.custom_loss if callable(trainer.custom_loss) else cross_entropy
    if isinstance(trainer.loss, nn.Module):
        trainer.loss.to(trainer.device)
    trainer.optimizer = make_optimizer(
        trainer.optimizer_like,
        trainer.model,
        learning_rate=trainer.learning_rate,
        weight_decay=trainer.weight_decay,
        options=trainer.optimizer_options,
    )
    trainer.steps_per_epoch = math.ceil(len(loader) / trainer.accumulate)
    if trainer.chooses_epochs:
        epochs = min(max(math.ceil(_STEPS / trainer.steps_per_epoch), 3), 100)
        trainer.epochs = 1 if getattr(trainer.model, "learns_at_start", False) else epochs
    trainer.schedule = make_schedule(
        trainer.schedule_like,
        trainer.optimizer,
        epochs=trainer.epochs,
        steps_per_epoch=trainer.steps_per_epoch,
        larger_is_better=valid is not None and higher_is_better(trainer.monitor),
        options=trainer.schedule_options,
    )
    half = trainer.precision == torch.float16
    trainer.scaler = torch.amp.GradScaler(trainer.device.type, enabled=half)


def _start_model(trainer: Trainer, train: EncodedCorpus, batches: int) -> RunState:
    """Let a model that has a ``start_from`` begin at what the training data say.

    The first process does it; the others get its weights. For a model that needs no more, this is the
    first epoch.
    """
    state = RunState()
    start = getattr(trainer.model, "start_from", None)
    if not callable(start) or train.token_labels or train.heads is not None:
        return state
    learnt, began = None, time.perf_counter()
    if trainer.processes.first:
        weight = getattr(trainer.loss, "weight", None)
        weight = weight.cpu() if isinstance(weight, Tensor) else None
        learnt = start(_Texts(train, trainer.seed), class_weight=weight)
    if getattr(trainer.model, "learns_at_start", False):
        its = [learnt.loss, learnt.accuracy] if learnt is not None else []
        loss, accuracy = trainer.processes.gather(its)[0]
        state.loss_sum, state.correct = loss * len(train), round(accuracy * len(train))
        state.labels, state.seconds = len(train), time.perf_counter() - began
        state.batch = batches
    return state


class _Texts:
    """The training texts in batches, on the CPU, as often as a model wants to see them."""

    def __init__(self, train: EncodedCorpus, seed: int) -> None:
        size, most = _TEXTS_AT_START
        while size < most and len(train) >= 2 * size * _BATCHES_AT_START:
            size *= 2
        self._loader = BatchLoader(train, batch_size=size, shuffle=True, seed=seed)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        for batch in self._loader.epoch(0):
            yield batch.token_ids, batch.lengths, batch.labels


def _num_classes(model: nn.Module, train: EncodedCorpus) -> int:
    if train.heads is not None:
        return sum(map(len, train.heads.values()))
    declared = getattr(model, "num_classes", None)
    if isinstance(declared, int) or train.labels is None:
        return declared or 0
    return train.labels.shape[1] if train.multi_label else int(train.labels.max()) + 1
