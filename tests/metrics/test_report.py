from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
import sklearn.metrics

from textclf.errors import ArgumentError, UnknownNameError
from textclf.metrics import METRICS, Report, bootstrap_interval, display_width, log_loss, roc_auc

MATRIX = np.array([[8, 3], [2, 4]])


def predictions_of(rows=60, num_classes=3, seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, num_classes, rows), generator.dirichlet(np.ones(num_classes), size=rows)


class TestFromPredictions:
    def test_every_number_against_scikit_learn(self):
        labels, shares = predictions_of()
        report = Report.from_predictions(labels, shares, label_names=["a", "b", "c"], loss=0.5)
        predicted = shares.argmax(axis=1)
        theirs = sklearn.metrics.classification_report(
            labels, predicted, target_names=["a", "b", "c"], output_dict=True, zero_division=0
        )
        assert report.accuracy == pytest.approx(theirs["accuracy"])
        assert report.macro_precision == pytest.approx(theirs["macro avg"]["precision"])
        assert report.macro_recall == pytest.approx(theirs["macro avg"]["recall"])
        assert report.macro_f1 == pytest.approx(theirs["macro avg"]["f1-score"])
        assert report.weighted_f1 == pytest.approx(theirs["weighted avg"]["f1-score"])
        assert report.micro_f1 == pytest.approx(report.accuracy)
        assert report.mcc == pytest.approx(sklearn.metrics.matthews_corrcoef(labels, predicted))
        assert report.log_loss == log_loss(labels, shares)
        assert report.roc_auc == roc_auc(labels, shares)
        assert (report.n, report.num_classes, report.loss) == (60, 3, 0.5)
        for scores in report.per_class:
            expected = theirs[scores.name]
            assert (scores.precision, scores.recall, scores.f1, scores.support) == pytest.approx(
                (expected["precision"], expected["recall"], expected["f1-score"], expected["support"])
            )

    def test_two_classes_have_the_scores_of_the_last(self):
        labels, shares = predictions_of(num_classes=2)
        report = Report.from_predictions(labels, shares)
        predicted = shares.argmax(axis=1)
        assert report.f1 == pytest.approx(sklearn.metrics.f1_score(labels, predicted))
        assert report.precision == pytest.approx(sklearn.metrics.precision_score(labels, predicted))
        assert report.recall == pytest.approx(sklearn.metrics.recall_score(labels, predicted))

    def test_ignored_rows_are_left_out(self):
        labels, shares = predictions_of()
        padded_labels = np.r_[labels, -100, -100]
        padded_shares = np.r_[shares, np.full((2, 3), np.nan)]
        report = Report.from_predictions(padded_labels, padded_shares)
        assert report.as_dict() == Report.from_predictions(labels, shares).as_dict()

    def test_report_does_not_change_with_the_arrays_it_was_made_of(self):
        labels, shares = predictions_of()
        report = Report.from_predictions(labels, shares)
        expected = roc_auc(labels, shares)
        shares[:] = 1 / 3
        labels[:] = 0
        assert report.roc_auc == expected
        with pytest.raises(ValueError, match="read-only"):
            report.confusion[0, 0] = 9
        with pytest.raises(dataclasses.FrozenInstanceError):
            report.loss = 0.0

    def test_roc_auc_is_computed_once_and_only_when_asked(self, monkeypatch):
        calls = []
        monkeypatch.setattr("textclf.metrics.report.roc_auc", lambda *_: calls.append(1) or 0.75)
        report = Report.from_predictions(*predictions_of())
        assert (report["accuracy"] >= 0, calls) == (True, [])
        assert (report.roc_auc, report["roc_auc"], calls) == (0.75, 0.75, [1])

    def test_nothing_predicted(self):
        report = Report.from_predictions([], np.zeros((0, 2)), label_names=["bad", "good"])
        assert report.n == 0
        assert all(math.isnan(report[name]) for name in METRICS)
        assert [scores.support for scores in report.per_class] == [0, 0]
        assert "accuracy nan" in str(report)
        json.dumps(report.as_dict(), allow_nan=False)

    @pytest.mark.parametrize(
        ("labels", "shares", "message"),
        [
            ([0, 3], np.full((2, 3), 1 / 3), "`labels` must be class ids from 0 to 2. Received: 3"),
            ([0, -1], np.full((2, 3), 1 / 3), "`labels` must be class ids from 0 to 2. Received: -1"),
            ([0], np.full((2, 3), 1 / 3), "as many rows as there are labels, 1"),
            ([0], [[0.2, 0.2]], "rows that sum to one"),
            ([0], [[np.nan, 1.0]], "must be finite"),
            ([0], [0.5], "one row of probabilities a text"),
        ],
    )
    def test_bad_predictions(self, labels, shares, message):
        with pytest.raises(ArgumentError, match=message):
            Report.from_predictions(labels, shares)


class TestFromConfusion:
    def test_counts_alone(self):
        report = Report.from_confusion(MATRIX, loss=0.25)
        assert report.accuracy == 12 / 17
        assert report.loss == 0.25
        assert math.isnan(report.log_loss)
        assert math.isnan(report.roc_auc)
        assert report.label_names == (0, 1)

    def test_matrix_is_copied(self):
        matrix = MATRIX.copy()
        report = Report.from_confusion(matrix)
        matrix[0, 0] = 100
        assert report.n == 17

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"label_names": ["a"]}, "`label_names` must be a sequence of 2 names"),
            ({"label_names": "ab"}, "`label_names` must be a sequence of 2 names"),
            ({"label_names": 2}, "`label_names` must be a sequence of 2 names"),
            ({"label_names": ["a", "a"]}, "`label_names` must be different from each other"),
            ({"label_names": ["a", 1.5]}, "`label_names` must be strings or integers"),
            ({"loss": "low"}, "`loss` must be a number or None"),
            ({"loss": True}, "`loss` must be a number or None"),
        ],
    )
    def test_bad_options(self, options, message):
        with pytest.raises(ArgumentError, match=message):
            Report.from_confusion(MATRIX, **options)
        with pytest.raises(ArgumentError, match=message):
            Report.from_predictions([0], [[0.5, 0.5]], **options)

    def test_bad_matrix(self):
        with pytest.raises(ArgumentError, match="`matrix` must be square"):
            Report.from_confusion([[1, 2]])


class TestLookup:
    @pytest.mark.parametrize("name", METRICS)
    def test_every_metric_is_found_by_name_and_as_a_property(self, name):
        labels, shares = predictions_of(num_classes=2)
        report = Report.from_predictions(labels, shares, loss=0.5)
        assert report[name] == getattr(report, name)
        assert math.isfinite(report[name])
        if METRICS[name].of_counts is not None:
            assert report[name] == METRICS[name].of_counts(report.confusion)

    @pytest.mark.parametrize("name", ["acuracy", "per_class", "n", "__str__", 3])
    def test_what_is_no_metric(self, name):
        with pytest.raises(UnknownNameError, match="`metric` must be a known name"):
            Report.from_confusion(MATRIX)[name]

    def test_near_matches(self):
        with pytest.raises(UnknownNameError, match="Did you mean 'accuracy'"):
            Report.from_confusion(MATRIX)["acuracy"]

    @pytest.mark.parametrize("name", ["f1", "precision", "recall"])
    @pytest.mark.parametrize("size", [1, 3])
    def test_metrics_of_two_classes_for_others_name_the_cure(self, name, size):
        with pytest.raises(
            ArgumentError, match=f"for {size} classes. Received: '{name}'. Use 'macro_{name}'"
        ):
            Report.from_confusion(np.eye(size, dtype=int))[name]


class TestAsDict:
    def test_json_and_back(self):
        labels, shares = predictions_of()
        report = Report.from_predictions(labels, shares, label_names=["体育", "b", 7], loss=0.5)
        found = json.loads(json.dumps(report.as_dict(), allow_nan=False))
        assert found == report.as_dict()
        assert found["n"] == 60
        assert found["label_names"] == ["体育", "b", 7]
        assert found["macro_f1"] == report.macro_f1
        assert found["confusion"] == report.confusion.tolist()
        assert found["per_class"][0] == report.per_class[0]._asdict()
        assert found["accuracy_interval"] == list(report.accuracy_interval)
        assert not {"f1", "precision", "recall"} & set(found)

    def test_numpy_numbers_among_the_names_become_plain(self):
        report = Report.from_confusion(MATRIX, label_names=np.array([4, 9]))
        assert json.loads(json.dumps(report.as_dict()))["label_names"] == [4, 9]

    def test_two_classes_have_all_metrics_and_unknown_numbers_are_none(self):
        found = Report.from_confusion(MATRIX).as_dict()
        assert set(METRICS) <= set(found)
        assert (found["loss"], found["log_loss"], found["roc_auc"]) == (None, None, None)


def test_accuracy_interval_is_the_bootstrap_of_accuracy():
    report = Report.from_confusion(MATRIX)
    assert report.accuracy_interval == bootstrap_interval(MATRIX, "accuracy", confidence=0.95, seed=0)
    assert report.accuracy_interval[0] < report.accuracy < report.accuracy_interval[1]


class TestText:
    def test_table(self):
        text = str(Report.from_confusion(MATRIX, label_names=["bad", "good"], loss=0.5))
        lines = text.split("\n")
        assert lines[0].split() == ["precision", "recall", "f1", "support"]
        assert lines[1].split() == ["bad", "0.8000", "0.7273", "0.7619", "11"]
        assert lines[2].split() == ["good", "0.5714", "0.6667", "0.6154", "6"]
        assert lines[4].split() == ["macro", "0.6857", "0.6970", "0.6886", "17"]
        assert lines[5].split()[0] == "weighted"
        low, high = Report.from_confusion(MATRIX).accuracy_interval
        assert f"accuracy 0.7059 (95% interval {low:.4f} to {high:.4f})" in lines[7]
        assert lines[7].endswith(", n 17")
        assert lines[8:] == ["loss 0.5000"]
        assert "log loss" not in text

    def test_wide_names_line_up(self):
        report = Report.from_confusion([[80, 3], [2, 4]], label_names=["体育新闻", "sport"])
        table = str(report).split("\n\n")[0].split("\n")
        assert len({display_width(line) for line in table}) == 1

    def test_confusion_table(self):
        report = Report.from_confusion([[80, 3], [2, 4]], label_names=["体育新闻", "sport"])
        assert report.confusion_table().split("\n") == [
            "true \\ predicted  体育新闻  sport",
            "体育新闻                80      3",
            "sport                    2      4",
        ]

    def test_name_with_a_line_break_stays_on_its_line(self):
        report = Report.from_confusion(MATRIX, label_names=["a\nb", "c"])
        assert len(report.confusion_table().split("\n")) == 3

    def test_repr_does_not_hold_the_predictions(self):
        labels, shares = predictions_of()
        assert "_probabilities" not in repr(Report.from_predictions(labels, shares))
