"""The report on several heads: one report for each, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from textclf.errors import UnknownNameError, near_matches
from textclf.metrics.checks import json_number
from textclf.metrics.report import Report

__all__ = ["JointReport"]

_OF_ALL = ("loss", "accuracy", "macro_f1")


@dataclass(frozen=True, eq=False)
class JointReport:
    """The reports of several heads on the same texts.

    A metric of a head is looked up by both names: ``report["tag/span_f1"]``. Three are of all heads:
    ``loss``, the weighted sum that is trained on, and ``accuracy`` and ``macro_f1``, means over the heads.

    Attributes:
        heads: The report of each head by its name.
        loss: The weighted sum of their losses.

    Example:
        >>> topic, mood = Report.from_confusion([[3, 1], [0, 4]]), Report.from_confusion([[4, 0], [0, 4]])
        >>> report = JointReport({"topic": topic, "mood": mood}, loss=0.5)
        >>> report["topic/accuracy"], report["accuracy"], report.heads["mood"].f1
        (0.875, 0.9375, 1.0)
    """

    heads: Mapping[str, Report]
    loss: float

    @property
    def n(self) -> int:
        """How many texts or tokens were counted."""
        return next(iter(self.heads.values())).n

    @property
    def accuracy(self) -> float:
        """The mean of the accuracies of the heads: the share of all their labels that are right."""
        return float(np.mean([report.accuracy for report in self.heads.values()]))

    @property
    def macro_f1(self) -> float:
        """The mean of the macro F1 of the heads."""
        return float(np.mean([report.macro_f1 for report in self.heads.values()]))

    def __getitem__(self, name: str) -> float:
        """Return a metric of a head, such as ``"tag/span_f1"``, or one of all.

        Raises:
            UnknownNameError: There is no such head or metric; the message has the near matches.
            ArgumentError: The metric does not fit the labels of the head.
        """
        head, slash, metric = name.rpartition("/")
        if slash and head in self.heads:
            return self.heads[head][metric]
        if name in _OF_ALL:
            return float(getattr(self, name))
        known = [*_OF_ALL, *(f"{its}/{metric or 'accuracy'}" for its in self.heads)]
        raise UnknownNameError(
            "`metric` must be one of all heads, or the name of a head, a slash and a metric of it. "
            f"Received: {name!r}. {near_matches(name, known)}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the reports as numbers, strings, lists and dicts that JSON can hold; NaN becomes None."""
        of_all = {name: json_number(self[name]) for name in _OF_ALL}
        return {
            "n": self.n,
            **of_all,
            "heads": {name: report.as_dict() for name, report in self.heads.items()},
        }

    def __str__(self) -> str:
        parts = [f"head {name}\n{report}" for name, report in self.heads.items()]
        parts.append(f"loss {self.loss:.4f}, mean accuracy {self.accuracy:.4f}")
        return "\n\n".join(parts)
