from __future__ import annotations

import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from textclf import LabelledTexts
from textclf.experiment import Study
from textclf.experiment.measure import Measure
from textclf.experiment.runs import Run

ROWS = LabelledTexts([f"text {n}" for n in range(40)], ["a", "b"] * 20)


def run_of(seed: int, right: int, epochs: int = 3) -> Run:
    """Return a run with so many of the 40 rows right."""
    other = {"a": "b", "b": "a"}
    given = [label if n < right else other[label] for n, label in enumerate(ROWS.labels)]
    history = [
        {"epoch": n, "step": 5 * n, "valid_accuracy": n / 10 + seed / 100} for n in range(1, epochs + 1)
    ]
    return Run(seed, {"accuracy": right / 40}, given, history, seconds=1.0)


def study_of(names: list[str], **options: object) -> Study:
    """Return a study of two seeds each; the last setup failed."""
    runs = {name: [run_of(seed, 20 + n % 15 + seed) for seed in (0, 1)] for n, name in enumerate(names)}
    runs["broken"] = [Run(0, failure="ValueError: no")]
    return Study(runs, Measure.of("accuracy"), rows=ROWS, **options)


@pytest.fixture
def make_study():
    return study_of


@pytest.fixture
def drawn():
    """Return a function that draws a figure, and says whether any two of its texts or its axes overlap."""

    def draw(figure):
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        outer = figure.bbox
        for axes in figure.axes:
            box = axes.get_tightbbox(renderer)
            inside = (box.x0 >= -1, box.y0 >= -1, box.x1 <= outer.x1 + 1, box.y1 <= outer.y1 + 1)
            assert all(inside)
            for axis in (axes.xaxis, axes.yaxis):
                texts = [t for t in axis.get_ticklabels() if t.get_text() and t.get_visible()]
                boxes = [text.get_window_extent(renderer) for text in texts]
                if axis is axes.yaxis:
                    ends = sorted((b.y0, b.y1) for b in boxes)
                    assert all(one[1] <= two[0] + 2 for one, two in itertools.pairwise(ends))
        return figure

    return draw
