from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from textclf.data import EncodedCorpus
from textclf.training.watch.leak import leaked_texts, shared_rows


def found(trainer):
    return [its for its in trainer.history.findings if its.code == "leaked-texts"]


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_validation_rows_that_are_training_rows_are_found_and_the_cure_removes_them(run, data, name):
    train = data.train
    rows = np.r_[np.arange(30), np.arange(170)]
    texts = [(train if i < 30 else data.valid)[row] for i, row in enumerate(rows)]
    labels = [(train if i < 30 else data.valid).labels[row] for i, row in enumerate(rows)]
    valid = type(train).from_lists(texts, labels, label_names=train.label_names)
    [finding] = found(run(name, valid=valid, epochs=1))
    assert finding.severity == "warning"
    assert "30 of 200 validation rows that were looked at (15.0 %) are training rows" in finding.seen
    names = {"train": train, "valid": valid}
    exec(finding.cure, names)  # the cure is code that is typed
    assert len(names["valid"]) == 170
    assert found(run(name, valid=names["valid"], epochs=1)) == []


def test_what_is_validated_on_purpose_on_the_training_data_is_a_note(run, data):
    [finding] = found(run("mlp", valid=data.train, epochs=1))
    assert finding.severity == "note"
    assert "(100.0 %)" in finding.seen


def test_a_few_copies_and_few_rows_are_no_leak(run, data):
    record = run("mlp", epochs=1).callbacks[-1].record
    assert record.experiments["shared-rows"] == {"rows": 200, "shared": 0, "same": False}
    for rows, shared in ((200, 9), (19, 19), (0, 0)):
        record.experiments["shared-rows"] = {"rows": rows, "shared": shared, "same": False}
        assert list(leaked_texts(record)) == []
    record.experiments["shared-rows"] = {"rows": 200, "shared": 10, "same": False}
    assert len(list(leaked_texts(record))) == 1


def test_without_validation_data_nothing_is_said(run):
    assert found(run("mlp", valid=None, epochs=1)) == []


def test_the_score_above_training_follows_from_the_leak(run, data):
    options = {"change": lambda model: setattr(model.dropout, "p", 0.95), "epochs": 6, "monitor": "loss"}
    findings = run("mlp", valid=data.train.subset(range(200)), **options).history.findings
    [above] = [its for its in findings if its.code == "validation-above-training"]
    assert above.severity == "note"
    assert "follows from leaked-texts" in above.cause


def test_rows_that_are_alike_for_their_unknown_words_alone_are_no_leak(run, data):
    train = data.train
    texts = [np.array([2, 1, 3, 4]) for _ in range(len(train))]
    same = type(train).from_lists(texts, train.labels, label_names=train.label_names)
    assert found(run("mlp", train=same, valid=same.subset(range(100)), epochs=1)) == []


@pytest.mark.parametrize("seed", range(5))
def test_shared_rows_are_those_that_a_set_of_all_rows_has(seed):
    random = np.random.default_rng(seed)

    def corpus(count):
        texts = [random.integers(2, 5, random.integers(0, 6)) for _ in range(count)]
        return EncodedCorpus.from_lists(texts, [0] * count)

    train, valid = corpus(60), corpus(30)
    seen = {row.tobytes() for row in train}
    expected = sum(len(row) >= 3 and row.tobytes() in seen for row in valid)
    found = shared_rows(SimpleNamespace(train_data=train, valid_data=valid))
    assert found == {"rows": 30, "shared": expected, "same": False}


def test_corpora_without_tokens_share_nothing():
    empty = EncodedCorpus.from_lists([[], []], [0, 0])
    assert shared_rows(SimpleNamespace(train_data=empty, valid_data=empty))["shared"] == 0
