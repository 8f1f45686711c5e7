"""Checks for answers that depend on more than the text: on padding, or on the other texts of a batch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from textclf.findings import Finding
from textclf.training.heads import side_by_side
from textclf.training.inference import evaluating
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import EARLY_EXPERIMENTS, Figures, evenly_spaced
from textclf.training.watch.record import Record

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = [
    "LOST_IN",
    "SAME",
    "answers",
    "depends_on_batch",
    "depends_on_padding",
    "kept_state",
    "mates",
    "some_texts",
    "spread_of",
]

LOST_IN = "lost in "
"""What stands before the name of a layer in the figures of texts that get the same answer."""

SAME = 1e-5
"""Share of the size of numbers up to which those may differ that are the same but for rounding."""

_TEXTS = 8
_TOKENS = 64  # of a text, the first: it costs little
_PADDING = 7
_OTHER_SHAPE = 1e6
_CLEARLY = 0.02  # of the spread of the answers; rounding gives a millionth, or a thousandth in 16 bits
_FLAT = 0.05  # of the size of the answers: where they hardly differ, that is taken for their spread


@TRAINING_CHECKS.register("depends-on-padding")
def depends_on_padding(record: Record) -> Iterator[Finding]:
    """Find a model whose answer to a text changes with the padding behind it."""
    its = record.experiments.get("mates", {})
    if its.get("padding", 0.0) < _CLEARLY:
        return
    yield Finding(
        "depends-on-padding",
        "warning",
        f"With {_PADDING} more positions of padding, the answers to {its['texts']:.0f} texts change by up "
        f"to {its['padding']:.0%} of how far they are apart.",
        "The model looks at padding as if it were text: a mean, a largest value, attention or the last "
        "step is taken over all positions. A text is then answered by the length of its neighbours.",
        "Use `lengths`: mean_pool(x, lengths), max_pool(x, lengths) or last_state(x, lengths) from "
        "textclf.layers, or set padding to zero with length_mask(lengths, x.shape[1]).",
        {"change": its["padding"], "texts": its["texts"]},
    )


@TRAINING_CHECKS.register("depends-on-batch")
def depends_on_batch(record: Record) -> Iterator[Finding]:
    """Find a model whose answer to a text changes with the other texts of its batch."""
    its = record.experiments.get("mates", {})
    if its.get("batch", 0.0) < _CLEARLY:
        return
    yield Finding(
        "depends-on-batch",
        "stop",
        f"Alone, and in a batch of {its['texts']:.0f} of the same width, the same texts get answers that "
        f"differ by up to {its['batch']:.0%} of how far they are apart.",
        "The model mixes the texts of a batch: a softmax, mean or attention over dimension 0, batch "
        "normalisation without running averages, an RNN without batch_first=True, a reshape that puts the "
        "texts together, or a state kept from call to call.",
        "Keep dimension 0, that of the texts, apart: softmax(dim=1), mean(dim=1), batch_first=True, "
        "track_running_stats=True.",
        {"change": its["batch"], "texts": its["texts"]},
    )


@EARLY_EXPERIMENTS.register("mates")
def mates(trainer: Trainer) -> Figures:
    """Answer some texts together, each alone at the same width, and each alone with more padding."""
    batch = some_texts(trainer, _TEXTS)
    if batch is None:
        return {}
    token_ids, lengths = batch
    with kept_state(trainer.model):
        together = answers(trainer.model, token_ids, lengths)
        alone = _one_by_one(trainer.model, token_ids, lengths)
        wider = _one_by_one(trainer.model, nn.functional.pad(token_ids, (0, _PADDING)), lengths)
        figures = spread_of(trainer.model, *batch, together)
    spread = figures["spread"]
    unit = max(spread, _FLAT * float(together.abs().mean()), 1e-12)
    return {
        **figures,
        "batch": _difference(together, alone) / unit,
        "padding": _difference(wider, alone) / unit,
    }


def spread_of(model: nn.Module, token_ids: Tensor, lengths: Tensor, outputs: Tensor) -> Figures:
    """Measure how far the answers to some texts are apart.

    Args:
        model: Called as ``model(token_ids, lengths)``.
        token_ids: ``(B, L)``.
        lengths: ``(B,)``.
        outputs: What :func:`answers` gave.

    Returns:
        ``texts``, ``spread`` and ``size``; and if the texts get the same answer, but for rounding, 1 by
        the name of the first layer that gives the same for all of them, after ``LOST_IN``.
    """
    spread, size = float(outputs.std(dim=0, correction=0).mean()), float(outputs.abs().mean())
    figures = {"texts": len(lengths), "spread": spread, "size": size}
    layer = _first_with_one_output(model, token_ids, lengths) if spread <= SAME * size else ""
    return {**figures, f"{LOST_IN}{layer}": 1.0} if layer else figures


def _first_with_one_output(model: nn.Module, token_ids: Tensor, lengths: Tensor) -> str:
    """Return the first layer without layers in it that gives the same for all texts; empty if none does."""
    found: list[str] = []

    def listen(name: str) -> Any:
        def hook(layer: nn.Module, given: Any, output: Any) -> None:
            rows = output[0] if isinstance(output, tuple) else output
            numbers = isinstance(rows, Tensor) and rows.is_floating_point() and rows.numel() > 0
            if numbers and len(rows) == len(lengths) and not _apart(rows):
                found.append(name)

        return hook

    layers = [(name, its) for name, its in model.named_modules() if name and not [*its.children()]]
    handles = [its.register_forward_hook(listen(name)) for name, its in layers]
    try:
        answers(model, token_ids, lengths)
    finally:
        for handle in handles:
            handle.remove()
    return next(iter(found), "")


def _apart(rows: Tensor) -> bool:
    return bool((rows - rows[:1]).abs().max() > SAME * rows.abs().max())


def some_texts(trainer: Trainer, count: int) -> tuple[Tensor, Tensor] | None:
    """Return ids ``(B, L)`` and lengths of some different texts of unlike length; None of fewer than two.

    Args:
        trainer: In a run.
        count: Texts, at most.
    """
    train = trainer.train_data
    if train is None or not len(train):
        return None
    rows = evenly_spaced(len(train), 8 * count).tolist()
    texts = {train[row][:_TOKENS].tobytes(): train[row][:_TOKENS] for row in rows if len(train[row])}
    kept = sorted(texts.values(), key=len)
    if len(kept) < 2:
        return None
    kept = [kept[place] for place in evenly_spaced(len(kept), count)]
    ids = [torch.from_numpy(text.astype(np.int64)) for text in kept]
    lengths = torch.tensor([len(text) for text in kept])
    padded = nn.utils.rnn.pad_sequence(ids, batch_first=True)
    return padded.to(trainer.device), lengths.to(trainer.device)


def answers(model: nn.Module, token_ids: Tensor, lengths: Tensor) -> Tensor:
    """Return what a model answers in evaluation mode, one row a text or token, in 32 bits.

    Args:
        model: Called as ``model(token_ids, lengths)``.
        token_ids: ``(B, L)``.
        lengths: ``(B,)``.

    Example:
        >>> from textclf import create_model
        >>> model = create_model("dan", vocab_size=9, num_classes=3)
        >>> answers(model, torch.tensor([[2, 3], [4, 0]]), torch.tensor([2, 1])).shape
        torch.Size([2, 3])
    """
    with evaluating(model):
        logits = side_by_side(model(token_ids, lengths), getattr(model, "heads", None)).float()
    if logits.dim() == 3:  # (B, L, C): keep the real tokens
        logits = logits[torch.arange(logits.shape[1], device=logits.device) < lengths.unsqueeze(1)]
    return logits


def _one_by_one(model: nn.Module, token_ids: Tensor, lengths: Tensor) -> list[Tensor]:
    return [answers(model, token_ids[row : row + 1], lengths[row : row + 1]) for row in range(len(lengths))]


def _difference(one: Tensor | list[Tensor], other: list[Tensor]) -> float:
    """Return the largest difference of answers; 1e6, which is more than any, where their shapes differ."""
    rows = [len(its) if its.dim() else 0 for its in other]
    if isinstance(one, Tensor):
        if len(one) != sum(rows):
            return _OTHER_SHAPE
        one = [*torch.split(one, rows)]
    if any(a.shape != b.shape for a, b in zip(one, other, strict=True)):
        return _OTHER_SHAPE
    return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))


@contextlib.contextmanager
def kept_state(model: nn.Module) -> Iterator[None]:
    """Put back what a model keeps from call to call, as attributes and buffers of its modules.

    Example:
        >>> model = nn.Linear(1, 1)
        >>> with kept_state(model):
        ...     model.last = 3
        >>> hasattr(model, "last")
        False
    """
    modules = [*model.modules()]
    before = [(dict(vars(module)), dict(module._buffers)) for module in modules]
    try:
        yield
    finally:
        for module, (attributes, buffers) in zip(modules, before, strict=True):
            module.__dict__.clear()
            module.__dict__.update(attributes)
            module._buffers.clear()
            module._buffers.update(buffers)
