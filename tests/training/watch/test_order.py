from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from textclf.data import EncodedCorpus
from textclf.models import create_model


def found(trainer, code):
    return [its for its in trainer.history.findings if its.code == code]


class Carrying(nn.Module):
    """An RNN of a user's that keeps its state from call to call."""

    num_classes = 2

    def __init__(self, vocab_size, *, carried=True):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 16)
        self.rnn = nn.GRU(16, 16, batch_first=True)
        self.classifier = nn.Linear(16, 2)
        self.carried, self.hidden = carried, None

    def forward(self, token_ids, lengths):
        fits = self.carried and self.hidden is not None and self.hidden.shape[1] == len(token_ids)
        output, last = self.rnn(self.embedding(token_ids), self.hidden if fits else None)
        self.hidden = last.detach()
        return self.classifier(output[torch.arange(len(output)), lengths - 1])


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_state_that_is_carried_is_found_and_the_cure_removes_it(train_on, data, cell):
    def model(carry_state):
        size = {"vocab_size": data.vocab_size, "num_classes": 2, "embed_dim": 8, "hidden_dim": 8}
        return create_model("textrnn", cell=cell, bidirectional=False, carry_state=carry_state, **size)

    [finding] = found(train_on(model(True), data.train, epochs=1), "carried-state")
    assert finding.severity == "warning"
    assert "1 recurrent layer begins" in finding.seen
    assert "carry_state=False" in finding.cure
    assert found(train_on(model(False), data.train, epochs=1), "carried-state") == []


def test_a_state_that_a_model_of_ones_own_carries_is_found(train_on, data):
    [finding] = found(train_on(Carrying(data.vocab_size), data.train, epochs=1), "carried-state")
    assert "when other texts have come between" in finding.seen
    assert finding.figures["change"] > 0.02
    assert "rnn(x)" in finding.cure
    cured = train_on(Carrying(data.vocab_size, carried=False), data.train, epochs=1)
    assert found(cured, "carried-state") == []


@pytest.fixture(scope="module")
def told_by_length():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 320)
    texts = [random.integers(2, 40, 12 if label else 4).tolist() for label in labels]
    return EncodedCorpus.from_lists(texts, labels.tolist())


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_batches_of_one_class_are_found_and_the_cure_removes_it(train_on, told_by_length, name):
    def model():
        return create_model(name, vocab_size=40, num_classes=2, ngrams=0, embed_dim=16)

    [finding] = found(train_on(model(), told_by_length, batch_size=16, epochs=1), "sorted-batches")
    assert finding.figures["pure"] >= 4
    assert "of 2 different classes" in finding.seen
    cured = train_on(model(), told_by_length, batch_size=4, accumulate=8, epochs=1)
    assert found(cured, "sorted-batches") == []


def test_mixed_batches_have_none(run):
    assert found(run("mlp", epochs=1), "sorted-batches") == []
