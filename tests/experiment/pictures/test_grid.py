from __future__ import annotations

import numpy as np
import pytest

from textclf.errors import ArgumentError, UnknownNameError
from textclf.experiment import plot_grid


@pytest.fixture
def swept(make_study):
    values = [(rate, cell) for rate in (0.1, 0.01) for cell in ("gru", "a kind of cell with a long name")]
    options = {f"{rate} {cell}": {"rate": rate, "model_options__cell": cell} for rate, cell in values}
    options["broken"] = {"rate": 1.0, "model_options__cell": "gru"}
    return make_study(list(options)[:-1], options=options)


def test_a_cell_for_each_combination(swept, drawn):
    means = [f"{score.mean:.3f}" for score in swept.table[:-1]]
    axes = drawn(plot_grid(swept, "rate", "model_options__cell")).axes[0]
    assert [text.get_text() for text in axes.texts] == [
        means[0],
        means[2],
        "failed",
        means[1],
        means[3],
        "failed",
    ]
    assert axes.get_ylabel() == "cell"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.1", "0.01", "1.0"]
    assert len(axes.patches) == 2
    assert np.ma.count_masked(axes.images[0].get_array()) == 2


def test_further_options_are_averaged(make_study):
    options = {"a": {"x": 1, "y": 1, "z": 1}, "b": {"x": 1, "y": 1, "z": 2}, "c": {"x": 2, "y": 1, "z": 1}}
    study = make_study(list(options), options=options)
    found = plot_grid(study, "x", "y").axes[0].images[0].get_array()
    assert found.tolist() == [
        [pytest.approx((study.table[0].mean + study.table[1].mean) / 2), study.table[2].mean]
    ]


def test_bad_arguments(swept):
    with pytest.raises(UnknownNameError, match="`x` must be an option of the sweep.*Did you mean 'rate'"):
        plot_grid(swept, "rat", "model_options__cell")
    with pytest.raises(ArgumentError, match="`y` must be another option"):
        plot_grid(swept, "rate", "rate")
