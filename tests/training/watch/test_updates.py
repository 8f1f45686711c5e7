from __future__ import annotations

import math
from array import array
from dataclasses import replace

import numpy as np
import pytest

from textclf.training.watch import Look, Record, Settings
from textclf.training.watch.updates import below_prior, loss_still_falls, median_ratio, too_early


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
    found = {its.code: its for its in run("textcnn", learning_rate=1e-7, batch_size=16).history.findings}
    assert found["rate-too-low"].severity == "stop"
    assert found["plateau"].severity == "note"
    assert "follows from rate-too-low" in found["plateau"].cause


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_where_layers_get_no_gradient_it_is_not_the_rate(run, name):
    def cut_off(model):
        model.classifier.register_forward_pre_hook(lambda layer, given: (0 * given[0],))

    assert "rate-too-low" not in run(name, change=cut_off).history.findings.codes


@pytest.fixture(scope="module")
def settings():
    """Of a run with two classes of like size."""
    return Settings(
        model="MLP", optimizer="AdamW", learning_rate=0.002, clip_norm=1.0, batch_size=32, epochs=2,
        steps_per_epoch=100, monitor="accuracy", own_loss=False, plain_loss=True, kind="one",
        labels=("neg", "pos"), class_counts=(50, 50), rows=100, validated=True,
    )  # fmt: skip


def record_of(settings, losses):
    noise = np.random.default_rng(0).normal(0, 0.02, len(losses))
    return Record(settings, losses=array("d", losses + noise))


def test_a_run_that_has_had_its_chance_is_told_from_others(settings):
    flat = record_of(settings, np.full(200, 0.69))
    assert (too_early(flat), loss_still_falls(flat), below_prior(flat)) == ("", None, False)
    short = record_of(settings, np.full(99, 0.69))
    assert too_early(short) == "99 steps are too few to tell"
    falling = record_of(settings, np.linspace(0.75, 0.66, 200))
    assert too_early(falling).startswith("the training loss still fell, from 0.7")
    assert not below_prior(falling)
    learnt = record_of(settings, np.r_[np.linspace(0.7, 0.5, 50), np.full(150, 0.5)])
    assert (too_early(learnt), below_prior(learnt)) == ("", True)
    assert not below_prior(record_of(replace(settings, plain_loss=False), np.full(200, 0.5)))
    assert loss_still_falls(record_of(settings, np.linspace(0.7, 0.1, 19))) is None
    assert loss_still_falls(record_of(settings, np.r_[np.linspace(0.7, 0.1, 199), math.inf])) is None
