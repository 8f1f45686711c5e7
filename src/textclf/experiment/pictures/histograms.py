"""Histograms of parameters and gradients over time, as bands of density."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textclf.errors import UnknownNameError, must_be, near_matches
from textclf.experiment.histograms import Histogram, Histograms
from textclf.experiment.pictures.canvas import new_figure

__all__ = ["plot_histograms"]

_MOST = 6  # parameters drawn where none are named
_LEVELS = 80


def plot_histograms(recorded: Histograms, names: Sequence[str] | None = None, *, width: float = 8.0) -> Any:
    """Draw how parameters, left, and their gradients, right, are spread from step to step.

    The darker, the more numbers have that value; each step has its own darkest place. Values that fewer
    than one number in a hundred lies beyond are cut off.

    Args:
        recorded: The callback of a run.
        names: Of the parameters; by default the first six.
        width: Of the picture, in inches.

    Returns:
        A matplotlib Figure.

    Raises:
        ArgumentError: Nothing was recorded.
        UnknownNameError: No parameter has that name.
        MissingDependencyError: matplotlib is not installed.
    """
    if not recorded.parameters:
        raise must_be("recorded", "of at least one step", "no record", "Pass it to a Trainer's callbacks.")
    chosen = list(recorded.parameters)[:_MOST] if names is None else list(names)
    for name in chosen:
        if name not in recorded.parameters:
            raise UnknownNameError(
                f"`names` must be those of parameters. Received: {name!r}. "
                f"{near_matches(name, recorded.parameters)}"
            )
    figure = new_figure(width, 0.7 + 1.5 * len(chosen))
    grid = figure.subplots(len(chosen), 2, squeeze=False, sharex=True)
    for row, name in zip(grid, chosen, strict=True):
        for axes, kind, found in zip(
            row,
            ("values", "gradients"),
            (recorded.parameters[name], recorded.gradients.get(name, [])),
            strict=True,
        ):
            _draw(axes, found, "Blues" if kind == "values" else "Oranges")
            axes.set_title(f"{_shortened(name)}: {kind}", fontsize="small", loc="left")
            axes.tick_params(labelsize="x-small")
    for axes in grid[-1]:
        axes.set_xlabel("step", fontsize="small")
        axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def _draw(axes: Any, found: Sequence[Histogram], colours: str) -> None:
    known = [histogram for histogram in found if histogram.counts.sum()]
    if not known:
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", va="center", color="0.4")
        axes.set_yticks([])
        return
    ends = [_middle(histogram) for histogram in known]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    edges = np.linspace(low, high if high > low else low + 1e-12, _LEVELS + 1)
    shares = np.stack([_rebinned(histogram, edges) for histogram in known], axis=1)
    shares /= np.maximum(shares.max(axis=0, keepdims=True), 1e-12)
    steps = np.array([histogram.step for histogram in known], dtype=float)
    half = np.diff(steps) / 2 if len(steps) > 1 else np.array([0.5])
    sides = np.concatenate(
        [[steps[0] - half[0]], steps[:-1] + half[: len(steps) - 1], [steps[-1] + half[-1]]]
    )
    axes.pcolormesh(sides, edges, np.sqrt(shares), cmap=colours, vmin=0, vmax=1, rasterized=True)


def _cumulated(histogram: Histogram) -> NDArray[np.float64]:
    sums = np.concatenate([[0], np.cumsum(histogram.counts)])
    return np.asarray(sums / sums[-1], dtype=np.float64)


def _middle(histogram: Histogram) -> tuple[float, float]:
    """Return the ends between which all but one number in a hundred lies."""
    below = _cumulated(histogram)
    first, last = int((below <= 0.005).sum()) - 1, int((below < 0.995).sum())
    return float(histogram.edges[first]), float(histogram.edges[last])


def _rebinned(histogram: Histogram, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of the numbers between other edges, spread evenly within each bin."""
    return np.diff(np.interp(edges, histogram.edges, _cumulated(histogram), left=0.0, right=1.0))


def _shortened(name: str) -> str:
    return name if len(name) <= 36 else f"…{name[-35:]}"
