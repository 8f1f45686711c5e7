"""Where a run broke that a number ended which was not finite."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from textclf.data.batches import Batch

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["Failure", "find_failure"]


@dataclass(frozen=True)
class Failure:
    """What was not finite first.

    Attributes:
        step: Counted from 1.
        epoch: Counted from 1.
        learning_rate: Of the step.
        loss: Of the step; NaN too where it could not be found again.
        gradient_norm: Over all parameters, before clipping; likewise.
        what: ``"the weight"``, ``"the output"`` of a module, ``"the loss"``, ``"the gradient"`` of a
            parameter or of the output of a module, or ``"a number"`` where it could not be found again.
        tensor: The name of the parameter or module; of the model itself, and of the loss, it is empty.
        last_good_step: The last step that left weights, loss and gradient finite.
    """

    step: int
    epoch: int
    learning_rate: float
    loss: float
    gradient_norm: float
    what: str
    tensor: str
    last_good_step: int

    @property
    def place(self) -> str:
        """What and which, in words."""
        return f"{self.what} of {self.tensor}" if self.tensor else self.what


def find_failure(trainer: Trainer, batches: Sequence[Batch], random: Tensor | None) -> Failure:
    """Find what was not finite first, by making the step again without changing a weight.

    Of several processes none makes it again, since the others would have to take part.

    Args:
        trainer: As the failure left it, before the last good weights are put back.
        batches: Those of the last step.
        random: The state of the random numbers of the CPU before that step.
    """
    state, model = trainer.state, trainer.model
    what, tensor, loss, norm = "a number", "", math.nan, math.nan
    spoilt = [name for name, its in model.named_parameters() if not bool(its.isfinite().all())]
    if spoilt:
        what, tensor = "the weight", spoilt[0]
    elif batches and trainer.processes.count == 1:
        found, loss, norm = _made_again(trainer, batches, random)
        what, tensor = found or (what, tensor)
    # Spoilt weights are found after the step that spoilt them, all else before it is made.
    step = max(state.step, 1) if spoilt else state.step + 1
    rate = float(trainer.optimizer.param_groups[0]["lr"])
    return Failure(step, state.epoch + 1, rate, loss, norm, what, tensor, step - 1)


def _made_again(
    trainer: Trainer, batches: Sequence[Batch], random: Tensor | None
) -> tuple[tuple[str, str] | None, float, float]:
    """Return what broke first, the loss and the norm of the gradient of a step that is not made."""
    model, total = trainer.model, 0.0
    found: list[tuple[str, str]] = []
    devices = [trainer.device] if trainer.device.type == "cuda" else []
    model.train()
    model.zero_grad()
    with torch.random.fork_rng(devices), _listening(model, found), torch.enable_grad():
        if random is not None:
            torch.set_rng_state(random)
        for batch in batches:
            kind, lower = trainer.device.type, trainer.precision != torch.float32
            with torch.autocast(kind, dtype=trainer.precision, enabled=lower):
                logits = trainer.logits(batch)
                loss = trainer.loss(logits, batch.labels) / len(batches)
            total += loss.detach().item()
            if not found and not bool(loss.isfinite()):
                found.append(("the loss", ""))
            if not found:
                loss.backward()
    norms = {name: float(its.grad.norm()) for name, its in model.named_parameters() if its.grad is not None}
    if not found:
        found += [("the gradient", name) for name, its in norms.items() if not math.isfinite(its)]
    return (found[0] if found else None), total, math.hypot(*norms.values()) if norms else math.nan


@contextlib.contextmanager
def _listening(model: nn.Module, found: list[tuple[str, str]]) -> Iterator[None]:
    """Note what is not finite among the outputs of modules, and then their gradients."""

    def listen(name: str) -> Any:
        def hook(module: nn.Module, given: Any, output: Any) -> None:
            for its in output if isinstance(output, tuple | list) else [output]:
                if not isinstance(its, Tensor) or not its.is_floating_point():
                    continue
                if not bool(its.isfinite().all()):
                    found.append(("the output", name))
                elif its.requires_grad:
                    its.register_hook(backward)  # type: ignore[no-untyped-call]

        def backward(gradient: Tensor) -> None:
            if not bool(gradient.isfinite().all()):
                found.append(("the gradient of the output", name))

        return hook

    handles = [module.register_forward_hook(listen(name)) for name, module in model.named_modules()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
