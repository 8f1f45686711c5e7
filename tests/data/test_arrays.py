from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data import arrays
from textclf.data.arrays import check_offsets, extremes, integers, parts, row_numbers, token_positions
from textclf.errors import ArgumentError


@given(st.integers(0, 50), st.integers(1, 9))
def test_parts_cover_the_range_once(length, size):
    found = [row for part in parts(length, size) for row in range(part.start, part.stop)]
    assert found == list(range(length))
    assert all(0 < part.stop - part.start <= size for part in parts(length, size))


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_row_numbers_shuffle_as_eight_bytes_do(count):
    rows = row_numbers(count)
    assert rows.dtype == np.int32
    np.random.default_rng([3, 4]).shuffle(rows)
    assert rows.tolist() == np.random.default_rng([3, 4]).permutation(count).tolist()


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=30))
def test_extremes_of_all_parts(values):
    assert extremes(np.array(values)) == (min(values), max(values))


@pytest.mark.parametrize("place", [0, 4, 5, 11])
def test_a_bad_value_is_found_in_every_part(place, monkeypatch):
    monkeypatch.setattr(arrays.parts, "__defaults__", (5,))
    values = np.arange(12)
    values[place] = -7
    with pytest.raises(ArgumentError, match="`ids` must be integers from 0 to 2147483647. Received: -7"):
        integers("ids", values, np.int32)
    offsets = np.arange(1, 14) * 10
    offsets[0] = 0
    check_offsets(offsets, 130)
    offsets[place + 1] = offsets[place] - 1
    with pytest.raises(ArgumentError, match="`offsets` must be an array that never falls"):
        check_offsets(offsets, 130)


def test_values_of_the_right_type_need_not_be_walked():
    assert integers("ids", np.array([-1], dtype=np.int32), np.int32, walk=False).tolist() == [-1]
    with pytest.raises(ArgumentError, match="`ids` must be integers from 0"):
        integers("ids", np.array([-1], dtype=np.int64), np.int32, walk=False)
    with pytest.raises(ArgumentError, match="`ids` must be integers"):
        integers("ids", np.array([1.0]), np.int32, walk=False)


def test_the_view_is_read_only_and_shares_memory():
    values = np.array([1, 2], dtype=np.int32)
    view = integers("ids", values, np.int32)
    assert np.shares_memory(view, values)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 3
    values[0] = 3  # no error


def test_checks_take_no_memory():
    offsets = np.arange(2_000_001, dtype=np.int64)
    tracemalloc.start()
    try:
        check_offsets(integers("offsets", offsets, np.int64), 2_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000  # the array has 16 million bytes


@given(st.lists(st.integers(0, 6), max_size=12), st.data())
def test_token_positions_are_those_of_each_text_in_turn(lengths, data):
    offsets = np.cumsum([0, *lengths])
    rows = data.draw(st.lists(st.integers(0, len(lengths) - 1)) if lengths else st.just([]))
    positions = token_positions(offsets, np.array(rows, dtype=np.int64))
    assert positions.tolist() == [place for row in rows for place in range(offsets[row], offsets[row + 1])]
