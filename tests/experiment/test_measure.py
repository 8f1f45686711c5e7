from __future__ import annotations

import math

import pytest

from textclf.errors import ArgumentError
from textclf.experiment import StepsUntil
from textclf.experiment.measure import Measure
from textclf.experiment.runs import Run

HISTORY = [{"step": 10, "valid_accuracy": 0.9}]
RUN = Run(0, {"accuracy": 0.8, "bits": 3.0}, history=HISTORY, seconds=2.5)


@pytest.mark.parametrize(
    ("measure", "higher", "better"),
    [
        ("accuracy", None, True),
        ("log_loss", None, False),
        ("seconds", None, False),
        ("steps", None, False),
        ("bits", True, True),
        ("bits", False, False),
        ("accuracy", False, True),
    ],
)
def test_which_way_is_better(measure, higher, better):
    assert Measure.of(measure, higher).higher_is_better is better


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        ("bits", "`higher_is_better` must be True or False.*'bits' is no metric"),
        ("loss", "Use 'log_loss'"),
        (3, "`measure` must be a name"),
        ("", "`measure` must be a name"),
    ],
)
def test_bad_measures(measure, message):
    with pytest.raises(ArgumentError, match=message):
        Measure.of(measure)


def test_values():
    assert Measure.of("accuracy").value(RUN) == 0.8
    assert Measure.of("seconds").value(RUN) == 2.5
    assert Measure.of("macro_f1").value(RUN) is None
    assert Measure.of("seconds").value(Run(0, seconds=1.0, failure="ValueError: no")) is None


def test_steps():
    measure = Measure.of(StepsUntil("valid_accuracy", 0.8, cap=50))
    assert (measure.value(RUN), measure.unit, measure.higher_is_better) == (10.0, "steps", False)
    assert measure.value(Run(0)) is None
    assert Measure.of(StepsUntil("accuracy", 0.8, cap=50)).value(RUN) is None


def test_intervals_stay_within_what_can_be():
    assert Measure.of("accuracy").within(-0.1, 1.2) == (0.0, 1.0)
    assert Measure.of("mcc").within(-0.1, 1.2) == (-0.1, 1.0)
    assert Measure.of("seconds").within(-0.1, 1.2) == (-0.1, 1.2)
    assert Measure.of(StepsUntil("accuracy", 1.0, cap=50)).within(-3.0, 70.0) == (0.0, 50.0)


def test_as_text():
    accuracy, seconds = Measure.of("accuracy"), Measure.of("seconds")
    assert (accuracy.shown(0.5), seconds.shown(12.3456), accuracy.shown(math.nan)) == (
        "0.5000",
        "12.35",
        "-",
    )
    assert accuracy.differences(0.0123, -0.0001, -0.02) == ["1.2", "0.0", "-2.0"]
    assert seconds.differences(-0.5, -0.0) == ["-0.5", "0"]
    assert (accuracy.unit, seconds.unit) == ("points", "seconds")


def test_metrics_of_tokens_are_shares_of_one():
    measure = Measure.of("span_f1")
    assert measure.higher_is_better
    assert measure.within(-0.2, 1.2) == (0.0, 1.0)
    assert (measure.shown(0.5), measure.differences(0.0123), measure.unit) == ("0.5000", ["1.2"], "points")
    assert not measure.of_rows  # there are no rows to draw again
    assert not Measure.of("log_loss").is_share
