from __future__ import annotations

from pathlib import Path

import pytest

from textclf.data.columns import (
    Choice,
    choose_columns,
    column_number,
    is_header,
    is_label_like,
    name_or_number,
)
from textclf.errors import ArgumentError

TEXTS = ["a good film", "quite a bad film", "good enough", "not at all good"]
CLASSES = ["pos", "neg", "pos", "neg"]
IDS = ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("names", "columns", "expected"),
    [
        ([], [TEXTS, CLASSES], Choice(0, 1)),
        ([], [CLASSES, TEXTS], Choice(1, 0)),
        ([], [IDS, CLASSES, TEXTS], Choice(2, 1)),
        ([], [CLASSES, CLASSES, TEXTS], Choice(2, 0, (1,))),
        ([], [IDS, IDS, TEXTS], Choice(2, None)),
        ([], [TEXTS], Choice(0, None)),
        (["id", "Review", "STARS"], [IDS, TEXTS, IDS], Choice(1, 2)),
        (["title", "text", "topic"], [TEXTS, IDS, CLASSES], Choice(1, 2)),
        (["a", "b", "label"], [CLASSES, TEXTS, IDS], Choice(1, 2)),
        (["text", "a", "text"], [TEXTS, CLASSES, IDS], Choice(0, 1)),
    ],
)
def test_text_and_label(names, columns, expected):
    assert choose_columns(names, columns) == expected


def test_long_labels_of_short_texts():
    columns = [["hi", "bye", "hello", "see you"] * 3, ["greeting"] * 12]
    assert choose_columns([], columns) == Choice(0, 1)


def test_columns_that_are_given_are_kept():
    assert choose_columns([], [TEXTS, CLASSES, CLASSES], label=2) == Choice(0, 2)
    assert choose_columns([], [TEXTS, CLASSES, IDS], text=1, label=0) == Choice(1, 0)
    assert choose_columns(["text", "label"], [TEXTS, CLASSES], text=1).label is not None


def test_without_labels():
    assert choose_columns([], [CLASSES, TEXTS], labelled=False) == Choice(1)
    assert choose_columns([], [], labelled=False) == Choice(None)


def test_columns_of_labels():
    assert is_label_like(["a"])
    assert not is_label_like([])
    assert not is_label_like(["", "a", "a", "a"])
    assert not is_label_like(["x" * 101] * 4)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["text", "label"], ["a", "b"]], True),
        ([["", "Text"], ["0", "a film"]], True),
        ([["what it says", "stars"], ["a", "5"]], True),
        ([["sentimnt", "what"], ["1", "a film"], ["0", "a play"]], True),
        ([["text", "text"], ["a", "b"]], False),
        ([["question", "What time is it?"], ["order", "A pizza."]], False),
        ([["question", "Anybody there"], ["order", "A pizza."], ["question", "Who"]], False),
        ([["5", "text"], ["1", "a film"]], False),
        ([["pos", "good"], ["neg", "bad"]], False),
        ([["label"]], True),
        ([], False),
    ],
)
def test_headers(rows, expected):
    assert is_header(rows) is expected


def test_numbers_and_names():
    names = ["a", "b", "b", ""]
    assert [name_or_number(names, at) for at in range(5)] == ["a", 1, 2, 3, 4]
    assert column_number("text", 9, names, Path("x")) == 9
    with pytest.raises(ArgumentError, match="`text` must be the name of one column of x"):
        column_number("text", "b", names, Path("x"))
    with pytest.raises(ArgumentError, match="`text` must be a column of x. Received: 'c'"):
        column_number("text", "c", names, Path("x"))


def test_doubts():
    assert Choice(0, 1).doubts("column", []) == ()
    assert Choice(2, 0, (1,)).doubts("key", ["a", "b", "c"]) == (
        "key 'a' is taken for the label; it could be 'b'. Pass label= to say which.",
    )
