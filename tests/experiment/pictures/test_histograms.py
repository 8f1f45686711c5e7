from __future__ import annotations

import numpy as np
import pytest

from textclf.errors import ArgumentError, UnknownNameError
from textclf.experiment import Histograms, plot_histograms
from textclf.experiment.histograms import Histogram


@pytest.fixture
def recorded():
    found, random = Histograms(), np.random.default_rng(0)
    for step in range(1, 6):
        counts, edges = np.histogram(random.normal(step, 1, 2000), bins=60)
        found.parameters.setdefault("layer.weight", []).append(Histogram(step, counts, edges))
    return found


def test_density_follows_the_values(recorded, drawn):
    left, right = drawn(plot_histograms(recorded)).axes
    mesh = left.collections[0]
    shares = np.asarray(mesh.get_array())
    assert shares.shape[1] == 5
    centres = np.linspace(*left.get_ylim(), shares.shape[0])
    assert np.abs(centres[shares.argmax(axis=0)] - np.arange(1, 6)).max() < 1
    assert [text.get_text() for text in right.texts] == ["none"]


def test_one_step_and_one_value(drawn):
    found = Histograms()
    found.parameters["bias"] = [Histogram(1, *np.histogram(np.zeros(3), bins=60))]
    drawn(plot_histograms(found, ["bias"], width=4))


def test_nothing_finite(drawn):
    found = Histograms()
    found.parameters["bias"] = [Histogram(1, *np.histogram(np.zeros(0), bins=60))]
    assert drawn(plot_histograms(found)).axes[0].texts[0].get_text() == "none"


def test_bad_arguments(recorded):
    with pytest.raises(ArgumentError, match="`recorded` must be of at least one step"):
        plot_histograms(Histograms())
    with pytest.raises(UnknownNameError, match="Did you mean 'layer.weight'"):
        plot_histograms(recorded, ["layer.weights"])
