"""What stops a run before NaN or infinity spoils it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textclf.errors import NonFiniteLossError

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["check_answers", "check_step", "check_weights"]


def check_step(trainer: Trainer, loss: float, norm: float) -> None:
    """Raise if the step that is about to be made would spoil the weights.

    Args:
        trainer: With the gradients of the step.
        loss: The loss of the step.
        norm: The norm of all its gradients. In fp16 it may be infinite: the scaler then skips the step.

    Raises:
        NonFiniteLossError: With the step, the learning rate and the parameter of the largest gradient.
    """
    if math.isfinite(loss) and (math.isfinite(norm) or trainer.scaler.is_enabled()):
        return
    sizes = {n: p.grad.norm().item() for n, p in trainer.model.named_parameters() if p.grad is not None}
    name = max(sizes, key=lambda n: math.inf if math.isnan(sizes[n]) else sizes[n])
    rate = _rate(trainer)
    raise NonFiniteLossError(
        f"The training loss must stay finite. Received: {loss} at step {trainer.state.step + 1} (epoch "
        f"{trainer.state.epoch + 1}), with learning rate {rate:g}; the largest gradient is that of "
        f"{name}, with norm {sizes[name]:.4g}. The model has its last good weights. Try a learning "
        f"rate of {rate / 10:g}, clip_norm=1.0, or precision='fp32'."
    )


def check_weights(trainer: Trainer) -> None:
    """Raise if a step has spoilt the weights, so that no checkpoint holds them.

    Raises:
        NonFiniteLossError: With the first parameter that is not finite.
    """
    for name, value in trainer.model.state_dict().items():
        if not _all_finite(value):
            rate = _rate(trainer)
            raise NonFiniteLossError(
                f"The weights must stay finite. Received: NaN or infinity in {name} after step "
                f"{trainer.state.step} (epoch {trainer.state.epoch + 1}), with learning rate {rate:g}. The "
                f"model has its last good weights. Try a learning rate of {rate / 10:g}."
            )


def check_answers(logits: npt.NDArray[Any], probabilities: npt.NDArray[Any]) -> None:
    """Raise if a row of logits ``(N, C)`` does not give probabilities ``(N, C)``.

    Raises:
        NonFiniteLossError: With the row.

    Example:
        >>> check_answers(np.array([[0.0, -np.inf]]), np.array([[1.0, 0.0]]))
    """
    wrong = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if wrong.size:
        raise NonFiniteLossError(
            f"The logits must be finite. Received: {logits[wrong[0]].tolist()} in row {wrong[0]}. The "
            "model's weights are not finite, or too large; train it with a smaller learning rate."
        )


def _all_finite(value: Tensor) -> bool:
    """Tell whether no element is NaN or infinite: the extremes say so, and no table of booleans is made."""
    if value.is_complex():  # complex numbers have no order
        value = torch.view_as_real(value)
    return value.numel() == 0 or all(math.isfinite(extreme.item()) for extreme in torch.aminmax(value))


def _rate(trainer: Trainer) -> float:
    rate: float = trainer.optimizer.param_groups[0]["lr"]
    return rate
