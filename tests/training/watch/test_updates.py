from __future__ import annotations

import math

import pytest

from textclf.training.watch import Look
from textclf.training.watch.updates import median_ratio


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
@pytest.mark.parametrize("options", [{"learning_rate": 1e-7}, {"optimizer": "sgd", "learning_rate": 1e-5}])
def test_steps_that_are_too_small_are_found(run, name, options):
    [finding] = [its for its in run(name, **options).history.findings if its.code == "rate-too-low"]
    assert finding.figures["ratio"] < 1e-4
    assert "learning_rate=" in finding.cure
    assert "rate-too-low" not in run(name, learning_rate=0.002).history.findings.codes


@pytest.mark.parametrize("name", ["mlp", "textcnn", "textrnn"])
def test_steps_that_are_too_large_are_found(run, name):
    [finding] = [
        its for its in run(name, learning_rate=3.0).history.findings if its.code == "rate-too-high"
    ]
    assert finding.figures["ratio"] > 1
    cured = float(finding.cure.split("learning_rate=")[1].split(",")[0])
    assert "rate-too-high" not in run(name, learning_rate=cured).history.findings.codes
    assert run(name).history.findings.codes == ()


def test_of_no_layer_there_is_no_ratio():
    look = Look(step=1, epoch=1, learning_rate=0.1, loss=0.7, gradient_norm=1.0)
    assert math.isnan(median_ratio(look))
