"""Checks of what is trained and what is not: parameters without a gradient, frozen ones, tables."""

from __future__ import annotations

from collections.abc import Iterator

from textclf.findings import Finding
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.look import ParameterLook
from textclf.training.watch.record import Record

__all__ = ["frozen_but_changed", "frozen_random_embedding", "no_gradient", "padding_row"]

_LOOKS = 2  # a layer may be left out of one step
_SHOWN = 4


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
    found = {its.name: its for look in record.looks for its in look.parameters if its.padding > 0}
    if not found:
        return
    tables = [*found.values()]
    yield Finding(
        "padding-row",
        "warning",
        f"Row 0 of {_listed(tables)}, which stands for padding, has a norm of {tables[0].padding:.3g}.",
        "The table was filled anew, padding and all, or was made without padding_idx=0: what a text is "
        "answered may depend on the texts beside it in the batch.",
        f"with torch.no_grad(): model.get_parameter({tables[0].name!r})[0] = 0; and make the table with "
        "nn.Embedding(..., padding_idx=0).",
        {"tables": len(tables), "norm": tables[0].padding},
    )


def _listed(parameters: list[ParameterLook]) -> str:
    names = ", ".join(its.name for its in parameters[:_SHOWN])
    return names if len(parameters) <= _SHOWN else f"{names} and {len(parameters) - _SHOWN} more"
