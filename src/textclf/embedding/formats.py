"""The line and record formats of word2vec, GloVe and fastText's .vec, read as a stream.

Words are compared as bytes, so a row whose word is not valid UTF-8 is passed over like any other
row that the vocabulary does not need. Both readers go through the file in blocks and first pick the
wanted rows as bytes; only their numbers are then converted, those of many rows together.

References:
    Mikolov, Chen, Corrado and Dean (2013), Efficient Estimation of Word Representations in Vector
    Space: the word2vec program and its two formats.
    Pennington, Socher and Manning (2014), GloVe: Global Vectors for Word Representation.
"""

from __future__ import annotations

import io
from collections.abc import Container, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from textclf.embedding.decimals import read_decimals
from textclf.embedding.lines import Lines, whole_lines
from textclf.embedding.records import Records
from textclf.embedding.rows import Record, Rows
from textclf.embedding.source import BUFFER, LONGEST_WORD, VectorFile, known_dim
from textclf.errors import DataError

__all__ = ["binary_records", "binary_rows", "text_records", "text_rows"]

_MANY = 1 << 15  # numbers converted together


def text_rows(file: VectorFile, stream: io.BufferedIOBase, wanted: Container[bytes]) -> Iterator[Rows]:
    r"""Yield the wanted rows of a text file: a word and D numbers, with single spaces between them.

    Lines end at ``\n`` only, and the word is everything before the last D numbers, so it may
    contain spaces, U+0085 and U+00A0. Spaces and ``\r`` at the end of a line and blank lines do not
    count. The width of every line is checked, its numbers only where the word is wanted.

    Raises:
        DataError: A line of another width, a value that is not a number, or more or fewer rows
            than the header says.
    """
    dim = known_dim(file)
    for found in _together(text_records(file, stream, wanted), dim):
        words, numbers, texts = zip(*found, strict=True)
        vectors, done = read_decimals(texts, dim)
        for i in np.flatnonzero(~done).tolist():
            vectors[i] = _numbers(texts[i], words[i], file, numbers[i])
        yield Rows(words, numbers, vectors)


def binary_rows(file: VectorFile, stream: io.BufferedIOBase, wanted: Container[bytes]) -> Iterator[Rows]:
    r"""Yield the wanted rows of a word2vec binary: a word, a space, D float32 and perhaps a ``\n``.

    Raises:
        DataError: More or fewer rows than the header says, or an end within a row.
    """
    dim = known_dim(file)
    for found in _together(binary_records(file, stream, wanted), dim):
        words, numbers, contents = zip(*found, strict=True)
        yield Rows(words, numbers, np.frombuffer(b"".join(contents), dtype="<f4").reshape(-1, dim))


def text_records(
    file: VectorFile, stream: io.BufferedIOBase, wanted: Container[bytes]
) -> Iterator[list[Record]]:
    """Yield what :func:`text_rows` does, the numbers as they stand in the file.

    Raises:
        DataError: A line of another width, or more or fewer rows than the header says.
    """
    stream.read(file.start)
    rows, number = 0, 1 if file.rows is None else 2
    for block, size in whole_lines(stream, LONGEST_WORD + 64 * known_dim(file)):
        lines = Lines(block, size, file, number)
        left = None if file.rows is None else file.rows - rows
        if found := lines.find(wanted, left):
            yield found
        if left is not None and lines.rows > left:
            raise DataError(
                f"the header says {file.rows:,} rows, and there are more: the header is wrong or "
                "two files were joined. Correct the first line.",
                path=file.path,
                line=lines.number_of_row(left),
            )
        rows += lines.rows
        number += lines.count
    if file.rows is not None and rows < file.rows:
        raise DataError(
            f"the header says {file.rows:,} rows, and the file ends after {rows:,}: it was cut short, or "
            "the header is wrong. Fetch the file again, or correct its first line.",
            path=file.path,
        )


def binary_records(
    file: VectorFile, stream: io.BufferedIOBase, wanted: Container[bytes]
) -> Iterator[list[Record]]:
    """Yield what :func:`binary_rows` does, the numbers as they stand in the file.

    Raises:
        DataError: More or fewer rows than the header says, or an end within a row.
    """
    stream.read(file.start)
    count = file.rows if file.rows is not None else 0
    size = 4 * known_dim(file)
    # The line end that word2vec.c writes after a row comes to stand before the word of the next.
    records = Records(file, stream, terminator=b" ", size=size, count=count, strip=b"\n")
    yield from records.find(wanted)
    rest = records.rest or stream.read(BUFFER)
    while rest:
        if rest.strip(b"\n"):
            raise DataError(
                f"the header says {count:,} rows, and after them, from byte {records.end:,} on, there is "
                "more: the header is wrong or the file is damaged. Fetch it again.",
                path=file.path,
            )
        rest = stream.read(BUFFER)


def _together(parts: Iterable[list[Record]], dim: int) -> Iterator[list[Record]]:
    """Yield records in longer lists, since each call of NumPy costs the same for one as for many."""
    together: list[Record] = []
    for part in parts:
        together += part
        if len(together) * dim >= _MANY:
            yield together
            together = []
    if together:
        yield together


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
