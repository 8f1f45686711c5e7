from __future__ import annotations

import pytest
import torch
from torch import nn

from textclf import initialize_


def fill(value):
    def change(model):
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if parameter.dim() > 1 and "embedding" not in name:
                    parameter.fill_(value)

    return change


def zero_last_layer(model):
    nn.init.zeros_(model.classifier.weight)


def found(trainer):
    return [its for its in trainer.history.findings if its.code == "symmetric-start"]


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
@pytest.mark.parametrize("value", [0.0, 0.05])
def test_units_that_begin_alike_are_found_and_the_cure_removes_it(run, name, value):
    [finding] = found(run(name, change=fill(value), epochs=1))
    assert ("began at zero" in finding.seen) == (value == 0)
    assert "classifier" in finding.seen or name == "textcnn"

    def cured(model):
        fill(value)(model)
        initialize_(model, "xavier")

    assert found(run(name, change=cured, epochs=1)) == []


@pytest.mark.parametrize("name", ["mlp", "textcnn", "dan"])
@pytest.mark.parametrize("change", [None, zero_last_layer])
def test_a_random_start_and_a_last_layer_of_zeros_are_none(run, name, change):
    assert found(run(name, change=change, epochs=1)) == []


def test_it_is_to_stop_where_the_units_stay_alike(run):
    [finding] = found(run("dan", change=fill(0.0)))
    assert finding.severity == "stop"
    assert "and still are" in finding.seen
