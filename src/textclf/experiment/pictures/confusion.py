"""A confusion matrix as a picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from textclf.experiment.pictures.canvas import add_note, new_figure, readable
from textclf.metrics import Report

__all__ = ["plot_confusion"]

_MOST_FIGURES = 20  # classes up to which the counts are written into the cells


def plot_confusion(report: Report, *, width: float | None = None) -> Any:
    """Draw a confusion matrix: the share of each true class that got each label, with the counts.

    Args:
        report: As :meth:`Study.report <textclf.experiment.study.Study.report>` or ``evaluate`` gives it.
        width: Of the picture, in inches; None is what the classes need.

    Returns:
        A matplotlib Figure.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    count = report.num_classes
    size = min(16.0, 2.6 + (0.55 if count <= _MOST_FIGURES else 0.22) * count) if width is None else width
    figure = new_figure(max(3.6, size), max(3.0, 0.86 * size))
    axes = figure.subplots()
    counts = report.confusion
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    labels = readable(report.label_names)
    if count > _MOST_FIGURES:  # no room for a second line
        labels = labels._replace(shown=[name.replace("\n", " ") for name in labels.shown])
    cell = _size_of_cell(figure, labels.shown)
    if count <= _MOST_FIGURES:
        for row, column in zip(*np.nonzero(counts), strict=True):
            text = str(counts[row, column])
            colour = "white" if shares[row, column] > 0.5 else "black"
            letters = {"fontsize": min(9.0, 1.2 * cell / len(text)), "color": colour}
            axes.text(column, row, text, ha="center", va="center", **letters)
    lines = max(name.count("\n") + 1 for name in labels.shown)
    every = max(1, math.ceil(8 * lines / cell))
    places, shown = range(0, count, every), labels.shown[::every]
    letters = {"fontfamily": labels.fonts, "fontsize": min(9.0, max(5.0, 0.75 * cell * every / lines))}
    upright = any(len(name) > 3 for name in shown)
    axes.set_xticks(places, shown, rotation=90 if upright else 0, **letters)
    axes.set_yticks(places, shown, **letters)
    axes.set(xlabel="predicted", ylabel="true")
    figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.8)
    add_note(figure, labels.note)
    return figure


def _size_of_cell(figure: Any, names: list[str]) -> float:
    """Return about how many points a cell is high, or wide if that is less."""
    longest = max(len(line) for name in names for line in name.split("\n"))
    beside = 0.9 + 0.065 * longest  # inches that labels and names of the axes take
    side = min(figure.get_figheight() - beside, 0.85 * figure.get_figwidth() - beside)
    return max(1.0, float(72 * side / len(names)))
