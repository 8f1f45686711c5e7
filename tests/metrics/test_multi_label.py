from __future__ import annotations

import json
import math

import numpy as np
import pytest
from sklearn import metrics as peers

from textclf.errors import ArgumentError, UnknownNameError
from textclf.metrics import METRICS, MULTI_LABEL_METRICS, MultiLabelReport, higher_is_better


def example(seed=0, texts=200, labels=5):
    random = np.random.default_rng(seed)
    hot = random.random((texts, labels)) < np.linspace(0.05, 0.5, labels)
    shares = np.clip(0.4 * hot + 0.8 * random.random(hot.shape) - 0.1, 0, 1)
    return hot, shares


HOT, SHARES = example()
REPORT = MultiLabelReport.from_predictions(HOT, SHARES, loss=0.3)
EMPTY = MultiLabelReport.from_predictions(np.zeros((0, 2), bool), np.zeros((0, 2)))


class TestAgainstScikitLearn:
    @pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
    @pytest.mark.parametrize("score", ["f1", "precision", "recall"])
    def test_means(self, average, score):
        peer = getattr(peers, f"{score}_score")(HOT, SHARES >= 0.5, average=average, zero_division=0)
        assert REPORT[f"{average}_{score}"] == pytest.approx(peer)
        assert getattr(REPORT, f"{average}_{score}") == REPORT[f"{average}_{score}"]

    def test_f1_of_texts(self):
        peer = peers.f1_score(HOT, SHARES >= 0.5, average="samples", zero_division=1)
        assert REPORT.samples_f1 == pytest.approx(peer)

    @pytest.mark.parametrize("score", ["precision", "recall"])
    def test_means_over_texts_that_have_and_get_labels(self, score):
        rows = HOT.any(axis=1) & (SHARES >= 0.5).any(axis=1)
        report = MultiLabelReport.from_predictions(HOT[rows], SHARES[rows])
        peer = getattr(peers, f"{score}_score")(HOT[rows], SHARES[rows] >= 0.5, average="samples")
        assert report[f"samples_{score}"] == pytest.approx(peer)

    def test_the_others(self):
        assert REPORT.accuracy == peers.accuracy_score(HOT, SHARES >= 0.5)
        assert REPORT.hamming_loss == pytest.approx(peers.hamming_loss(HOT, SHARES >= 0.5))
        peer = peers.label_ranking_average_precision_score(HOT, SHARES)
        assert REPORT.label_ranking_average_precision == peer
        each = [peers.log_loss(HOT[:, n], SHARES[:, n], labels=[False, True]) for n in range(5)]
        assert REPORT.log_loss == pytest.approx(np.mean(each))

    def test_each_label(self):
        precision, recall, f1, support = peers.precision_recall_fscore_support(HOT, SHARES >= 0.5)
        assert [its.precision for its in REPORT.per_class] == pytest.approx(precision)
        assert [its.recall for its in REPORT.per_class] == pytest.approx(recall)
        assert [its.f1 for its in REPORT.per_class] == pytest.approx(f1)
        assert [its.support for its in REPORT.per_class] == support.tolist()


class TestTextsAndLabelsOfNothing:
    def test_a_text_without_labels_that_gets_none_counts_as_one(self):
        report = MultiLabelReport.from_predictions([[0, 0], [0, 0]], [[0.1, 0.1], [0.1, 0.9]])
        assert report.samples_f1 == report.samples_precision == report.samples_recall == 0.5
        assert report.accuracy == 0.5
        assert report.micro_f1 == 0.0
        assert REPORT.n == 200

    def test_a_label_that_neither_occurs_nor_is_given_is_not_in_the_macro_mean(self):
        report = MultiLabelReport.from_predictions([[1, 0], [1, 0]], [[0.9, 0.1], [0.9, 0.1]])
        assert report.macro_f1 == 1.0
        assert report.per_class[1] == (1, 0.0, 0.0, 0.0, 0)

    def test_a_label_on_every_text(self):
        report = MultiLabelReport.from_predictions([[1, 1], [1, 0]], [[0.9, 0.9], [0.9, 0.1]])
        assert (report.accuracy, report.macro_f1, report.label_ranking_average_precision) == (1.0, 1.0, 1.0)

    def test_no_texts(self):
        assert EMPTY.n == 0
        assert all(math.isnan(EMPTY[name]) for name in MULTI_LABEL_METRICS)
        assert all(map(math.isnan, (*EMPTY.accuracy_interval, *EMPTY.micro_f1_interval)))
        assert EMPTY.as_dict()["micro_f1"] is None
        assert "n 0" in str(EMPTY)

    def test_no_label_anywhere(self):
        report = MultiLabelReport.from_predictions([[0, 0]], [[0.1, 0.2]])
        assert math.isnan(report.micro_f1)
        assert math.isnan(report.macro_f1)
        assert math.isnan(report.weighted_f1)


class TestThresholds:
    def test_one_for_all_and_by_name(self):
        shares = [[0.4, 0.6], [0.6, 0.4]]
        high = MultiLabelReport.from_predictions([[1, 1], [1, 1]], shares, thresholds=0.3)
        assert high.accuracy == 1.0
        own = MultiLabelReport.from_predictions(
            [[1, 1], [1, 1]], shares, thresholds={"a": 0.3}, label_names=["a", "b"]
        )
        assert own.thresholds.tolist() == [0.3, 0.5]
        assert [its.recall for its in own.per_class] == [1.0, 0.5]

    def test_the_threshold_itself_is_enough(self):
        assert MultiLabelReport.from_predictions([[1, 0]], [[0.5, 0.4999]]).accuracy == 1.0

    def test_one_of_no_label(self):
        with pytest.raises(ArgumentError, match=r"`thresholds` must be keyed by labels, of \[0, 1\]"):
            MultiLabelReport.from_predictions([[1, 0]], [[0.5, 0.4]], thresholds={"x": 0.2})


class TestIntervals:
    def test_they_hold_the_figure(self):
        for interval, figure in [
            (REPORT.accuracy_interval, REPORT.accuracy),
            (REPORT.micro_f1_interval, REPORT.micro_f1),
        ]:
            assert interval[0] < figure < interval[1]
            assert interval[1] - interval[0] < 0.2

    def test_micro_f1_as_if_texts_were_drawn(self):
        random = np.random.default_rng(3)
        drawn = [random.integers(200, size=200) for _ in range(400)]
        values = [peers.f1_score(HOT[rows], SHARES[rows] >= 0.5, average="micro") for rows in drawn]
        assert REPORT.micro_f1_interval == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=0.015)


class TestAsAReport:
    def test_the_names_of_those_of_one_label(self):
        for name in (
            "n",
            "num_classes",
            "label_names",
            "loss",
            "accuracy",
            "accuracy_interval",
            "per_class",
        ):
            assert hasattr(REPORT, name)
        shared = set(METRICS) & set(MULTI_LABEL_METRICS)
        assert {"loss", "log_loss", "calibration_error", "accuracy", "macro_f1", "micro_f1"} <= shared

    def test_every_name(self):
        for name in MULTI_LABEL_METRICS:
            assert REPORT[name] == getattr(REPORT, name)
            assert higher_is_better(name) is not name.endswith(("loss", "error"))

    def test_json(self):
        content = json.loads(json.dumps(REPORT.as_dict()))
        assert content["micro_f1"] == REPORT.micro_f1
        assert content["per_class"][0]["name"] == 0
        assert content["thresholds"] == [0.5] * 5

    def test_the_report_keeps_what_it_was_given(self):
        hot, shares = example()
        report = MultiLabelReport.from_predictions(hot, shares)
        before = (report.accuracy, report.calibration_error)
        hot[:], shares[:] = True, 0.0
        again = MultiLabelReport.from_predictions(*example())
        assert before == (report.accuracy, report.calibration_error)
        assert report.label_ranking_average_precision == again.label_ranking_average_precision

    @pytest.mark.parametrize("name", ["mcc", "roc_auc", "micro_f"])
    def test_metrics_of_other_reports(self, name):
        with pytest.raises(UnknownNameError, match=rf"`metric` must be a known name.*Received: '{name}'"):
            REPORT[name]

    @pytest.mark.parametrize(
        ("labels", "shares", "message"),
        [
            ([1, 0], [[0.5, 0.5]], "`labels` must be one boolean for each row and class"),
            ([[2, 0]], [[0.5, 0.5]], "`labels` must be booleans, or 0 and 1"),
            ([[1, 0]], [[0.5]], r"`probabilities` must be of the shape of the labels, \(1, 2\)"),
            ([[1, 0]], [[1.5, 0.5]], r"`probabilities` must be in \[0, 1\].*It is row 0"),
            ([[1, 0]], [[math.nan, 0.5]], r"`probabilities` must be in \[0, 1\].*NaN"),
            ([[1], [0, 1]], [[0.5]], "`labels` must be booleans on the CPU"),
        ],
    )
    def test_what_is_refused(self, labels, shares, message):
        with pytest.raises(ArgumentError, match=message):
            MultiLabelReport.from_predictions(labels, shares)
