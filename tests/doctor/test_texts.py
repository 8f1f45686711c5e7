from __future__ import annotations

import numpy as np
import pytest

import textclf.doctor.texts as checks

AB = ["a", "b"]


def test_empty_texts_are_named(found):
    [one] = found("empty-texts", (["x", " \n"], AB))
    assert one.rows[0].place == "train[1]"
    assert one.severity == "warning"
    assert found("empty-texts", (["x", "y"], AB)) == []


def test_texts_of_one_token(found):
    [one] = found("one-token-texts", (["这部电影", "太无聊了"], AB), tokenizer="whitespace")
    assert one.figures == {"one_token": 2, "rows": 2}
    assert found("one-token-texts", (["这部电影", "太无聊了"], AB), tokenizer="char") == []
    assert found("one-token-texts", (["a b"] * 198 + ["x"] * 2, AB * 100))[0].severity == "note"
    assert found("one-token-texts", (["a b"] * 199 + ["x"], AB * 100)) == []


@pytest.mark.parametrize("lengths", [[1], [1, 1, 1, 100], [0, 7, 3, 3, 20], list(range(1, 60))])
def test_the_length_named_keeps_95_per_cent_and_one_less_does_not(lengths):
    array = np.array(lengths)
    enough = checks._length_for(array, 0.95)
    assert np.minimum(array, enough).sum() >= 0.95 * array.sum()
    assert np.minimum(array, enough - 1).sum() < 0.95 * array.sum()


def test_what_the_length_cuts(found):
    data = (["a " * 10, "b " * 40], AB)
    [one] = found("truncated-texts", data, max_length=20)
    assert one.figures == {"cut_tokens": 20, "tokens": 50, "cut_texts": 1, "length_for_95": 38}
    assert (
        "max_length=20 cuts 40.0 % of the tokens of train, from 1 of 2 texts; 38 would keep 95 %."
        in one.seen
    )
    assert found("truncated-texts", data, max_length=39)[0].severity == "note"
    assert found("truncated-texts", data, max_length=40) == found("truncated-texts", data) == []


def test_html_is_a_warning_where_the_tokenizer_keeps_it(found):
    data = (["good<br />film", "a < b & c"], AB)
    assert found("html-leftovers", data, tokenizer="whitespace")[0].severity == "warning"
    [one] = found("html-leftovers", data, tokenizer="word")
    assert (one.severity, one.figures["html"]) == ("note", 1)


def test_lost_characters(found):
    [one] = found("undecodable-characters", (["tr\ufffds bon", "bad"], AB), (["x"], ["a"]))
    assert one.figures == {"undecodable": 1, "rows": 2}
