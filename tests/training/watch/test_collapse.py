from __future__ import annotations

import pytest
import torch


def cut_off(model):
    """Have the last layer see nothing of the text."""
    model.classifier.register_forward_pre_hook(lambda layer, given: (torch.zeros_like(given[0]),))


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_a_model_that_does_not_see_the_text_is_found(run, name):
    history = run(name, change=cut_off, epochs=4).history
    [finding] = [its for its in history.findings if its.code == "one-class"]
    assert finding.severity == "stop"
    assert finding.figures["prior_entropy"] == pytest.approx(0.6931, abs=1e-3)
    assert "texts of the validation data" in finding.seen
    assert "one-class" not in run(name, epochs=4).history.findings.codes


def test_too_few_steps_say_nothing(run, data):
    few = data.train.subset(range(64))
    assert "one-class" not in run("mlp", change=cut_off, train=few, epochs=2).history.findings.codes


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_an_output_that_is_always_the_same_is_found(run, name):
    [finding] = [its for its in run(name, change=cut_off).history.findings if its.code == "constant-output"]
    assert finding.severity == "stop"
    assert finding.figures["spread"] < 1e-6
    assert "that of knowing the shares of the classes alone is 0.693" in finding.seen
    assert "constant-output" not in run(name).history.findings.codes


def test_it_is_found_under_dropout_that_hides_it_in_training(run):
    def change(model):
        model.dropout.register_forward_pre_hook(lambda layer, given: (torch.ones_like(given[0]),))

    trainer = run("mlp", change=change)
    assert trainer.callbacks[-1].record.looks[-1].outputs.spread > 0
    assert "constant-output" in trainer.history.findings.codes
