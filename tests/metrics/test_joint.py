from __future__ import annotations

import json

import numpy as np
import pytest

from textclf.errors import ArgumentError, UnknownNameError
from textclf.metrics import JointReport, Report, TaggingReport

TOPIC = Report.from_confusion([[3, 1], [0, 4]], loss=0.25)
TAG = TaggingReport.from_predictions(
    [0, 1, 2, 0, 0, 1, 0, 0], np.eye(3)[[0, 1, 2, 0, 0, 0, 0, 0]], label_names=["O", "B", "I"], loss=0.5
)
BOTH = JointReport({"topic": TOPIC, "tag": TAG}, loss=0.4)


def test_a_metric_of_a_head():
    assert BOTH["tag/span_f1"] == TAG.span_f1 == pytest.approx(2 / 3)
    assert BOTH["topic/loss"] == 0.25


def test_metrics_of_all():
    assert BOTH.n == 8
    assert BOTH["loss"] == 0.4
    assert BOTH["accuracy"] == (TOPIC.accuracy + TAG.accuracy) / 2
    assert BOTH["macro_f1"] == (TOPIC.macro_f1 + TAG.macro_f1) / 2


@pytest.mark.parametrize("name", ["span_f1", "tags/span_f1", "f1", "tag/"])
def test_a_name_that_is_none(name):
    with pytest.raises(UnknownNameError, match="`metric` must be "):
        BOTH[name]


def test_a_metric_that_does_not_fit_the_head():
    with pytest.raises(UnknownNameError, match="`metric` must be a known name for one label a text"):
        BOTH["topic/span_f1"]
    with pytest.raises(ArgumentError, match="one for 3 classes"):
        BOTH["tag/f1"]


def test_in_json_and_in_words():
    plain = json.loads(json.dumps(BOTH.as_dict(), allow_nan=False))
    assert plain["heads"]["tag"]["span_f1"] == TAG.span_f1
    assert plain["accuracy"] == BOTH.accuracy
    shown = str(BOTH)
    assert shown.index("head topic") < shown.index("head tag") < shown.index("span f1 0.6667")
    assert shown.endswith("loss 0.4000, mean accuracy 0.8750")
