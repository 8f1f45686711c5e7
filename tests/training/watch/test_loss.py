from __future__ import annotations

from array import array
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from textclf import initialize_
from textclf.training.watch.loss import non_finite_loss

TOO_HIGH = {"learning_rate": 1e30, "clip_norm": None, "optimizer": "sgd"}


def log_of_zero(logits, labels):
    return torch.log(0 * logits.sum())


@pytest.mark.parametrize("name", ["mlp", "textcnn", "textrnn"])
def test_a_loss_that_breaks_is_traced_to_its_step(run, name):
    trainer = run(name, **TOO_HIGH)
    [finding] = [its for its in trainer.history.findings if its.code == "non-finite-loss"]
    assert finding.severity == "stop"
    assert finding.figures["last_good_step"] == finding.figures["step"] - 1
    assert finding.figures["learning_rate"] > 9e29
    assert "the last good step is" in finding.seen
    assert "The first that broke is" in str(trainer.error)
    assert "docs/findings/non-finite-loss.md" in str(trainer.error)
    assert "non-finite-loss" not in run(name).history.findings.codes


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_a_loss_that_breaks_by_itself_is_named(run, name):
    trainer = run(name, loss=log_of_zero)
    [finding] = trainer.history.findings
    assert "the loss was not finite" in finding.seen
    assert "no step was made before it" in finding.seen
    assert "log_softmax" in finding.cure


@pytest.mark.parametrize(("loss", "ran_away"), [(1e9, True), (1.0, False)])
def test_gradients_that_ran_away_come_before_the_loss(run, loss, ran_away):
    record = run("mlp", loss=log_of_zero).callbacks[-1].record
    record.losses = record.gradient_norms = array("d", [1.0] * 20 + [loss])
    record.failure = replace(record.failure, step=22, last_good_step=21)
    [finding] = non_finite_loss(record)
    assert ("The gradient grew from step to step" in finding.cause) is ran_away
    assert ("learning_rate=" in finding.cure) is ran_away
    assert "log_softmax" in finding.cure


def test_the_layer_that_broke_is_named(run):
    def change(model):
        model.hidden[0].register_forward_hook(lambda layer, given, output: output / 0)

    [finding] = run("mlp", change=change).history.findings
    assert "the output of hidden.0 was not finite" in finding.seen


def finding(trainer, code):
    return next((its for its in trainer.history.findings if its.code == code), None)


def ends_in(function):
    def change(model):
        model.register_forward_hook(lambda model, given, output: function(output))

    return change


NEW = {"exploding-gradients", "logits-for-log-probabilities", "negative-loss", "softmax-twice"}


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_logits_given_to_nll_loss_are_found(run, name):
    found = finding(run(name, loss=F.nll_loss, epochs=2), "logits-for-log-probabilities")
    assert found.severity == "stop"
    assert found.figures["loss_at_last"] < found.figures["loss_at_first"]
    for cured in (
        run(name, epochs=1),
        run(name, loss=F.cross_entropy, epochs=1),
        run(name, loss=F.nll_loss, change=ends_in(lambda its: its.log_softmax(1)), epochs=1),
    ):
        assert NEW.isdisjoint(cured.history.findings.codes)


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_a_loss_whose_sign_is_turned_is_found(run, name):
    trainer = run(name, loss=lambda logits, labels: -F.cross_entropy(logits, labels), epochs=1)
    found = finding(trainer, "negative-loss")
    assert found.figures["share"] == 1
    assert found.figures["lowest"] < -0.6
    assert "logits-for-log-probabilities" not in trainer.history.findings.codes


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
@pytest.mark.parametrize("loss", [None, F.cross_entropy])
def test_a_softmax_before_cross_entropy_is_found(run, name, loss):
    found = finding(
        run(name, change=ends_in(lambda its: its.softmax(1)), loss=loss, epochs=1), "softmax-twice"
    )
    assert found.severity == "stop"
    assert found.figures["floor"] == pytest.approx(0.3133, abs=1e-4)


def test_a_log_softmax_before_cross_entropy_changes_nothing(run):
    found = finding(run("mlp", change=ends_in(lambda its: its.log_softmax(1)), epochs=1), "softmax-twice")
    assert found.severity == "note"


def large(model):
    with torch.no_grad():
        model.classifier.weight.mul_(0)
        model.classifier.weight.add_(torch.randn_like(model.classifier.weight), alpha=1e4)


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_gradients_that_clipping_cannot_hold_are_found(run, name):
    found = finding(run(name, change=large, epochs=2), "exploding-gradients")
    assert found.figures["median_norm"] > 100

    def cured(model):
        large(model)
        initialize_(model, "xavier")

    assert NEW.isdisjoint(run(name, change=cured, learning_rate=2e-4, epochs=1).history.findings.codes)


def test_gradients_that_grow_until_the_run_breaks_are_found(run):
    def grows(logits, labels):
        grows.steps += 1
        return F.cross_entropy(logits, labels) * 10.0 ** (6 * grows.steps - 20 if grows.steps > 4 else 0)

    grows.steps = 0
    found = finding(run("mlp", loss=grows, clip_norm=1.0), "exploding-gradients")
    assert "before training broke" in found.seen
