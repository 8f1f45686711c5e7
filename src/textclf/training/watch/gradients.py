"""Checks of what gets a gradient, and how much: dead and saturated units, gradients that vanish."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from textclf.data.batches import BatchLoader
from textclf.findings import Finding
from textclf.layers.embedding import TokenEmbedding
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import EARLY_EXPERIMENTS, Figures, sample_rows
from textclf.training.watch.look import Look
from textclf.training.watch.record import Record
from textclf.training.watch.tables import by_tenths
from textclf.training.watch.updates import loss_of_nothing, loss_trend

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["dead_units", "saturated_units", "time_gradients", "vanishing_gradients"]

_LAYERS = ("Linear", "Conv1d", "Conv2d", "Conv3d", "RNN")  # of which a row is a unit; gates are none
_LOOKS = 3
_UNLEARNT = 0.2  # of the loss of knowing nothing: below it gradients are zero because all is learnt
_DEAD = 0.8  # of the units of a layer: deep networks of ReLU have up to half of them idle in a batch
_ALL = 0.99
_SATURATED = 0.9  # of what a layer gives
_VANISHED = 1e-3  # times the gradient of the last layers; in networks that learn it is a tenth or so
_VANISHED_IN_TIME = 1e-6  # times that of the nearest tokens: less than float32 adds up
_STUCK = 0.9  # of the loss at first, or of knowing nothing: a run that ends below it learns
_SHOWN = 4
_TEXTS = 8  # so few that every layer runs as it does on any device


@TRAINING_CHECKS.register("dead-units")
def dead_units(record: Record) -> Iterator[Finding]:
    """Find layers most of whose units get a gradient of exactly zero, the same ones in several steps.

    Where all layers of ReLU were seen to give something, it is lost after them.
    """
    looks = [look for look in record.looks if look.loss > _UNLEARNT * loss_of_nothing(record)]
    looks = [look for look in looks if _some_gradient(look)][-_LOOKS:]
    if len(looks) < _LOOKS:
        return
    shares = _idle_in_all(looks)
    dead = {name: share for name, share in shares.items() if share >= _DEAD}
    if not dead or _are_alive(looks):
        return
    first = _idle_in_all(record.looks[:1])
    from_start = record.looks[0].step == 1 and all(first.get(name, 0.0) >= _DEAD for name in dead)
    whole = any(share >= _ALL for share in dead.values())
    rate = record.settings.learning_rate
    listed = ", ".join(f"{name} ({share:.0%})" for name, share in [*dead.items()][:_SHOWN])
    more = f" and {len(dead) - _SHOWN} more layers" if len(dead) > _SHOWN else ""
    yield Finding(
        "dead-units",
        "stop" if whole else "warning",
        f"In the last {len(looks)} looks, the same units got a gradient of exactly zero: "
        f"{listed}{more}; {'so it was in step 1' if from_start else 'in step 1 they got one'}.",
        "A ReLU gives zero for every text, so nothing gets to the weights before it: biases far below 0, "
        "or weights too large, at the start; or something cuts the text off on the way."
        if from_start
        else f"A step too large, at a learning rate of {rate:g}, drove the units below 0 for every text, "
        "and no gradient brings them back.",
        'Begin with biases of zero: initialize_(model, "kaiming"), from textclf, before it is given to the '
        "Trainer. If they stay dead, look for what takes the text away after them, such as a mask of zeros."
        if from_start
        else f"Pass learning_rate={rate / 100:.1g}.",
        {"layers": len(dead), "largest_share": max(dead.values()), "steps": looks[-1].step},
    )


@TRAINING_CHECKS.register("saturated-units")
def saturated_units(record: Record) -> Iterator[Finding]:
    """Find layers of tanh or sigmoid that give hardly anything but the ends of their range.

    They do so from the first step on; or have come to it, and the loss has hardly fallen.
    """
    looks, stuck = [look for look in record.looks if look.activations], _is_stuck(record)
    if len(looks) < _LOOKS:
        return
    seen = _least_saturated(looks[-_LOOKS:] if stuck else looks)
    found = {name: share for name, share in seen.items() if share >= _SATURATED}
    if not found:
        return
    listed = ", ".join(f"{name} ({share:.0%})" for name, share in [*found.items()][:_SHOWN])
    yield Finding(
        "saturated-units",
        "warning",
        f"In {'the last ' if stuck else 'all '}{_LOOKS if stuck else len(looks)} looks, "
        f"nearly all outputs stood at an end of their range: {listed}.",
        "What goes into the tanh or sigmoid is so large that its slope is zero: weights or inputs of a "
        "large scale, or a learning rate that has made them so.",
        'Begin with weights of the right size: initialize_(model, "xavier"), from textclf; scale what goes '
        f"into the layer; or pass learning_rate={record.settings.learning_rate / 10:g}.",
        {"layers": len(found), "largest_share": max(found.values())},
    )


@TRAINING_CHECKS.register("vanishing-gradients")
def vanishing_gradients(record: Record) -> Iterator[Finding]:
    """Find gradients that are lost on the way through layers or text, where nothing is learnt."""
    trend = loss_trend(record)
    if trend is None or not _is_stuck(record) or len(record.looks) < _LOOKS:
        return
    depth = [its for its in map(_through_depth, record.looks) if its is not None]
    time = [_least(look.time_gradients) for look in record.looks if look.time_gradients]
    early = tuple(record.experiments.get("time-gradients", {}).values())
    if len(depth) >= _LOOKS and np.median([ratio for ratio, _ in depth]) < _VANISHED:
        ratio, name = float(np.median([ratio for ratio, _ in depth])), depth[-1][1]
        seen = f"The gradient of {name} is {ratio:.1e} times that of the layers after it"
        cause = "Each layer takes away most of the gradient: the slope of a sigmoid is 1/4 at most."
        cure = (
            "Put nn.ReLU() in the place of nn.Sigmoid() or nn.Tanh(), use fewer layers, or add the "
            'input of each to its output; and begin with initialize_(model, "kaiming"), from textclf.'
        )
    elif (ratio := float(np.median(time)) if len(time) >= _LOOKS else _least(early)) < _VANISHED_IN_TIME:
        seen = f"The gradient of the tokens that get least is {ratio:.1e} times that of those that get most"
        cause = "Each step of the recurrent layer takes away some of the gradient, and the texts are long."
        cure = 'Use cell="lstm" or "gru", pooling="max" in place of "last", or a smaller max_length.'
    else:
        return
    yield Finding(
        "vanishing-gradients",
        "warning",
        f"{seen}, and the loss went from {trend[0]:.4f} to {trend[1]:.4f}.",
        cause,
        cure,
        {"ratio": ratio, "loss_at_first": trend[0], "loss_at_last": trend[1]},
    )


@EARLY_EXPERIMENTS.register("time-gradients")
def time_gradients(trainer: Trainer) -> Figures:
    """Measure the gradient of embedded tokens by the tenth of the text, over at most 8 training texts.

    In training on a CPU, layers may embed each distinct token of a batch once, and it is not seen.
    """
    part, found = sample_rows(trainer.train_data, _TEXTS), list[Tensor]()
    embedding = next((m for m in trainer.model.modules() if isinstance(m, TokenEmbedding)), None)
    if part is None or embedding is None:
        return {}

    def keep(module: nn.Module, given: Any, output: Tensor) -> Tensor:
        found.append(output.detach().requires_grad_())
        return found[-1]

    handle, training = embedding.register_forward_hook(keep), trainer.model.training
    batch = next(iter(BatchLoader(part, batch_size=_TEXTS).epoch(0))).to(trainer.device)
    try:
        trainer.model.eval()
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            answers = trainer.model(batch.token_ids, batch.lengths)
            if not isinstance(answers, Tensor) or not found or not answers.requires_grad:
                return {}
            [gradient] = torch.autograd.grad(answers.float()[..., 0].sum(), found[-1:], allow_unused=True)
    finally:
        handle.remove()
        trainer.model.train(training)
    tenths = by_tenths(gradient, batch.lengths)
    return {str(number): its for number, its in enumerate(tenths)}


def _is_stuck(record: Record) -> bool:
    """Say whether the loss ended near that of the start, or of knowing nothing."""
    trend = loss_trend(record)
    return trend is not None and trend[1] > _STUCK * min(trend[0], loss_of_nothing(record))


def _some_gradient(look: Look) -> bool:
    """Say whether anything but tables got a gradient: if not, the loss itself has none."""
    return any(its.gradient for its in look.parameters if not its.is_lookup)


def _are_alive(looks: list[Look]) -> bool:
    """Say whether layers of ReLU were seen, and none of them gave hardly anything but zeros."""
    zeros = [its.zero for look in looks for its in look.activations if its.kind == "ReLU"]
    return bool(zeros) and max(zeros) < _DEAD


def _idle_in_all(looks: list[Look]) -> dict[str, float]:
    """Return by layer the share of its units that got no gradient in any of the looks."""
    shares = {}
    for its in looks[-1].parameters:
        if its.kind not in _LAYERS or not its.is_matrix or not its.idle:
            continue
        everywhere = set(its.idle)
        for look in looks[:-1]:
            everywhere &= next(
                (set(other.idle) for other in look.parameters if other.name == its.name), set()
            )
        shares[its.name] = its.idle_rows * len(everywhere) / len(its.idle)
    last = [its.name for its in looks[-1].parameters if its.is_matrix and its.kind in _LAYERS][-1:]
    return {name: share for name, share in shares.items() if name not in last}


def _least_saturated(looks: list[Look]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for look in looks:
        for its in look.activations:
            shares[its.name] = min(its.saturated, shares.get(its.name, 1.0))
    return shares


def _through_depth(look: Look) -> tuple[float, str] | None:
    """Return the least gradient of a layer, as a share of the greatest after it, and its name."""
    layers = [its for its in look.parameters if its.is_matrix and its.kind in _LAYERS and its.gradient]
    found = [
        ((its.gradient or 0.0) / max(after.gradient or 0.0 for after in layers[i + 1 :]), its.name)
        for i, its in enumerate(layers[:-1])
    ]
    return min(found) if found else None


def _least(gradients: tuple[float, ...]) -> float:
    """Return the least as a share of the greatest; 1 of none."""
    return min(gradients) / max(gradients) if any(gradients) else 1.0
