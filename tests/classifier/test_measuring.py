from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from textclf import TextClassifier
from textclf.classifier.measuring import Measured
from textclf.errors import ArgumentError, UnseenLabelError
from textclf.metrics import MultiLabelReport, Report

TEXTS = ["a good film", "good cast", "a bad film", "bad cast", "so so"] * 8
ONE = ["pos", "pos", "neg", "neg", "neg"] * 8
SEVERAL = [["film", "pos"], ["pos"], ["film"], [], []] * 8


def made(labels):
    return TextClassifier("fasttext", device="cpu").fit(TEXTS, labels)


def test_it_is_the_half_of_a_classifier():
    assert issubclass(TextClassifier, Measured)


@pytest.mark.parametrize("method", ["score", "evaluate", "calibrate", "thresholds"])
def test_before_fit(method):
    with pytest.raises(NotFittedError):
        getattr(TextClassifier(), method)(TEXTS, ONE)


class TestOneLabel:
    def test_score_and_report(self):
        classifier = made(ONE)
        report = classifier.evaluate(TEXTS, ONE)
        assert isinstance(report, Report)
        assert classifier.score(TEXTS, ONE) == report.accuracy == 1.0
        assert classifier.score(TEXTS, ["x", *ONE[1:]]) == 39 / 40


class TestSeveralLabels:
    def test_score_is_that_of_whole_sets(self):
        classifier = made(SEVERAL)
        wrong = [["film"], *SEVERAL[1:]]
        assert classifier.score(TEXTS, SEVERAL) == 1.0
        assert classifier.score(TEXTS, wrong) == 39 / 40 == classifier.evaluate(TEXTS, wrong).accuracy
        assert classifier.score(TEXTS, wrong, sample_weight=[1.0] + [0.0] * 39) == 0.0

    def test_a_label_that_training_did_not_have(self):
        classifier = made(SEVERAL)
        new = [["film", "new"], *SEVERAL[1:]]
        assert classifier.score(TEXTS, new) == 39 / 40
        with pytest.raises(UnseenLabelError, match=r"`labels\[0\]` must be a known label. Received: 'new'"):
            classifier.evaluate(TEXTS, new)

    def test_report(self):
        report = made(SEVERAL).evaluate(TEXTS, SEVERAL)
        assert isinstance(report, MultiLabelReport)
        assert report.label_names == ("film", "pos")
        assert report.micro_f1 == report.at(0.5).micro_f1 == 1.0

    def test_thresholds_give_the_recall_that_is_wanted(self):
        random = np.random.default_rng(0)
        noisy = [
            [name for name in ("film", "pos") if (name in names) ^ (random.random() < 0.2)]
            for names in SEVERAL
        ]
        classifier = made(noisy)
        for wanted in (0.6, 0.9, 1.0):
            limits = classifier.thresholds(TEXTS, noisy, recall=wanted)
            report = classifier.evaluate(TEXTS, noisy).at(limits)
            assert all(its.recall >= wanted for its in report.per_class)
            found = classifier.predict(TEXTS, thresholds=limits)
            for its in report.per_class:
                right = [
                    its.name in names and its.name in got for names, got in zip(noisy, found, strict=True)
                ]
                assert sum(right) / its.support == its.recall

    def test_thresholds_give_the_precision_that_is_wanted(self):
        mistaken = [[*names, "pos"] if n % 5 == 3 and n < 20 else names for n, names in enumerate(SEVERAL)]
        classifier = made(SEVERAL)
        limits = classifier.thresholds(TEXTS, mistaken, precision=0.9)
        assert list(limits) == ["film", "pos"]
        assert all(
            its.precision >= 0.9 for its in classifier.evaluate(TEXTS, mistaken).at(limits).per_class
        )

    def test_calibrate(self):
        classifier = made(SEVERAL)
        before = classifier.predict(TEXTS)
        assert classifier.calibrate(TEXTS, SEVERAL[::-1]) is classifier
        assert classifier.predictor_.temperature > 1
        assert classifier.predict(TEXTS) == before

    def test_labels_of_the_other_kind(self):
        with pytest.raises(ArgumentError, match=r"`labels\[0\]` must be a list of labels"):
            made(SEVERAL).evaluate(TEXTS, ONE)
        with pytest.raises(ArgumentError, match=r"`labels\[0\]` must be a string or an integer"):
            made(ONE).evaluate(TEXTS, SEVERAL)
