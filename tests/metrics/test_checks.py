from __future__ import annotations

import numpy as np
import pytest

from textclf.errors import ArgumentError
from textclf.metrics.checks import (
    check_range,
    checked_ids,
    checked_matrix,
    checked_probabilities,
    several_labels,
)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 2]], r"square, .* Received: \(1, 2\)"),
        ([], "square"),
        ([[0.5, 0.5], [0, 1]], "Give counts, not shares"),
        ([[1, -1], [0, 1]], "none of them negative. Received: -1"),
    ],
)
def test_what_is_no_confusion_matrix(matrix, message):
    with pytest.raises(ArgumentError, match=message):
        checked_matrix(matrix)


def test_a_confusion_matrix_comes_back_in_64_bits():
    assert checked_matrix(np.ones((2, 2), dtype=np.int8)).dtype == np.int64


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([[1]], "one class id a row"),
        ([0.5], "with LabelMap"),
        (["a"], "with LabelMap"),
        ([[1], [1, 2]], "ids"),
    ],
)
def test_what_are_no_ids(ids, message):
    with pytest.raises(ArgumentError, match=f"`labels` must be .*{message}"):
        checked_ids("labels", ids)


def test_no_ids_are_ids():
    assert checked_ids("labels", []).dtype == np.int64


def test_the_row_of_an_id_out_of_range_is_named():
    ids = np.array([0, -100, 5])
    with pytest.raises(ArgumentError, match="from 0 to 1. Received: 5. It is in row 2"):
        check_range("labels", ids, 2, ids != -100)
    check_range("labels", ids, 6, ids != -100)


def test_ignored_rows_are_left_out():
    labels, shares = checked_probabilities([1, -100], [[0.5, 0.5], [np.nan, 7.0]])
    assert labels.tolist() == [1]
    assert shares.tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([[0.5, 0.6]], "rows that sum to one"),
        ([[1.5, -0.5]], r"in \[0, 1\]"),
        ([[np.nan, 1.0]], "finite"),
        ([[0.5, 0.5], [0.5, 0.5]], "as many rows as there are labels, 1"),
        ([0.5, 0.5], "one row of probabilities a text"),
    ],
)
def test_what_are_no_probabilities(shares, message):
    with pytest.raises(ArgumentError, match=f"`probabilities` must be .*{message}"):
        checked_probabilities([0], shares)


def test_which_labels_are_several_a_row():
    assert several_labels(np.zeros((3, 2), bool))
    assert several_labels([[True, False]])
    assert not several_labels([0, 1])
    assert not several_labels(np.array([0, 1]))
