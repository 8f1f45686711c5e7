from __future__ import annotations

import pytest
import torch

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


def test_the_layer_that_broke_is_named(run):
    def change(model):
        model.hidden[0].register_forward_hook(lambda layer, given, output: output / 0)

    [finding] = run("mlp", change=change).history.findings
    assert "the output of hidden.0 was not finite" in finding.seen
