from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from textclf.errors import ArgumentError
from textclf.metrics import calibration_error, fit_temperature, log_loss, reliability


def simulated(temperature, rows=4000, classes=3, seed=0):
    """Return labels, and logits that must be divided by the temperature to be calibrated."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (rows, classes))
    shares = softmax(logits, axis=1)
    labels = (shares.cumsum(axis=1) < random.random((rows, 1))).sum(axis=1).clip(max=classes - 1)
    return labels, logits * temperature


class TestReliability:
    def test_by_hand(self):
        shares = [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.45, 0.55]]
        found = reliability([0, 0, 1, 0], shares, bins=10)
        assert [(round(b.confidence, 6), b.accuracy, b.n) for b in found] == [
            (0.575, 0.5, 2),
            (0.8, 1.0, 1),
            (0.9, 1.0, 1),
        ]

    @pytest.mark.parametrize("bins", [1, 7, 15])
    def test_its_gaps_are_the_calibration_error(self, bins):
        labels, logits = simulated(2.0)
        shares = softmax(logits, axis=1)
        found = reliability(labels, shares, bins=bins)
        assert sum(b.n for b in found) == len(labels)
        gap = sum(b.n * abs(b.accuracy - b.confidence) for b in found) / len(labels)
        assert gap == pytest.approx(calibration_error(labels, shares, bins=bins))

    def test_several_labels_a_row(self):
        found = reliability([[True, False], [True, True]], [[0.9, 0.1], [0.9, 0.1]], bins=2)
        assert [b.accuracy for b in found] == [0.5, 1.0]

    def test_no_rows(self):
        assert reliability([], np.zeros((0, 2))) == ()

    def test_bins(self):
        with pytest.raises(ArgumentError, match="`bins` must be"):
            reliability([0], [[0.5, 0.5]], bins=0)


class TestCalibrationError:
    def test_by_hand(self):
        shares = [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.45, 0.55]]
        # Of two bins, all are in the upper one: mean confidence 0.7125, accuracy 0.75.
        assert calibration_error([0, 0, 1, 0], shares, bins=2) == pytest.approx(0.0375)
        # Of ten: |1 - 0.9|, |1 - 0.8|, and, in one bin, |(1 - 0.6) + (0 - 0.55)|.
        assert calibration_error([0, 0, 1, 0], shares, bins=10) == pytest.approx((0.1 + 0.2 + 0.15) / 4)

    def test_certain_and_right_and_certain_and_wrong(self):
        assert calibration_error([0, 1], np.eye(2)) == 0.0
        assert calibration_error([1, 0], np.eye(2)) == 1.0

    def test_the_edges_of_bins_belong_to_the_lower_one(self):
        assert calibration_error([0, 1], [[0.5, 0.5], [0.5, 0.5]], bins=2) == 0.0

    def test_what_is_calibrated_has_little(self):
        labels, logits = simulated(1.0)
        assert calibration_error(labels, softmax(logits, axis=1)) < 0.03
        assert calibration_error(labels, softmax(3 * logits, axis=1)) > 0.1

    def test_no_rows(self):
        assert math.isnan(calibration_error([], np.zeros((0, 2))))
        assert math.isnan(calibration_error([-100], [[0.5, 0.5]]))

    @pytest.mark.parametrize("bins", [0, 1.5, True])
    def test_bins(self, bins):
        with pytest.raises(ArgumentError, match="`bins` must be an integer of at least 1"):
            calibration_error([0], [[0.5, 0.5]], bins=bins)


class TestTemperature:
    @pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
    def test_finds_the_temperature_that_was_put_in(self, temperature):
        assert fit_temperature(*simulated(temperature)) == pytest.approx(temperature, rel=0.06)

    def test_is_the_one_of_least_loss(self):
        labels, logits = simulated(2.0, rows=300)
        smoothed = np.full((300, 3), 1 / 303)
        smoothed[np.arange(300), labels] += 300 / 303
        best = minimize_scalar(
            lambda inverse: -(smoothed * log_softmax(inverse * logits, axis=1)).sum(),
            bounds=(0.01, 10),
            method="bounded",
            options={"xatol": 1e-8},
        )
        assert fit_temperature(labels, logits) == pytest.approx(1 / best.x, rel=1e-4)

    def test_makes_the_loss_and_the_error_of_other_rows_smaller(self):
        temperature = fit_temperature(*simulated(3.0, rows=500, seed=1))
        labels, logits = simulated(3.0, seed=2)
        before, after = softmax(logits, axis=1), softmax(logits / temperature, axis=1)
        assert log_loss(labels, after) < log_loss(labels, before)
        assert calibration_error(labels, after) < calibration_error(labels, before) / 2

    def test_a_few_rows_that_are_all_right_do_not_make_it_certain(self):
        labels, logits = [0, 1, 0, 1], np.array([[9.0, 0.0], [0.0, 9.0]] * 2)
        shares = softmax(logits / fit_temperature(labels, logits), axis=1)
        assert shares.max() == pytest.approx(5 / 6, abs=1e-4)  # the rule of succession: (4 + 1) / (4 + 2)

    def test_worse_than_chance_gives_the_hottest(self):
        assert fit_temperature([1, 0] * 20, [[9.0, 0.0], [0.0, 9.0]] * 20) == pytest.approx(100)

    def test_equal_logits_say_nothing(self):
        assert 0 < fit_temperature([0, 1], [[1.0, 1.0], [1.0, 1.0]]) <= 100

    def test_rows_without_a_label_do_not_count(self):
        labels, logits = simulated(2.0, rows=50)
        more = np.concatenate([logits, [[50.0, 0.0, 0.0]]])
        assert fit_temperature([*labels, -100], more) == fit_temperature(labels, logits)

    @given(st.lists(st.tuples(st.integers(0, 2), *[st.floats(-1e6, 1e6)] * 3), min_size=1, max_size=20))
    @settings(deadline=None, max_examples=50)
    def test_is_always_a_temperature(self, rows):
        labels, *columns = zip(*rows, strict=True)
        assert 0 < fit_temperature(labels, np.array(columns).T) <= 100.0001

    @pytest.mark.parametrize(
        ("labels", "logits", "message"),
        [
            ([0], [[1.0], [2.0]], r"`logits` must be of shape \(1, num_classes\). Received: \(2, 1\)"),
            ([0], [1.0], "`logits` must be of shape"),
            ([2], [[1.0, 2.0]], "`labels` must be class ids from 0 to 1. Received: 2"),
            ([0], [[1.0, math.nan]], "`logits` must be finite"),
            ([], np.zeros((0, 2)), "`labels` must be those of at least one row"),
            (["a"], [[1.0, 2.0]], "`labels` must be integer class ids"),
        ],
    )
    def test_bad_input(self, labels, logits, message):
        with pytest.raises(ArgumentError, match=message):
            fit_temperature(labels, logits)


class TestSeveralLabels:
    def test_each_label_is_a_decision_of_its_own(self):
        hot = np.array([[True, False], [True, False], [False, False], [True, True]])
        shares = np.array([[0.75, 0.25]] * 4)
        assert calibration_error(hot, shares) == pytest.approx(0.0)
        assert calibration_error(hot, np.full((4, 2), 0.9)) == pytest.approx(0.4)
        assert np.isnan(calibration_error(hot[:0], shares[:0]))

    def test_temperature(self):
        random = np.random.default_rng(0)
        logits = random.normal(size=(4000, 3))
        hot = random.random(logits.shape) < 1 / (1 + np.exp(-logits))
        assert fit_temperature(hot, logits) == pytest.approx(1, abs=0.06)
        assert fit_temperature(hot, 5 * logits) == pytest.approx(5, abs=0.3)
        shares = 1 / (1 + np.exp(-5 * logits / fit_temperature(hot, 5 * logits)))
        assert calibration_error(hot, shares) < 0.02

    def test_few_rows_that_are_all_right_do_not_make_it_sure(self):
        assert fit_temperature([[True, False]] * 3, [[2.0, -2.0]] * 3) > 0.5

    def test_large_logits(self):
        assert fit_temperature([[True, False]] * 3, [[1e4, 1e4]] * 3) == pytest.approx(100)

    @pytest.mark.parametrize(
        ("labels", "logits", "message"),
        [
            ([[True, False]], [[1.0]], r"`logits` must be of the shape of the labels, \(1, 2\)"),
            ([[True, False]], [[1.0, np.nan]], "`logits` must be finite"),
            (np.zeros((0, 2), bool), np.zeros((0, 2)), "`labels` must be those of at least one row"),
        ],
    )
    def test_what_is_refused(self, labels, logits, message):
        with pytest.raises(ArgumentError, match=message):
            fit_temperature(labels, logits)
