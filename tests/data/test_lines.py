from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data import lines
from textclf.data.lines import line_blocks, plain_rows, quoted_rows
from textclf.errors import DataError, MissingFileError


@pytest.fixture(params=[1, 2, 7, 1 << 20])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(lines, "_BLOCK", request.param)
    return int(request.param)


@pytest.fixture
def file(tmp_path: Path):
    def write(content: bytes, *, packed: bool = False) -> Path:
        path = tmp_path / "a.tsv"
        path.write_bytes(gzip.compress(content) if packed else content)
        return path

    return write


def lines_of(path: Path, encoding: str = "utf-8", found: list[str] | None = None) -> list[str]:
    found = [] if found is None else found
    for some in line_blocks(path, encoding):
        found += some
    return found


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("\n", [""]),
        ("\n\nb", ["", "", "b"]),
        ("\ufeffa\r\nlong line\n\nç好\n", ["a\r", "long line", "", "ç好"]),
        ("a\u2028b\x85c\rd\n", ["a\u2028b\x85c\rd"]),
    ],
)
def test_the_lines_whatever_the_size_of_a_block(block, file, content, expected, packed):
    assert lines_of(file(content.encode(), packed=packed)) == expected


@given(st.text(st.sampled_from("ab\n\r\u2028好"), max_size=40), st.integers(1, 9), st.booleans())
def test_the_lines_are_those_of_split(tmp_path_factory, content, size, packed):
    path = tmp_path_factory.getbasetemp() / "lines.tsv"
    data = content.encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    expected = content.split("\n")
    if expected[-1] == "":
        expected.pop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", size)
        assert lines_of(path) == expected


def test_a_byte_order_mark_is_dropped_from_the_first_line_alone(block, file):
    assert lines_of(file("\ufeffa\n\ufeffb\n".encode())) == ["a", "\ufeffb"]


@pytest.mark.parametrize("packed", [False, True])
def test_the_lines_before_a_bad_byte_come_first(block, file, packed):
    found: list[str] = []
    path = file(b"a\n\nb\ncd\xff\ne\n", packed=packed)
    with pytest.raises(DataError, match=r"a\.tsv, line 4: byte 3 of the line, 0xff, is not utf-8"):
        lines_of(path, found=found)
    assert found == ["a", "", "b"]


def test_a_file_in_utf_16_is_named(block, file):
    with pytest.raises(DataError, match="line 1: the file is in UTF-16"):
        lines_of(file("ab\n".encode("utf-16")))


@pytest.mark.parametrize("cut", [-1, -9, 30])
def test_a_damaged_gzip_file(block, file, cut):
    path = file(b"")
    path.write_bytes(gzip.compress(bytes(range(32, 127)) * 50)[:cut])
    with pytest.raises(DataError, match=r"a\.tsv, line 1: the gzip file is damaged"):
        lines_of(path)


def test_lines_before_the_damage_are_read_and_counted(file, tmp_path):
    whole = b"".join(b"%d\n" % number for number in range(200_000))
    packed = gzip.compress(whole)
    path = file(b"")
    path.write_bytes(packed[: len(packed) // 2])
    found: list[str] = []
    with pytest.raises(DataError, match="damaged") as caught:
        lines_of(path, found=found)
    assert 50_000 < len(found) < 150_000
    assert found == [str(number) for number in range(len(found))]
    assert caught.value.line == len(found) + 1


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(MissingFileError, match="does not exist"):
        lines_of(tmp_path / "none")
    with pytest.raises(DataError, match="this is a folder"):
        lines_of(tmp_path)


def test_the_file_is_closed_when_the_reader_stops(file):
    blocks = line_blocks(file(b"a\n"), "utf-8")
    next(blocks)
    blocks.close()  # an open file would warn, and a warning is an error here


def test_plain_rows_count_the_lines_that_they_skip():
    rows = list(plain_rows([["a,b", ""], [], ["", "c\r", "\r"], ["d\r\r"]], ","))
    assert rows == [(1, ["a", "b"]), (4, ["c"]), (6, ["d\r"])]


def test_quoted_rows_across_blocks():
    rows = list(quoted_rows(Path("a"), [['1,"a'], ['b"'], ["", "2,c\r"]], ","))
    assert rows == [(1, ["1", "a\nb"]), (4, ["2", "c"])]
