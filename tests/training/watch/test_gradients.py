from __future__ import annotations

from array import array
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from textclf import initialize_
from textclf.data import EncodedCorpus
from textclf.layers.pooling import create_pooling
from textclf.training.watch.gradients import vanishing_gradients

CODES = {"dead-units", "saturated-units", "vanishing-gradients"}


@pytest.fixture
def long_texts():
    """Texts of 30 words, of which the first says the label."""
    words = np.random.default_rng(0).integers(4, 60, (100, 30))
    words[:, 0] = 2 + np.arange(100) % 2
    return EncodedCorpus.from_lists(words.tolist(), (np.arange(100) % 2).tolist())


def finding(trainer, code):
    return next((its for its in trainer.history.findings if its.code == code), None)


def dead_mlp(model):
    nn.init.constant_(model.hidden[1].bias, -10)


def dead_textcnn(model):
    for convolution in model.convolution.convolutions:
        nn.init.constant_(convolution.bias, -10)


@pytest.mark.parametrize(("name", "change"), [("mlp", dead_mlp), ("textcnn", dead_textcnn)])
def test_units_that_get_no_gradient_are_found(run, name, change):
    found = finding(run(name, change=change, epochs=1), "dead-units")
    assert found.severity == "stop"
    assert found.figures["largest_share"] == 1
    assert "so it was in step 1" in found.seen

    def cured(model):
        change(model)
        initialize_(model, "kaiming")

    assert CODES.isdisjoint(run(name, change=cured, epochs=1).history.findings.codes)


def test_units_are_alive_that_gave_something_which_was_lost_later(run):
    def masked(model):
        model.dropout.register_forward_hook(lambda layer, given, output: 0 * output)

    codes = run("mlp", change=masked, epochs=2).history.findings.codes
    assert "constant-output" in codes
    assert "dead-units" not in codes


def test_most_units_of_a_layer_are_enough_and_half_of_them_are_not(run):
    def some(count):
        def change(model):
            with torch.no_grad():
                model.hidden[1].bias[:count] = -10

        return change

    found = finding(run("mlp", change=some(90), epochs=1), "dead-units")
    assert found.severity == "warning"
    assert found.figures["largest_share"] == pytest.approx(0.9, abs=0.05)
    assert finding(run("mlp", change=some(50), epochs=1), "dead-units") is None


def saturated_mlp(model):
    model.hidden[2] = nn.Tanh()
    nn.init.constant_(model.hidden[1].weight, 1000)


def saturated_rnn(model):
    with torch.no_grad():
        model.recurrence.forward_layers[0].weight_ih_l0.mul_(3000)


@pytest.mark.parametrize(("name", "change"), [("mlp", saturated_mlp), ("rnn", saturated_rnn)])
def test_layers_at_the_end_of_their_range_are_found(run, name, change):
    found = finding(run(name, change=change, epochs=1), "saturated-units")
    assert found.figures["largest_share"] > 0.9

    def cured(model):
        change(model)
        initialize_(model, "xavier")

    assert CODES.isdisjoint(run(name, change=cured, epochs=1).history.findings.codes)


def deep(activation):
    def change(model):
        size = model.classifier.in_features
        layers = [nn.Linear(size, 50), activation()]
        for _ in range(9):
            layers += [nn.Linear(50, 50), activation()]
        model.classifier = nn.Sequential(*layers, nn.Linear(50, 2))
        initialize_(model, "kaiming")

    return change


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_gradients_lost_in_many_layers_are_found(run, name):
    found = finding(run(name, change=deep(nn.Sigmoid), epochs=2), "vanishing-gradients")
    assert found.figures["ratio"] < 1e-3
    assert "nn.ReLU()" in found.cure
    assert finding(run(name, change=deep(nn.ReLU), epochs=2), "vanishing-gradients") is None


def test_gradients_lost_in_long_texts_are_found(run):
    record = run("textcnn", epochs=1).callbacks[-1].record
    stuck = array("d", [0.7] * len(record.losses))
    for last, count in ((1e-9, 1), (1e-3, 0)):
        tenths = tuple(np.geomspace(last, 1, 10).tolist())
        looks = [replace(look, time_gradients=tenths) for look in record.looks]
        found = [*vanishing_gradients(replace(record, looks=looks, losses=stuck))]
        assert len(found) == count
    assert [*vanishing_gradients(replace(record, losses=array("d")))] == []


def test_a_recurrent_layer_that_forgets_is_found(run, long_texts):
    def forgets(model):
        model.pooling = create_pooling("last", 64)
        with torch.no_grad():
            model.recurrence.forward_layers[0].weight_hh_l0.mul_(0.05)

    options = {"train": long_texts, "valid": None}
    for size in (4, 32):  # which run by other ways
        found = finding(
            run("rnn", change=forgets, **{**options, "batch_size": size, "epochs": size // 3 + 1}),
            "vanishing-gradients",
        )
        assert "tokens that get least" in found.seen
        assert found.figures["ratio"] < 1e-6
    assert finding(run("rnn", **options), "vanishing-gradients") is None
