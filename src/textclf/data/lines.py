"""The lines and records of a text file, a block at a time, with the line in every complaint."""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections.abc import Generator, Iterable
from io import BufferedReader
from pathlib import Path

from textclf.errors import DataError, MissingFileError

__all__ = ["line_blocks", "plain_rows", "quoted_rows"]

_BLOCK = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_CELL = 2**31 - 1


def line_blocks(path: Path, encoding: str) -> Generator[list[str]]:
    r"""Yield the lines of a file, without their ``\n``, some thousands at a time.

    Lines end with ``\n`` and nothing else. A gzip file is known by its first bytes, and a byte order
    mark is dropped. To decode and split a block takes half of the time that single lines take.

    Args:
        path: The file.
        encoding: One that extends ASCII.

    Raises:
        DataError: It is a folder, a damaged gzip file, or has bytes that are not of the encoding.
        MissingFileError: There is no such file.
    """
    if not path.exists():
        raise MissingFileError("the file does not exist. Check the path.", path=path)
    if path.is_dir():
        raise DataError("this is a folder. Give the path of a file in it.", path=path)
    number = 1
    with path.open("rb") as plain:
        packed = plain.peek(2)[:2] == _GZIP_MAGIC
        with gzip.open(plain, "rb") if packed else plain as file:
            blocks = _whole_lines(file)
            while True:
                try:
                    block = next(blocks, None)
                except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                    raise DataError(f"the gzip file is damaged: {error}.", path=path, line=number) from None
                if block is None:
                    return
                if number == 1:
                    block = block.removeprefix(codecs.BOM_UTF8)
                for lines in _decoded(block, encoding, path, number):
                    number += len(lines)
                    yield lines


def plain_rows(blocks: Iterable[list[str]], delimiter: str) -> Generator[tuple[int, list[str]]]:
    r"""Yield the number and the cells of each line that has any character; ``\r\n`` ends a line too.

    Example:
        >>> list(plain_rows([["a,b", "", "c,d\r"]], ","))
        [(1, ['a', 'b']), (3, ['c', 'd'])]
    """
    start = 1
    for lines in blocks:
        for number, line in enumerate(lines, start):
            if line.endswith("\r"):
                line = line[:-1]
            if line:
                yield number, line.split(delimiter)
        start += len(lines)


def quoted_rows(
    path: Path, blocks: Iterable[list[str]], delimiter: str
) -> Generator[tuple[int, list[str]]]:
    """Yield the cells of each record, and the number of the line on which it begins.

    Cells may stand in double quotes and then hold the delimiter, line ends and doubled quotes.

    Raises:
        DataError: Quotes that cannot be followed; with ``path`` and the line.

    Example:
        >>> list(quoted_rows(Path("a.csv"), [["a,'b'", 'c,"d']], ","))
        Traceback (most recent call last):
        ...
        textclf.errors.DataError: a.csv, line 2: the quotes cannot be followed ...
    """
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        lines = (line + "\n" for block in blocks for line in block)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        start = 1
        try:
            for cells in reader:
                if cells:
                    yield start, cells
                start = reader.line_num + 1
        except csv.Error as error:
            raise DataError(
                f"the quotes cannot be followed in the record that begins here ({error}). "
                "Close the quotes, or pass quoted=False.",
                path=path,
                line=start,
            ) from None
    finally:
        csv.field_size_limit(before)


def _whole_lines(file: BufferedReader | gzip.GzipFile) -> Generator[bytes]:
    """Yield the bytes of a file in blocks that end where a line does, without that line's end."""
    parts: list[bytes] = []
    while part := file.read1(_BLOCK):
        end = part.rfind(b"\n")
        if end < 0:
            parts.append(part)
            continue
        yield b"".join([*parts, part[:end]])
        parts = [part[end + 1 :]]
    rest = b"".join(parts)
    if rest:
        yield rest


def _decoded(block: bytes, encoding: str, path: Path, start: int) -> Generator[list[str]]:
    """Yield the lines of a block, which begins with line ``start``."""
    try:
        lines = block.decode(encoding).split("\n")
    except UnicodeDecodeError:
        for number, line in enumerate(block.split(b"\n"), start):
            try:
                alone = line.decode(encoding)
            except UnicodeDecodeError as error:
                raise _undecodable(error, path, number) from None
            yield [alone]
    else:
        yield lines


def _undecodable(error: UnicodeDecodeError, path: Path, number: int) -> DataError:
    content: bytes = error.object
    if number == 1 and content.startswith(_UTF16_MARKS):
        return DataError("the file is in UTF-16. Convert it to UTF-8.", path=path, line=1)
    cure = 'encoding="latin-1"' if error.encoding == "utf-8" else "another `encoding`"
    return DataError(
        f"byte {error.start + 1} of the line, 0x{content[error.start]:02x}, is not {error.encoding}. "
        f"Pass {cure} if that is what the file is in.",
        path=path,
        line=number,
    )
