from __future__ import annotations

import re

import numpy as np
import pytest

from textclf.errors import ArgumentError
from textclf.text.ids import checked_ids, integer_row


@pytest.mark.parametrize(
    "values",
    [[0, 2, 1], (0, 2, 1), np.array([0, 2, 1], dtype=np.int8), np.array([0, 2, 1], dtype=np.uint64)],
)
def test_integers_of_any_width_become_int64(values):
    row = integer_row("ids", values)
    assert row.dtype == np.int64
    assert row.tolist() == [0, 2, 1]


def test_nothing_is_an_empty_row():
    row = integer_row("ids", [])
    assert row.dtype == np.int64
    assert row.shape == (0,)


@pytest.mark.parametrize("values", [[0.0], [True], ["1"], "1", 3, [[0, 1]], [None], [2**70]])
def test_what_is_not_a_row_of_integers_is_refused(values):
    with pytest.raises(ArgumentError, match=re.escape("`offsets` must be integers in one row. Received: ")):
        integer_row("offsets", values)


def test_rows_of_different_length_are_named():
    with pytest.raises(ArgumentError, match="The rows differ in length"):
        integer_row("ids", [[0], [1, 2]])


def test_the_largest_id_is_allowed():
    assert checked_ids([0, 3], 4, "classes").tolist() == [0, 3]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([0, 4], "`ids[1]` must be in [0, 4), the number of classes. Received: 4."),
        ([-1, 9], "`ids[0]` must be in [0, 4), the number of classes. Received: -1."),
    ],
)
def test_an_id_out_of_range_is_named_with_its_place(ids, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        checked_ids(ids, 4, "classes")


def test_a_huge_unsigned_id_is_out_of_range():
    with pytest.raises(ArgumentError, match=re.escape("`ids[0]` must be in [0, 4)")):
        checked_ids(np.array([2**64 - 1], dtype=np.uint64), 4, "classes")
