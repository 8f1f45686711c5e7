from __future__ import annotations

import json
from dataclasses import replace

import pytest

from textclf.classifier import TextClassifier
from textclf.errors import DataError, MissingFileError
from textclf.findings import Finding, Findings
from textclf.report import run as its
from textclf.report import run_page

PARTS = ["Scores", "Learning curves", "Training data", "Settings", "Environment"]


@pytest.fixture(scope="module")
def folder(classifier, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "model"
    classifier.save(path)
    return path


def test_all_that_there_is_with_texts(folder, data, read):
    text = read(run_page(folder, {"test": data})).text
    more = ["Confusion matrix: test", "Each label: test", "Calibration: test", "Slices", "Worst errors"]
    for part in [*PARTS, *more, "option learning_rate", "torch", "threads", "seed"]:
        assert part in text
    assert "--data" not in text


def test_what_was_found_wrong_with_the_training(classifier, tmp_path, monkeypatch, read):
    assert "Findings" not in read(run_page(classifier)).text
    stop = Finding("one-class", "stop", "All are 'neg'.", "The rate.", "Pass another.")
    monkeypatch.setattr(classifier.history_, "findings", Findings([stop]))
    classifier.save(tmp_path / "model")
    for given in (classifier, tmp_path / "model"):
        text = read(run_page(given)).text
        assert text.index("Scores") < text.index("All are 'neg'.")
        assert "docs/findings/one-class.md" in text


def test_without_texts_it_says_what_is_missing_and_how_to_get_it(folder, read):
    text = read(run_page(folder)).text
    assert "Worst errors" not in text
    assert "Confusion matrix" in text  # the counts are in the folder
    assert "textclf report DIR --data FILE" in text


def test_the_same_input_gives_the_same_page(folder, data):
    assert run_page(folder, {"test": data}) == run_page(folder, {"test": data})


def test_a_classifier_in_memory_gives_the_page_of_its_folder(folder, classifier, data):
    own = run_page(classifier, {"test": data}, title="model")
    saved = run_page(folder, {"test": data})
    assert len(own) == pytest.approx(len(saved), abs=50)
    assert own.count("<svg") == saved.count("<svg")


def test_every_data_set_has_its_parts(folder, data, read):
    text = read(run_page(folder, {"one": data, "two": data})).text
    assert "Worst errors: one" in text
    assert "Worst errors: two" in text


def test_the_title(folder, read):
    assert read(run_page(folder, title="<My run>")).text.count("<My run>") == 2


def test_labels_with_html_and_from_right_to_left(tmp_path, read):
    labels = ["<script>alert(1)</script>", "مباشر", "体育"] * 8
    texts = ["one film", "two films", "three"] * 8
    TextClassifier("fasttext").fit(texts, labels).save(tmp_path / "m")
    shown = run_page(tmp_path / "m", {"</title>": (texts[1:], labels[:-1])})
    found = read(shown)
    assert "script" not in found.tags
    assert found.text.count("<script>alert(1)</script>") > 3


def test_several_labels_a_text(tmp_path, read):
    texts, labels = ["art", "law", "art law", "none"] * 6, [["art"], ["law"], ["art", "law"], []] * 6
    several = TextClassifier("fasttext", validation_share=0.3).fit(texts, labels)
    several.save(tmp_path / "m")
    text = read(run_page(tmp_path / "m", {"test": (["art law", "none"], [["art"], []])})).text
    assert "Confusion" not in text
    assert "labels are all right" in text
    assert "Each label: validation" in read(run_page(tmp_path / "m", {})).text or "Each label" in text


def test_integers_as_labels(tmp_path, read):
    TextClassifier("fasttext").fit(["good", "bad"] * 4, [1, 0] * 4).save(tmp_path / "m")
    assert "Confusion matrix" in read(run_page(tmp_path / "m", {"test": (["good", "bad"], [0, 1])})).text


def test_nothing_was_measured_and_nothing_is_known(classifier, read):
    from sklearn.base import clone

    bare = clone(classifier).set_params(validation_share=None, epochs=1)
    bare.fit(["a b", "c d"] * 4, ["x", "y"] * 4)
    bare.run_ = replace(bare.run_, training=None, environment={})
    text = read(run_page(bare)).text
    assert "None were measured" in text
    assert "--data FILE" in text
    assert "not kept" in text


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(MissingFileError, match="there is no saved"):
        run_page(tmp_path / "none")


@pytest.mark.parametrize("change", [{"confusion": [[1, 2]]}, {"accuracy_interval": 3}, {"n": "x"}])
def test_reports_that_a_stranger_wrote(classifier, change):
    report = {**classifier.run_.reports["validation"], **change}
    its_run = classifier.run_
    try:
        classifier.run_ = replace(its_run, reports={"validation": report})
        with pytest.raises(DataError, match="the reports cannot be read"):
            run_page(classifier)
    finally:
        classifier.run_ = its_run


@pytest.mark.parametrize(
    ("number", "shown"),
    [(7, "7"), (9_999, "9,999"), (12_345, "12.3 k"), (1_500_000, "1.5 M"), (10**10, "10 G")],
)
def test_large_numbers(number, shown):
    assert its._short(number) == shown


def test_the_page_holds_no_path_of_the_machine(folder, data, tmp_path):
    shown = run_page(folder, {"test": data})
    assert str(folder.parent) not in shown
    assert json.dumps(str(tmp_path.parent)) not in shown
