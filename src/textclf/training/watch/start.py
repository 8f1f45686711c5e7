"""Checks of how the weights began."""

from __future__ import annotations

from collections.abc import Iterator

from textclf.findings import Finding
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.look import ParameterLook
from textclf.training.watch.record import Record

__all__ = ["symmetric_start"]

_SHOWN = 4


@TRAINING_CHECKS.register("symmetric-start")
def symmetric_start(record: Record) -> Iterator[Finding]:
    """Find layers whose units began alike, so that they learn alike.

    A last layer of zeros is a good start, since the gradients of its units differ in the first step; where
    they do not, zeros are a fault too. It is a warning if something, such as dropout, has since made the
    units differ.
    """
    first, last = (record.looks[0], record.looks[-1]) if record.looks else (None, None)
    if first is None or last is None or first.step > 1:  # watched from later on: the start is not known
        return
    began = {its.name: its for its in first.parameters if _alike(its)}
    if not began:
        return
    now = {its.name for its in last.parameters if its.same_rows}
    alike = [name for name in began if name in now]
    named = alike or list(began)
    still = f"and still are in step {last.step:,}" if alike else "and were made to differ by chance alone"
    zero = all(began[name].weight == 0 for name in named)
    yield Finding(
        "symmetric-start",
        "stop" if alike else "warning",
        f"All units of {_listed(named)} began {'at zero' if zero else 'with the same weights'}, {still}.",
        "The weights were set to zero or to one number, so that all units of a layer get the same gradient "
        "and learn the same: a layer of a hundred units does the work of one.",
        'Begin with random weights: initialize_(model, "xavier"), from textclf, before it is given to the '
        "Trainer. Zeros are right for biases, and for the last layer alone.",
        {"layers": len(named), "steps": last.step},
    )


def _alike(its: ParameterLook) -> bool:
    same = its.weight > 0 or its.same_gradients
    return its.is_matrix and its.trained and its.same_rows and same


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
