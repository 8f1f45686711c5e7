from __future__ import annotations

import pytest

from textclf.errors import ArgumentError, UnknownNameError
from textclf.experiment import plot_curves


@pytest.mark.parametrize("width", [3.5, 7.0])
def test_means_over_seeds_in_a_band(make_study, drawn, width):
    figure = drawn(plot_curves(make_study(["a", "b"]), width=width))
    axes = figure.axes[0]
    assert len(axes.lines) == len(axes.collections) == 2
    assert axes.lines[0].get_ydata().tolist() == pytest.approx([0.105, 0.205, 0.305])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_the_legend_is_beside_the_lines(make_study, drawn):
    figure = drawn(plot_curves(make_study([f"model {n} with a rather long name" for n in range(9)])))
    legend = figure.legends[0].get_window_extent(figure.canvas.get_renderer())
    assert legend.x0 >= figure.axes[0].bbox.x1 - 1
    styles = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(styles) == 9


def test_over_steps(make_study):
    axes = plot_curves(make_study(["a"]), over="step").axes[0]
    assert axes.lines[0].get_xdata().tolist() == [5, 10, 15]
    assert axes.get_xlabel() == "step"


def test_bad_arguments(make_study):
    with pytest.raises(UnknownNameError, match="Did you mean 'valid_accuracy'"):
        plot_curves(make_study(["a"]), "valid_acuracy")
    with pytest.raises(ArgumentError, match="`over` must be one of"):
        plot_curves(make_study(["a"]), over="day")
