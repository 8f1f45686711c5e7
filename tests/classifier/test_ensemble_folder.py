"""The folder of an ensemble: what is not as it was written is refused, with its name."""

from __future__ import annotations

import json

import pytest

from textclf import TextClassifier, TextEnsemble
from textclf.classifier.ensemble_folder import checked_weights
from textclf.errors import ArgumentError, DataError, MissingFileError
from textclf.saved_model.plain_json import digest_of

TEXTS = ["a good film", "a bad film"] * 4
LABELS = ["pos", "neg"] * 4


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


def save(folder, ngrams=1):
    members = [
        ("words", TextClassifier("fasttext", model_options={"ngrams": ngrams})),
        ("characters", TextClassifier("fasttext", tokenizer="char")),
    ]
    TextEnsemble(members).fit(TEXTS, LABELS).save(folder)
    return folder


@pytest.fixture
def saved(tmp_path):
    return save(tmp_path / "saved")


@pytest.mark.parametrize("weights", [(1, 2), [1, 2.0]])
def test_weights_are_numbers(weights):
    assert checked_weights(weights, 2) == [1.0, 2.0]
    with pytest.raises(ArgumentError, match="`weights` must be None or a list of 3 numbers"):
        checked_weights(weights, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(weights=[1, 5]),
        lambda content: content.update(format=9),
        lambda content: content.update(members="all"),
        lambda content: content["members"].reverse(),
        lambda content: content["members"][0].pop("name"),
    ],
)
def test_a_changed_file(saved, change):
    file = saved / "ensemble.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"ensemble\.json"):
        TextEnsemble.load(saved)


def test_a_member_of_another_ensemble(saved, tmp_path):
    other = save(tmp_path / "other", ngrams=2)
    (saved / "0").rename(tmp_path / "gone")
    (other / "0").rename(saved / "0")
    with pytest.raises(DataError, match="the member must be the one that was saved"):
        TextEnsemble.load(saved)


def test_a_member_that_is_missing(saved):
    (saved / "1").rename(saved.parent / "gone")
    with pytest.raises(MissingFileError, match="there is no saved model here"):
        TextEnsemble.load(saved)


@pytest.mark.parametrize(
    ("key", "value"),
    [("members", "all"), ("members", []), ("members", [{"name": 1, "sha256": ""}]), ("weights", [1, 0])],
)
def test_a_file_that_someone_made_up(saved, key, value):
    file = saved / "ensemble.json"
    content = json.loads(file.read_text())
    own = {name: content[name] for name in ("format", "members", "weights")} | {key: value}
    file.write_text(json.dumps({**own, "sha256": digest_of(own)}))
    with pytest.raises(DataError):
        TextEnsemble.load(saved)
