from __future__ import annotations

import json

import pytest

from textclf.classifier import TextClassifier


def test_the_report_is_that_of_the_classifier(call, saved, train_file):
    code, said, errors = call("evaluate", saved, train_file)
    assert (code, errors) == (0, "")
    assert "40 rows, 2 labels: neg (20), pos (20)" in said
    assert "accuracy 1.0000 (95% interval" in said


def test_quiet_leaves_the_report(call, saved, train_file):
    said = call("evaluate", saved, train_file, "--quiet")[1]
    assert said.lstrip().startswith("precision")


def test_json_is_one_object(call, saved, train_file):
    code, out, errors = call("evaluate", saved, train_file, "--json")
    found = json.loads(out)
    assert code == 0
    assert "train.tsv: columns" in errors
    assert (found["accuracy"], found["macro_f1"], found["n"]) == (1.0, 1.0, 40)
    assert (found["model"], found["seed"], found["data_hash"]) == (
        "fasttext",
        0,
        found["data"]["file"]["hash"],
    )
    assert {scores["name"]: scores["f1"] for scores in found["per_class"]} == {"neg": 1.0, "pos": 1.0}


@pytest.mark.row("a label that the classifier does not have, for `evaluate`")
def test_a_label_never_seen_is_named_with_its_row(call, saved, tmp_path):
    (tmp_path / "a.tsv").write_text("pos\ta good film\nneutral\tso so\n")
    code, _, errors = call("evaluate", saved, tmp_path / "a.tsv", "--text", 1, "--label", 0)
    assert code == 2
    assert errors == (
        f"textclf: {tmp_path / 'a.tsv'}, row 2: the label 'neutral' did not occur in training. "
        "Known: 'neg', 'pos'. Check which column is the label.\n"
    )


def test_one_row_is_enough(call, saved, tmp_path):
    (tmp_path / "a.tsv").write_text("pos\ta good film\n")
    code, said, _ = call("evaluate", saved, tmp_path / "a.tsv")
    assert code == 0
    assert "n 1\n" in said


def test_a_model_that_learned_from_integers_knows_them_in_a_file(call, tmp_path):
    TextClassifier("fasttext").fit(["good", "bad"] * 4, [1, 0] * 4).save(tmp_path / "m")
    (tmp_path / "a.tsv").write_text("good\t1\nbad\t0\ngood\t1\nbad\t0\n")
    _, out, _ = call("evaluate", tmp_path / "m", tmp_path / "a.tsv", "--json")
    assert json.loads(out)["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("folder", "file", "message"),
    [
        ("none", "train.tsv", "there is no saved"),
        ("SAVED", "none.tsv", "none.tsv: the file does not exist."),
        ("SAVED", "empty.tsv", "empty.tsv: the file is empty."),
    ],
)
@pytest.mark.row("a file, folder or column that is not there, or a value that cannot be used")
def test_what_is_not_there_is_named(call, saved, train_file, tmp_path, monkeypatch, folder, file, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.tsv").touch()
    code, _, errors = call("evaluate", saved if folder == "SAVED" else folder, file)
    assert (code, errors.count("\n")) == (2, 1)
    assert message in errors
