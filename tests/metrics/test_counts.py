from __future__ import annotations

import itertools
import json
import subprocess
import sys

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.data.batches import IGNORED_LABEL
from textclf.errors import ArgumentError
from textclf.metrics import (
    ConfusionCounts,
    accuracy,
    confusion_matrix,
    f1,
    mcc,
    precision,
    recall,
)

RATIOS = {
    precision: sklearn.metrics.precision_score,
    recall: sklearn.metrics.recall_score,
    f1: sklearn.metrics.f1_score,
}
SUMMARIES = [accuracy, mcc, precision, recall, f1]


def grids():
    """Labels and predictions of many shapes: few rows, absent classes, skewed and perfect ones."""
    generator = np.random.default_rng(0)
    for num_classes in (1, 2, 3, 7, 50):
        for rows in (1, 2, 5, 40, 1000):
            shares = generator.dirichlet(np.full(num_classes, 0.5))
            labels = generator.choice(num_classes, size=rows, p=shares)
            noise = generator.integers(0, num_classes, size=rows)
            for share in (0.0, 0.3, 1.0):
                wrong = generator.random(rows) < share
                yield num_classes, labels, np.where(wrong, noise, labels)


GRIDS = list(grids())


class TestAgainstScikitLearn:
    @pytest.mark.filterwarnings("ignore:A single label was found")
    @pytest.mark.parametrize("grid", GRIDS, ids=range(len(GRIDS)))
    def test_every_metric(self, grid):
        num_classes, labels, predictions = grid
        matrix = confusion_matrix(labels, predictions, num_classes=num_classes)
        ids = np.arange(num_classes)
        np.testing.assert_array_equal(
            matrix, sklearn.metrics.confusion_matrix(labels, predictions, labels=ids)
        )
        assert accuracy(matrix) == pytest.approx(sklearn.metrics.accuracy_score(labels, predictions))
        if num_classes > 1:
            expected = sklearn.metrics.matthews_corrcoef(labels, predictions)
            assert mcc(matrix) == pytest.approx(expected, abs=1e-12)
        for ours, theirs in RATIOS.items():
            for average in ("macro", "micro", "weighted"):
                expected = theirs(labels, predictions, average=average, zero_division=0)
                assert ours(matrix, average) == pytest.approx(expected), (ours, average)
            each = theirs(labels, predictions, labels=ids, average=None, zero_division=0)
            np.testing.assert_allclose(ours(matrix, None), each)
            if num_classes == 2:
                for positive in (0, 1):
                    expected = theirs(labels, predictions, pos_label=positive, zero_division=0)
                    assert ours(matrix, "binary", positive=positive) == pytest.approx(expected)

    def test_macro_leaves_out_a_class_that_is_neither_label_nor_prediction(self):
        labels, predictions = [0, 0, 2], [0, 2, 2]
        wide = confusion_matrix(labels, predictions, num_classes=9)
        assert f1(wide) == pytest.approx(sklearn.metrics.f1_score(labels, predictions, average="macro"))

    def test_macro_counts_a_class_that_is_only_predicted_as_zero(self):
        assert recall(confusion_matrix([0, 0], [0, 1], num_classes=3)) == 0.25

    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
    @settings(max_examples=60, deadline=None)
    def test_any_pairs(self, pairs):
        labels, predictions = zip(*pairs, strict=True)
        matrix = confusion_matrix(labels, predictions, num_classes=5)
        expected = sklearn.metrics.f1_score(labels, predictions, average="macro", zero_division=0)
        assert f1(matrix) == pytest.approx(expected)
        assert -1 <= mcc(matrix) <= 1


class TestConfusionMatrix:
    def test_rows_are_true_and_columns_predicted(self):
        matrix = confusion_matrix([0, 0, 0, 1], [1, 1, 0, 1], num_classes=2)
        assert matrix.tolist() == [[1, 2], [0, 1]]
        assert matrix.dtype == np.int64

    def test_empty_input(self):
        assert confusion_matrix([], [], num_classes=3).tolist() == [[0, 0, 0]] * 3

    def test_ignored_labels_are_left_out_whatever_was_predicted_there(self):
        matrix = confusion_matrix([0, IGNORED_LABEL, 1, -100], [0, 1, 1, -7], num_classes=2)
        assert matrix.tolist() == [[1, 0], [0, 1]]

    @pytest.mark.parametrize("dtype", [np.int8, np.int32, np.uint8, np.uint64, np.int64])
    def test_small_integer_types_do_not_overflow(self, dtype):
        matrix = confusion_matrix(np.array([120], dtype), np.array([119], dtype), num_classes=121)
        assert matrix[120, 119] == 1
        assert matrix.sum() == 1

    @pytest.mark.parametrize(
        ("labels", "predictions", "message"),
        [
            ([0, 1], [0], "`predictions` must be as many as the labels, 2. Received: 1"),
            ([0, 3], [0, 1], "`labels` must be class ids from 0 to 2. Received: 3. It is in row 1"),
            ([0, -1], [0, 1], "`labels` must be class ids from 0 to 2. Received: -1"),
            ([0, 1], [3, 1], "`predictions` must be class ids from 0 to 2. Received: 3. It is in row 0"),
            ([0, 1], [0, -100], "`predictions` must be class ids from 0 to 2. Received: -100"),
            ([[0, 1]], [0, 1], r"`labels` must be one class id a row, \(N,\). Received: \(1, 2\)"),
            ([0, 1], 1, r"`predictions` must be one class id a row, \(N,\). Received: \(\)"),
            ([0.0, 1.0], [0, 1], "`labels` must be integer class ids. Received: 'float64'"),
            ([True, False], [0, 1], "`labels` must be integer class ids. Received: 'bool'"),
            (["a", "b"], [0, 1], "`labels` must be integer class ids.*LabelMap"),
            ([0, [1, 2]], [0, 1], "`labels` must be a sequence of class ids"),
        ],
    )
    def test_bad_input(self, labels, predictions, message):
        with pytest.raises(ArgumentError, match=message):
            confusion_matrix(labels, predictions, num_classes=3)

    @pytest.mark.parametrize("num_classes", [0, -1, 2.0, True, None, "2"])
    def test_bad_number_of_classes(self, num_classes):
        with pytest.raises(ArgumentError, match="`num_classes` must be an integer of at least 1"):
            confusion_matrix([0], [0], num_classes=num_classes)
        with pytest.raises(ArgumentError, match="`num_classes` must be an integer of at least 1"):
            ConfusionCounts(num_classes)


class TestNothingToCount:
    @pytest.mark.parametrize("metric", SUMMARIES)
    def test_a_summary_of_no_rows_is_nan(self, metric):
        assert np.isnan(metric(np.zeros((3, 3), dtype=int)))

    @pytest.mark.parametrize("average", ["binary", "macro", "micro", "weighted"])
    @pytest.mark.parametrize("metric", RATIOS)
    def test_every_average_of_no_rows_is_nan(self, metric, average):
        assert np.isnan(metric(np.zeros((2, 2), dtype=int), average))

    @pytest.mark.parametrize("metric", RATIOS)
    def test_the_classes_of_no_rows_have_zero(self, metric):
        assert metric(np.zeros((2, 2), dtype=int), None).tolist() == [0.0, 0.0]


class TestRatios:
    def test_binary_takes_the_last_class_as_positive(self):
        matrix = [[5, 3], [1, 4]]
        assert precision(matrix, "binary") == 4 / 7
        assert recall(matrix, "binary") == 4 / 5
        assert precision(matrix, "binary", positive=0) == 5 / 6

    def test_perfect_and_perfectly_wrong(self):
        assert (mcc([[2, 0], [0, 3]]), mcc([[0, 2], [3, 0]])) == (1.0, -1.0)
        assert (f1([[2, 0], [0, 3]]), f1([[0, 2], [3, 0]])) == (1.0, 0.0)

    def test_counts_beyond_32_bits(self):
        billion = 10**12
        assert mcc([[billion, 0], [0, billion]]) == 1.0
        assert mcc([[10**17, 1], [1, 1]]) == pytest.approx(0.5)
        assert accuracy([[3 * billion, billion], [0, 0]]) == 0.75

    @pytest.mark.parametrize("metric", RATIOS)
    def test_binary_needs_two_classes(self, metric):
        with pytest.raises(ArgumentError, match="'macro', 'micro' or 'weighted' for 3 classes"):
            metric(np.eye(3, dtype=int), "binary")

    @pytest.mark.parametrize("metric", RATIOS)
    def test_misspelt_average(self, metric):
        with pytest.raises(ArgumentError, match=r"`average` must be.*'marco'. Did you mean 'macro'"):
            metric(np.eye(3, dtype=int), "marco")

    @pytest.mark.parametrize("positive", [2, -1, True, "good", 1.0])
    def test_bad_positive_class(self, positive):
        with pytest.raises(ArgumentError, match="`positive` must be class id 0 or 1"):
            f1(np.eye(2, dtype=int), "binary", positive=positive)

    def test_positive_class_without_binary_is_a_mistake(self):
        with pytest.raises(ArgumentError, match="`positive` must be left out unless average='binary'"):
            f1(np.eye(2, dtype=int), "macro", positive=1)

    @pytest.mark.parametrize("metric", SUMMARIES)
    @pytest.mark.parametrize(
        ("matrix", "message"),
        [
            ([[1, 2, 3], [4, 5, 6]], r"must be square, .* Received: \(2, 3\)"),
            ([1, 2], r"must be square, .* Received: \(2,\)"),
            (np.zeros((0, 0), dtype=int), r"must be square, .* Received: \(0, 0\)"),
            ([[0.5, 0.5], [0.0, 1.0]], "must be an array of integers. Received: 'float64'"),
            ([[1, -1], [0, 1]], "must be an array of counts, none of them negative. Received: -1"),
        ],
    )
    def test_bad_matrix(self, metric, matrix, message):
        with pytest.raises(ArgumentError, match=f"`matrix` {message}"):
            metric(matrix)


class TestConfusionCounts:
    @given(
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=40),
        st.lists(st.integers(0, 40), max_size=4),
    )
    @settings(max_examples=60, deadline=None)
    def test_batches_of_any_sizes_give_the_counts_of_the_whole(self, pairs, cuts):
        labels, predictions = [p[0] for p in pairs], [p[1] for p in pairs]
        counts = ConfusionCounts(3)
        edges = [0, *sorted(min(cut, len(pairs)) for cut in cuts), len(pairs)]
        for start, stop in itertools.pairwise(edges):
            counts.update(labels[start:stop], predictions[start:stop])
        assert counts.matrix.tolist() == confusion_matrix(labels, predictions, num_classes=3).tolist()
        assert len(counts) == len(pairs)

    def test_sum_is_a_new_object(self):
        first, second = ConfusionCounts(2), ConfusionCounts(2)
        first.update([0, 1], [0, 0])
        second.update([1], [1])
        both = first + second
        assert both.matrix.tolist() == [[1, 0], [1, 1]]
        assert (len(first), len(second), both.num_classes) == (2, 1, 2)

    def test_matrix_is_a_copy(self):
        counts = ConfusionCounts(2)
        counts.matrix[0, 0] = 99
        assert len(counts) == 0

    def test_a_bad_batch_changes_nothing(self):
        counts = ConfusionCounts(2)
        counts.update([0], [0])
        with pytest.raises(ArgumentError, match="from 0 to 1"):
            counts.update([0, 2], [0, 0])
        assert counts.matrix.tolist() == [[1, 0], [0, 0]]

    def test_equality_and_repr(self):
        first, second = ConfusionCounts(2), ConfusionCounts(2)
        assert first == second
        second.update([0], [1])
        assert first != second
        assert first != "counts"
        assert repr(second) == "ConfusionCounts([[0, 1], [0, 0]])"

    def test_counts_over_other_classes_cannot_be_added(self):
        with pytest.raises(ArgumentError, match=r"`other` must be counts over 2 classes. Received: 3"):
            ConfusionCounts(2) + ConfusionCounts(3)
        with pytest.raises(TypeError):
            ConfusionCounts(2) + 1


def test_import_loads_no_heavy_package():
    program = "import json, sys, textclf.metrics; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"sklearn", "scipy", "gensim", "matplotlib"} & set(json.loads(done.stdout))
