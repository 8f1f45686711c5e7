from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.errors import ArgumentError
from textclf.metrics import Report, answered_rows, class_limits, class_thresholds

LABELS = np.array([0, 0, 0, 1, 1, 1])
SHARES = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
NAMES = ["neg", "pos"]


class TestAnsweredRows:
    def test_one_number_for_all(self):
        assert answered_rows(SHARES, 0.8, NAMES).tolist() == [True, True, False, True, False, False]
        assert answered_rows(SHARES, 0, NAMES).all()
        assert not answered_rows(SHARES, math.inf, NAMES).any()

    def test_numbers_by_label(self):
        answered = answered_rows(SHARES, {"neg": 0.85}, NAMES)
        assert answered.tolist() == [True, False, True, True, True, False]

    def test_no_rows(self):
        assert answered_rows(np.zeros((0, 2)), 0.5, NAMES).tolist() == []

    @pytest.mark.parametrize(
        ("below", "message"),
        [
            (-0.1, "`abstain_below` must be a finite number of at least 0"),
            (math.nan, "`abstain_below` must be a finite number"),
            (True, "`abstain_below` must be"),
            ("0.5", "`abstain_below` must be"),
            ({"pos": "x"}, r"`abstain_below\['pos'\]` must be a finite number"),
            ({"neutral": 0.5}, r"keyed by labels, of \['neg', 'pos'\]. Received: 'neutral'"),
        ],
    )
    def test_bad_thresholds(self, below, message):
        with pytest.raises(ArgumentError, match=message):
            answered_rows(SHARES, below, NAMES)


class TestThresholds:
    def test_precision(self):
        # neg is answered at 0.9 and 0.8, right, and at 0.7, wrong; pos at 0.8 right, 0.7 wrong, 0.6 right.
        assert class_thresholds(LABELS, SHARES, precision=1.0).tolist() == [0.8, 0.8]
        assert class_thresholds(LABELS, SHARES, precision=0.6).tolist() == [0.7, 0.6]

    def test_precision_that_is_never_reached(self):
        assert class_thresholds([1, 1], [[0.9, 0.1], [0.6, 0.4]], precision=0.5).tolist() == [math.inf] * 2

    def test_equal_confidences_stand_and_fall_together(self):
        shares = [[0.8, 0.2]] * 3
        assert class_thresholds([0, 0, 1], shares, precision=0.9).tolist() == [math.inf, math.inf]
        assert class_thresholds([0, 0, 1], shares, precision=0.6)[0] == 0.8

    def test_recall(self):
        assert class_thresholds(LABELS, SHARES, recall=0.3).tolist() == [0.9, 0.8]
        assert class_thresholds(LABELS, SHARES, recall=0.6).tolist() == [0.8, 0.6]

    def test_recall_that_is_not_reached(self):
        with pytest.raises(ArgumentError, match=r"`recall` must be one that.*0.9, with 2 of 3 rows"):
            class_thresholds(LABELS, SHARES, recall=0.9)

    @given(st.integers(0, 10**6), st.floats(0.05, 1.0), st.integers(1, 60))
    @settings(deadline=None, max_examples=60)
    def test_the_answers_have_the_precision(self, seed, wanted, rows):
        random = np.random.default_rng(seed)
        shares = random.dirichlet([1, 1, 1], rows).round(1)
        shares /= shares.sum(axis=1, keepdims=True)
        labels = random.integers(0, 3, rows)
        thresholds = class_thresholds(labels, shares, precision=wanted)
        kept = answered_rows(shares, dict(enumerate(thresholds.tolist())), [0, 1, 2])
        for number in range(3):
            answers = kept & (shares.argmax(axis=1) == number)
            assert not answers.any() or (labels[answers] == number).mean() >= wanted
            lower = (shares.argmax(axis=1) == number) & (shares.max(axis=1) >= 0)
            if lower.any() and (labels[lower] == number).mean() >= wanted:
                assert answers.sum() == lower.sum()  # no more is given up than needed

    @given(st.integers(0, 10**6), st.floats(0.05, 0.5))
    @settings(deadline=None, max_examples=60)
    def test_the_answers_have_the_recall(self, seed, wanted):
        random = np.random.default_rng(seed)
        labels = np.repeat([0, 1], 20)
        shares = np.clip(np.where(labels == 0, 0.7, 0.3) + random.normal(0, 0.15, 40), 0.01, 0.99)
        shares = np.stack([shares, 1 - shares], axis=1)
        thresholds = class_thresholds(labels, shares, recall=wanted)
        kept = answered_rows(shares, dict(enumerate(thresholds.tolist())), [0, 1])
        for number in range(2):
            assert (kept & (shares.argmax(axis=1) == number))[labels == number].mean() >= wanted

    @pytest.mark.parametrize("wanted", [{}, {"precision": 0.5, "recall": 0.5}])
    def test_one_of_the_two(self, wanted):
        with pytest.raises(ArgumentError, match="`precision` must be given, or `recall`, and not both"):
            class_thresholds(LABELS, SHARES, **wanted)

    @pytest.mark.parametrize("name", ["precision", "recall"])
    @pytest.mark.parametrize("value", [0, 1.1, -1, "x", math.nan])
    def test_out_of_range(self, name, value):
        with pytest.raises(ArgumentError, match=f"`{name}` must be"):
            class_thresholds(LABELS, SHARES, **{name: value})


class TestOfAReport:
    report = Report.from_predictions(LABELS, SHARES, label_names=NAMES)

    def test_coverage_and_accuracy(self):
        assert self.report.answered(0.0) == (1.0, pytest.approx(4 / 6), 6)
        assert self.report.answered(0.8) == (0.5, 1.0, 3)
        assert self.report.answered({"pos": 0.75}) == (pytest.approx(4 / 6), 0.75, 4)

    def test_no_answer_at_all(self):
        coverage, accuracy, n = self.report.answered(0.95)
        assert (coverage, n, math.isnan(accuracy)) == (0.0, 0, True)

    def test_no_rows_at_all(self):
        answered = Report.from_predictions([], np.zeros((0, 2))).answered(0.5)
        assert math.isnan(answered.coverage)

    def test_counts_alone_are_not_enough(self):
        with pytest.raises(ArgumentError, match="`report` must be built from probabilities"):
            Report.from_confusion([[1, 0], [0, 1]]).answered(0.5)


class TestSeveralLabels:
    hot = np.array([[True, False], [True, True], [False, False], [True, False]])
    shares = np.array([[0.9, 0.6], [0.4, 0.5], [0.6, 0.2], [0.8, 0.1]])

    def test_precision(self):
        assert class_thresholds(self.hot, self.shares, precision=1.0).tolist() == [0.8, np.inf]
        assert class_thresholds(self.hot, self.shares, precision=0.5).tolist() == [0.4, 0.5]

    def test_recall(self):
        assert class_thresholds(self.hot, self.shares, recall=1.0).tolist() == [0.4, 0.5]
        assert class_thresholds(self.hot, self.shares, recall=0.5).tolist() == [0.8, 0.5]

    def test_a_label_without_a_row(self):
        hot = np.array([[True, False]] * 4)
        assert class_thresholds(hot, self.shares, precision=0.5).tolist() == [0.4, np.inf]
        with pytest.raises(ArgumentError, match="`recall` must be one that the model reaches"):
            class_thresholds(hot, self.shares, recall=0.5)


def test_class_limits():
    assert class_limits("thresholds", 0.3, ["a", "b"]).tolist() == [0.3, 0.3]
    assert class_limits("thresholds", {"a": np.inf}, ["a", "b"], default=0.5).tolist() == [np.inf, 0.5]
    with pytest.raises(ArgumentError, match=r"`thresholds\['a'\]` must be a finite number of at least 0"):
        class_limits("thresholds", {"a": -1}, ["a"])
