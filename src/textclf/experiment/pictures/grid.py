"""A heat map of a sweep over two options."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from textclf.errors import UnknownNameError, must_be, near_matches
from textclf.experiment.pictures.canvas import add_note, new_figure, readable
from textclf.experiment.study import Study

__all__ = ["plot_grid"]


def plot_grid(study: Study, x: str, y: str, *, width: float | None = None) -> Any:
    """Draw the mean of each combination of two options as a cell, with its figure; failures are hatched.

    Where the sweep has further options, a cell is the mean over them.

    Args:
        study: What :func:`~textclf.experiment.sweep` found.
        x: The option from left to right.
        y: The option from top to bottom.
        width: Of the picture, in inches; None is what the cells need.

    Returns:
        A matplotlib Figure.

    Raises:
        UnknownNameError: The sweep has no such option.
        ArgumentError: Both are the same.
        MissingDependencyError: matplotlib is not installed.
    """
    for argument, option in (("x", x), ("y", y)):
        known = {name for of in study.options.values() for name in of}
        if option not in known:
            raise UnknownNameError(
                f"`{argument}` must be an option of the sweep. Received: {option!r}. "
                f"{near_matches(option, known)}"
            )
    if x == y:
        raise must_be("y", "another option than `x`", y)
    cells: dict[tuple[str, str], list[float]] = {}
    for score in study.table:
        if options := study.options.get(score.name):
            cells.setdefault((_named(options[x]), _named(options[y])), []).append(score.mean)
    columns, rows = (list(dict.fromkeys(pair[n] for pair in cells)) for n in (0, 1))
    values = np.array([[_mean(cells.get((column, row), [])) for column in columns] for row in rows])
    size = 2.2 + 0.85 * len(columns) if width is None else width
    figure = new_figure(max(3.6, size), 1.6 + 0.5 * len(rows))
    axes = figure.subplots()
    image = axes.imshow(np.ma.masked_invalid(values), cmap="cividis", aspect="auto")
    _write_figures(axes, image, values, study)
    labels = readable([*columns, *rows])
    turned = any(len(name) > 8 for name in labels.shown[: len(columns)])
    axes.set_xticks(
        range(len(columns)), labels.shown[: len(columns)], fontfamily=labels.fonts,
        rotation=40 if turned else 0, ha="right" if turned else "center",
    )  # fmt: skip
    axes.set_yticks(range(len(rows)), labels.shown[len(columns) :], fontfamily=labels.fonts)
    axes.set(xlabel=_option(x), ylabel=_option(y))
    figure.colorbar(image, ax=axes, label=study.measure.name if len(rows) > 2 else "")
    add_note(figure, labels.note)
    return figure


def _write_figures(axes: Any, image: Any, values: Any, study: Study) -> None:
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        if math.isnan(value):
            axes.add_patch(_hatched(column, row))
            axes.text(column, row, "failed", ha="center", va="center", fontsize="small", color="0.3",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
            continue
        dark = image.norm(value) < 0.55
        shown = f"{value:.3f}" if study.measure.is_share else f"{value:.4g}"
        axes.text(
            column,
            row,
            shown,
            ha="center",
            va="center",
            fontsize="small",
            color="white" if dark else "black",
        )


def _hatched(column: int, row: int) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (column - 0.5, row - 0.5), 1, 1, facecolor="white", edgecolor="0.6", hatch="///", linewidth=0
    )


def _mean(values: list[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _named(value: Any) -> str:
    return value if isinstance(value, str) else getattr(value, "__name__", None) or repr(value)


def _option(name: str) -> str:
    return name.rpartition("__")[2].replace("_", " ")
