"""The Trainer: its settings, the run, and the training step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from textclf.data.batches import Batch, BatchLoader
from textclf.data.corpus import EncodedCorpus
from textclf.device import flushed_denormals, resolve_precision
from textclf.errors import NonFiniteLossError, must_be
from textclf.metrics import higher_is_better
from textclf.registry import checked_options
from textclf.training.applied import Applied
from textclf.training.callbacks import Callback, ProgressBar
from textclf.training.checks import check_callbacks, check_loss, check_training_data
from textclf.training.compiler import without_compiler
from textclf.training.deferred import DeferredSteps
from textclf.training.distributed import Interrupt, Processes
from textclf.training.feeding import count_labels
from textclf.training.finite import check_step
from textclf.training.heads import side_by_side
from textclf.training.history import History
from textclf.training.loop import end_epoch, end_run, run_epoch
from textclf.training.losses import ClassWeight
from textclf.training.optimizers import OptimizerLike, ScheduleLike
from textclf.training.start import begin_run
from textclf.training.state import Number, RunState, StepResult
from textclf.training.targets import LOSSES, target_of
from textclf.training.watch import Watch, watches
from textclf.validation import require_bool, require_int, require_number, require_share

__all__ = ["Trainer"]

T = TypeVar("T")
LossFunction = Callable[[Tensor, Tensor], Tensor]


class Trainer(Applied):
    """Trains a model on an encoded corpus, and applies it.

    With validation data, training stops when neither the watched metric nor the loss has become
    better for ``patience`` epochs, and the model gets the weights of its best epoch. Ctrl-C ends a
    run the same way, with the best weights so far.

    In a script that torchrun starts, the processes share each batch and learn as one would, and
    every one of them ends with the same model, history and answers. All must call the same methods.

    Args:
        model: Any module called as ``model(token_ids (B, L), lengths (B,))`` that gives logits
            ``(B, C)``, or ``(B, L, C)`` to label tokens; or one with ``heads`` (the number of classes of
            each head by its name) that gives logits by these names.
        epochs: Largest number of passes over the training data. None makes it as many as give about
            800 steps, from 3 to 100: few rows need more passes than many.
        batch_size: Texts a batch, in all processes together.
        learning_rate: Step size of the optimiser.
        optimizer: Name of a torch optimiser, a function of the parameters, or a ready optimiser.
        weight_decay: Strength of the decay.
        optimizer_options: Further options of the optimiser, such as ``{"momentum": 0.9}``.
        schedule: ``"constant"``, ``"multistep"``, ``"cosine"``, ``"warmup_linear"``, ``"plateau"``, or a
            function of the optimiser and the number of steps that makes a torch scheduler.
        schedule_options: Options of the schedule, such as ``{"milestones": [5, 8]}``.
        monitor: The watched metric, one of :data:`textclf.metrics.METRICS`, or where a text may have
            several labels of :data:`textclf.metrics.MULTI_LABEL_METRICS`, or where tokens have labels of
            :data:`textclf.metrics.TAGGING_METRICS`, such as ``"span_f1"``. That of one of several heads has
            its name before it: ``"tag/span_f1"``.
        patience: Epochs without a better metric or a lower loss after which training stops; None never
            stops early.
        clip_norm: Largest L2 norm of the gradient over all parameters; None does not clip.
        accumulate: Batches whose gradients make one step.
        loss: ``"cross_entropy"``, ``"binary_cross_entropy"`` where a text may have several labels, or a
            function of logits and labels that gives a scalar; by default what the labels ask for. For
            several heads, the weight of the loss of each by its name; by default all the same.
        class_weight: ``"balanced"``, one number a class, or numbers by label name; where a text may have
            several labels, the weights of their presence against their absence. For several heads,
            ``"balanced"``, or any of these by the name of the head.
        label_smoothing: Share of each target spread evenly over the classes, in [0, 1).
        ema_decay: Decay of a running average of the weights, such as 0.999, that is validated and
            kept instead of the weights themselves; None keeps the weights.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
        callbacks: Called around the steps, in this order.
        watch: Look for faults while training runs, and say in ``history.findings`` what is wrong. A
            :class:`~textclf.training.watch.callback.Watch` says what is not looked for.
        progress: Show a progress bar, of the first process.
        seed: Of the batches' order and of dropout.
        run_folder: A new folder for checkpoints and the history; None writes nothing.
        checkpoint_every: Steps between checkpoints, beside the one after each epoch.

    Attributes:
        history: The rows of the last run.
        target: The kind of the labels that it was trained on: one a text or token, or several a text.
        network: What a step calls: the model, or what averages its gradients over several processes.
        train_data, valid_data: The corpora of the run under way, for callbacks.
        valid_report: The report of the last validation of the run, or None.
        processes: The processes of the run; ``processes.first`` says whether this one should write.

    Raises:
        ArgumentError: A value that cannot be used.
        UnknownOptionError: A misspelt option; with the near matches.
        DeviceError: A device or precision that this machine does not have.

    Example:
        >>> from textclf import create_model, seed_everything
        >>> train = EncodedCorpus.from_lists([[2, 3], [4, 5], [2], [5]], [0, 1, 0, 1])
        >>> seed_everything(0)
        >>> model = create_model("dan", vocab_size=6, num_classes=2)
        >>> trainer = Trainer(model, epochs=30, learning_rate=0.05, progress=False)
        >>> len(trainer.fit(train))
        30
        >>> trainer.predict(train).tolist()
        [0, 1, 0, 1]
    """

    # What a run sets; the values here hold before the first.
    network: nn.Module
    loss: Any
    optimizer: Optimizer
    schedule: LRScheduler
    scaler: torch.amp.GradScaler
    identity: dict[str, Any]
    trained: list[nn.Parameter]
    steps_per_epoch = 0
    best_weights: dict[str, Tensor] | None = None
    deferred: DeferredSteps | None = None
    epoch_start: dict[str, Tensor] | None = None
    stop_reason: str | None = None
    train_data: EncodedCorpus | None = None
    valid_data: EncodedCorpus | None = None
    valid_report: Any = None

    @checked_options
    def __init__(
        self,
        model: nn.Module,
        *,
        epochs: int | None = None,
        batch_size: int = 64,
        learning_rate: float = 2e-3,
        optimizer: OptimizerLike = "adamw",
        weight_decay: float = 0.01,
        optimizer_options: dict[str, Any] | None = None,
        schedule: ScheduleLike = "cosine",
        schedule_options: dict[str, Any] | None = None,
        monitor: str = "accuracy",
        patience: int | None = 3,
        clip_norm: float | None = 1.0,
        accumulate: int = 1,
        loss: LossFunction | str | Mapping[str, float] | None = None,
        class_weight: ClassWeight = None,
        label_smoothing: float = 0.0,
        ema_decay: float | None = None,
        precision: str = "auto",
        device: str | torch.device = "auto",
        callbacks: Sequence[Callback] = (),
        watch: bool | Watch = True,
        progress: bool = True,
        seed: int = 0,
        run_folder: str | PathLike[str] | None = None,
        checkpoint_every: int | None = None,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise must_be("model", "a torch.nn.Module", model, "Make one with create_model.")
        higher_is_better(monitor)
        check_loss(loss, others=class_weight is not None or label_smoothing != 0)
        check_callbacks(callbacks)
        self.processes = Processes.from_environment()
        self.model = model
        self.chooses_epochs = epochs is None
        self.epochs = 0 if epochs is None else require_int("epochs", epochs, at_least=1)
        self.batch_size = require_int("batch_size", batch_size, at_least=1)
        if batch_size < self.processes.count:
            raise must_be("batch_size", f"at least {self.processes.count}, one a process", batch_size)
        self.learning_rate = require_number("learning_rate", learning_rate, above=0)
        self.optimizer_like = optimizer
        self.weight_decay = require_number("weight_decay", weight_decay, at_least=0)
        self.optimizer_options = optimizer_options
        self.schedule_like = schedule
        self.schedule_options = schedule_options
        self.monitor = monitor
        self.patience = _optional(require_int, "patience", patience, at_least=1)
        self.clip_norm = _optional(require_number, "clip_norm", clip_norm, above=0)
        self.accumulate = require_int("accumulate", accumulate, at_least=1)
        self.custom_loss = loss
        self.target = LOSSES[loss] if isinstance(loss, str) else target_of(False)
        self.class_weight = class_weight
        self.label_smoothing = require_share("label_smoothing", label_smoothing)
        self.ema_decay = _optional(require_share, "ema_decay", ema_decay)
        self.device = self.processes.device(device)
        self.precision = resolve_precision(precision, self.device)
        bar = require_bool("progress", progress) and self.processes.first
        # Findings come last, when the bar is closed.
        self.callbacks = [*callbacks, *([ProgressBar()] if bar else []), *watches(watch)]
        self.seed = require_int("seed", seed, at_least=0)
        self.run_folder = None if run_folder is None else Path(run_folder)
        self.checkpoint_every = _optional(require_int, "checkpoint_every", checkpoint_every, at_least=1)
        self.state = RunState()
        self.history = History()

    def fit(
        self, train: EncodedCorpus, valid: EncodedCorpus | None = None, *, resume: bool = False
    ) -> History:
        """Train the model.

        Args:
            train: Labelled texts to learn from.
            valid: Labelled texts to stop by; without them all epochs are run and the last weights kept.
            resume: Go on from the checkpoint in ``run_folder``. The end is the same, bit for bit, as
                that of a run that was never stopped, on the same machine with the same threads.

        Returns:
            The rows of the run, one an epoch, and why it ended.

        Raises:
            ArgumentError: Ids or labels that the model has no row for, or another run's checkpoint.
            DataError: No texts, no labels, or labels of one class only.
            NonFiniteLossError: The loss or gradient became NaN or infinite. The model then has its
                best weights so far, or those at the start of the epoch.
            OutputExistsError: ``run_folder`` is there and ``resume`` is false.
        """
        check_training_data(self.model, train, valid)
        loader = BatchLoader(train, batch_size=self.batch_size, shuffle=True, seed=self.seed)
        with without_compiler():
            self._run(train, valid, loader, resume=resume)
        return self.history

    def _run(
        self, train: EncodedCorpus, valid: EncodedCorpus | None, loader: BatchLoader, *, resume: bool
    ) -> None:
        """Go through the epochs that are left."""
        begin_run(self, train, valid, loader, resume=resume)
        for callback in self.callbacks:
            callback.on_fit_start(self)
        try:
            with flushed_denormals(), Interrupt(self.processes) as interrupt:
                while self.history.stopped is None:
                    run_epoch(self, loader, interrupt)
                    end_epoch(self, valid)
        except KeyboardInterrupt:
            self.history.stopped = "interrupted"
        except NonFiniteLossError as error:
            self.history.stopped = "non-finite loss"
            for callback in self.callbacks:
                callback.on_failure(self, error)
            raise
        finally:
            end_run(self)

    def train_step(self, batches: Sequence[Batch]) -> StepResult:
        """Make one step of the optimiser; the method to replace for another way to train.

        It calls ``self.network``, not ``self.model``, so that several processes can share the work.

        Args:
            batches: The batches whose gradients make the step, on the device; one unless
                ``accumulate`` is larger.

        Returns:
            The loss and the counts of the step.

        Raises:
            NonFiniteLossError: The loss or the gradient is NaN or infinite; no weight has changed.
        """
        self.optimizer.zero_grad()
        counts = [count_labels(batch) for batch in batches]
        total, alone = sum(everywhere for _, everywhere in counts), self.processes.count == 1
        loss_sum: Number = 0.0
        correct: Number = 0
        for batch, (count, _) in zip(batches, counts, strict=True):
            if total == 0 or (count == 0 and alone):  # texts without a token, when tokens are labelled
                continue
            with torch.autocast(
                self.device.type, dtype=self.precision, enabled=self.precision != torch.float32
            ):
                logits = self.logits(batch)
                loss = self._share_of_loss(logits, batch.labels, count, total)
            self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            loss_sum += self._number(loss)
            if count > 0 and batch.labels is not None:
                correct += self._number(self.target.correct(logits.detach(), batch.labels))
        norm = self.clip_gradients()
        result = self._checked(loss_sum, correct, total, norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if not isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step()
        return result

    def clip_gradients(self) -> Number:
        """Scale the gradient to a norm of at most ``clip_norm``; return its norm before that."""
        self.scaler.unscale_(self.optimizer)
        largest = math.inf if self.clip_norm is None else self.clip_norm
        return self._number(nn.utils.clip_grad_norm_(self.trained, largest))

    def logits(self, batch: Batch) -> Tensor:
        """Give the logits of a batch in a step; those of several heads side by side."""
        answers = self.network(batch.token_ids, batch.lengths)
        return side_by_side(answers, getattr(self.model, "heads", None))

    def _share_of_loss(self, logits: Tensor, labels: Tensor | None, count: int, total: int) -> Tensor:
        """Give the loss of a batch, times its share of the labels of the step."""
        if count == 0:  # no row here, but the other processes wait for this one's gradients
            return 0.0 * logits.sum()
        # Gradients are averaged over the processes, and their sum is wanted.
        loss: Tensor = self.loss(logits, labels) * (self.processes.count * count / total)
        return loss

    def _number(self, value: Tensor) -> Number:
        """Read a number from the device, unless that is to wait."""
        return value.item() if self.deferred is None else value.detach()

    def _checked(self, loss: Number, correct: Number, labels: int, norm: Number) -> StepResult:
        """Add up what the processes found, and raise, or see to it, if the step must not be made."""
        loss, correct = self.processes.sum(loss / self.processes.count, correct)
        if self.deferred is not None:
            return self.deferred.result(loss, correct, labels, norm)
        result = StepResult(float(loss), int(correct), labels, float(norm))
        check_step(self, result.loss, result.gradient_norm)
        return result

    def stop(self, reason: str = "callback") -> None:
        """End the run after the epoch under way; for callbacks."""
        self.stop_reason = reason


def _optional(require: Callable[..., T], name: str, value: object, **bounds: float) -> T | None:
    return None if value is None else require(name, value, **bounds)
