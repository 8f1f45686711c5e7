"""The instruments of a closer look at one step: copies and hooks that are gone when it is over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from textclf.data.batches import IGNORED_LABEL, Batch
from textclf.layers.embedding import TokenEmbedding
from textclf.layers.recurrence import Recurrence
from textclf.training.watch.look import ActivationLook, Look, OutputLook, ParameterLook
from textclf.training.watch.tables import by_tenths, looks_random

if TYPE_CHECKING:
    from textclf.training.state import StepResult
    from textclf.training.trainer import Trainer

__all__ = ["Looking"]

_ELEMENTS = 4096  # of a parameter, compared before and after the step
_ROWS, _ROW_ELEMENTS = 512, 1 << 16  # of a parameter, looked at row by row
_SAME = 1e-5  # of the largest number: so far rows may differ that are the same but for rounding
_ANSWERS = 4096
_NEAR = 0.01  # of the end of the range of tanh or sigmoid
_ACTIVATIONS = (nn.Tanh, nn.Sigmoid, nn.ReLU, nn.RNNBase, Recurrence)


class Looking:
    """A look under way, from before a step until after it. Nothing that it does changes the step.

    Args:
        trainer: Before the step.
    """

    def __init__(self, trainer: Trainer) -> None:
        with torch.no_grad():
            self._before = {name: _Before(its) for name, its in trainer.model.named_parameters()}
        self._output: Any = None
        self._activations: dict[str, tuple[nn.Module, Tensor]] = {}
        self._embedded: Tensor | None = None  # the gradient of it
        self._handles = [trainer.model.register_forward_hook(self._keep_output)]
        modules = dict(trainer.model.named_modules())
        # A Recurrence may run its networks without calling them, so it is listened to itself.
        recurrences = [its for its in modules.values() if isinstance(its, Recurrence)]
        inner = {its for recurrence in recurrences for its in [*recurrence.modules()][1:]}
        for name, module in modules.items():
            if isinstance(module, _ACTIVATIONS) and module not in inner:
                self._handles.append(module.register_forward_hook(self._keeper(name)))
            elif isinstance(module, TokenEmbedding | nn.Embedding):
                self._handles.append(module.register_forward_hook(self._listen))

    def close(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()

    @torch.no_grad()
    def seen(self, trainer: Trainer, batches: Sequence[Batch], result: StepResult, rate: float) -> Look:
        """Return the look, after the step.

        Args:
            trainer: After the step.
            batches: Of the step; outputs are those of the last one.
            result: What the step gave.
            rate: The learning rate that it was made with.
        """
        self.close()
        state, batch = trainer.state, batches[-1]
        return Look(
            step=state.step,
            epoch=state.epoch + 1,
            learning_rate=rate,
            loss=result.loss,
            gradient_norm=result.gradient_norm,
            parameters=_parameters(trainer.model, self._before),
            outputs=_outputs(self._output, batch.labels),
            activations=tuple(_activation(name, *its) for name, its in self._activations.items()),
            time_gradients=by_tenths(self._embedded, batch.lengths),
        )

    def _keep_output(self, module: nn.Module, given: Any, output: Any) -> None:
        self._output = output.detach() if isinstance(output, Tensor) else None

    def _keeper(self, name: str) -> Any:
        def hook(module: nn.Module, given: Any, output: Any) -> None:
            output = output[0] if isinstance(output, tuple) else output
            if isinstance(output, Tensor):
                self._activations[name] = (module, output.detach())

        return hook

    def _listen(self, module: nn.Module, given: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.dim() == 3 and output.requires_grad:
            output.register_hook(self._keep_gradient)  # type: ignore[no-untyped-call]

    def _keep_gradient(self, gradient: Tensor) -> None:
        self._embedded = gradient


def _sample(parameter: Tensor) -> Tensor:
    """Return at most 4,096 evenly spaced elements."""
    flat = parameter.detach().reshape(-1)
    return flat[:: max(1, math.ceil(len(flat) / _ELEMENTS))]


def _rows(tensor: Tensor) -> Tensor:
    """Return the rows, or some that are evenly spaced, ``(R, n)``."""
    rows = tensor.detach().reshape(len(tensor), -1)
    return rows[:: max(1, math.ceil(len(rows) / _ROWS), math.ceil(rows.numel() / _ROW_ELEMENTS))]


class _Before:
    """What a look keeps of a parameter from before the step."""

    def __init__(self, parameter: Tensor) -> None:
        self.elements = _sample(parameter).clone()
        matrix = parameter.dim() > 1 and parameter.numel() > 0
        rows = _rows(parameter) if matrix else parameter.detach()
        self.apart = _apart(rows) if matrix else rows.new_zeros(())
        whole = math.sqrt(parameter.numel() / max(rows.numel(), 1))
        self.norm = torch.linalg.vector_norm(rows).float() * whole


def _parameters(model: nn.Module, before: dict[str, _Before]) -> tuple[ParameterLook, ...]:
    """Look at all parameters, and wait for the device once."""
    owners = dict(model.named_modules())
    parameters = [(name, its) for name, its in model.named_parameters() if its.numel()]
    if not parameters:
        return ()
    named = (name for name, its in owners.items() if vars(its).get("requires_grad") is False)
    unfrozen = tuple(f"{name}." if name else "" for name in named)
    found = torch.stack([_measured(its, before[name]) for name, its in parameters]).tolist()
    lookups = (nn.Embedding, nn.EmbeddingBag)
    idle_rows = _idle_rows(
        [
            None if isinstance(owners[name.rpartition(".")[0]], lookups) else its.grad
            for name, its in parameters
        ]
    )
    looks = []
    for (name, its), numbers, idle_here in zip(parameters, found, idle_rows, strict=True):
        gradient, weight, old, change, idle, rows_apart, gradients_apart, finite = numbers
        several = its.dim() > 1 and len(its) > 1
        owner = owners[name.rpartition(".")[0]]
        looks.append(
            ParameterLook(
                name=name,
                kind=type(owner).__name__,
                shape=tuple(its.shape),
                trained=its.requires_grad,
                gradient=None if its.grad is None else gradient,
                weight=weight,
                ratio=change / old if old else math.inf if change else 0.0,
                idle_rows=idle,
                same_rows=several and rows_apart <= _SAME,
                same_gradients=several and its.grad is not None and gradients_apart <= _SAME,
                finite=bool(finite),
                idle=idle_here,
                meant_frozen=its.requires_grad and name.startswith(unfrozen),
                random=_is_random(owner, its),
            )
        )
    return tuple(looks)


def _is_random(owner: nn.Module, parameter: Tensor) -> bool:
    return (
        isinstance(owner, nn.Embedding) and not parameter.requires_grad and looks_random(_rows(parameter))
    )


def _idle_rows(gradients: Sequence[Tensor | None]) -> list[tuple[int, ...]]:
    """Return which rows of the gradient of each matrix are zero; wait for the device once."""
    masks = [
        torch.zeros(0, dtype=torch.bool)
        if its is None or its.is_sparse or its.dim() < 2
        else (_rows(its) == 0).all(dim=1)
        for its in gradients
    ]
    device = next((mask.device for mask in masks if len(mask)), masks[0].device)
    together = torch.cat([mask.to(device) for mask in masks]).cpu()
    parts = torch.split(together, [len(mask) for mask in masks])
    return [tuple(its.nonzero().flatten().tolist()) for its in parts]


def _measured(parameter: Tensor, before: _Before) -> Tensor:
    """Return the numbers that a look at a parameter is made from, on its device."""
    gradient, value = parameter.grad, parameter.detach()
    none = value.new_zeros((), dtype=torch.float32)
    old, new = before.elements.float(), _sample(value).float()
    norm_of_gradient = none
    idle = gradients_apart = none
    if gradient is not None and not gradient.is_sparse:
        norm_of_gradient = torch.linalg.vector_norm(gradient).float()
        if gradient.dim() > 0:
            rows = _rows(gradient)
            idle = (rows.abs().amax(dim=1) == 0).float().mean()
            gradients_apart = _apart(rows) if gradient.dim() > 1 else none
    numbers = [
        norm_of_gradient,
        before.norm,
        torch.linalg.vector_norm(old),
        torch.linalg.vector_norm(new - old),
        idle,
        before.apart.float(),
        gradients_apart,
        (new.isfinite().all() & norm_of_gradient.isfinite()).float(),
    ]
    return torch.stack(numbers)


def _apart(rows: Tensor) -> Tensor:
    """Return how far rows are from the first, against the largest number: 0 where all are the same."""
    largest = rows.abs().max().float()
    apart = (rows - rows[:1]).abs().max().float()
    return torch.where(largest > 0, apart / largest, largest)


def _outputs(output: Any, labels: Tensor | None) -> OutputLook | None:
    """Look at the answers ``(B, C)``, or ``(B, L, C)`` of tokens, where they have a label."""
    if not isinstance(output, Tensor) or labels is None or output.dim() < 2:
        return None
    classes, several = output.shape[-1], labels.dtype == torch.bool
    rows = output.reshape(-1, classes).float()
    its = labels.reshape(-1, classes) if several else labels.reshape(-1)
    if len(its) != len(rows) or not len(rows):
        return None
    if not several:
        rows, its = rows[its != IGNORED_LABEL], its[its != IGNORED_LABEL]
    rows, its = rows[:_ANSWERS], its[:_ANSWERS]
    if several:
        predicted, wanted = (rows > 0).sum(dim=0), its.sum(dim=0)
    else:
        predicted = rows.argmax(dim=1).bincount(minlength=classes)
        wanted = its.bincount(minlength=classes)
    within = bool(((rows >= 0) & (rows <= 1)).all())
    return OutputLook(
        rows=len(rows),
        finite=bool(rows.isfinite().all()),
        probabilities=within and (several or _sums_to_one(rows)),
        log_probabilities=_sums_to_one(rows.exp()),
        predicted=tuple(predicted.tolist()),
        labels=tuple(wanted.tolist()),
        spread=float(rows.std(dim=0, correction=0).mean()) if len(rows) else 0.0,
        size=float(rows.abs().mean()) if len(rows) else 0.0,
        at_label=None if several else _mean(rows.gather(1, its.unsqueeze(1))),
        cross_entropy=None if several else _mean(nn.functional.cross_entropy(rows, its, reduction="none")),
    )


def _mean(numbers: Tensor) -> float:
    return float(numbers.mean()) if len(numbers) else 0.0


def _sums_to_one(rows: Tensor) -> bool:
    return bool(((rows.sum(dim=1) - 1).abs() < 1e-3).all()) and rows.shape[1] > 1 and len(rows) > 0


def _activation(name: str, module: nn.Module, output: Tensor) -> ActivationLook:
    """Look at what an activation or a recurrent layer gave."""
    numbers = output.float()
    network = module.forward_layers[0] if isinstance(module, Recurrence) else module
    cut = isinstance(network, nn.ReLU) or getattr(network, "nonlinearity", "") == "relu"
    size = numbers.sub(0.5).abs().mul(2) if isinstance(module, nn.Sigmoid) else numbers.abs()
    end = 1 - 2 * _NEAR if isinstance(module, nn.Sigmoid) else 1 - _NEAR
    zero = numbers == 0
    return ActivationLook(
        name=name,
        kind=type(module).__name__,
        saturated=0.0 if cut or not numbers.numel() else float((size >= end).float().mean()),
        zero=float(zero.float().mean()) if numbers.numel() else 0.0,
        dead=float(zero.reshape(-1, numbers.shape[-1]).all(dim=0).float().mean()) if zero.dim() else 0.0,
    )
