from __future__ import annotations

import json
import math

import numpy as np
import pytest

from textclf.errors import ArgumentError, UnknownNameError
from textclf.metrics import TAGGING_METRICS, Report, TaggingReport

NAMES = ["O", "B-a", "I-a", "B-b"]
LABELS = [1, 2, 0, 3, 0, 0]
FOUND = [1, 2, 0, 1, 0, 0]
OFFSETS = [0, 3, 3, 4, 6]


def report(labels=LABELS, found=FOUND, offsets=OFFSETS, names=NAMES, **options):
    shares = np.eye(len(names))[found]
    return TaggingReport.from_predictions(labels, shares, offsets=offsets, label_names=names, **options)


def test_all_of_a_plain_report_is_there():
    plain = Report.from_predictions(LABELS, np.eye(4)[FOUND], label_names=NAMES, loss=0.5)
    its = report(loss=0.5)
    assert its.confusion.tolist() == plain.confusion.tolist()
    for name in ("accuracy", "macro_f1", "loss", "log_loss", "calibration_error", "mcc"):
        assert its[name] == plain[name]


def test_texts_that_are_right_from_end_to_end():
    assert report().right_texts.tolist() == [True, False, True]  # one has no token
    assert report().sequence_accuracy == 2 / 3


def test_spans():
    its = report()
    assert its.span_outcomes.sum(axis=0).tolist() == [[1, 1, 0], [0, 0, 1]]
    assert (its.span_precision, its.span_recall, its["span_f1"]) == (0.5, 0.5, 0.5)
    low, high = its.span_f1_interval
    assert low <= 0.5 <= high
    assert [scores.name for scores in its.per_span_type] == ["a", "b"]
    assert its.per_span_type[0].precision == 0.5
    assert [scores.support for scores in its.per_span_type] == [1, 1]


def test_outside_everywhere_is_accurate_and_finds_nothing():
    its = report([0] * 8 + [1, 2], [0] * 10, [0, 10])
    assert its.accuracy == 0.8
    assert its.span_f1 == 0.0


def test_padding_does_not_count():
    padded = report([1, 2, 0, 3, -100, -100, 0, 0], [1, 2, 0, 1, 1, 1, 0, 0], [0, 3, 3, 6, 8])
    assert padded.as_dict() == report().as_dict()


@pytest.mark.parametrize("name", ["span_f1", "span_precision", "span_recall"])
def test_labels_that_are_no_tags(name):
    its = report(names=["noun", "verb", "other", "name"])
    assert its.sequence_accuracy == 2 / 3
    assert its.span_outcomes is None
    with pytest.raises(ArgumentError, match="`label_names` must be BIO or BIOES tags"):
        its[name]
    assert "span" not in str(its)
    assert "span_f1" not in its.as_dict()


def test_no_texts():
    none = report([], [], [0])
    assert math.isnan(none.sequence_accuracy)
    assert none.span_f1 == 0.0
    assert "span f1" in str(none)


def test_offsets_that_do_not_fit():
    with pytest.raises(ArgumentError, match="`offsets` must be integers from 0 to 6, the number of tokens"):
        report(offsets=[0, 4])


def test_a_wrong_name():
    with pytest.raises(UnknownNameError, match="Did you mean .*'span_f1'"):
        report()["spanf1"]


def test_in_json_and_in_words():
    plain = json.loads(json.dumps(report().as_dict(), allow_nan=False))
    assert plain["span_f1"] == 0.5
    assert plain["per_span_type"][1]["name"] == "b"
    assert set(TAGGING_METRICS) - {"f1", "precision", "recall"} <= set(plain)
    shown = str(report())
    assert "sequence accuracy 0.6667, texts 3" in shown
    assert "span f1 0.5000 (95% interval" in shown
    untyped = str(report([1, 2], [1, 2], [0, 2], ["O", "B", "I"]))
    assert untyped.count("1.0000  1.0000  1.0000        1") >= 1
