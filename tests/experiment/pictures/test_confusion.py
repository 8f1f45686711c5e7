from __future__ import annotations

import numpy as np
import pytest

from textclf.experiment import plot_confusion
from textclf.metrics import Report


def test_shares_as_colours_and_counts_as_figures(drawn):
    report = Report.from_confusion([[3, 1], [0, 4]], label_names=["bad", "good"])
    axes = drawn(plot_confusion(report)).axes[0]
    assert axes.images[0].get_array().tolist() == [[0.75, 0.25], [0.0, 1.0]]
    assert [text.get_text() for text in axes.texts] == ["3", "1", "4"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["bad", "good"]


@pytest.mark.parametrize("width", [None, 5.0])
def test_many_classes_have_no_figures_and_labels_that_fit(drawn, width):
    names = [f"a label with a long name {n}" for n in range(60)]
    axes = drawn(
        plot_confusion(Report.from_confusion(np.eye(60, dtype=int), label_names=names), width=width)
    ).axes[0]
    assert len(axes.texts) == 0
    shown = axes.get_yticklabels()
    assert (len(shown) == 60) is (width is None)


def test_a_class_that_does_not_occur(drawn):
    drawn(plot_confusion(Report.from_confusion([[3, 0], [0, 0]])))
