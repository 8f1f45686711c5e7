"""The registry of checks: each looks at a data set and yields what it finds."""

from __future__ import annotations

from collections.abc import Iterable

from textclf.findings import Finding
from textclf.registry import Registry

__all__ = ["DATA_CHECKS"]

DATA_CHECKS: Registry[Iterable[Finding]] = Registry("data check")
"""Checks by the code of what they find: each takes a :class:`DataSet <textclf.doctor.data_set.DataSet>` and
returns or yields findings of that code."""
