from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data.inputs import (
    KEEP,
    all_strings,
    check_count,
    checked_labels,
    checked_texts,
    checked_truncation,
    tokens_of,
    truncated,
)
from textclf.errors import ArgumentError


@pytest.mark.parametrize(
    ("keep", "length", "expected"),
    [
        ("head", 3, "abc"),
        ("tail", 3, "efg"),
        ("both", 3, "abg"),
        ("both", 4, "abfg"),
        ("both", 1, "a"),
        ("head", 1, "a"),
        ("tail", 1, "g"),
        ("both", 6, "abcefg"),
        ("both", 7, "abcdefg"),
        ("tail", None, "abcdefg"),
    ],
)
def test_truncation(keep, length, expected):
    assert "".join(truncated(list("abcdefg"), length, keep)) == expected


@given(st.lists(st.integers()), st.integers(1, 10), st.sampled_from(KEEP))
def test_truncation_gives_the_length_asked_for(values, length, keep):
    kept = truncated(values, length, keep)
    assert len(kept) == min(length, len(values))
    head = {"head": len(kept), "tail": 0, "both": (len(kept) + 1) // 2}[keep]
    assert list(kept) == values[:head] + values[len(values) - len(kept) + head :]


def test_tokens_of_strings_and_of_tokens():
    assert tokens_of(str.split, 0, "a b") == ["a", "b"]
    assert tokens_of(str.split, 0, "") == []
    assert tokens_of(str.split, 0, np.str_("a b")) == ["a", "b"]
    assert tokens_of(str.split, 0, ["a b", ""]) == ["a b", ""]
    assert tokens_of(str.split, 0, ("a",)) == ("a",)
    assert tokens_of(str.split, 0, []) == []


@pytest.mark.parametrize("text", [5, b"a", ["a", 5], [["a"]], {"a"}, np.array(["a"])])
def test_what_is_no_text(text):
    with pytest.raises(ArgumentError, match=r"`texts\[7\]` must be a string or a list of tokens"):
        tokens_of(str.split, 7, text)


class NAType:
    """What pandas puts in the place of a missing value."""


@pytest.mark.parametrize("text", [None, float("nan"), NAType()])
def test_missing_texts(text):
    with pytest.raises(ArgumentError, match="Write a missing text as an empty string"):
        tokens_of(str.split, 0, text)


@pytest.mark.parametrize("result", ["a b", None, [1], ["a", None]])
def test_what_a_tokenizer_may_not_return(result):
    with pytest.raises(ArgumentError, match=r"`tokenizer` must be a function .*for texts\[3\]"):
        tokens_of(lambda text: result, 3, "a b")


def test_a_single_text_is_no_list():
    with pytest.raises(
        ArgumentError, match=r"`texts` must be a list of texts.*Put a single text into a list: \[text\]"
    ):
        checked_texts("a film")


@pytest.mark.parametrize("texts", [None, 5, {"a": "b"}, {"a", "b"}, np.array([["a"]])])
def test_what_is_no_list_of_texts(texts):
    with pytest.raises(ArgumentError, match="`texts` must be a list of texts"):
        checked_texts(texts)


def test_a_data_frame_is_no_list_of_texts():
    class Frame(list):
        shape = (1, 2)  # polars goes through its columns, numpy through its rows

    with pytest.raises(ArgumentError, match=r"`texts` must be a list of texts.*a table.*one column"):
        checked_texts(Frame())


def test_lists_of_texts():
    for texts in (["a"], ("a",), iter(["a"]), np.array(["a"])):
        assert checked_texts(texts) is texts


def test_labels_of_one_kind():
    assert checked_labels(None, None) is None
    assert checked_labels(iter("ab"), None) == ["a", "b"]
    assert checked_labels(None, (iter("ab") for _ in range(2))) == [["a", "b"], ["a", "b"]]
    with pytest.raises(ArgumentError, match="`token_labels` must be None if `labels` are given"):
        checked_labels(["a"], [["a"]])


def test_equal_labels_of_a_generator_are_one_string_and_nothing_else_is_changed():
    one, other, number, flag = checked_labels(("".join(["a", "b"]), "".join(["a", "b"]), 1, True), None)
    assert one is other
    assert (number, flag) == (1, True)
    assert flag is True
    assert checked_labels(iter([[], None]), None) == [[], None]  # left for LabelMap to refuse


@pytest.mark.parametrize("labels", ["ab", {"a", "b"}, {"a": 1}, 5])
def test_what_is_no_list_of_labels(labels):
    with pytest.raises(ArgumentError, match="`labels` must be a list with an entry for each text"):
        checked_labels(labels, None)
    with pytest.raises(ArgumentError, match="`token_labels` must be a list with a list for each text"):
        checked_labels(None, labels)
    with pytest.raises(
        ArgumentError, match=r"`token_labels\[1\]` must be a list with a label for each token"
    ):
        checked_labels(None, [["a"], labels])


def test_check_count():
    check_count("labels", None, 5)
    check_count("labels", [], 0)
    with pytest.raises(
        ArgumentError, match=r"`labels` must be as many as the texts, 2. Received: '1 entries'"
    ):
        check_count("labels", ["a"], 2)


@pytest.mark.parametrize(("values", "expected"), [
    ([], True),
    (["a", ""], True),
    (np.array(["a", "b"]), True),
    (["a", np.str_("b")], True),
    (["a", b"b"], False),
    (["a", None], False),
    ([["a"]], False),
])  # fmt: skip
def test_all_strings(values, expected):
    assert all_strings(values) is expected


def test_how_texts_are_truncated_is_checked():
    assert checked_truncation(np.int64(3), "both") == (3, "both")
    with pytest.raises(ArgumentError, match="`max_length` must be an integer of at least 1. Received: 0"):
        checked_truncation(0, "head")
    with pytest.raises(ArgumentError, match="`keep` must be one of 'head', 'tail', 'both'"):
        checked_truncation(3, "middle")
