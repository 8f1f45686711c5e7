"""The histories of several runs of one setup as one curve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from textclf.experiment.runs import Run

__all__ = ["CurvePoint", "mean_curve"]


class CurvePoint(NamedTuple):
    """Where a curve is at an epoch or step: the mean over the seeds that got there, and their spread."""

    place: float
    mean: float
    deviation: float


def mean_curve(runs: Sequence[Run], metric: str, over: str = "epoch") -> list[CurvePoint]:
    """Return a column of the histories, the mean and standard deviation over seeds at each place.

    Args:
        runs: Of one setup.
        metric: The column.
        over: ``"epoch"`` or ``"step"``.

    Example:
        >>> runs = [Run(seed, history=[{"epoch": 1, "loss": 0.5 + seed}]) for seed in (0, 1)]
        >>> mean_curve(runs, "loss")
        [CurvePoint(place=1, mean=1.0, deviation=0.5)]
    """
    found: dict[float, list[float]] = defaultdict(list)
    for run in runs:
        for row in run.history:
            if metric in row and over in row:
                found[row[over]].append(row[metric])
    return [
        CurvePoint(place, float(np.mean(found[place])), float(np.std(found[place])))
        for place in sorted(found)
    ]
