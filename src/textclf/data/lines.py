"""The lines and records of a text file, a block at a time, with the line in every complaint."""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from io import BufferedReader
from itertools import chain
from pathlib import Path

from textclf.data.bad_rows import BadRows
from textclf.errors import DataError, MissingFileError

__all__ = ["Undecoded", "line_blocks", "numbered_lines", "plain_rows", "quoted_rows"]

_BLOCK = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_CELL = 2**31 - 1
_WIDE = ("utf-16", "utf-32")


class Undecoded(str):
    """A line that has bytes which are not of the encoding; they are written as escapes."""

    reason: str
    cure: str


def line_blocks(path: Path, encoding: str) -> Generator[list[str]]:
    r"""Yield the lines of a file, without their ``\n``, some thousands at a time.

    Lines end with ``\n`` and nothing else. A gzip file is known by its first bytes, and a byte order
    mark is dropped. To decode and split a block takes half of the time that single lines take. A line
    that cannot be decoded is :class:`Undecoded`, in a block of its own.

    Args:
        path: The file.
        encoding: One that extends ASCII, or a UTF-16 or UTF-32.

    Raises:
        DataError: It is a folder or a damaged gzip file, or in UTF-16 and not said to be.
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
            wide = encoding.startswith(_WIDE)
            blocks = _whole_lines(_in_utf8(file, encoding, path) if wide else _parts(file))
            while True:
                try:
                    block = next(blocks, None)
                except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                    raise DataError(f"the gzip file is damaged: {error}.", path=path, line=number) from None
                if block is None:
                    return
                if number == 1:
                    if block.startswith(_UTF16_MARKS):
                        cure = 'Pass encoding="utf-16".'
                        raise DataError(f"the file is in UTF-16. {cure}", path=path, line=1)
                    block = block.removeprefix(codecs.BOM_UTF8)
                for lines in _decoded(block, "utf-8" if wide else encoding):
                    number += len(lines)
                    yield lines


def numbered_lines(blocks: Iterable[list[str]], bad: BadRows) -> Generator[tuple[int, str]]:
    r"""Yield the number and the characters of each line; ``\r\n`` ends a line too.

    Example:
        >>> list(numbered_lines([["a", ""], ["b\r"]], BadRows()))
        [(1, 'a'), (2, ''), (3, 'b')]
    """
    start = 1
    for lines in blocks:
        first = lines[0] if lines else ""
        if isinstance(first, Undecoded):
            bad.add(start, first.reason, first, first.cure)
        else:
            for number, line in enumerate(lines, start):
                yield number, line[:-1] if line.endswith("\r") else line
        start += len(lines)


def plain_rows(
    blocks: Iterable[list[str]], delimiter: str, bad: BadRows
) -> Generator[tuple[int, list[str]]]:
    r"""Yield the number and the cells of each line that has any character.

    Example:
        >>> list(plain_rows([["a,b", "", "c,d\r"]], ",", BadRows()))
        [(1, ['a', 'b']), (3, ['c', 'd'])]
    """
    start = 1
    for lines in blocks:
        if lines and isinstance(lines[0], Undecoded):
            bad.add(start, lines[0].reason, lines[0], lines[0].cure)
        else:
            for number, line in enumerate(lines, start):
                if line.endswith("\r"):
                    line = line[:-1]
                if line:
                    yield number, line.split(delimiter)
        start += len(lines)


def quoted_rows(
    blocks: Iterable[list[str]], delimiter: str, bad: BadRows
) -> Generator[tuple[int, list[str]]]:
    r"""Yield the cells of each record, and the number of the line on which it begins.

    Cells may stand in double quotes and then hold the delimiter, line ends and doubled quotes. Where
    the quotes of a record cannot be followed its first line is bad, and a record begins on the next.

    Example:
        >>> list(quoted_rows([['a,"b', 'c"', 'd,"e"']], ",", BadRows()))
        [(1, ['a', 'b\nc']), (3, ['d', 'e'])]
    """
    before = csv.field_size_limit(_LONGEST_CELL)
    lines = chain.from_iterable(blocks)
    again: deque[str] = deque()  # lines of a record that could not be followed, to be read anew
    held: list[str] = []  # lines of the record that is being read
    faults: list[Undecoded] = []  # those of them that could not be decoded
    start = 1
    try:
        while True:
            reader = csv.reader(_held(lines, again, held, faults), delimiter=delimiter, strict=True)
            try:
                for cells in reader:
                    if faults:
                        fault = faults[0]
                        bad.add(start + held.index(fault), fault.reason, "\n".join(held), fault.cure)
                        faults.clear()
                    elif cells:
                        yield start, cells
                    start += len(held)
                    held.clear()
                return
            except csv.Error as error:
                reason = f"the quotes cannot be followed in the record that begins here ({error})."
                bad.add(start, reason, held[0], "Close the quotes, or pass quoted=False.")
                again.extendleft(reversed(held[1:]))
                faults.clear()
                start += 1
                held.clear()
    finally:
        csv.field_size_limit(before)


def _held(
    lines: Iterator[str], again: deque[str], held: list[str], faults: list[Undecoded]
) -> Generator[str]:
    """Yield the lines to be read anew and then the others; keep each, and those not decoded once more."""
    while True:
        line = again.popleft() if again else next(lines, None)
        if line is None:
            return
        if isinstance(line, Undecoded):
            faults.append(line)
        held.append(line)
        yield line + "\n"


def _parts(file: BufferedReader | gzip.GzipFile) -> Generator[bytes]:
    while part := file.read1(_BLOCK):
        yield part


def _in_utf8(file: BufferedReader | gzip.GzipFile, encoding: str, path: Path) -> Generator[bytes]:
    """Yield the bytes of a file in UTF-16 or UTF-32 as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for part in chain(_parts(file), [b""]):
        try:
            text = decoder.decode(part, final=not part)
        except UnicodeDecodeError as error:
            place = f"near line {line}, 0x{error.object[error.start]:02x}, is not {encoding}"
            raise DataError(f"a byte {place}. Pass another `encoding`.", path=path) from None
        line += text.count("\n")
        if text:
            yield text.encode("utf-8")


def _whole_lines(parts: Iterable[bytes]) -> Generator[bytes]:
    """Join parts of a file to blocks that end where a line does, without that line's end."""
    begun: list[bytes] = []
    for part in parts:
        end = part.rfind(b"\n")
        if end < 0:
            begun.append(part)
            continue
        yield b"".join([*begun, part[:end]])
        begun = [part[end + 1 :]]
    rest = b"".join(begun)
    if rest:
        yield rest


def _decoded(block: bytes, encoding: str) -> Generator[list[str]]:
    """Yield the lines of a block."""
    try:
        lines = block.decode(encoding).split("\n")
    except UnicodeDecodeError:
        for line in block.split(b"\n"):
            try:
                yield [line.decode(encoding)]
            except UnicodeDecodeError as error:
                yield [_undecoded(error)]
    else:
        yield lines


def _undecoded(error: UnicodeDecodeError) -> Undecoded:
    content: bytes = error.object
    line = Undecoded(content.decode(error.encoding, errors="backslashreplace"))
    line.reason = (
        f"byte {error.start + 1} of the line, 0x{content[error.start]:02x}, is not {error.encoding}."
    )
    cure = 'encoding="latin-1"' if error.encoding == "utf-8" else "another `encoding`"
    line.cure = f"Pass {cure} if that is what the file is in."
    return line
