from __future__ import annotations

import pytest

from textclf import LabelledTexts, WordTokenizer
from textclf.baseline import LinearBaseline
from textclf.errors import UnseenLabelError

TRAIN = LabelledTexts(
    ["a good film", "good acting", "a bad film", "bad acting"] * 5, ["pos", "pos", "neg", "neg"] * 5
)


def test_learns_what_words_tell():
    baseline = LinearBaseline(WordTokenizer()).fit(TRAIN)
    assert baseline.predict(["GOOD", "the worst, bad"]) == ["pos", "neg"]
    assert baseline.evaluate(TRAIN).accuracy == 1.0


def test_sees_pairs_of_words():
    texts = ["not good", "good", "not bad", "bad"] * 5
    data = LabelledTexts(texts, ["neg", "pos", "pos", "neg"] * 5)
    assert LinearBaseline(str.split, ngrams=(1, 2)).fit(data).evaluate(data).accuracy == 1.0
    assert LinearBaseline(str.split, ngrams=(1, 1)).fit(data).evaluate(data).accuracy < 1.0


def test_columns_are_in_the_order_of_the_labels():
    baseline = LinearBaseline(WordTokenizer()).fit(TRAIN)
    probabilities = baseline.predict_proba(["good", "bad"])
    assert baseline.labels.names == ("neg", "pos")
    assert probabilities.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert probabilities[0, 1] > 0.5 > probabilities[1, 1]


def test_a_label_unseen_in_training_is_named():
    baseline = LinearBaseline(WordTokenizer()).fit(TRAIN)
    with pytest.raises(UnseenLabelError, match="neutral"):
        baseline.evaluate(LabelledTexts(["so so"], ["neutral"]))


class TestSeveralLabels:
    data = LabelledTexts(
        ["art and law", "art", "law", "so so", "war and art"] * 5,
        [["art", "law"], ["art"], ["law"], [], ["war", "art"]] * 5,
    )

    def test_each_label_for_itself(self):
        baseline = LinearBaseline(WordTokenizer()).fit(self.data)
        assert baseline.predict(["art and law", "so so"]) == [("art", "law"), ()]
        assert baseline.predict_proba(["art"]).shape == (1, 3)
        report = baseline.evaluate(self.data)
        assert (report.accuracy, report.label_names) == (1.0, ("art", "law", "war"))

    def test_a_label_on_every_text(self):
        data = LabelledTexts(["art", "law"] * 3, [["all", "art"], ["all"]] * 3)
        assert LinearBaseline(WordTokenizer()).fit(data).predict(["law", "art"]) == [
            ("all",),
            ("all", "art"),
        ]
