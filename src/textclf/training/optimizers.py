"""Optimisers and learning-rate schedules, by name."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, MultiStepLR, ReduceLROnPlateau

from textclf.errors import must_be
from textclf.registry import Registry, check_options
from textclf.validation import require_int, require_number, require_share

__all__ = [
    "SCHEDULES",
    "OptimizerLike",
    "ScheduleLike",
    "list_optimizers",
    "make_optimizer",
    "make_schedule",
]

OptimizerLike = str | Optimizer | type[Optimizer] | Callable[[Iterable[nn.Parameter]], Optimizer]
ScheduleLike = str | Callable[[Optimizer, int], LRScheduler]

SCHEDULES: Registry[LRScheduler] = Registry("schedule")

_OPTIMIZERS: dict[str, type[Optimizer]] = {
    name.lower(): value
    for name, value in vars(torch.optim).items()
    if isinstance(value, type) and issubclass(value, Optimizer) and value is not Optimizer
}
_NEED_MORE = {"lbfgs", "muon", "rprop", "sparseadam"}
"""These do not fit this loop: LBFGS needs a closure, Muon nothing but matrices, Rprop gradients of the
whole data, and SparseAdam sparse ones."""


def list_optimizers() -> list[str]:
    """Return the names of torch's optimisers that the Trainer takes.

    Example:
        >>> "adamw" in list_optimizers()
        True
    """
    return sorted(set(_OPTIMIZERS) - _NEED_MORE)


def make_optimizer(
    optimizer: OptimizerLike,
    model: nn.Module,
    *,
    learning_rate: float,
    weight_decay: float,
    options: dict[str, Any] | None = None,
) -> Optimizer:
    """Make an optimiser for the trainable parameters of a model.

    Args:
        optimizer: A torch optimiser's name in any case, such as ``"adamw"`` or ``"SGD"``, or its class;
            a function of the parameters that makes one; or a ready one. The last two keep their own
            settings.
        model: Whose parameters are trained.
        learning_rate: Step size.
        weight_decay: Strength of the decay.
        options: Further options of that optimiser, such as ``{"momentum": 0.9}``.

    Returns:
        The optimiser.

    Raises:
        ArgumentError: The optimiser or an option's value cannot be used, or nothing is trainable.
        UnknownNameError: No optimiser of that name; with the near matches.
        UnknownOptionError: The optimiser has no such option.

    Example:
        >>> make_optimizer("sgd", nn.Linear(2, 2), learning_rate=0.1, weight_decay=0.0).defaults["lr"]
        0.1
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise must_be("model", "one with a trainable parameter", type(model).__name__)
    factory: Callable[..., Optimizer] | None = None
    if isinstance(optimizer, str):
        factory = _registered().get(optimizer.lower())
    elif isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        factory = optimizer
    if factory is not None:
        given = {"lr": learning_rate, "weight_decay": weight_decay, **(options or {})}
        if "fused" not in given and "foreach" not in given and _can_fuse(factory, parameters):
            given["fused"] = True  # one pass over the weights in place of several
        check_options(factory, given, f"the optimiser {factory.__name__}")
        try:
            return factory(parameters, **given)
        except (RuntimeError, TypeError, ValueError) as error:
            expected = f"what {factory.__name__} takes"
            raise must_be("optimizer_options", expected, given, f"{error}.") from error
    if options is not None:
        raise must_be("optimizer_options", "None for an optimiser with settings of its own", options)
    own: Any = optimizer
    made = own(parameters) if callable(own) else own
    if not isinstance(made, Optimizer):
        raise must_be("optimizer", "a torch optimiser, its name, or a function that makes one", made)
    trained = {id(p) for p in parameters}
    if not any(id(p) in trained for group in made.param_groups for p in group["params"]):
        cure = "Make it from model.parameters()."
        raise must_be("optimizer", "made for the parameters of this model", type(made).__name__, cure)
    return made


def _can_fuse(factory: Callable[..., Optimizer], parameters: list[nn.Parameter]) -> bool:
    """Say whether the optimiser has a fused form for where the parameters are."""
    return "fused" in inspect.signature(factory).parameters and all(
        p.is_floating_point() and p.device.type in ("cpu", "cuda") for p in parameters
    )


def make_schedule(
    schedule: ScheduleLike,
    optimizer: Optimizer,
    *,
    epochs: int,
    steps_per_epoch: int,
    larger_is_better: bool,
    options: dict[str, Any] | None = None,
) -> LRScheduler:
    """Make a learning-rate schedule.

    Args:
        schedule: ``"constant"``, ``"multistep"``, ``"cosine"``, ``"warmup_linear"`` or ``"plateau"``;
            or a function of the optimiser and the number of steps that makes a torch scheduler.
        optimizer: Whose learning rate it sets.
        epochs: Number of epochs.
        steps_per_epoch: Steps of the optimiser in an epoch.
        larger_is_better: Whether the watched metric is better when larger; for ``"plateau"``.
        options: Options of that schedule.

    Returns:
        A scheduler to be stepped after every step, but ``ReduceLROnPlateau`` after every epoch.

    Raises:
        ArgumentError: The schedule or an option's value cannot be used.
        UnknownNameError: No schedule of that name; with the near matches.
        UnknownOptionError: The schedule has no such option.

    Example:
        >>> optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=1.0)
        >>> rate = make_schedule("cosine", optimizer, epochs=1, steps_per_epoch=2, larger_is_better=True)
        >>> optimizer.step(), rate.step(), round(rate.get_last_lr()[0], 3)
        (None, None, 0.5)
    """
    if not isinstance(schedule, str):
        if options is not None:
            raise must_be("schedule_options", "None for a schedule that is a function", options)
        made = schedule(optimizer, epochs * steps_per_epoch) if callable(schedule) else schedule
        if not isinstance(made, LRScheduler):
            raise must_be("schedule", "a name, or a function that makes a torch scheduler", made)
        return made
    return SCHEDULES.create(
        schedule,
        optimizer,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        larger_is_better=larger_is_better,
        **(options or {}),
    )


@SCHEDULES.register("constant")
def _constant(
    optimizer: Optimizer, *, epochs: int, steps_per_epoch: int, larger_is_better: bool
) -> LRScheduler:
    return LambdaLR(optimizer, lambda step: 1.0)


@SCHEDULES.register("multistep")
def _multistep(
    optimizer: Optimizer,
    *,
    epochs: int,
    steps_per_epoch: int,
    larger_is_better: bool,
    milestones: Sequence[int] = (),
    gamma: float = 0.1,
) -> LRScheduler:
    """Multiply the rate by ``gamma`` after each of the ``milestones``, counted in epochs."""
    if not isinstance(milestones, Sequence) or not milestones:
        cure = "Write schedule_options={'milestones': [5, 8]}."
        raise must_be("milestones", "a list of epochs for schedule='multistep'", milestones, cure)
    milestones = [require_int("milestones", epoch, at_least=1) for epoch in milestones]
    require_number("gamma", gamma, above=0)
    return MultiStepLR(optimizer, [epoch * steps_per_epoch for epoch in milestones], gamma)


@SCHEDULES.register("cosine")
def _cosine(
    optimizer: Optimizer,
    *,
    epochs: int,
    steps_per_epoch: int,
    larger_is_better: bool,
    warmup: float = 0.0,
    final: float = 0.0,
) -> LRScheduler:
    """Rise over the share ``warmup`` of the steps, then fall along a half cosine to ``final``.

    Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017.
    """
    shape = _warmed(epochs * steps_per_epoch, warmup, lambda left: 0.5 - 0.5 * math.cos(math.pi * left))
    require_share("final", final)
    return LambdaLR(optimizer, lambda step: final + (1 - final) * shape(step))


@SCHEDULES.register("warmup_linear")
def _warmup_linear(
    optimizer: Optimizer,
    *,
    epochs: int,
    steps_per_epoch: int,
    larger_is_better: bool,
    warmup: float = 0.1,
) -> LRScheduler:
    """Rise over the share ``warmup`` of the steps, then fall in a straight line to zero."""
    return LambdaLR(optimizer, _warmed(epochs * steps_per_epoch, warmup, lambda left: left))


@SCHEDULES.register("plateau")
def _plateau(
    optimizer: Optimizer,
    *,
    epochs: int,
    steps_per_epoch: int,
    larger_is_better: bool,
    factor: float = 0.5,
    patience: int = 1,
) -> LRScheduler:
    """Multiply the rate by ``factor`` after ``patience`` epochs without a better watched metric."""
    require_number("factor", factor, above=0, below=1)
    require_int("patience", patience, at_least=0)
    return ReduceLROnPlateau(
        optimizer, mode="max" if larger_is_better else "min", factor=factor, patience=patience
    )


def _registered() -> Registry[Optimizer]:
    names = Registry[Optimizer]("optimizer")
    for name in list_optimizers():
        names.register(name)(_OPTIMIZERS[name])
    return names


def _warmed(total: int, warmup: float, fall: Callable[[float], float]) -> Callable[[int], float]:
    """Rise linearly for a share of ``total``, then follow ``fall`` of the share that is left."""
    rising = round(total * require_share("warmup", warmup))

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return fall(max(total - step, 0) / max(total - rising, 1))

    return factor
