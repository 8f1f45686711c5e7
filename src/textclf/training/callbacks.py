"""What may happen around the steps of a training run, and the progress bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tqdm.auto import tqdm

if TYPE_CHECKING:
    from textclf.data.batches import Batch
    from textclf.errors import NonFiniteLossError
    from textclf.training.history import Row
    from textclf.training.state import StepResult
    from textclf.training.trainer import Trainer

__all__ = ["Callback", "ProgressBar"]


class Callback:
    """Methods that the Trainer calls; a subclass replaces those it needs.

    A callback that has a state of its own, and wants it back when a run is resumed, gives it in
    :meth:`state` as tensors, numbers, strings, lists and dictionaries.

    Example:
        >>> class StopAtAccuracy(Callback):
        ...     def on_epoch_end(self, trainer, row):
        ...         if row["valid_accuracy"] >= 0.99:
        ...             trainer.stop()
    """

    def on_fit_start(self, trainer: Trainer) -> None:
        """Come before the first step, or the first after a resume."""

    def on_step_start(self, trainer: Trainer, batches: Sequence[Batch]) -> None:
        """Come before each step of the optimiser, with its batches on the device."""

    def on_step_end(self, trainer: Trainer, result: StepResult) -> None:
        """Come after each step of the optimiser; its gradients, clipped, are still there."""

    def on_epoch_end(self, trainer: Trainer, row: Row) -> None:
        """Come after each epoch, with its row of the history; new columns may be added to it."""

    def on_failure(self, trainer: Trainer, error: NonFiniteLossError) -> None:
        """Come when a loss that is not finite ends the run, before the last good weights are put back."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """Come last, however the run ended, with the best weights in the model."""

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`state` gave."""


class ProgressBar(Callback):
    """A tqdm bar over all steps of the run, with the loss and the latest validation scores."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._scores: dict[str, str] = {}

    def on_fit_start(self, trainer: Trainer) -> None:
        """Open the bar where the run begins."""
        state = trainer.state
        total = trainer.epochs * trainer.steps_per_epoch
        self._scores = {}
        self._bar = tqdm(total=total, initial=state.step, desc=f"epoch {state.epoch + 1}", unit="step")

    def on_step_end(self, trainer: Trainer, result: StepResult) -> None:
        """Move on by one step."""
        if trainer.state.step % 10 == 0:
            self._bar.set_postfix(loss=f"{result.loss:.3f}", **self._scores, refresh=False)
        self._bar.update(1)

    def on_epoch_end(self, trainer: Trainer, row: Row) -> None:
        """Show the epoch's validation scores."""
        self._scores = {
            name: f"{row[name]:.3f}" for name in ("valid_loss", "valid_accuracy") if name in row
        }
        self._bar.set_description(f"epoch {min(trainer.state.epoch + 1, trainer.epochs)}", refresh=False)
        self._bar.set_postfix(loss=f"{row['train_loss']:.3f}", **self._scores)

    def on_fit_end(self, trainer: Trainer) -> None:
        """Close the bar."""
        self._bar.close()
