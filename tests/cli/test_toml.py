from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.cli.toml import line_of, typed_value, written
from textclf.errors import ArgumentError

texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.one_of(texts, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.booleans())
nested = st.one_of(plain, st.lists(plain), st.dictionaries(texts, plain))
tables = st.dictionaries(texts, nested)


@given(st.dictionaries(texts, st.one_of(nested, tables)))
def test_what_is_written_is_read_as_it_was(values):
    assert tomllib.loads(written(values)) == values


@pytest.mark.parametrize(
    "value", ["\x7f\x00\x1f\x85\u2028", "\\ \" '''", "\U0001f600", 1e-05, 1e300, float("inf")]
)
def test_odd_values_survive(value):
    assert tomllib.loads(written({"a b": value, "t": {"ü": value}})) == {"a b": value, "t": {"ü": value}}


def test_types_survive():
    assert type(tomllib.loads(written({"a": 2.0}))["a"]) is float
    assert tomllib.loads(written({"a": True, "b": (1, 2)})) == {"a": True, "b": [1, 2]}


@pytest.mark.parametrize(
    ("value", "message"), [(None, "`a` must be a string, a number"), ("\ud800", "UTF-8")]
)
def test_what_cannot_be_written_is_an_error(value, message):
    with pytest.raises(ArgumentError, match=message):
        written({"a": value})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("false", False),
        ("[1, 2]", [1, 2]),
        ("{a = 2.0}", {"a": 2.0}),
        ("'3'", "3"),
        ("cuda:0", "cuda:0"),
        ("", ""),
        ("1\nb = 2", "1\nb = 2"),
    ],
)
def test_a_value_has_its_type_or_is_a_string(text, value):
    assert typed_value(text) == value
    assert type(typed_value(text)) is type(value)


@pytest.mark.parametrize(
    ("key", "table", "line"),
    [
        ("a", None, 2),
        ("b c", None, 3),
        ("x", "t", 6),
        ("y", "t", 4),
        ("t", None, 4),
        ("a", "t", 7),
        ("nothing", None, None),
    ],
)
def test_the_line_of_a_key_is_found(key, table, line):
    text = '# a = 1\na = 1\n"b c" = 2\nt.y = 3\n[t]\nx = 1\n  a = 2\n'
    assert line_of(text, key, table) == line
