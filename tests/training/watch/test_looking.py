from __future__ import annotations

import pytest
import torch
from torch import nn


def looks(trainer):
    return trainer.callbacks[-1].record.looks


def test_what_is_seen_of_parameters(run):
    def change(model):
        model.embedding.channels[0].weight.requires_grad_(False)
        nn.init.zeros_(model.classifier.weight)

    first = looks(run("mlp", change=change, epochs=1))[0]
    seen = {its.name: its for its in first.parameters}
    table, last, hidden = (
        seen[name] for name in ("embedding.channels.0.weight", "classifier.weight", "hidden.0.weight")
    )
    assert (table.kind, table.is_lookup, table.trained, table.gradient, table.ratio) == (
        "Embedding", True, False, None, 0.0
    )  # fmt: skip
    assert (last.same_rows, last.same_gradients, last.weight, last.is_matrix) == (True, False, 0.0, True)
    assert (hidden.same_rows, hidden.gradient, hidden.idle_rows) == (False, 0.0, 1.0)
    assert 0 < seen["hidden.1.weight"].ratio < 0.1
    assert all(its.finite for its in first.parameters)


def test_what_is_seen_of_the_answers(run):
    def change(model):
        model.classifier.register_forward_hook(lambda layer, given, output: output.softmax(dim=1))

    for look in looks(run("mlp", change=change, epochs=1)):
        assert look.outputs.probabilities
        assert not look.outputs.log_probabilities
        assert sum(look.outputs.predicted) == sum(look.outputs.labels) == look.outputs.rows == 32
    assert not looks(run("mlp", epochs=1))[0].outputs.probabilities


def test_what_is_seen_of_activations_and_time(run):
    look = looks(run("mlp", epochs=1))[0]
    [relu] = look.activations
    assert relu.kind == "ReLU"
    assert 0 < relu.zero < 1
    assert look.time_gradients == ()  # texts of less than ten tokens


@pytest.mark.parametrize("name", ["mlp", "textcnn", "textrnn"])
def test_no_hook_is_left(run, name):
    trainer = run(name, epochs=1)
    assert [m for m in trainer.model.modules() if m._forward_hooks or m._backward_hooks] == []


@pytest.mark.parametrize("name", ["mlp", "textcnn", "textrnn", "transformer"])
def test_the_weights_end_bit_for_bit_as_without_it(run, name):
    watched, alone = run(name, epochs=2), run(name, epochs=2, watch=False)
    ours, theirs = watched.model.state_dict(), alone.model.state_dict()
    assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == []
    assert watched.history["train_loss"] == alone.history["train_loss"]
