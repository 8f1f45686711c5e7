from __future__ import annotations

from collections import deque

import pytest

from textclf.data import pairs
from textclf.data.pairs import texts_of
from textclf.errors import ArgumentError


@pytest.mark.parametrize("together", [1, 2, 3, 100])
@pytest.mark.parametrize("count", [0, 1, 6])
def test_texts_come_in_order_and_labels_before_them(together, count, monkeypatch):
    monkeypatch.setattr(pairs, "_TOGETHER", together)
    given = [(f"text {i}", i) for i in range(count)]
    taken: list[int] = []

    def take(first, labels):
        assert first == len(taken)
        taken.extend(labels)

    found = []
    for text in texts_of(iter(given), take):
        found.append(text)
        assert len(found) <= len(taken) <= len(found) + together
    assert found == [text for text, _ in given]
    assert taken == list(range(count))


def test_no_more_is_read_than_is_wanted():
    read: deque[int] = deque()

    def endless():
        while True:
            read.append(1)
            yield "a", "x"

    texts = texts_of(endless(), lambda first, labels: None)
    assert next(texts) == "a"
    assert len(read) < 10_000


def test_a_text_may_be_a_list_of_tokens():
    assert list(texts_of([(["a", "b"], "x"), [("c",), "y"]], lambda *_: None)) == [["a", "b"], ("c",)]


@pytest.mark.parametrize("bad", ["ab", b"ab", {"a": "b"}, {("a", "b")}, 5, None])
def test_what_is_no_list_of_pairs(bad):
    with pytest.raises(ArgumentError, match="`pairs` must be a list of pairs of a text and its label"):
        texts_of(bad, lambda *_: None)


@pytest.mark.parametrize("bad", ["ab", ("a",), ("a", "b", "c"), None, 5, {"a", "b"}])
def test_what_is_no_pair_is_named_with_its_index(bad, monkeypatch):
    monkeypatch.setattr(pairs, "_TOGETHER", 2)
    with pytest.raises(ArgumentError, match=r"`pairs\[3\]` must be a text and its label"):
        list(texts_of([("a", "x")] * 3 + [bad], lambda *_: None))
