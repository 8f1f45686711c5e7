"""What a study compares by: a figure of each run, and which way it is better."""

from __future__ import annotations

import math
from dataclasses import dataclass

from textclf.errors import UnknownNameError, must_be
from textclf.experiment.runs import Run
from textclf.experiment.steps import StepsUntil
from textclf.metrics import METRICS, TAGGING_METRICS

__all__ = ["Measure", "MeasureLike"]

MeasureLike = str | StepsUntil

_OTHERS = {"seconds": False, "steps": False}


@dataclass(frozen=True)
class Measure:
    """A figure of a run.

    Attributes:
        name: A metric of :data:`~textclf.metrics.TAGGING_METRICS`, which has those of texts too,
            ``"seconds"``, or what a function returned.
        higher_is_better: Which way it is better.
        steps: How it is found in the history of the run, if it is.
    """

    name: str
    higher_is_better: bool
    steps: StepsUntil | None = None

    @classmethod
    def of(cls, measure: MeasureLike, higher_is_better: bool | None = None) -> Measure:
        """Check a measure, and find out which way it is better.

        Raises:
            ArgumentError: It is neither, or nothing says which way it is better.

        Example:
            >>> Measure.of("macro_f1").higher_is_better, Measure.of("seconds").higher_is_better
            (True, False)
        """
        if isinstance(measure, StepsUntil):
            return cls(str(measure), False, measure)
        if not isinstance(measure, str) or not measure:
            raise must_be("measure", "a name or StepsUntil", measure)
        if measure == "loss":
            raise must_be("measure", "a figure of a run", measure, "Use 'log_loss'.")
        known = {name: metric.higher_is_better for name, metric in TAGGING_METRICS.items()} | _OTHERS
        if measure in known:
            return cls(measure, known[measure])
        if not isinstance(higher_is_better, bool):
            cure = f"{measure!r} is no metric of the library, so say which way it is better."
            raise must_be("higher_is_better", "True or False", higher_is_better, cure)
        return cls(measure, higher_is_better)

    @property
    def of_rows(self) -> bool:
        """Whether it is made of counts of rows, which can be drawn again."""
        return self.name in METRICS and METRICS[self.name].of_counts is not None

    @property
    def is_share(self) -> bool:
        """Whether it is a share of 1, whose differences are counted in points."""
        return self.of_rows or self.name in TAGGING_METRICS.keys() - METRICS.keys()

    @property
    def unit(self) -> str:
        """What a difference is counted in."""
        if self.is_share:
            return "points"
        return self.name if self.steps is None else "steps"

    def value(self, run: Run) -> float | None:
        """Return the figure of a run, or None if it failed or has none."""
        if run.failure is not None:
            return None
        if self.name == "seconds":
            return run.seconds
        if self.steps is None:
            return run.measures.get(self.name)
        try:
            return float(self.steps(run.history)) if run.history else None
        except UnknownNameError:
            return None

    def within(self, low: float, high: float) -> tuple[float, float]:
        """Return an interval without what the measure cannot be."""
        if self.steps is not None:
            return max(low, 0.0), min(high, float(self.steps.cap))
        if not self.is_share:
            return low, high
        return max(low, -1.0 if self.name == "mcc" else 0.0), min(high, 1.0)

    def shown(self, value: float) -> str:
        """Return a figure as text."""
        if math.isnan(value):
            return "-"
        return f"{value:.4f}" if self.is_share else f"{value:.4g}"

    def differences(self, *values: float) -> list[str]:
        """Return differences as text, those of a share in points."""
        if not self.is_share:
            return [f"{value + 0.0:.3g}" for value in values]
        return [f"{round(100 * value, 1) + 0.0:.1f}" for value in values]  # no minus before a zero
