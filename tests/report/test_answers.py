from __future__ import annotations

import numpy as np
import pytest

from textclf.classifier import TextClassifier
from textclf.errors import ArgumentError, UnseenLabelError
from textclf.report.answers import answers_to, slices_by


@pytest.fixture(scope="module")
def answers(classifier, data):
    return answers_to(classifier.predictor_, *data)


def test_the_scores_are_those_of_the_classifier(answers, classifier, data):
    assert answers.report.as_dict() == classifier.evaluate(*data).as_dict()
    assert answers.right.mean() == pytest.approx(answers.report.accuracy)


def test_tokens_are_counted_in_the_whole_text(classifier):
    from sklearn.base import clone

    texts = ["a b c d", "a x", "", "x y"]
    short = clone(classifier).set_params(max_length=2).fit(["a b c d", "e f g h"] * 5, ["neg", "pos"] * 5)
    found = answers_to(short.predictor_, texts, ["neg", "pos", "neg", "pos"])
    assert found.lengths.tolist() == [4, 2, 0, 2]
    assert found.unknown.tolist() == [0.5, 0.5, 0, 1]  # training read two tokens of each text as well
    assert found.unread == pytest.approx(2 / 8)


def test_the_worst_errors_are_wrong_and_come_by_their_loss(answers):
    found = answers.worst(1000)
    assert len(found) == (~answers.right).sum() > 0
    losses = [-np.log(wrong.probabilities[wrong.true[0]]) for wrong in found]
    assert losses == sorted(losses, reverse=True)
    for wrong in found:
        assert wrong.true != wrong.predicted
        assert wrong.probabilities[wrong.predicted[0]] >= wrong.probabilities[wrong.true[0]]
    assert [wrong.text for wrong in answers.worst(2)] == [wrong.text for wrong in found[:2]]


def test_texts_as_tokens(classifier):
    found = answers_to(classifier.predictor_, [["word1", "film"]] * 2, ["neg", "pos"])
    assert [wrong.text for wrong in found.worst()] == ["word1 film"]


def test_several_labels_a_text():
    texts, labels = ["art", "law", "art law", "none"] * 6, [["art"], ["law"], ["art", "law"], []] * 6
    several = TextClassifier("fasttext", validation_share=None).fit(texts, labels)
    found = answers_to(several.predictor_, ["art law", "none", "law"], [["art"], ["law", "art"], ["law"]])
    assert found.right.tolist() == [False, False, True]
    assert found.report.accuracy == pytest.approx(1 / 3)
    wrong = {its.text: its for its in found.worst()}
    assert (wrong["none"].true, wrong["none"].predicted) == (["art", "law"], [])
    assert wrong["art law"].predicted == ["art", "law"]


def test_what_cannot_be_measured(classifier):
    predictor = classifier.predictor_
    with pytest.raises(ArgumentError, match="`data` must be at least one text"):
        answers_to(predictor, [], [])
    with pytest.raises(ArgumentError, match="labels"):
        answers_to(predictor, ["a"], ["neg", "pos"])
    with pytest.raises(UnseenLabelError, match="neutral"):
        answers_to(predictor, ["a"], ["neutral"])


class TestSlices:
    def test_every_text_is_in_one(self):
        values = np.random.default_rng(0).integers(0, 30, 200)
        right = values % 3 == 0
        found = slices_by(values, right, "tokens", most=5)
        assert len(found) == 5
        assert sum(its.n for its in found) == 200
        assert sum(its.n * its.accuracy for its in found) == pytest.approx(right.sum())
        assert all(its.interval[0] <= its.accuracy <= its.interval[1] for its in found)
        assert all(20 <= its.n <= 60 for its in found)

    def test_equal_values_are_not_parted(self):
        found = slices_by(np.array([7] * 9), np.ones(9, dtype=bool), "tokens", most=5)
        assert [(its.name, its.n) for its in found] == [("7 tokens", 9)]

    def test_shares(self):
        found = slices_by(np.array([0.1, 0.25]), np.array([True, False]), "", most=2)
        assert [its.name for its in found] == ["10.0 %", "25.0 %"]

    def test_no_texts(self):
        assert slices_by(np.array([]), np.array([], dtype=bool), "tokens", most=5) == []
