from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.embedding.decimals import read_decimals


def one_by_one(rows: list[bytes]) -> np.ndarray:
    return np.array([[np.float32(float(value)) for value in row.split(b" ")] for row in rows])


def same_bits(first: np.ndarray, second: np.ndarray) -> bool:
    return first.dtype == second.dtype and first.tobytes() == second.tobytes()


plain = st.builds(
    lambda sign, before, after: f"{sign}{before}.{after}",
    st.sampled_from(["", "-"]),
    st.text("0123456789", min_size=1, max_size=7),
    st.text("0123456789", max_size=8),
)


@given(st.data(), st.integers(1, 5))
def test_plain_decimals_are_read_to_the_last_bit(data, dim):
    row = st.lists(plain, min_size=dim, max_size=dim).map(lambda values: " ".join(values).encode())
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    values, done = read_decimals(rows, dim)
    assert done.all()
    assert same_bits(values, one_by_one(rows))


@pytest.mark.parametrize(
    "row",
    [
        b"-0.0 0.0",
        b"-.5 .25",
        b"7. -7.",
        b"-0.00001 000.10",
        b"0.00000000000001 123456789012345.",
        b"0.1 0.7",
    ],
)
def test_corners(row):
    values, done = read_decimals([row], 2)
    assert done.tolist() == [True]
    assert same_bits(values, one_by_one([row]))


@pytest.mark.parametrize(
    "row",
    [
        b"1e-3 0.5",
        b"1 0.5",
        b"nan 0.5",
        b"+1.5 0.5",
        b"1_0.0 0.5",
        b"0x1.0 0.5",
        b"0.5\t0.5 .",
        b"0.1234567890123456 0.5",
        b"1.5-2 0.5",
        b"--1.5 0.5",
        b"1..5 0 5",
        b"1.2.3 5",
        b". 0.5",
        b"-. 0.5",
        b" 1.5.",
        b"0.5 0.5 ",
        b"0.5. ",
        b"0.5",
        b"0.5 0.5 0.5",
        b"",
        "0.5 0.\u0663".encode(),
    ],
)
def test_anything_else_is_left_to_others(row):
    values, done = read_decimals([row], 2)
    assert done.tolist() == [False]
    assert values.tolist() == [[0, 0]]
    values, done = read_decimals([b"0.25 -1.5", row], 2)
    assert not done[1]
    assert not values[1].any()
    assert values[0].tolist() == ([0.25, -1.5] if done[0] else [0, 0])


def test_a_row_of_another_form_does_not_keep_the_others_back():
    values, done = read_decimals([b"0.5 1.5", b"2.5e0 1.0", b"3.5 -4.5"], 2)
    assert done.tolist() == [True, False, True]
    assert values.tolist() == [[0.5, 1.5], [0, 0], [3.5, -4.5]]


def test_no_rows():
    values, done = read_decimals([], 3)
    assert values.shape == (0, 3)
    assert done.shape == (0,)
