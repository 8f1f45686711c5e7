from __future__ import annotations

from array import array

import numpy as np
import pytest

from textclf.data import EncodedCorpus
from textclf.models import create_model
from textclf.training.watch.rivals import below_baseline, below_majority, rival


def found(trainer, code):
    return [its for its in trainer.history.findings if its.code == code]


def shuffled(corpus):
    labels = np.random.default_rng(0).permutation(corpus.labels)
    return corpus.with_labels(labels, corpus.label_names)


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_labels_that_the_texts_do_not_tell_are_found(run, data, name):
    trainer = run(
        name, train=shuffled(data.train), valid=shuffled(data.valid), epochs=4, learning_rate=0.01
    )
    [early] = found(trainer, "below-majority")
    assert (early.severity, early.cure) == ("note", "Train longer: pass epochs=50.")
    record = trainer.callbacks[-1].record
    record.losses = array("d", [0.7] * 150)
    assert [its.severity for its in below_majority(record)] == ["warning"]
    record.losses = array("d", [0.7] * 250)
    [finding] = below_majority(record)
    assert finding.severity == "stop"
    assert "textclf check" in finding.cure
    assert abs(finding.figures["kappa"]) < 0.1
    assert found(run(name, epochs=4, learning_rate=0.01), "below-majority") == []


def test_weights_for_a_rare_class_make_it_a_note(run, data):
    rows = np.concatenate(
        [np.flatnonzero(data.valid.labels == 0)[:8], np.flatnonzero(data.valid.labels == 1)]
    )
    trainer = run("mlp", valid=data.valid.subset(rows), epochs=2)
    record = trainer.callbacks[-1].record
    assert found(trainer, "below-majority") == []
    assert record.experiments["train-score"]["accuracy"] > 0.7


@pytest.fixture(scope="module")
def wide():
    """Texts of words that each occur a few times, which a network has too little time to learn."""
    random = np.random.default_rng(0)

    def corpus(count):
        labels = random.integers(0, 2, count)
        texts = [2 + 300 * label + random.integers(0, 300, 4) for label in labels]
        noise = 602 + random.integers(0, 300, (count, 8))
        return EncodedCorpus.from_lists(
            [np.concatenate(its).tolist() for its in zip(texts, noise, strict=True)], labels.tolist()
        )

    return corpus(600), corpus(300)


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_a_network_behind_a_linear_model_is_found_and_the_cure_removes_it(train_on, wide, name):
    options = {"epochs": 2, "batch_size": 8, "learning_rate": 1e-4}
    trainer = train_on(create(name, ngrams=0), *wide, **options)
    assert len(found(trainer, "below-baseline")) == 1
    [finding] = below_baseline(trainer.callbacks[-1].record)
    assert finding.severity == "warning"
    assert finding.figures["rival"] > finding.figures["model"]
    assert 0 < finding.figures["low"] < finding.figures["high"]
    assert "ngrams=2" in finding.cure
    assert found(train_on(create(name, ngrams=2), *wide, **options), "below-baseline") == []
    options["batch_size"] = 32  # too few steps to say so
    assert found(train_on(create(name, ngrams=0), *wide, **options), "below-baseline") == []


def test_a_model_that_has_the_linear_model_within_is_not_compared(train_on, wide):
    for model in (create("fasttext"), create("mlp", ngrams=1)):
        trainer = train_on(model, *wide, epochs=1)
        assert trainer.callbacks[-1].record.experiments["rival"] == {}


def test_a_model_that_does_as_well_is_not_applied_again(run, data):
    trainer = run("mlp", epochs=5)
    figures = trainer.callbacks[-1].record.experiments["rival"]
    assert figures["fitted"] == 640
    assert figures["rival"] > 0.9
    assert "only_rival" not in figures
    trainer.train_data, trainer.valid_data = data.train, None
    assert rival(trainer) == {}


def create(name, **options):
    return create_model(name, vocab_size=902, num_classes=2, **options)
