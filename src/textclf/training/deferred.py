"""Steps of which a GPU keeps the numbers for a while, so that the host need not wait for each."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from textclf.training.finite import check_step
from textclf.training.state import Number, StepResult

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["DeferredResult", "DeferredSteps", "can_defer"]

_DEVICES = ("cuda",)
_AT_ONCE = 50


def can_defer(trainer: Trainer) -> bool:
    """Say whether the steps of a run can be read later than they are made.

    That needs a device that computes while the host goes on, and an optimiser that skips a step when
    the device tells it to: the fused ones, which do it for ``torch.amp.GradScaler``. With that scaler
    (fp16) each step is read at once.
    """
    skips = getattr(trainer.optimizer, "_step_supports_amp_scaling", False)
    return trainer.device.type in _DEVICES and skips and not trainer.scaler.is_enabled()


class DeferredResult(StepResult):
    """A step's result that is still on the device; whoever looks at a number waits for it."""

    def __init__(self, loss: Number, correct: Number, labels: int, norm: Number, rate: float) -> None:
        numbers = [torch.as_tensor(value, dtype=torch.float64) for value in (loss, correct, norm)]
        device = next((n.device for n in numbers if n.device.type != "cpu"), "cpu")
        vars(self).update(labels=labels, rate=rate, read=None)
        vars(self).update(numbers=torch.stack([number.to(device) for number in numbers]))

    def _number(self, index: int) -> float:
        own = vars(self)
        if own["read"] is None:
            own["read"] = own["numbers"].tolist()
        return cast(float, own["read"][index])

    @property
    def loss(self) -> float:
        """Mean loss over the step's labels."""
        return self._number(0)

    @property
    def correct(self) -> int:
        """Labels that the model gave the largest logit."""
        return int(self._number(1))

    @property
    def gradient_norm(self) -> float:
        """L2 norm of the gradient over all parameters, before clipping."""
        return self._number(2)


class DeferredSteps:
    """The steps that the host has not looked at yet, at most 50.

    The promise that no weight changes with a loss or gradient that is not finite holds here too: the
    device itself notes the first such step, and the optimiser skips it and all steps after it, until
    the host looks, finds it and raises.

    Args:
        trainer: At the start of its run.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._waiting: list[DeferredResult] = []
        self._spoilt = torch.zeros((), device=trainer.device)
        trainer.optimizer.found_inf = self._spoilt  # type: ignore[attr-defined]

    def result(self, loss: Number, correct: Number, labels: int, norm: Number) -> StepResult:
        """Give the result of the step that is about to be made, and have it skipped if it is spoilt."""
        result = DeferredResult(loss, correct, labels, norm, self._trainer.optimizer.param_groups[0]["lr"])
        numbers: Tensor = vars(result)["numbers"]
        finite = numbers.isfinite().all()
        torch.maximum(self._spoilt, (~finite).to(self._spoilt.dtype), out=self._spoilt)
        return result

    def add(self, result: StepResult) -> None:
        """Count a step, now or later."""
        if not isinstance(result, DeferredResult):  # of a train_step that reads its numbers itself
            self._trainer.state.tally(result)
            return
        self._waiting.append(result)
        if len(self._waiting) == _AT_ONCE:
            self.read()

    def read(self) -> None:
        """Wait for the steps that were made, and count them.

        Raises:
            NonFiniteLossError: One of them was spoilt. The run then stands before it.
        """
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        state = self._trainer.state
        started = time.perf_counter()
        rows = torch.stack([vars(result)["numbers"] for result in waiting]).tolist()
        state.seconds += time.perf_counter() - started
        for done, (result, row) in enumerate(zip(waiting, rows, strict=True)):
            vars(result)["read"] = row
            if not all(map(math.isfinite, row)):
                # The step and all after it were skipped, so the run stands before it. The gradient
                # that the message names is that of the last, which was made from the same weights.
                state.step -= len(waiting) - done
                self._trainer.optimizer.param_groups[0]["lr"] = vars(result)["rate"]
                check_step(self._trainer, result.loss, result.gradient_norm)
            state.tally(result)

    def close(self) -> None:
        """Leave the optimiser as it was."""
        del self._trainer.optimizer.found_inf  # type: ignore[attr-defined]
