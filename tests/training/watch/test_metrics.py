from __future__ import annotations

import numpy as np
import pytest

from textclf.data import EncodedCorpus
from textclf.models import create_model


def found(trainer):
    return [its for its in trainer.history.findings if its.code == "misleading-accuracy"]


def rare(corpus, count):
    """Keep all rows of one class and a few of the other."""
    rows = np.concatenate([np.flatnonzero(corpus.labels == 0)[:count], np.flatnonzero(corpus.labels == 1)])
    return corpus.subset(rows)


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_accuracy_of_a_rare_class_is_found_and_the_cure_removes_it(run, data, name):
    options = {"train": rare(data.train, 16), "valid": rare(data.valid, 8), "epochs": 3}
    [finding] = found(run(name, **options))
    assert finding.severity == "warning"
    assert finding.figures["accuracy"] > 0.9
    assert finding.figures["macro_f1"] < 0.6
    assert 'monitor="macro_f1" and class_weight="balanced"' in finding.cure
    assert found(run(name, **options, monitor="macro_f1", class_weight="balanced")) == []


def test_even_classes_have_none(run):
    assert found(run("mlp")) == []


def test_rare_classes_that_are_found_have_none(run, data):
    trainer = run("mlp", valid=rare(data.valid, 8), epochs=8)
    assert trainer.history.rows[-1]["valid_macro_f1"] > 0.75
    assert found(trainer) == []


@pytest.fixture(scope="module")
def tagged():
    random = np.random.default_rng(0)
    ids = [random.integers(3, 40, 12).tolist() for _ in range(120)]
    tags = [[int(token == 3) for token in text] for text in ids]
    return EncodedCorpus.from_lists(ids, tags, token_labels=True, label_names=["O", "B-X"])


def test_tags_that_are_mostly_outside_are_found(train_on, tagged):
    def tagger():
        return create_model("rnn_tagger", vocab_size=40, num_classes=2, embed_dim=16, hidden_dim=16)

    [finding] = found(train_on(tagger(), tagged, tagged, epochs=1))
    assert finding.figures["span_f1"] < 0.2
    assert finding.figures["share"] > 0.9
    assert "tokens are of the class 'O'" in finding.seen
    assert 'monitor="span_f1"' in finding.cure
    cured = train_on(tagger(), tagged, tagged, epochs=1, monitor="span_f1", class_weight="balanced")
    assert found(cured) == []
