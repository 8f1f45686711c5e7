from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics

from textclf.errors import ArgumentError
from textclf.metrics import log_loss, roc_auc


def rows_of(generator, shape, dtype=np.float64):
    return generator.dirichlet(np.full(shape[1], 0.7), size=shape[0]).astype(dtype)


@pytest.fixture
def generator():
    return np.random.default_rng(0)


class TestLogLoss:
    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    @pytest.mark.parametrize(("rows", "num_classes"), [(1, 2), (30, 2), (200, 5), (50, 40)])
    def test_against_scikit_learn(self, generator, rows, num_classes, dtype):
        shares = rows_of(generator, (rows, num_classes), dtype)
        labels = generator.integers(0, num_classes, rows)
        expected = sklearn.metrics.log_loss(labels, shares, labels=np.arange(num_classes))
        assert log_loss(labels, shares) == pytest.approx(expected, rel=1e-6)

    @pytest.mark.parametrize(("dtype", "nats"), [(np.float64, 36.04), (np.float32, 15.94)])
    def test_a_certain_mistake_is_finite_as_in_scikit_learn(self, dtype, nats):
        shares = np.array([[1, 0], [0, 1]], dtype)
        assert log_loss([1, 0], shares) == pytest.approx(nats, abs=0.01)
        assert log_loss([1, 0], shares) == pytest.approx(sklearn.metrics.log_loss([1, 0], shares))

    def test_certain_and_right_costs_nothing(self):
        assert log_loss([0, 1], np.eye(2)) == pytest.approx(0, abs=1e-12)

    def test_uniform_costs_the_logarithm_of_the_number_of_classes(self):
        assert log_loss([3], np.full((1, 8), 1 / 8)) == pytest.approx(np.log(8))

    def test_integers_are_taken_as_numbers(self):
        assert log_loss([0, 1], [[1, 0], [0, 1]]) == pytest.approx(0, abs=1e-12)


class TestRocAuc:
    @pytest.mark.parametrize("levels", [2, 3, 1000])
    @pytest.mark.parametrize("rows", [20, 300])
    def test_binary_with_ties_against_scikit_learn(self, generator, rows, levels):
        good = generator.integers(0, levels + 1, rows) / levels
        labels = np.r_[0, 1, generator.integers(0, 2, rows - 2)]
        expected = sklearn.metrics.roc_auc_score(labels, good)
        assert roc_auc(labels, np.c_[1 - good, good]) == pytest.approx(expected)

    def test_one_against_the_rest_against_scikit_learn(self, generator):
        shares = rows_of(generator, (300, 6))
        labels = np.r_[np.arange(6), generator.integers(0, 6, 294)]
        expected = sklearn.metrics.roc_auc_score(labels, shares, multi_class="ovr", average="macro")
        assert roc_auc(labels, shares) == pytest.approx(expected)

    def test_by_counting_pairs(self):
        good = np.array([0.1, 0.4, 0.4, 0.8])
        # of the pairs (row of class 1, row of class 0), 0.4 ties with 0.4 and the other three are right
        assert roc_auc([0, 0, 1, 1], np.c_[1 - good, good]) == 3.5 / 4

    def test_all_ties(self):
        assert roc_auc([0, 1, 1], np.full((3, 2), 0.5)) == 0.5

    def test_ranked_upside_down(self):
        assert roc_auc([1, 0], [[0.9, 0.1], [0.1, 0.9]]) == 0.0

    def test_absent_classes_are_left_out_of_the_mean(self, generator):
        shares = rows_of(generator, (50, 4))
        labels = np.r_[0, 2, generator.choice([0, 2], 48)]
        each = [sklearn.metrics.roc_auc_score(labels == index, shares[:, index]) for index in (0, 2)]
        assert roc_auc(labels, shares) == pytest.approx(np.mean(each))

    @pytest.mark.parametrize("num_classes", [1, 2, 3])
    def test_one_class_alone_has_no_curve(self, num_classes):
        assert np.isnan(roc_auc([0, 0], np.full((2, num_classes), 1 / num_classes)))


@pytest.mark.parametrize("metric", [log_loss, roc_auc])
class TestBoth:
    def test_nothing_to_rate_is_nan(self, metric):
        assert np.isnan(metric([], np.zeros((0, 3))))
        assert np.isnan(metric([-100], np.full((1, 3), 1 / 3)))

    def test_ignored_rows_may_hold_anything(self, metric):
        shares = np.array([[0.9, 0.1], [np.nan, 7.0], [0.4, 0.6]])
        assert metric([0, -100, 1], shares) == metric([0, 1], shares[[0, 2]])

    @pytest.mark.parametrize(
        ("labels", "shares", "message"),
        [
            ([0], [[0.5, 0.5], [0.5, 0.5]], "`probabilities` must be as many rows as .* 1. Received: 2"),
            ([0, 1], [0.5, 0.5], r"one row of probabilities a text, .* Received: \(2,\)"),
            ([0], np.zeros((1, 0)), r"one row of probabilities a text, .* Received: \(1, 0\)"),
            ([2], [[0.5, 0.5]], "`labels` must be class ids from 0 to 1. Received: 2"),
            ([-1], [[0.5, 0.5]], "`labels` must be class ids from 0 to 1. Received: -1"),
            ([0.0], [[0.5, 0.5]], "`labels` must be integer class ids"),
            ([0, 1], [[0.5, 0.5], [0.5, np.nan]], "must be finite.*It is row 1. NaN comes from"),
            ([0], [[0.0, np.inf]], "`probabilities` must be finite"),
            ([0], [[1.5, -0.5]], r"`probabilities` must be in \[0, 1\].*Take the softmax"),
            ([0, 0], [[0.5, 0.5], [0.5, 0.4]], r"rows that sum to one.*\[0.5, 0.4\]. It is row 1. Take"),
            ([-100, 0], [[9.0, 9.0], [0.5, 0.4]], "It is row 1"),
            ([0], [["a", "b"]], "`probabilities` must be an array of numbers"),
            ([0], [[True, False]], "`probabilities` must be an array of numbers"),
            ([0, 0], [[0.5, 0.5], [1.0]], "`probabilities` must be an array on the CPU"),
        ],
    )
    def test_bad_input(self, metric, labels, shares, message):
        with pytest.raises(ArgumentError, match=message):
            metric(labels, shares)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_rounding_of_the_type_is_forgiven(self, metric, dtype):
        generator = np.random.default_rng(0)
        logits = generator.normal(size=(200, 60))
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        labels = generator.integers(0, 60, 200)
        assert metric(labels, shares.astype(dtype)) == pytest.approx(metric(labels, shares), rel=0.02)
