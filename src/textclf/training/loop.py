"""The epochs of a run: steps, validation, early stopping, checkpoints, and its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from textclf.data.batches import BatchLoader
from textclf.data.corpus import EncodedCorpus
from textclf.training.distributed import Interrupt
from textclf.training.feeding import grouped, to_device
from textclf.training.finite import check_weights
from textclf.training.history import Row
from textclf.training.resume import CHECKPOINT, save_run

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["end_epoch", "end_run", "run_epoch"]

_HISTORY = "history.jsonl"
_STEPS_BETWEEN_CHECKS = 10  # for Ctrl-C in another process


def run_epoch(trainer: Trainer, loader: BatchLoader, interrupt: Interrupt) -> None:
    """Make the steps of one epoch, or those that are left of it.

    Raises:
        KeyboardInterrupt: Ctrl-C, here or in another process.
        NonFiniteLossError: A step that would spoil the weights, or has.
    """
    state = trainer.state
    if state.batch < len(loader):
        _keep_start_of_epoch(trainer)
    trainer.model.train()
    for group in grouped(loader.epoch(state.epoch, start=state.batch), trainer.accumulate):
        started = time.perf_counter()
        batches = [to_device(batch, trainer.device, trainer.processes) for batch in group]
        for callback in trainer.callbacks:
            callback.on_step_start(trainer, batches)
        result = trainer.train_step(batches)
        if trainer.averaged is not None:
            trainer.averaged.update_parameters(trainer.model)
        state.advance(batches=len(group), seconds=time.perf_counter() - started)
        if trainer.deferred is None:
            state.tally(result)
        else:
            trainer.deferred.add(result)
        for callback in trainer.callbacks:
            callback.on_step_end(trainer, result)
        if state.step % _STEPS_BETWEEN_CHECKS == 0:
            interrupt.check()
        every = trainer.checkpoint_every
        if every is not None and state.step % every == 0 and state.batch < len(loader):
            _check_weights(trainer)
            _save(trainer)
    interrupt.check()
    _check_weights(trainer)


def end_epoch(trainer: Trainer, valid: EncodedCorpus | None) -> None:
    """Validate, write the row, and decide whether to go on."""
    state, history = trainer.state, trainer.history
    row = _new_row(trainer, valid)
    watched = None if valid is None else row[f"valid_{trainer.monitor}"]
    if watched is not None and state.watch(trainer.monitor, watched, row["valid_loss"]):
        trainer.best_weights = _copied(
            trainer.model if trainer.averaged is None else trainer.averaged.module
        )
    if isinstance(trainer.schedule, ReduceLROnPlateau):
        trainer.schedule.step(row["train_loss"] if watched is None else watched)
    history.rows.append(row)
    history.best_epoch = state.best_epoch
    for callback in trainer.callbacks:
        callback.on_epoch_end(trainer, row)
    reasons = [reason for reason in trainer.processes.gather(trainer.stop_reason) if reason is not None]
    if reasons:
        history.stopped = reasons[0]
    elif valid is not None and trainer.patience is not None and state.waited >= trainer.patience:
        history.stopped = "patience"
    elif state.epoch >= trainer.epochs:
        history.stopped = "epochs"
    _save(trainer)


def end_run(trainer: Trainer) -> None:
    """Give the model its best weights and close the callbacks, however the run ended."""
    if trainer.best_weights is not None:
        trainer.model.load_state_dict(trainer.best_weights)
    elif trainer.history.stopped == "non-finite loss" and trainer.epoch_start is not None:
        trainer.model.load_state_dict(trainer.epoch_start)
    elif trainer.averaged is not None:
        trainer.model.load_state_dict(trainer.averaged.module.state_dict())
    if trainer.deferred is not None:
        trainer.deferred.close()
    trainer.averaged = trainer.deferred = trainer.epoch_start = None
    trainer.network = trainer.processes.unwrap(trainer.model)
    trainer.optimizer.zero_grad()
    for callback in trainer.callbacks:
        callback.on_fit_end(trainer)
    trainer.train_data = trainer.valid_data = None


def _keep_start_of_epoch(trainer: Trainer) -> None:
    """Copy the weights for the case that this epoch spoils them, if there are no best ones yet."""
    trainer.epoch_start = _copied(trainer.model) if trainer.best_weights is None else None


def _new_row(trainer: Trainer, valid: EncodedCorpus | None) -> Row:
    """Close the epoch, validate, and return the row of the history, the same in all processes."""
    state = trainer.state
    row: Row = {
        "epoch": state.epoch + 1,
        "step": state.step,
        "learning_rate": trainer.optimizer.param_groups[0]["lr"],
        "train_loss": state.loss_sum / state.labels,
        "train_accuracy": state.correct / state.labels,
        "seconds": round(state.seconds, 3),
    }
    state.next_epoch()
    if valid is not None:
        report = trainer.valid_report = trainer.evaluate(valid)
        for metric in dict.fromkeys(("loss", "accuracy", "macro_f1", trainer.monitor)):
            row[f"valid_{metric}"] = report[metric]
    shared: Row = trainer.processes.gather(row)[0]
    return shared


def _check_weights(trainer: Trainer) -> None:
    """Raise if the weights are spoilt, or differ between the processes."""
    if trainer.deferred is not None:
        trainer.deferred.read()
    check_weights(trainer)
    trainer.processes.align(trainer.model, trainer.averaged)


def _save(trainer: Trainer) -> None:
    """Write the checkpoint and the history to the run's folder, if it has one."""
    if trainer.run_folder is not None:
        save_run(trainer, trainer.run_folder / CHECKPOINT)
        if trainer.processes.first:
            trainer.history.to_jsonl(trainer.run_folder / _HISTORY)


def _copied(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
