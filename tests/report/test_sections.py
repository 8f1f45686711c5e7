from __future__ import annotations

import re

import pytest

from textclf.findings import Finding, Findings, Row
from textclf.metrics import Report
from textclf.report import sections
from textclf.report.answers import answers_to
from textclf.report.markup import join
from textclf.saved_model.run_facts import DataFacts, RunFacts
from textclf.training import History


def test_scores_a_row_each(read):
    report = Report.from_confusion([[3, 1], [0, 4]]).as_dict()
    text = read(sections.scores({"validation": report, "te<st": report})).text
    assert text.count("0.8750") >= 2
    assert "te<st" in text
    assert "flatter" in text
    assert "flatter" not in read(sections.scores({"test": report})).text


def test_curves_with_and_without_validation(read):
    row = {"epoch": 1, "train_loss": 0.7, "train_accuracy": 0.5, "seconds": 0.5}
    alone = read(sections.curves(History([row], stopped="epochs"))).text
    assert "1 epoch in 0.5 s of training; all epochs were run" in alone
    assert "validation" not in alone
    both = [{**row, "valid_loss": 0.8, "valid_accuracy": 0.4}, {**row, "epoch": 2}]
    text = read(sections.curves(History(both, best_epoch=1, stopped="patience"))).text
    assert "best epoch" in text
    assert "validation" in text
    assert "before its first epoch" in sections.curves(History(stopped="interrupted"))


def test_findings_with_cause_cure_and_page(read):
    rows = [Row("train", i, f"train[{i}]", "pos", "<b>good</b>") for i in range(5)]
    stop = Finding(
        "one-class", "stop", "All <x> are 'neg'.", "The rate.", "Pass learning_rate=1.", rows=rows
    )
    note = Finding("slow-epochs", "note", "It took 9 s.", "It is large.", "Use a GPU.")
    shown = read(sections.findings(Findings([note, stop], remarks=["watched: 9 steps."])))
    for part in [
        "All <x> are",
        "The rate.",
        "Pass learning_rate=1.",
        "docs/findings/one-class.md",
        "9 steps",
    ]:
        assert part in shown.text
    assert shown.text.index("one-class") < shown.text.index("slow-epochs")
    assert shown.text.count("<b>good</b>") == 3
    assert shown.source.count('class="wrong"') == 1
    assert read(sections.findings(Findings([]))).text == "None."


def test_data_that_are_known_and_that_are_not(read):
    data = DataFacts.of(["a", "b", "c"], ["x", "y", "x"])
    text = read(sections.data_summary(RunFacts(data, held_out=1, unread=0.25, test=data))).text
    assert "1, to stop by and to calibrate with" in text
    assert "25.0%" in text
    assert text.count(data.sha256) == 2
    assert "66.7%" in text
    assert "without knowledge" in sections.data_summary(RunFacts())


def test_of_many_labels_the_frequent_ones(read):
    labels = [number for number in range(30) for _ in range(number + 1)]
    text = read(sections.data_summary(RunFacts(DataFacts.of(["a"] * len(labels), labels)))).text
    assert "and 10 labels more, with 1 to 10 texts each" in text


def test_no_mistakes(read):
    assert "Most frequent" not in sections.confusion(Report.from_confusion([[3, 0], [0, 4]]))
    assert "Most frequent" in sections.confusion(Report.from_confusion([[3, 1], [0, 4]]))


def test_the_weakest_label_comes_first():
    report = Report.from_confusion([[3, 1], [0, 4]], label_names=["b", "a"])
    run = RunFacts(DataFacts.of(["x", "y"], ["a", "a"]))
    shown = sections.per_class(report.per_class, run)
    assert re.findall(r"<bdi>(\w)</bdi>", shown) == ["b", "a"]
    assert '<bdi>a</bdi></td><td class="num">2</td><td class="num">4</td>' in shown
    assert '<bdi>b</bdi></td><td class="num"></td>' in shown


@pytest.fixture
def parts(classifier):
    def made(texts, labels):
        return dict(sections.answered(answers_to(classifier.predictor_, texts, labels)))

    return made


def test_what_texts_show(parts, data, read):
    found = parts(*data)
    assert [*found] == ["Calibration", "Slices", "Worst errors"]
    text = read(join(found.values())).text
    for words in ("By length", "By share of unknown", "none", "Calibration error", "wrong answers"):
        assert words in text


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "体育新闻", "مرحبا بالعالم", "</p></article>", "a\nb", "&lt;"]
)
def test_a_text_is_shown_as_it_is(parts, read, text):
    shown = parts([text] * 2, ["neg", "pos"])["Worst errors"]
    found = read(shown)
    assert text in found.text
    assert "script" not in found.tags
    assert 'dir="auto"' in shown


def test_long_and_empty_texts(parts, read):
    shown = parts(["word " * 400] * 2 + [" "] * 2, ["neg", "pos"] * 2)["Worst errors"]
    text = read(shown).text
    assert "and 1,400 characters more" in text
    assert "(an empty text)" in text


def test_when_all_is_right(parts, classifier):
    text = "word1 word1"
    right = parts([text], [classifier.predict([text])[0]])
    assert "Every answer is right" in right["Worst errors"]
    assert "none" in right["Slices"]


def test_settings(read):
    text = read(sections.settings({"a": None, "b": {"c": 1}, "d": {}, "e": False})).text
    assert text == "bc=1dnoneeFalse"
