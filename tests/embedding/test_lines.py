from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.embedding import lines as module
from textclf.embedding.lines import Lines, whole_lines
from textclf.embedding.source import VectorFile
from textclf.errors import DataError

FILE = VectorFile(Path("vectors.txt"), "glove_text", compressed=False, dim=2)
WITH_HEADER = VectorFile(Path("vectors.txt"), "word2vec_text", compressed=False, dim=2, rows=9)


class Everything:
    def __contains__(self, word: object) -> bool:
        return True


def lines(content: bytes, *, number: int = 1, file: VectorFile = FILE) -> Lines:
    return Lines(content, content.rindex(b"\n") + 1, file, number)


# ---- Blocks --------------------------------------------------------------------------------------


@given(st.text("ab \n\r", max_size=40), st.integers(1, 20))
def test_blocks_hold_every_line_once(text, block):
    content = text.encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BUFFER", block)
        parts = [part[:size] for part, size in whole_lines(io.BytesIO(content), 1000)]
    assert all(part.endswith(b"\n") for part in parts)
    assert b"".join(parts) == content + b"\n" * (content[-1:] not in (b"", b"\n"))


def test_a_line_without_an_end_is_cut(monkeypatch):
    monkeypatch.setattr(module, "BUFFER", 10)
    parts = [part[:size] for part, size in whole_lines(io.BytesIO(b"x" * 95 + b"\ny"), 30)]
    assert parts == [b"x" * 40 + b"\n", b"x" * 40 + b"\n", b"x" * 15 + b"\n", b"y\n"]


# ---- Rows ----------------------------------------------------------------------------------------

ROW = [b"a 1 2", b"a b 1 2", b". . 1 2", b" 1 2", b"\r 1 2", b"\xff 1 2", "电影 -1 .5".encode()]
END = [b"\n", b" \n", b"\r\n", b"  \n", b" \r\n", b"\r \n", b"\r\r\n"]
BLANK = [b"\n", b" \n", b"\r\n", b"  \n", b"   \n", b" \r \n"]


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(ROW), st.sampled_from(END)) | st.sampled_from(BLANK), min_size=1))
def test_all_rows_are_found_in_their_order(parts):
    content = b"".join(part if isinstance(part, bytes) else b"".join(part) for part in parts)
    block = lines(content + b"begun 1", number=5)
    words = [(i, part[0].rsplit(b" ", 2)) for i, part in enumerate(parts, 5) if not isinstance(part, bytes)]
    assert block.count == len(parts)
    assert block.rows == len(words)
    assert block.find(Everything()) == [(word, i, b" ".join(numbers)) for i, (word, *numbers) in words]
    assert [block.number_of_row(row) for row in range(len(words))] == [i for i, _ in words]


def test_only_wanted_words_are_found():
    block = lines(b"a 1 2\nb 3 4\na b 5 6\nab 7 8\n")
    assert block.find({b"b", b"a b"}) == [(b"b", 2, b"3 4"), (b"a b", 3, b"5 6")]


@pytest.mark.parametrize(
    ("wrong", "received"),
    [(b"c 1", 1), (b"c 1 2 3", 3), (b"c", 0), (b"c 1 2 3 4 ", 4), (b"c\t1\t2", 0), (b"1 ", 0)],
)
@pytest.mark.parametrize(
    ("file", "expected"), [(FILE, "the first line has 2"), (WITH_HEADER, "the header says 2")]
)
def test_a_line_of_another_width_is_an_error_though_nobody_wants_it(wrong, received, file, expected):
    block = lines(b"a 1 2\nb 3 4\n" + wrong + b"\nd 5 6\n", number=7, file=file)
    with pytest.raises(DataError, match=f"the row has {received} numbers, {expected}") as caught:
        block.find({b"a"})
    assert caught.value.line == 9


def test_two_wrong_lines_do_not_make_up_for_each_other():
    with pytest.raises(DataError, match="the row has 3 numbers"):
        lines(b"a 1 2 3\nb 1\n").find(set())
    long = b" 1" * 258
    with pytest.raises(DataError, match="the row has 258 numbers"):
        lines(b"a 1 2\nb" + long + b"\n").find(set())


def test_lines_behind_the_limit_are_not_looked_at():
    block = lines(b"a 1 2\n\nb 3 4\nwrong\n")
    assert block.rows == 3
    assert block.find(Everything(), 2) == [(b"a", 1, b"1 2"), (b"b", 3, b"3 4")]
    assert block.find(Everything(), 0) == []
    assert block.number_of_row(2) == 4
