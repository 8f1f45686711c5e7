"""Learning curves: a metric over the epochs or steps, with a band over seeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from textclf.errors import UnknownNameError, near_matches
from textclf.experiment.histories import mean_curve
from textclf.experiment.pictures.canvas import COLOURS, LINES, MARKERS, add_note, new_figure, readable
from textclf.experiment.study import Study
from textclf.validation import require_choice

__all__ = ["plot_curves"]

_MOST_MARKERS = 20


def plot_curves(
    study: Study,
    metric: str = "valid_accuracy",
    *,
    over: str = "epoch",
    width: float = 7.0,
    height: float = 4.0,
) -> Any:
    """Draw a column of the histories, one line for each setup: the mean, in a band of one deviation.

    Setups without such a column are left out. Where some seeds have stopped, it is the mean of the
    others.

    Args:
        study: What was found.
        metric: A column of the histories.
        over: ``"epoch"`` or ``"step"``.
        width: Of the picture, in inches.
        height: Likewise.

    Returns:
        A matplotlib Figure.

    Raises:
        UnknownNameError: No history has such a column.
        MissingDependencyError: matplotlib is not installed.
    """
    require_choice("over", over, ("epoch", "step"))
    curves = {name: found for name, runs in study.runs.items() if (found := mean_curve(runs, metric, over))}
    if not curves:
        columns = {
            key for runs in study.runs.values() for run in runs for row in run.history for key in row
        }
        raise UnknownNameError(
            f"`metric` must be a column of the histories. Received: {metric!r}. "
            f"{near_matches(metric, columns)}"
        )
    figure = new_figure(width, height)
    axes = figure.subplots()
    labels = readable(list(curves))
    for number, (label, points) in enumerate(zip(labels.shown, curves.values(), strict=True)):
        places, means, spread = np.array(points).T
        colour = COLOURS[number % len(COLOURS)]
        line = LINES[number // len(COLOURS) % len(LINES)]
        marker = MARKERS[number % len(MARKERS)] if len(places) <= _MOST_MARKERS else None
        axes.plot(places, means, color=colour, linestyle=line, marker=marker, markersize=4, label=label)
        axes.fill_between(places, means - spread, means + spread, color=colour, alpha=0.15, linewidth=0)
    axes.set(xlabel=over, ylabel=metric.replace("_", " "))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    _add_legend(figure, axes, labels.fonts, len(curves), beside=width >= 6)
    add_note(figure, labels.note)
    return figure


def _add_legend(figure: Any, axes: Any, fonts: list[str], count: int, *, beside: bool) -> None:
    """Put the names beside the lines if there is room, and else under them: never upon them."""
    lines, names = axes.get_legend_handles_labels()
    place, columns = ("outside right upper", 1) if beside else ("outside lower center", 1 + (count > 6))
    figure.legend(
        lines, names, loc=place, ncols=columns, frameon=False, prop={"family": fonts, "size": "small"}
    )
