from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data import lines
from textclf.data.bad_rows import BadRows
from textclf.data.lines import Undecoded, line_blocks, numbered_lines, plain_rows, quoted_rows
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


def quiet() -> BadRows:
    return BadRows("a", "skip", report=False)


def test_a_byte_order_mark_is_dropped_from_the_first_line_alone(block, file):
    assert lines_of(file("\ufeffa\n\ufeffb\n".encode())) == ["a", "\ufeffb"]


@pytest.mark.parametrize("packed", [False, True])
def test_the_lines_before_a_bad_byte_come_first(block, file, packed):
    path = file(b"a\n\nb\ncd\xff\ne\n", packed=packed)
    found: list[tuple[int, str]] = []
    with pytest.raises(DataError, match=r"a\.tsv, line 4: byte 3 of the line, 0xff, is not utf-8"):
        found += numbered_lines(line_blocks(path, "utf-8"), BadRows(path))
    assert list(numbered_lines(line_blocks(path, "utf-8"), bad := quiet())) == [
        (1, "a"),
        (2, ""),
        (3, "b"),
        (5, "e"),
    ]
    assert [(row.line, row.reason[:11]) for row in bad.first] == [(4, "byte 3 of t")]


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
    rows = list(plain_rows([["a,b", ""], [], ["", "c\r", "\r"], ["d\r\r"]], ",", BadRows()))
    assert rows == [(1, ["a", "b"]), (4, ["c"]), (6, ["d\r"])]


def test_quoted_rows_across_blocks():
    rows = list(quoted_rows([['1,"a'], ['b"'], ["", "2,c\r"]], ",", BadRows()))
    assert rows == [(1, ["1", "a\nb"]), (4, ["2", "c"])]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("packed", [False, True])
def test_wide_encodings(block, file, encoding, packed):
    content = "a\r\nb\u2028好😀\nc".encode(encoding)
    assert lines_of(file(content, packed=packed), encoding) == ["a\r", "b\u2028好😀", "c"]


def test_a_cut_wide_file_is_named_with_its_line(file):
    with pytest.raises(DataError, match="a byte near line 2, 0x62, is not utf-16-le"):
        lines_of(file("a\nb".encode("utf-16-le")[:-1]), "utf-16-le")


def test_a_line_that_cannot_be_decoded_shows_its_bytes(file):
    found = lines_of(file(b"a\nb\xffc\n"))
    assert found == ["a", "b\\xffc"]
    assert isinstance(found[1], Undecoded)
    assert 'encoding="latin-1"' in found[1].cure


def test_records_after_quotes_that_cannot_be_followed_are_read():
    lines = ['1,"a', 'b"', '2,"c', '3,"d"', "4,e", '5,"f" g', '6,"h"']
    rows = list(quoted_rows([lines], ",", bad := quiet()))
    assert rows == [(1, ["1", "a\nb"]), (4, ["3", "d"]), (5, ["4", "e"]), (7, ["6", "h"])]
    assert [row.line for row in bad.first] == [3, 6]


def test_an_open_quote_costs_one_line_and_not_the_rest():
    rows = list(quoted_rows([['1,"a', "2,b"], ["3,c"]], ",", bad := quiet()))
    assert rows == [(2, ["2", "b"]), (3, ["3", "c"])]
    assert bad.count == 1


def test_many_open_quotes():
    lines = [f'{number},"a' if number % 2 else f"{number},b" for number in range(5_000)]
    rows = list(quoted_rows([lines], ",", bad := quiet()))
    assert len(rows) + bad.count <= 5_000
    assert bad.count > 0


def test_a_record_with_a_line_that_cannot_be_decoded_is_bad_as_a_whole(file):
    path = file(b'1,"a\nb\xff"\n2,c\n')
    rows = list(quoted_rows(line_blocks(path, "utf-8"), ",", bad := quiet()))
    assert rows == [(3, ["2", "c"])]
    assert [row.line for row in bad.first] == [2]
