from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.metrics import aligned_table, display_width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("体育", 4),
        ("ｆ１", 4),
        ("한국", 4),
        ("é", 1),
        ("e\u0301", 1),
        ("a\u200db", 2),
        ("α", 1),
    ],
)
def test_display_width(text, width):
    assert display_width(text) == width


def test_first_column_is_left_and_others_right():
    assert aligned_table([["name", "n"], ["a", "100"]]) == "name    n\na     100"


def test_wide_names_line_up():
    lines = aligned_table([["体育新闻", "1"], ["sport", "10"], ["日", "2"]]).split("\n")
    assert {display_width(line) for line in lines} == {12}


def test_gap():
    assert aligned_table([["a", "b", "c"]], gap=1) == "a b c"


def test_rows_of_different_lengths_and_empty_ones():
    assert aligned_table([["a", "1"], [], ["b"]]) == "a  1\n\nb"
    assert aligned_table([]) == ""


def test_control_characters_cannot_break_the_lines():
    text = "a\nb\tc\x1b[31m\u2028\ud800"
    assert aligned_table([[text, "1"]]) == "a\\nb\\tc\\x1b[31m\\u2028\\ud800  1"


@given(st.lists(st.lists(st.text(max_size=6), min_size=3, max_size=3), min_size=1, max_size=5))
def test_last_column_always_ends_at_the_same_place(rows):
    rows = [[*row, "|"] for row in rows]
    lines = aligned_table(rows).split("\n")
    assert len(lines) == len(rows)
    assert len({display_width(line) for line in lines}) == 1
