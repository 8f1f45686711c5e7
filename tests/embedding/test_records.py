from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.embedding import records as module
from textclf.embedding.records import Records
from textclf.embedding.source import VectorFile
from textclf.errors import DataError

FILE = VectorFile(Path("vectors.bin"), "word2vec_binary", compressed=False, start=10)


class Everything:
    def __contains__(self, word: object) -> bool:
        return True


def records(content: bytes, count: int, *, size: int = 2, terminator: bytes = b" ", strip: bytes = b""):
    return Records(FILE, io.BytesIO(content), terminator=terminator, size=size, count=count, strip=strip)


def found(all_records: Records, wanted: object) -> list[tuple[bytes, int, bytes]]:
    return [record for part in all_records.find(wanted) for record in part]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=6), st.binary(min_size=3, max_size=3)), min_size=1, max_size=8),
    st.sampled_from([b" ", b"\0", b"]", b"^"]),
    st.binary(max_size=5),
    st.integers(1, 40),
)
def test_any_words_and_bytes_come_back_whatever_the_blocks(pairs, terminator, tail, block):
    pairs = [(word.replace(terminator, b"x"), content) for word, content in pairs]
    joined = b"".join(word + terminator + content for word, content in pairs)
    wanted = {word for word, _ in pairs[::2]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BUFFER", block)
        source = io.BytesIO(joined + tail)
        reader = Records(FILE, source, terminator=terminator, size=3, count=len(pairs))
        rows = found(reader, wanted)
    expected = [(word, i, content) for i, (word, content) in enumerate(pairs, 1) if word in wanted]
    assert rows == expected
    assert reader.rest + source.read() == tail
    assert reader.end == FILE.start + len(joined)


@pytest.mark.parametrize("block", [1, 4, 1000])
def test_stripped_bytes_do_not_belong_to_the_word(monkeypatch, block):
    monkeypatch.setattr(module, "BUFFER", block)
    content = b"a \n1\n\nb 2\nc \n\n\n\n\n 55"
    assert found(records(content, 4, strip=b"\n"), Everything()) == [
        (b"a", 1, b"\n1"),
        (b"b", 2, b"2\n"),
        (b"c", 3, b"\n\n"),
        (b"", 4, b"55"),
    ]


def test_everything_is_wanted_but_not_what_is_no_record(monkeypatch):
    monkeypatch.setattr(module, "BUFFER", 6)
    assert found(records(b"a 11b 22 33", 3), Everything()) == [
        (b"a", 1, b"11"),
        (b"b", 2, b"22"),
        (b"", 3, b"33"),
    ]


@pytest.mark.parametrize("block", [1, 7, 1000])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a 11", r"vectors\.bin.* ends at byte 14, before row 2 of 2"),
        (b"a 11b", r"ends at byte 15, within row 2 of 2, which begins at byte 14"),
        (b"a 11b 2", r"ends at byte 17, within row 2 of 2, which begins at byte 14"),
        (b"", r"ends at byte 10, before row 1 of 2"),
    ],
)
def test_a_cut_is_named(monkeypatch, block, content, message):
    monkeypatch.setattr(module, "BUFFER", block)
    with pytest.raises(DataError, match=message):
        found(records(content, 2), {b"a"})


@pytest.mark.parametrize("filler", [b"b", b"\n"])
def test_a_word_without_an_end_is_given_up(filler):
    content = b"a 11" + filler * 3_000_000
    with pytest.raises(
        DataError, match=r"row 2 of 2, which begins at byte 14, has no word that ends within"
    ):
        found(records(content, 2, strip=b"\n"), {b"a"})


def test_records_may_be_longer_than_a_block(monkeypatch):
    monkeypatch.setattr(module, "BUFFER", 16)
    content = b"".join(b"w%d " % i + bytes([i]) * 100 for i in range(5))
    rows = found(records(content, 5, size=100), {b"w3"})
    assert rows == [(b"w3", 4, b"\3" * 100)]
