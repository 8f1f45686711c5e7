"""The registry of checks: each looks at the record of a training run and yields what it finds."""

from __future__ import annotations

from collections.abc import Iterable

from textclf.findings import Finding
from textclf.registry import Registry

__all__ = ["TRAINING_CHECKS"]

TRAINING_CHECKS: Registry[Iterable[Finding]] = Registry("training check")
"""Checks by the code of what they find: each takes a :class:`Record <textclf.training.watch.record.Record>`
and returns or yields findings of that code. They run after each epoch, and once more at the end of a run,
when ``record.final`` is true."""
