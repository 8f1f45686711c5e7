"""Checks of what is trained and what is not: parameters without a gradient, frozen ones, tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from textclf.findings import Finding
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import EARLY_EXPERIMENTS, Figures
from textclf.training.watch.look import ParameterLook
from textclf.training.watch.mates import answers, kept_state, some_texts
from textclf.training.watch.record import Record

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["frozen_but_changed", "frozen_random_embedding", "no_gradient", "padding_row", "padding_rows"]

_LOOKS = 2  # a layer may be left out of one step
_SHOWN = 4
_TEXTS, _PADDING = 8, 3


@TRAINING_CHECKS.register("no-gradient")
def no_gradient(record: Record) -> Iterator[Finding]:
    """Find parameters that are to be trained and got no gradient in any step that was looked at."""
    if len(record.looks) < _LOOKS:
        return
    got = {its.name for look in record.looks for its in look.parameters if its.gradient is not None}
    without = [its for its in record.looks[-1].parameters if its.trained and its.name not in got]
    if not without:
        return
    yield Finding(
        "no-gradient",
        "warning",
        f"No gradient reached {_listed(without)} in {len(record.looks)} steps that were looked at, though "
        "requires_grad is true.",
        "The model does not use them, or their part of it is cut off by detach(), .data, .item() or "
        "torch.no_grad().",
        "Take what cuts them off out of forward; or, where they are not to be trained, "
        f"model.get_parameter({without[0].name!r}).requires_grad_(False).",
        {"parameters": len(without), "steps": record.steps},
    )


@TRAINING_CHECKS.register("frozen-but-changed")
def frozen_but_changed(record: Record) -> Iterator[Finding]:
    """Find parameters that are frozen, or were meant to be, and change."""
    steps = [(look.step, its) for look in record.looks for its in look.parameters if its.ratio > 0]
    shared = {its.name: its for _, its in steps if not its.trained}
    unfrozen = {its.name: its for _, its in steps if its.meant_frozen}
    if not shared and not unfrozen:
        return
    named = shared or unfrozen
    name = next(iter(named))
    first = min(step for step, its in steps if its.name in named)
    module = name.rpartition(".")[0]
    yield Finding(
        "frozen-but-changed",
        "stop",
        f"{_listed([*named.values()])} changed in step {first:,}, though requires_grad is false"
        f"{'' if shared else ' of a module that holds it'}.",
        "The same memory belongs to a parameter that is trained, or forward writes to it: "
        "nn.Embedding.from_pretrained does not copy the vectors."
        if shared
        else "module.requires_grad = False sets an attribute that nothing reads: they are trained.",
        "Give it a copy of its own: nn.Embedding.from_pretrained(vectors.clone())."
        if shared
        else f"Call the method: model.get_submodule({module!r}).requires_grad_(False).",
        {"parameters": len(named), "step": first},
    )


@TRAINING_CHECKS.register("frozen-random-embedding")
def frozen_random_embedding(record: Record) -> Iterator[Finding]:
    """Find tables of vectors that are not trained, and whose numbers are as if drawn at random."""
    looks = record.looks[-1:]
    tables = [its for look in looks for its in look.parameters if its.random and not its.trained]
    if not tables:
        return
    yield Finding(
        "frozen-random-embedding",
        "warning",
        f"{_listed(tables)} of shape {tables[0].shape} is not trained, and its numbers are as if drawn at "
        "random.",
        "The embedding was frozen and no vectors were loaded into it, or these hold none of the words "
        "of the vocabulary: words that mean the same have nothing in common.",
        f"Train it: model.get_parameter({tables[0].name!r}).requires_grad_(True); or load vectors: "
        "create_model(..., embedding=EmbeddingLoader(path).load(vocab)[0]).",
        {"tables": len(tables), "rows": tables[0].shape[0]},
    )


@TRAINING_CHECKS.register("padding-row")
def padding_row(record: Record) -> Iterator[Finding]:
    """Find tables of words in which padding has a vector that is not zero."""
    found = {name: norm for name, norm in record.experiments.get("padding-rows", {}).items() if norm > 0}
    if not found:
        return
    name, norm = next(iter(found.items()))
    yield Finding(
        "padding-row",
        "warning",
        f"Row 0 of {_shown([*found])}, which stands for padding, has a norm of {norm:.3g}.",
        "The table was filled anew, padding and all, or was made without padding_idx=0: what a text is "
        "answered may depend on the texts beside it in the batch.",
        f"with torch.no_grad(): model.get_parameter({name!r})[0] = 0; and make the table with "
        "nn.Embedding(..., padding_idx=0).",
        {"tables": len(found), "norm": norm},
    )


@EARLY_EXPERIMENTS.register("padding-rows")
def padding_rows(trainer: Trainer) -> Figures:
    """Take the norm of row 0 of each table in which it should be zeros.

    It should where the table was made with ``padding_idx=0``. In another table of words it should if the
    answers to a few texts with padding behind them have to do with the vector of padding.
    """
    model = trainer.model
    tables = {name: its for name, its in model.named_modules() if isinstance(its, nn.Embedding)}
    words = getattr(model, "vocab_size", None)
    plain = {
        name: its
        for name, its in tables.items()
        if its.padding_idx is None and (len(tables) == 1 or its.num_embeddings == words)
    }
    matters = _with_part(trainer, plain) | {name for name, its in tables.items() if its.padding_idx == 0}
    return {f"{name}.weight": float(tables[name].weight[0].norm()) for name in tables if name in matters}


def _with_part(trainer: Trainer, tables: dict[str, nn.Embedding]) -> set[str]:
    """Return the tables whose vectors at padding the answers depend on."""
    batch = some_texts(trainer, _TEXTS)
    if not tables or batch is None:
        return set()
    token_ids, lengths = nn.functional.pad(batch[0], (0, _PADDING)), batch[1]
    read: list[tuple[str, Tensor, Tensor]] = []

    def keep(name: str) -> Any:
        def hook(table: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
            read.append((name, given[0], output.detach().requires_grad_()))
            return read[-1][-1]

        return hook

    handles = [its.register_forward_hook(keep(name)) for name, its in tables.items()]
    try:
        with kept_state(trainer.model), torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            total = answers(trainer.model, token_ids, lengths)[..., 0].sum()
            if not read or not total.requires_grad:
                return set()
            gradients = torch.autograd.grad(total, [output for *_, output in read], allow_unused=True)
    finally:
        for handle in handles:
            handle.remove()
    return {
        name
        for (name, ids, _), gradient in zip(read, gradients, strict=True)
        if gradient is not None and bool((gradient[ids == 0] != 0).any())
    }


def _shown(names: list[str]) -> str:
    few = ", ".join(names[:_SHOWN])
    return few if len(names) <= _SHOWN else f"{few} and {len(names) - _SHOWN} more"


def _listed(parameters: list[ParameterLook]) -> str:
    return _shown([its.name for its in parameters])
