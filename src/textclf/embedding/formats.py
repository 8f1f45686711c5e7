"""The line and record formats of word2vec, GloVe and fastText's .vec, read as a stream.

Words are compared as bytes, so a row whose word is not valid UTF-8 is passed over like any other
row that the vocabulary does not need.

References:
    Mikolov, Chen, Corrado and Dean (2013), Efficient Estimation of Word Representations in Vector
    Space: the word2vec program and its two formats.
    Pennington, Socher and Manning (2014), GloVe: Global Vectors for Word Representation.
"""

from __future__ import annotations

import functools
from collections.abc import Container, Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from textclf.embedding.rows import Row
from textclf.embedding.source import BUFFER, NUMERAL, VectorFile
from textclf.errors import DataError

__all__ = ["binary_rows", "records", "text_rows"]

_LONGEST_WORD = 1 << 16  # bytes; more without an end means that the file is not what it says


def text_rows(file: VectorFile, stream: BinaryIO, wanted: Container[bytes]) -> Iterator[Row]:
    r"""Yield the wanted rows of a text file: a word and D numbers, with single spaces between them.

    Lines end at ``\n`` only, and the word is everything before the last D numbers, so it may
    contain spaces, U+0085 and U+00A0. Spaces and ``\r`` at the end of a line and blank lines do not
    count. The width of every line is checked, its numbers only where the word is wanted.

    Raises:
        DataError: A line of another width, a value that is not a number, or more or fewer rows
            than the header says.
    """
    dim = _known_dim(file)
    stream.read(file.start)
    first = 1 if file.rows is None else 2
    read_line = functools.partial(stream.readline, _LONGEST_WORD + 64 * dim)
    rows = 0
    for number, line in enumerate(iter(read_line, b""), first):
        fields = line.rstrip(b" \r\n")
        end = fields.find(b" ")
        if fields.count(b" ") != dim:
            if not fields:
                continue
            end = _end_of_word(fields, dim, file, number)
        rows += 1
        if rows == file.rows:
            _check_no_more_lines(file, stream, number)
        word = fields[:end]
        if word in wanted:
            yield word, _numbers(fields[end + 1 :], word, file, number), number
    if file.rows is not None and rows < file.rows:
        raise DataError(
            f"the header says {file.rows:,} rows, and the file ends after {rows:,}: it was cut short, or "
            "the header is wrong. Fetch the file again, or correct its first line.",
            path=file.path,
        )


def binary_rows(file: VectorFile, stream: BinaryIO, wanted: Container[bytes]) -> Iterator[Row]:
    r"""Yield the wanted rows of a word2vec binary: a word, a space, D float32 and perhaps a ``\n``.

    Raises:
        DataError: More or fewer rows than the header says, or an end within a row.
    """
    dim = _known_dim(file)
    stream.read(file.start)
    rows = file.rows if file.rows is not None else 0
    for number, (field, buffer, start) in enumerate(records(file, stream, b" ", 4 * dim, rows), 1):
        word = field.lstrip(b"\n")  # that of word2vec.c stands at the end of the row before
        if word in wanted:
            yield word, np.frombuffer(buffer, dtype="<f4", count=dim, offset=start), number


def records(
    file: VectorFile, stream: BinaryIO, terminator: bytes, size: int, count: int, *, last: bool = True
) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield records of a word, its terminator and ``size`` bytes: (word, buffer, where these begin).

    Args:
        file: For the messages.
        stream: Stands at the first record.
        terminator: The one byte that ends a word.
        size: Bytes after the terminator.
        count: How many records there are.
        last: Whether nothing but line ends may follow. Otherwise the stream is left in the
            middle of what follows, and the last tuple is (b"", rest of the buffer, 0).

    Raises:
        DataError: The file ends within a record, or goes on after the last one.
    """
    buffer, position, passed = b"", 0, file.start
    for number in range(1, count + 1):
        end = buffer.find(terminator, position)
        while end < 0 or end + 1 + size > len(buffer):
            more = stream.read(BUFFER)
            if not more or (end < 0 and len(buffer) - position > _LONGEST_WORD):
                row = f"row {number:,} of {count:,}"
                raise _broken_record(file, row, passed + position, passed + len(buffer), bool(more))
            passed += position
            buffer, position = buffer[position:] + more, 0
            end = buffer.find(terminator)
        yield buffer[position:end], buffer, end + 1
        position = end + 1 + size
    rest = buffer[position:]
    if not last:
        yield b"", rest, 0
    elif (rest or stream.read(16)).strip(b"\n"):
        raise DataError(
            f"the header says {count:,} rows, and after them, from byte {passed + position:,} on, there is "
            "more: the header is wrong or the file is damaged. Fetch it again.",
            path=file.path,
        )


def _known_dim(file: VectorFile) -> int:
    if file.dim is None:
        raise DataError("the file does not say how many numbers a vector has.", path=file.path)
    return file.dim


def _broken_record(file: VectorFile, row: str, start: int, end: int, goes_on: bool) -> DataError:
    if goes_on:
        text = (
            f"{row}, which begins at byte {start:,}, has no word that ends within {_LONGEST_WORD:,} bytes"
        )
    elif start == end:
        text = f"the file ends at byte {end:,}, before {row}"
    else:
        text = f"the file ends at byte {end:,}, within {row}, which begins at byte {start:,}"
    return DataError(
        f"{text}: the file was cut short or damaged, or its header is wrong. Fetch it again.",
        path=file.path,
    )


def _check_no_more_lines(file: VectorFile, stream: BinaryIO, number: int) -> None:
    """Raise if lines other than blank ones follow the last row that the header promises."""
    while piece := stream.read(BUFFER):
        blank = piece[: len(piece) - len(piece.lstrip(b" \r\n"))]
        number += blank.count(b"\n")
        if len(blank) < len(piece):
            raise DataError(
                f"the header says {file.rows:,} rows, and there are more: the header is wrong or "
                "two files were joined. Correct the first line.",
                path=file.path,
                line=number + 1,
            )


def _end_of_word(fields: bytes, dim: int, file: VectorFile, number: int) -> int:
    """Return where the word of a line ends that has more or fewer spaces than usual."""
    parts = fields.rsplit(b" ", dim)
    between = parts[0].split(b" ")[1:]
    surplus = sum(NUMERAL.fullmatch(part) is not None for part in between)
    if len(parts) <= dim or surplus:
        received = dim + surplus if surplus else fields.count(b" ")
        expected = "the header says" if file.rows is not None else "the first line has"
        raise DataError(
            f"the row has {received} numbers, {expected} {dim}: the line is damaged, the file was cut "
            "short, or the columns are not separated by single spaces.",
            path=file.path,
            line=number,
        )
    return len(parts[0])


def _numbers(text: bytes, word: bytes, file: VectorFile, number: int) -> npt.NDArray[np.float32]:
    values = text.split(b" ")
    try:
        if b"_" not in text:  # Python's float reads 1_000
            with np.errstate(over="ignore"):
                return np.array(values, dtype=np.float32)
    except ValueError:
        pass
    wrong = next(value for value in values if not _is_number(value))
    shown, value = (part.decode("utf-8", "replace") for part in (word, wrong))
    raise DataError(
        f"the vector of {shown!r} has the value {value!r}, which is not a number. "
        "Correct the line, or take it out.",
        path=file.path,
        line=number,
    )


def _is_number(value: bytes) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return b"_" not in value
