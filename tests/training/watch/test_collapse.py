from __future__ import annotations

from array import array
from dataclasses import replace

import pytest
import torch

from textclf.training.watch.collapse import one_class


def cut_off(model):
    """Have the last layer see nothing of the text."""
    model.classifier.register_forward_pre_hook(lambda layer, given: (torch.zeros_like(given[0]),))


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_a_model_that_does_not_see_the_text_is_found(run, name):
    trainer = run(name, change=cut_off, epochs=10, patience=None)
    [finding] = [its for its in trainer.history.findings if its.code == "one-class"]
    assert (finding.severity, finding.cause[:15]) == ("note", "It follows from")
    [alone] = one_class(trainer.callbacks[-1].record)
    assert alone.severity == "stop"
    assert finding.figures["prior_entropy"] == pytest.approx(0.6931, abs=1e-3)
    assert "texts of the validation data" in finding.seen
    assert "one-class" not in run(name, epochs=4).history.findings.codes


def test_after_few_steps_it_is_too_early_to_tell(run):
    trainer = run("mlp", change=cut_off, epochs=4)
    record = trainer.callbacks[-1].record
    [finding] = one_class(record)
    assert (record.steps, finding.severity) == (80, "note")
    record.losses = array("d", [1.0 - 0.001 * step for step in range(200)])
    [finding] = one_class(record)
    assert finding.severity == "warning"
    for look in record.looks:  # updates of a common size
        look.__dict__["parameters"] = tuple(replace(its, ratio=1e-3) for its in look.parameters)
    [finding] = one_class(record)
    assert "the training loss still fell" in finding.cause
    assert finding.cure == "Pass epochs=50."
    record.losses = array("d", [0.6] * 200)  # it has learnt something
    assert [*one_class(record)] == []


def test_too_few_steps_say_nothing(run, data):
    few = data.train.subset(range(64))
    assert "one-class" not in run("mlp", change=cut_off, train=few, epochs=2).history.findings.codes


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_an_output_that_is_always_the_same_is_found(run, name):
    [finding] = [its for its in run(name, change=cut_off).history.findings if its.code == "constant-output"]
    assert finding.severity == "stop"
    assert finding.figures["spread"] < 1e-6
    assert "that of knowing the shares of the classes alone is 0.693" in finding.seen
    assert "From classifier on, nothing differs" in finding.seen
    assert "model.get_submodule('classifier')" in finding.cure
    assert "constant-output" not in run(name).history.findings.codes


def test_it_is_found_under_dropout_that_hides_it_in_training(run):
    def change(model):
        model.dropout.register_forward_pre_hook(lambda layer, given: (torch.ones_like(given[0]),))

    trainer = run("mlp", change=change)
    assert trainer.callbacks[-1].record.looks[-1].outputs.spread > 0
    assert "constant-output" in trainer.history.findings.codes
