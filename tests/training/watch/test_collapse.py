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
