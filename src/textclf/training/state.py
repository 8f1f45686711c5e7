"""Where a training run stands, in numbers that a checkpoint can hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from textclf.metrics import is_better

__all__ = ["Number", "RunState", "StepResult"]

Number = float | Tensor
"""A number, or a tensor of no dimension that holds one on a device whose work is not waited for."""


@dataclass(frozen=True)
class StepResult:
    """What one step of the optimiser gives.

    Attributes:
        loss: Mean loss over the step's labels.
        correct: Labels that the model, in training mode, gave the largest logit; or, where a text may have
            several labels, texts that got all of theirs and no other.
        labels: Number of labels, or of texts that may have several.
        gradient_norm: L2 norm of the gradient over all parameters, before clipping.
    """

    loss: float
    correct: int
    labels: int
    gradient_norm: float


@dataclass
class RunState:
    """The position in a run, the sums of the epoch under way, and the best epoch so far.

    Attributes:
        epoch: Epochs completed.
        batch: Batches done in the epoch under way.
        step: Steps of the optimiser since the start.
        loss_sum: Sum of the losses of the epoch's labels.
        correct: Labels of the epoch that were predicted right.
        labels: Labels of the epoch.
        seconds: Time spent on the epoch under way.
        best_value: Best value of the watched metric.
        best_loss: Validation loss of the same epoch.
        best_epoch: Its number, counted from 1.
        lowest_loss: Lowest validation loss of any epoch.
        waited: Epochs since the metric became better or the loss lower.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    labels: int = 0
    seconds: float = 0.0
    best_value: float | None = None
    best_loss: float | None = None
    best_epoch: int | None = None
    lowest_loss: float | None = None
    waited: int = 0

    def add(self, result: StepResult, *, batches: int, seconds: float) -> None:
        """Count one step."""
        self.advance(batches=batches, seconds=seconds)
        self.tally(result)

    def advance(self, *, batches: int, seconds: float) -> None:
        """Move on by one step."""
        self.batch += batches
        self.step += 1
        self.seconds += seconds

    def tally(self, result: StepResult) -> None:
        """Add what a step gave to the sums of the epoch."""
        self.loss_sum += result.loss * result.labels
        self.correct += result.correct
        self.labels += result.labels

    def next_epoch(self) -> None:
        """Close the epoch under way."""
        self.epoch += 1
        self.batch = self.correct = self.labels = 0
        self.loss_sum = self.seconds = 0.0

    def watch(self, metric: str, value: float, loss: float = math.nan) -> bool:
        """Note the scores of the epoch just completed; say whether it is the best so far.

        The best epoch has the best value of the watched metric and, among equals, the lowest loss.
        An epoch counts as waited for if it brought neither a better value nor a lower loss: at the
        start of a run, accuracy often stands still while the loss already falls.

        Args:
            metric: Name of the watched metric.
            value: Its value on the validation data.
            loss: The loss on the validation data.

        Example:
            >>> state = RunState(epoch=1)
            >>> state.watch("accuracy", 0.8), state.watch("accuracy", 0.7), state.waited
            (True, False, 1)
        """
        falls = is_better("loss", loss, self.lowest_loss)
        tied = value == self.best_value and is_better("loss", loss, self.best_loss)
        better = tied or is_better(metric, value, self.best_value)
        if falls:
            self.lowest_loss = loss
        if better:
            self.best_value, self.best_epoch = value, self.epoch
            self.best_loss = None if math.isnan(loss) else loss
        self.waited = 0 if better or falls else self.waited + 1
        return better
