from __future__ import annotations

import numpy as np
import pytest

from textclf.errors import ArgumentError, UnknownNameError
from textclf.metrics import (
    METRICS,
    accuracy,
    bootstrap_interval,
    bootstrap_mean_interval,
    bootstrap_sums_interval,
    confusion_matrix,
    f1,
)


@pytest.fixture
def pairs():
    generator = np.random.default_rng(0)
    labels = generator.choice(3, size=200, p=[0.6, 0.3, 0.1])
    wrong = generator.random(200) < 0.25
    return labels, np.where(wrong, generator.integers(0, 3, 200), labels)


def by_rows(labels, predictions, compute, resamples):
    """The same interval as it is in the textbook: drawing rows, not cells."""
    generator = np.random.default_rng(1)
    values = []
    for _ in range(resamples):
        rows = generator.integers(0, len(labels), len(labels))
        values.append(compute(confusion_matrix(labels[rows], predictions[rows], num_classes=3)))
    return np.quantile(values, [0.025, 0.975])


class TestBootstrapInterval:
    @pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "mcc"])
    def test_drawing_cells_is_drawing_rows(self, pairs, metric):
        matrix = confusion_matrix(*pairs, num_classes=3)
        expected = by_rows(*pairs, METRICS[metric].of_counts, resamples=4000)
        found = bootstrap_interval(matrix, metric, resamples=4000)
        # the ends of two such intervals differ by chance by about a twentieth of their length
        np.testing.assert_allclose(found, expected, atol=0.1 * (expected[1] - expected[0]))

    def test_accuracy_has_the_width_that_theory_gives(self):
        low, high = bootstrap_interval([[450, 50], [150, 350]], resamples=5000)
        half = 1.96 * np.sqrt(0.8 * 0.2 / 1000)
        assert (low, high) == pytest.approx((0.8 - half, 0.8 + half), abs=0.004)

    def test_same_seed_same_interval_and_other_seed_another(self, pairs):
        matrix = confusion_matrix(*pairs, num_classes=3)
        assert bootstrap_interval(matrix, seed=3) == bootstrap_interval(matrix, seed=3)
        assert bootstrap_interval(matrix, "mcc", seed=3) != bootstrap_interval(matrix, "mcc", seed=4)

    def test_more_confidence_is_wider(self, pairs):
        matrix = confusion_matrix(*pairs, num_classes=3)
        narrow = bootstrap_interval(matrix, "macro_f1", confidence=0.5)
        wide = bootstrap_interval(matrix, "macro_f1", confidence=0.99)
        assert wide[0] < narrow[0] < narrow[1] < wide[1]

    def test_a_function_in_place_of_a_name(self, pairs):
        matrix = confusion_matrix(*pairs, num_classes=3)
        by_name = bootstrap_interval(matrix, "macro_f1", seed=5)
        assert bootstrap_interval(matrix, lambda m: f1(m, "macro"), seed=5) == by_name
        assert bootstrap_interval(matrix, accuracy)[0] < accuracy(matrix)

    def test_a_function_is_given_counts_of_as_many_rows(self):
        seen = []
        bootstrap_interval([[3, 1, 0], [0, 0, 0], [0, 2, 4]], lambda m: seen.append(m) or 0.0, resamples=20)
        assert {m.shape for m in seen} == {(3, 3)}
        assert {int(m.sum()) for m in seen} == {10}
        assert all(m[0, 2] == 0 for m in seen)

    def test_no_rows(self):
        assert np.isnan(bootstrap_interval(np.zeros((2, 2), dtype=int))).all()

    def test_nothing_wrong_has_no_width(self):
        assert bootstrap_interval([[5, 0], [0, 5]]) == (1.0, 1.0)

    def test_one_row_and_one_resample(self):
        assert bootstrap_interval([[0, 1], [0, 0]], "macro_f1", resamples=1) == (0.0, 0.0)

    @pytest.mark.parametrize("metric", ["loss", "log_loss", "roc_auc"])
    def test_metric_that_needs_more_than_counts(self, metric):
        with pytest.raises(ArgumentError, match=f"of the confusion matrix.*'{metric}'.*accuracy"):
            bootstrap_interval([[1, 0], [0, 1]], metric)

    def test_misspelt_metric(self):
        with pytest.raises(UnknownNameError, match="Did you mean 'accuracy'"):
            bootstrap_interval([[1, 0], [0, 1]], "acuracy")

    @pytest.mark.parametrize("matrix", [np.eye(3, dtype=int), np.zeros((3, 3), dtype=int)])
    def test_metric_of_two_classes_for_three(self, matrix):
        with pytest.raises(ArgumentError, match="for 3 classes"):
            bootstrap_interval(matrix, "f1")

    def test_bad_matrix(self):
        with pytest.raises(ArgumentError, match="`matrix` must be square"):
            bootstrap_interval([1, 2])


class TestBootstrapMeanInterval:
    def test_width_that_theory_gives(self):
        values = np.random.default_rng(0).normal(3.0, 2.0, size=2000)
        half = 1.96 * values.std() / np.sqrt(2000)
        found = bootstrap_mean_interval(values, resamples=4000)
        assert found == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)

    def test_more_values_than_fit_one_draw(self):
        values = np.r_[np.zeros(400_000), np.ones(400_000)]
        low, high = bootstrap_mean_interval(values, resamples=3)
        assert 0.49 < low < high < 0.51

    def test_one_value_and_none(self):
        assert bootstrap_mean_interval([0.5]) == (0.5, 0.5)
        assert np.isnan(bootstrap_mean_interval([])).all()

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ([[1.0, 2.0]], r"one number a row, \(N,\). Received: \(1, 2\)"),
            ([1.0, np.nan], "`values` must be finite"),
            (["a"], r"`values` must be numbers, \(N,\)"),
        ],
    )
    def test_bad_values(self, values, message):
        with pytest.raises(ArgumentError, match=message):
            bootstrap_mean_interval(values)


@pytest.mark.parametrize(
    "compute",
    [
        lambda **options: bootstrap_interval([[1, 0], [0, 1]], **options),
        lambda **options: bootstrap_mean_interval([1.0, 2.0], **options),
    ],
)
@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("confidence", value) for value in (0, 1, 1.5, -0.1, float("nan"), "0.9", True)),
        *(("resamples", value) for value in (0, -1, 1.5, True)),
        *(("seed", value) for value in (-1, 1.5, None, True)),
    ],
)
def test_bad_settings(compute, option, value):
    with pytest.raises(ArgumentError, match=f"`{option}` must be"):
        compute(**{option: value})


class TestSums:
    def test_it_is_that_of_the_counts(self):
        rows = np.repeat([[1, 0], [0, 1]], [85, 15], axis=0)
        found = bootstrap_sums_interval(rows, lambda sums: sums[0] / sums.sum())
        assert found == pytest.approx(bootstrap_interval([[85, 15], [0, 0]], "accuracy"), abs=0.015)
        assert found == bootstrap_sums_interval(rows, lambda sums: sums[0] / sums.sum())
        assert found != bootstrap_sums_interval(rows, lambda sums: sums[0] / sums.sum(), seed=1)

    def test_no_rows(self):
        assert np.isnan(bootstrap_sums_interval(np.zeros((0, 2), int), lambda sums: 0.0)).all()

    @pytest.mark.parametrize("rows", [[1, 2], [[0.5, 1.0]]])
    def test_rows_that_are_none(self, rows):
        with pytest.raises(ArgumentError, match="`rows` must be integers, one row of counts a row"):
            bootstrap_sums_interval(rows, lambda sums: 0.0)
