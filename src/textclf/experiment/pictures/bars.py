"""Bars with intervals: how good each setup of a study is, and how sure that is."""

from __future__ import annotations

import math
from typing import Any

from textclf.experiment.pictures.canvas import COLOURS, add_note, new_figure, readable
from textclf.experiment.study import Study

__all__ = ["plot_scores"]


def plot_scores(study: Study, *, width: float = 7.0) -> Any:
    """Draw the mean of each setup as a bar, with its interval, the scores of its seeds, and the figures.

    Args:
        study: What was found.
        width: Of the picture, in inches.

    Returns:
        A matplotlib Figure.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    figure = new_figure(width, 1.1 + 0.5 * len(study.table))
    labels = readable([score.name for score in study.table])
    axes = figure.subplots()
    top = max((score.high for score in study.table if not math.isnan(score.high)), default=1.0)
    for place, score in enumerate(study.table):
        if math.isnan(score.mean):
            axes.annotate(" no score", (0, place), va="center", fontsize="small", color="0.35")
            continue
        axes.barh(place, score.mean, height=0.62, color=COLOURS[0], alpha=0.35)
        seeds = [value for run in study.runs[score.name] if (value := study.measure.value(run)) is not None]
        axes.plot(seeds, [place] * len(seeds), "|", color="0.25", markersize=9, zorder=3)
        low, high = (score.mean if math.isnan(end) else end for end in (score.low, score.high))
        reach = [[max(0.0, score.mean - low)], [max(0.0, high - score.mean)]]
        axes.errorbar(score.mean, place, xerr=reach, fmt="o", color=COLOURS[1], capsize=4, zorder=4)
        text = f"{study.measure.shown(score.mean)}"
        axes.annotate(
            text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize="small"
        )
        top = max(top, score.mean, *seeds)
    axes.set_xlim(min(0.0, *(s.low for s in study.table if not math.isnan(s.low)), 0.0), top * 1.03 or 1.0)
    axes.set_ylim(len(study.table) - 0.5, -0.5)
    axes.set_yticks(range(len(study.table)), labels.shown, fontfamily=labels.fonts)
    axes.set_xlabel(study.measure.name)
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    add_note(figure, labels.note)
    return figure
