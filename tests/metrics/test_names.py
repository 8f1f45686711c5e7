from __future__ import annotations

import numpy as np
import pytest

from textclf.errors import UnknownNameError
from textclf.metrics import METRICS, TAGGING_METRICS, higher_is_better, is_better
from textclf.metrics.names import find_metric

NAN = float("nan")


def test_losses_shall_fall_and_all_others_rise():
    assert {name for name in METRICS if not higher_is_better(name)} == {
        "loss",
        "log_loss",
        "calibration_error",
    }


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.of_counts is not None])
def test_functions_of_counts_prefer_the_better_matrix(name):
    good, bad = METRICS[name].of_counts([[9, 1], [1, 9]]), METRICS[name].of_counts([[5, 5], [5, 5]])
    assert is_better(name, good, bad)
    assert METRICS[name].of_counts(np.array([[4, 0], [0, 3]])) == 1.0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 12 / 17), ("f1", 8 / 13), ("precision", 4 / 7), ("recall", 4 / 6),
        ("micro_f1", 12 / 17),
        ("macro_precision", (8 / 10 + 4 / 7) / 2), ("macro_recall", (8 / 11 + 4 / 6) / 2),
        ("macro_f1", (16 / 21 + 8 / 13) / 2), ("weighted_f1", (11 * 16 / 21 + 6 * 8 / 13) / 17),
        ("mcc", (8 * 4 - 3 * 2) / (11 * 6 * 10 * 7) ** 0.5),
    ],
)  # fmt: skip
def test_each_name_is_the_metric_that_it_says(name, expected):
    assert METRICS[name].of_counts([[8, 3], [2, 4]]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "new", "old", "expected"),
    [
        ("loss", 0.3, 0.4, True),
        ("loss", 0.4, 0.3, False),
        ("accuracy", 0.4, 0.3, True),
        ("accuracy", 0.3, 0.4, False),
        ("accuracy", 0.3, 0.3, False),
        ("loss", 0.3, 0.3, False),
        ("accuracy", 0.0, None, True),
        ("loss", 9.9, None, True),
        ("accuracy", 0.1, NAN, True),
        ("accuracy", NAN, 0.1, False),
        ("loss", NAN, 0.1, False),
        ("loss", NAN, None, False),
        ("loss", NAN, NAN, False),
        ("loss", float("inf"), None, True),
    ],
)
def test_is_better(name, new, old, expected):
    assert is_better(name, new, old) is expected


@pytest.mark.parametrize("call", [higher_is_better, lambda name: is_better(name, 1.0, None)])
def test_unknown_names(call):
    with pytest.raises(UnknownNameError, match=r"`metric` must be a known name.*Did you mean .*'macro_f1'"):
        call("macrof1")
    with pytest.raises(UnknownNameError, match="Received: None"):
        call(None)


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        METRICS["mine"] = METRICS["accuracy"]


def test_metrics_of_tokens():
    assert set(METRICS) < set(TAGGING_METRICS)
    assert higher_is_better("span_f1")
    assert is_better("sequence_accuracy", 0.5, 0.4)


def test_a_metric_of_a_head():
    assert higher_is_better("tag/span_f1")
    assert is_better("tag/loss", 0.3, 0.4)
    with pytest.raises(UnknownNameError, match="`metric` must be a known name"):
        higher_is_better("tag/spans")


def test_a_metric_of_other_labels_is_named_as_such():
    with pytest.raises(UnknownNameError, match="known name for one label a text. Received: 'span_f1'"):
        find_metric("span_f1")
    with pytest.raises(UnknownNameError, match="known name for one label a token. Received: 'samples_f1'"):
        find_metric("samples_f1", TAGGING_METRICS)
