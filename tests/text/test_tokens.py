from __future__ import annotations

import numpy as np
import pytest

from textclf.errors import ArgumentError
from textclf.text.tokens import checked_tokens, token_rows


@pytest.mark.parametrize("tokens", [[], ["a"], ("a", "b"), np.array(["a", "b"])])
def test_tokens_are_returned_as_they_are(tokens):
    assert list(checked_tokens("tokens", tokens)) == list(tokens)


def test_a_generator_becomes_a_list():
    assert checked_tokens("tokens", (token for token in "ab")) == ["a", "b"]


def test_a_list_is_not_copied():
    tokens = ["a", "b"]
    assert checked_tokens("tokens", tokens) is tokens


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("a film", r"`tokens` must be a list of tokens. Received: 'a film'. Tokenize the text first."),
        (b"a", r"`tokens` must be a list of tokens. Received: b'a'"),
        (3, r"`tokens` must be a list of tokens. Received: 3"),
        (["a", 3], r"`tokens\[1\]` must be a string. Received: 3"),
        ((None,), r"`tokens\[0\]` must be a string. Received: None"),
    ],
)
def test_what_is_no_list_of_tokens(bad, message):
    with pytest.raises(ArgumentError, match=message):
        checked_tokens("tokens", bad)


def test_rows_are_read_one_by_one():
    rows = token_rows(tokens for tokens in [["a"], [], 3])
    assert [next(rows), next(rows)] == [["a"], []]
    with pytest.raises(ArgumentError, match=r"`tokenized\[2\]` must be a list of tokens. Received: 3"):
        next(rows)


def test_the_place_of_a_token_that_is_none():
    with pytest.raises(ArgumentError, match=r"`tokenized\[1\]\[0\]` must be a string. Received: 5"):
        list(token_rows([["a"], [5]]))


@pytest.mark.parametrize("bad", ["a film", b"a"])
def test_one_text_is_not_many(bad):
    with pytest.raises(ArgumentError, match="`tokenized` must be a list of token lists. .* Tokenize"):
        list(token_rows(bad))
