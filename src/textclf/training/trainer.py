"""The training loop: epochs, validation, early stopping, checkpoints; and the trained model applied."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from textclf.data.batches import IGNORED_LABEL, Batch, BatchLoader
from textclf.data.corpus import EncodedCorpus
from textclf.device import flushed_denormals, resolve_device, resolve_precision, seed_everything
from textclf.errors import NonFiniteLossError, OutputExistsError, must_be
from textclf.metrics import Report, higher_is_better
from textclf.registry import checked_options
from textclf.training.callbacks import Callback, ProgressBar
from textclf.training.checks import check_labelled, check_training_data
from textclf.training.finite import check_answers, check_step, check_weights
from textclf.training.history import History, Row
from textclf.training.inference import predict_logits, softmax
from textclf.training.losses import ClassWeight, TokenOrTextCrossEntropy, class_weights
from textclf.training.optimizers import OptimizerLike, ScheduleLike, make_optimizer, make_schedule
from textclf.training.resume import load_run, run_identity, save_run
from textclf.training.state import RunState, StepResult
from textclf.validation import require_bool, require_int, require_number, require_share

__all__ = ["Trainer"]

LossFunction = Callable[[Tensor, Tensor], Tensor]
_CHECKPOINT = "checkpoint.safetensors"
_HISTORY = "history.jsonl"
_STEPS = 800  # of a run whose epochs are not given


class Trainer:
    """Trains a model on an encoded corpus, and applies it.

    With validation data, training stops when neither the watched metric nor the loss has become
    better for ``patience`` epochs, and the model gets the weights of its best epoch. Ctrl-C ends a
    run the same way, with the best weights so far.

    Args:
        model: Any module called as ``model(token_ids (B, L), lengths (B,))`` that gives logits
            ``(B, C)``, or ``(B, L, C)`` to label tokens.
        epochs: Largest number of passes over the training data. None makes it as many as give about
            800 steps, from 3 to 100: few rows need more passes than many.
        batch_size: Texts a batch.
        learning_rate: Step size of the optimiser.
        optimizer: Name of a torch optimiser, a function of the parameters, or a ready optimiser.
        weight_decay: Strength of the decay.
        optimizer_options: Further options of the optimiser, such as ``{"momentum": 0.9}``.
        schedule: ``"constant"``, ``"multistep"``, ``"cosine"``, ``"warmup_linear"``, ``"plateau"``, or a
            function of the optimiser and the number of steps that makes a torch scheduler.
        schedule_options: Options of the schedule, such as ``{"milestones": [5, 8]}``.
        monitor: The watched metric, one of :data:`textclf.metrics.METRICS`.
        patience: Epochs without a better metric or a lower loss after which training stops; None never
            stops early.
        clip_norm: Largest L2 norm of the gradient over all parameters; None does not clip.
        accumulate: Batches whose gradients make one step.
        loss: Function of logits and labels that gives a scalar; by default cross-entropy.
        class_weight: ``"balanced"``, one number a class, or numbers by label name.
        label_smoothing: Share of each target spread evenly over the classes, in [0, 1).
        ema_decay: Decay of a running average of the weights, such as 0.999, that is validated and
            kept instead of the weights themselves; None keeps the weights.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
        callbacks: Called around the steps, in this order.
        progress: Show a progress bar.
        seed: Of the batches' order and of dropout.
        run_folder: A new folder for checkpoints and the history; None writes nothing.
        checkpoint_every: Steps between checkpoints, beside the one after each epoch.

    Attributes:
        history: The rows of the last run.

    Raises:
        ArgumentError: A value that cannot be used.
        UnknownOptionError: A misspelt option; with the near matches.
        DeviceError: A device or precision that this machine does not have.

    Example:
        >>> from textclf.models import create_model
        >>> train = EncodedCorpus.from_lists([[2, 3], [4, 5], [2], [5]], [0, 1, 0, 1])
        >>> seed_everything(0)
        >>> model = create_model("dan", vocab_size=6, num_classes=2)
        >>> trainer = Trainer(model, epochs=30, learning_rate=0.05, progress=False)
        >>> len(trainer.fit(train))
        30
        >>> trainer.predict(train).tolist()
        [0, 1, 0, 1]
    """

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
        loss: LossFunction | None = None,
        class_weight: ClassWeight = None,
        label_smoothing: float = 0.0,
        ema_decay: float | None = None,
        precision: str = "auto",
        device: str | torch.device = "auto",
        callbacks: Sequence[Callback] = (),
        progress: bool = True,
        seed: int = 0,
        run_folder: str | PathLike[str] | None = None,
        checkpoint_every: int | None = None,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise must_be("model", "a torch.nn.Module", model, "Make one with create_model.")
        higher_is_better(monitor)
        self.model = model
        self.epochs = 0 if epochs is None else require_int("epochs", epochs, at_least=1)
        self._choose_epochs = epochs is None
        self.batch_size = require_int("batch_size", batch_size, at_least=1)
        self.learning_rate = require_number("learning_rate", learning_rate, above=0)
        self.optimizer_like = optimizer
        self.weight_decay = require_number("weight_decay", weight_decay, at_least=0)
        self.optimizer_options = optimizer_options
        self.schedule_like = schedule
        self.schedule_options = schedule_options
        self.monitor = monitor
        self.patience = None if patience is None else require_int("patience", patience, at_least=1)
        self.clip_norm = None if clip_norm is None else require_number("clip_norm", clip_norm, above=0)
        self.accumulate = require_int("accumulate", accumulate, at_least=1)
        if loss is not None and not callable(loss):
            raise must_be("loss", "a function of logits and labels", loss)
        if loss is not None and (class_weight is not None or label_smoothing != 0):
            raise must_be("loss", "None with class_weight or label_smoothing, which it would ignore", loss)
        self.custom_loss = loss
        self.class_weight = class_weight
        self.label_smoothing = require_share("label_smoothing", label_smoothing)
        self.ema_decay = None if ema_decay is None else require_share("ema_decay", ema_decay)
        self.device = resolve_device(device)
        self.precision = resolve_precision(precision, self.device)
        if not isinstance(callbacks, Sequence) or not all(isinstance(c, Callback) for c in callbacks):
            raise must_be("callbacks", "a list of textclf.training.Callback", callbacks)
        self.callbacks = [*callbacks, ProgressBar()] if require_bool("progress", progress) else [*callbacks]
        self.seed = require_int("seed", seed, at_least=0)
        self.run_folder = None if run_folder is None else Path(run_folder)
        self.checkpoint_every = checkpoint_every
        if checkpoint_every is not None:
            require_int("checkpoint_every", checkpoint_every, at_least=1)
        self.state = RunState()
        self.history = History()
        self.steps_per_epoch = 0
        self.averaged: AveragedModel | None = None
        self.best_weights: dict[str, Tensor] | None = None
        self._stop_reason: str | None = None

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
        self._begin(train, valid, loader, resume=resume)
        for callback in self.callbacks:
            callback.on_fit_start(self)
        try:
            with flushed_denormals():
                while self.history.stopped is None:
                    self._run_epoch(loader)
                    self._end_epoch(valid)
        except KeyboardInterrupt:
            self.history.stopped = "interrupted"
        except NonFiniteLossError:
            self.history.stopped = "non-finite loss"
            raise
        finally:
            self._end()
        return self.history

    def train_step(self, batches: Sequence[Batch]) -> StepResult:
        """Make one step of the optimiser; the method to replace for another way to train.

        Args:
            batches: The batches whose gradients make the step, on the device; one unless
                ``accumulate`` is larger.

        Returns:
            The loss and the counts of the step.

        Raises:
            NonFiniteLossError: The loss or the gradient is NaN or infinite; no weight has changed.
        """
        self.optimizer.zero_grad()
        labels = [batch.labels for batch in batches if batch.labels is not None]
        counts = [int((its != IGNORED_LABEL).sum()) for its in labels]
        total_loss, correct = 0.0, 0
        for batch, its, count in zip(batches, labels, counts, strict=True):
            if count == 0:  # texts without a token, when tokens are labelled
                continue
            with torch.autocast(
                self.device.type, dtype=self.precision, enabled=self.precision != torch.float32
            ):
                logits = self.model(batch.token_ids, batch.lengths)
                loss = self.loss(logits, its) * (count / sum(counts))
            self.scaler.scale(loss).backward()
            total_loss += loss.item()
            correct += int((logits.detach().argmax(dim=-1) == its).sum())
        norm = self.clip_gradients()
        check_step(self, total_loss, norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if not isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step()
        return StepResult(total_loss, correct, sum(counts), norm)

    def clip_gradients(self) -> float:
        """Scale the gradient to a norm of at most ``clip_norm``; return its norm before that."""
        self.scaler.unscale_(self.optimizer)
        largest = math.inf if self.clip_norm is None else self.clip_norm
        return nn.utils.clip_grad_norm_(self._trained, largest).item()

    def stop(self, reason: str = "callback") -> None:
        """End the run after the epoch under way; for callbacks."""
        self._stop_reason = reason

    def evaluate(self, corpus: EncodedCorpus) -> Report:
        """Measure the model on labelled texts.

        Args:
            corpus: The texts.

        Returns:
            The report, from counts over all texts. Its ``loss`` is the plain mean cross-entropy,
            without class weights or smoothing.

        Raises:
            ArgumentError: Ids or labels that the model has no row for.
            DataError: The corpus has no labels.
            NonFiniteLossError: The model answers with NaN or infinity.
        """
        labels = check_labelled("corpus", self.model, corpus)
        logits = self.predict_logits(corpus)
        if len(logits) != len(labels):
            raise must_be("corpus", f"labelled as the model answers, {len(logits)} times", len(labels))
        kept = labels != IGNORED_LABEL
        labels, logits = labels[kept], logits[kept]
        probabilities = softmax(logits)
        check_answers(logits, probabilities)
        loss = math.nan
        if len(labels):
            loss = nn.functional.cross_entropy(
                torch.from_numpy(logits).double(), torch.from_numpy(np.array(labels))
            ).item()
        names = corpus.label_names
        return Report.from_predictions(labels, probabilities, label_names=names, loss=loss)

    def predict(self, corpus: EncodedCorpus) -> npt.NDArray[np.int64]:
        """Return the class id of each text ``(N,)``, or of each token ``(T,)``, in order."""
        classes: npt.NDArray[np.int64] = self.predict_logits(corpus).argmax(axis=1)
        return classes

    def predict_proba(self, corpus: EncodedCorpus) -> npt.NDArray[np.float64]:
        """Return the probability of each class, ``(N, C)``, or ``(T, C)`` of tokens, in order."""
        return softmax(self.predict_logits(corpus))

    def predict_logits(self, corpus: EncodedCorpus) -> npt.NDArray[np.float32]:
        """Return the logits, ``(N, C)``, or ``(T, C)`` of tokens, in order."""
        model = self.model if self.averaged is None else self.averaged.module
        return predict_logits(
            model.to(self.device),
            corpus,
            device=self.device,
            precision=self.precision,
            batch_size=2 * self.batch_size,
        )

    def _begin(
        self, train: EncodedCorpus, valid: EncodedCorpus | None, loader: BatchLoader, *, resume: bool
    ) -> None:
        """Set up all that a run needs, from the start or from a checkpoint."""
        if resume and self.run_folder is None:
            raise must_be("resume", "False without a `run_folder`", resume, "Give Trainer a run_folder.")
        if self.run_folder is not None and not resume and self.run_folder.exists():
            raise OutputExistsError(
                f"`run_folder` must be free. Received: {str(self.run_folder)!r}, which exists. "
                "Choose another folder, or go on with that run by fit(..., resume=True)."
            )
        seed_everything(self.seed)
        self.model.to(self.device)
        num_classes = _num_classes(self.model, train)
        if valid is not None:  # a metric that does not fit these classes raises now
            _ = Report.from_confusion(np.zeros((num_classes, num_classes), dtype=np.int64))[self.monitor]
        weight = class_weights(self.class_weight, train, num_classes)
        cross_entropy = TokenOrTextCrossEntropy(weight, label_smoothing=self.label_smoothing)
        self.loss = cross_entropy if self.custom_loss is None else self.custom_loss
        if isinstance(self.loss, nn.Module):
            self.loss.to(self.device)
        self.optimizer = make_optimizer(
            self.optimizer_like,
            self.model,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            options=self.optimizer_options,
        )
        self.steps_per_epoch = math.ceil(len(loader) / self.accumulate)
        if self._choose_epochs:
            self.epochs = min(max(math.ceil(_STEPS / self.steps_per_epoch), 3), 100)
        self.schedule = make_schedule(
            self.schedule_like,
            self.optimizer,
            epochs=self.epochs,
            steps_per_epoch=self.steps_per_epoch,
            larger_is_better=valid is not None and higher_is_better(self.monitor),
            options=self.schedule_options,
        )
        half = self.precision == torch.float16
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half)
        if not resume and not train.token_labels:
            self._start_model(train)
        if self.ema_decay is not None:
            average = get_ema_multi_avg_fn(self.ema_decay)  # type: ignore[no-untyped-call]
            self.averaged = AveragedModel(self.model, multi_avg_fn=average)
        self._trained = [p for p in self.model.parameters() if p.requires_grad]
        self._stop_reason = None
        self.best_weights = None
        self.state, self.history = RunState(), History()
        self.identity = run_identity(self, train, valid)
        if resume and self.run_folder is not None:
            load_run(self, self.run_folder / _CHECKPOINT)
        self._epoch_start = _copied(self.model)

    def _start_model(self, train: EncodedCorpus) -> None:
        """Let a model that has a ``start_from`` begin at what the training data say."""
        start = getattr(self.model, "start_from", None)
        if callable(start):
            loader = BatchLoader(train, batch_size=256, shuffle=True, seed=self.seed)
            batches = (batch.to(self.device) for batch in loader.epoch(0))
            start((batch.token_ids, batch.lengths, batch.labels) for batch in batches)

    def _run_epoch(self, loader: BatchLoader) -> None:
        """Make the steps of one epoch, or those that are left of it."""
        self.model.train()
        batches = loader.epoch(self.state.epoch, start=self.state.batch)
        for group in _grouped(batches, self.accumulate):
            started = time.perf_counter()
            result = self.train_step([batch.to(self.device) for batch in group])
            if self.averaged is not None:
                self.averaged.update_parameters(self.model)
            self.state.add(result, batches=len(group), seconds=time.perf_counter() - started)
            for callback in self.callbacks:
                callback.on_step_end(self, result)
            whole = self.state.batch == len(loader)
            if self.checkpoint_every and self.state.step % self.checkpoint_every == 0 and not whole:
                check_weights(self)
                self._save()
        check_weights(self)

    def _end_epoch(self, valid: EncodedCorpus | None) -> None:
        """Validate, write the row, and decide whether to go on."""
        state = self.state
        row: Row = {
            "epoch": state.epoch + 1,
            "step": state.step,
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "train_loss": state.loss_sum / state.labels,
            "train_accuracy": state.correct / state.labels,
            "seconds": round(state.seconds, 3),
        }
        state.next_epoch()
        if valid is not None:
            report = self.evaluate(valid)
            for metric in dict.fromkeys(("loss", "accuracy", "macro_f1", self.monitor)):
                row[f"valid_{metric}"] = report[metric]
            if state.watch(self.monitor, report[self.monitor], report.loss):
                self.best_weights = _copied(self.model if self.averaged is None else self.averaged.module)
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(row.get(f"valid_{self.monitor}", row["train_loss"]))
        self.history.rows.append(row)
        self.history.best_epoch = state.best_epoch
        self._epoch_start = _copied(self.model)
        for callback in self.callbacks:
            callback.on_epoch_end(self, row)
        if self._stop_reason is not None:
            self.history.stopped = self._stop_reason
        elif valid is not None and self.patience is not None and state.waited >= self.patience:
            self.history.stopped = "patience"
        elif state.epoch >= self.epochs:
            self.history.stopped = "epochs"
        self._save()

    def _end(self) -> None:
        """Give the model its best weights and close the callbacks, however the run ended."""
        if self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)
        elif self.history.stopped == "non-finite loss":
            self.model.load_state_dict(self._epoch_start)
        elif self.averaged is not None:
            self.model.load_state_dict(self.averaged.module.state_dict())
        self.averaged = None
        self.optimizer.zero_grad()
        for callback in self.callbacks:
            callback.on_fit_end(self)

    def _save(self) -> None:
        """Write the checkpoint and the history to the run's folder, if it has one."""
        if self.run_folder is not None:
            save_run(self, self.run_folder / _CHECKPOINT)
            self.history.to_jsonl(self.run_folder / _HISTORY)


def _num_classes(model: nn.Module, train: EncodedCorpus) -> int:
    declared = getattr(model, "num_classes", None)
    return declared if isinstance(declared, int) else int(train.labels.max()) + 1  # type: ignore[union-attr]


def _copied(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _grouped(batches: Iterable[Batch], size: int) -> Iterator[list[Batch]]:
    group: list[Batch] = []
    for batch in batches:
        group.append(batch)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
