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


SWINGS = {"learning_rate": 2.0, "schedule": "constant"}


@pytest.mark.parametrize("name", ["rnn", "textrnn"])
def test_a_loss_that_swings_above_that_of_knowing_nothing_is_found(run, name):
    [finding] = [its for its in run(name, **SWINGS).history.findings if its.code == "oscillation"]
    assert finding.figures["swing"] > 0.1
    assert finding.figures["loss"] > finding.figures["nothing"] == pytest.approx(0.693, abs=1e-3)
    cured = float(finding.cure.split("learning_rate=")[1].split(" ")[0])
    assert "oscillation" not in run(name, learning_rate=cured).history.findings.codes


@pytest.mark.parametrize("name", ["textcnn", "textrnn"])
def test_a_loss_that_stands_still_for_no_other_reason_is_found(run, name):
    stuck = run(name, optimizer="sgd", learning_rate=0.02, batch_size=16)
    [finding] = [its for its in stuck.history.findings if its.code == "plateau"]
    assert 'optimizer="adamw" with learning_rate=0.002' in finding.cure
    cured = run(name, optimizer="adamw", learning_rate=0.002, batch_size=16)
    assert "plateau" not in cured.history.findings.codes


def test_a_plateau_that_has_a_cause_is_not_said_twice(run):
    codes = run("textcnn", learning_rate=1e-7, batch_size=16).history.findings.codes
    assert "rate-too-low" in codes
    assert "plateau" not in codes
