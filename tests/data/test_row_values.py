from __future__ import annotations

import math

import numpy as np
import pytest

from textclf.data.row_values import is_listed, label_name, label_names, listed_cell, text_value


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("pos", "pos"),
        (" a b ", "a b"),
        (0, "0"),
        (-3, "-3"),
        (2.0, "2"),
        (True, "true"),
        (False, "false"),
        (np.int64(4), "4"),
        (np.float64(4), "4"),
        (np.str_("x"), "x"),
    ],
)
def test_names_of_labels(value, name):
    assert label_name(value) == name


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "the label is missing"),
        (math.nan, "the label is missing"),
        (np.float64("nan"), "the label is missing"),
        ("", "the label is empty"),
        (" \t", "the label is empty"),
        (1.5, "the label is not a string or a whole number but 1.5"),
        (math.inf, "the label is not a string or a whole number but inf"),
        ({}, "the label is not a string"),
        (["a"], "the label is not a string"),
    ],
)
def test_what_is_no_label(value, reason):
    with pytest.raises(ValueError, match=reason):
        label_name(value)


def test_several_labels():
    assert label_names(["b", " a", "b", 1]) == ["b", "a", "1"]
    assert label_names(np.array(["x", "y"])) == ["x", "y"]
    assert label_names(("x",)) == label_names("x") == ["x"]
    assert label_names([]) == []
    for value in ([None], [""], [["a"]], None):
        with pytest.raises(ValueError, match="the label is"):
            label_names(value)


@pytest.mark.parametrize("cell", ["a", "[a]", "[1", '{"a": 1}', "[" * 100_000, "1"])
def test_cells_that_are_no_lists(cell):
    assert listed_cell(cell) == cell


def test_lists():
    assert listed_cell(' ["a", 1]') == ["a", 1]
    assert is_listed(np.zeros(2))
    assert not is_listed(np.zeros(())[()])


@pytest.mark.parametrize("text", ["", "a", "好😀\x00\u2028"])
def test_texts_as_they_are(text):
    assert text_value(text) == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "the text is missing"),
        (math.nan, "the text is missing"),
        (5, "the text is not a string but 5"),
        (["x" * 100], "the text is not a string but .*\\.\\.\\."),
        ("a\ud800", r"the text has U\+D800, half of a surrogate pair, at character 2"),
    ],
)
def test_what_is_no_text(value, reason):
    with pytest.raises(ValueError, match=reason):
        text_value(value)
