from __future__ import annotations

import pytest
import torch
from torch import nn

from textclf import initialize_
from textclf.data import EncodedCorpus
from textclf.layers import mean_pool

MODELS = pytest.mark.parametrize("name", ["mlp", "dan"])
TABLE = "embedding.channels.0.weight"


def found(run, name, change, code):
    findings = run(name, change=change, epochs=1).history.findings
    return next((its for its in findings if its.code == code), None)


def detached(model):
    model.hidden.register_forward_hook(lambda layer, given, output: output.detach())


@MODELS
def test_parameters_that_get_no_gradient_are_found(run, name):
    its = found(run, name, detached, "no-gradient")
    assert TABLE in its.seen
    assert its.figures["parameters"] == 4

    def frozen(model):
        detached(model)
        model.embedding.requires_grad_(False)
        model.hidden.requires_grad_(False)

    assert found(run, name, frozen, "no-gradient") is None


@MODELS
def test_a_frozen_table_that_shares_its_memory_is_found(run, name):
    def start(copy):
        def change(model):
            weight = model.embedding.channels[0].weight.data
            model.start = nn.Embedding.from_pretrained(weight.clone() if copy else weight)

        return change

    its = found(run, name, start(copy=False), "frozen-but-changed")
    assert its.severity == "stop"
    assert its.seen.startswith("start.weight changed in step 1")
    assert found(run, name, start(copy=True), "frozen-but-changed") is None


@MODELS
def test_a_module_that_was_meant_to_be_frozen_is_found(run, name):
    def attribute(model):
        model.embedding.requires_grad = False

    its = found(run, name, attribute, "frozen-but-changed")
    assert its.seen.startswith(TABLE)
    assert "requires_grad_(False)" in its.cure
    assert (
        found(run, name, lambda model: model.embedding.requires_grad_(False), "frozen-but-changed") is None
    )


@MODELS
def test_random_vectors_that_are_not_trained_are_found(run, name):
    def frozen(model):
        model.embedding.requires_grad_(False)

    assert TABLE in found(run, name, frozen, "frozen-random-embedding").seen
    assert found(run, name, None, "frozen-random-embedding") is None

    def learnt(model):
        frozen(model)
        with torch.no_grad():
            model.embedding.channels[0].weight.mul_(torch.rand(len(model.embedding.channels[0].weight), 1))

    assert found(run, name, learnt, "frozen-random-embedding") is None


@MODELS
def test_padding_that_is_not_zero_is_found(run, name):
    def filled(model):
        nn.init.normal_(model.embedding.channels[0].weight)

    its = found(run, name, filled, "padding-row")
    assert its.figures["norm"] == pytest.approx(5.7, abs=2)

    def zeroed(model):
        filled(model)
        with torch.no_grad():
            model.get_parameter(TABLE)[0] = 0

    assert found(run, name, zeroed, "padding-row") is None
    assert found(run, name, lambda model: initialize_(model, "xavier"), "padding-row") is None


class Pooled(nn.Module):
    """Means of vectors: over tokens, or over padding too."""

    def __init__(self, *, all_of_them, tagger=False, **options):
        super().__init__()
        self.embedding = nn.Embedding(60, 8, **options)
        self.classifier = nn.Linear(8, 2)
        self.all_of_them, self.tagger, self.num_classes = all_of_them, tagger, 2

    def forward(self, token_ids, lengths):
        x = self.embedding(token_ids)
        if not self.tagger:
            x = x.mean(dim=1) if self.all_of_them else mean_pool(x, lengths)
        return self.classifier(x)


@pytest.fixture
def even():
    """Texts of two lengths, each of which comes in batches of its own, without padding."""
    texts = [[2 + i % 40] * (4 + 4 * (i // 64)) for i in range(128)]
    return EncodedCorpus.from_lists(texts, [i % 2 for i in range(128)])


def codes(trainer):
    return trainer.history.findings.codes


def test_padding_that_has_a_part_is_found_where_no_batch_had_any(train_on, even):
    its = train_on(Pooled(all_of_them=True), even)
    assert "padding-row" in codes(its)
    assert its.callbacks[-1].record.experiments["padding-rows"]["embedding.weight"] > 0
    assert "padding-row" not in codes(train_on(Pooled(all_of_them=True, padding_idx=0), even))
    assert "padding-row" not in codes(train_on(Pooled(all_of_them=False), even))


def test_padding_behind_the_tokens_of_a_tagger_has_no_part(train_on, even):
    tagged = even.with_labels(even.ids.astype("int64") % 2, ["a", "b"], token_labels=True)
    assert "padding-row" not in codes(train_on(Pooled(all_of_them=True, tagger=True), tagged))


def test_the_table_is_left_as_it_was(train_on, even):
    model = Pooled(all_of_them=True)
    train_on(model, even)
    assert not model.embedding._forward_hooks
