"""Lines of a word and its numbers, looked at many at a time.

The width of all lines of a block is checked by NumPy in one go, which takes a third of the time that
counting the spaces line by line does. Then only the beginning of each line is looked at.
"""

from __future__ import annotations

import io
from collections.abc import Container, Iterator
from operator import itemgetter

import numpy as np

from textclf.embedding.rows import Record
from textclf.embedding.source import BUFFER, NUMERAL, VectorFile, known_dim
from textclf.errors import DataError

__all__ = ["Lines", "whole_lines"]

_LINE_END, _RETURN, _SPACE = b"\n\r "


def whole_lines(stream: io.BufferedIOBase, longest: int) -> Iterator[tuple[bytes, int]]:
    r"""Read a stream in blocks and yield each with the number of its bytes that are whole lines.

    What follows them comes again, at the beginning of the next block. A missing line end at the end
    of the stream is added, and after more than ``longest`` bytes without one as well.

    Example:
        >>> list(whole_lines(io.BytesIO(b"a 1\nb 2"), 1000))
        [(b'a 1\nb 2', 4), (b'b 2\n', 4)]
    """
    rest = b""
    while more := stream.read1(BUFFER):
        block = rest + more
        size = block.rfind(b"\n", len(rest)) + 1
        if size == 0 and len(block) > longest:
            block += b"\n"
            size = len(block)
        if size > 0:
            yield block, size
        rest = block[size:]
    if rest:
        yield rest + b"\n", len(rest) + 1


class Lines:
    """The lines of one block.

    A line is usual if it has as many spaces as numbers, the one that may end it not counted. All
    others are looked at one by one: blank ones, which are no rows, those whose word has spaces in
    it, and those that are wrong.

    Args:
        block: Bytes that begin with whole lines.
        size: How many bytes these lines take.
        file: The file, for its width and for the messages.
        number: The number of the first line.

    Attributes:
        count: How many lines there are.
        rows: How many of them are rows.
    """

    def __init__(self, block: bytes, size: int, file: VectorFile, number: int) -> None:
        self._block = block
        self._file = file
        self._first = number
        self._dim = known_dim(file)
        octets = np.frombuffer(block, dtype=np.uint8, count=size)
        ends = np.flatnonzero(octets == _LINE_END)
        self._ends = ends
        self._starts = np.concatenate(([0], ends[:-1] + 1))
        spaces = np.add.reduceat((octets == _SPACE).view(np.uint8), self._starts, dtype=np.int32)
        last = ends - 1
        last -= octets[last] == _RETURN
        ends_in_space = octets[last] == _SPACE
        last -= ends_in_space
        self._stops = last + 1
        self._usual = spaces - ends_in_space == self._dim
        self._usual &= (octets[last] != _SPACE) & (octets[last] != _RETURN)
        is_row = self._usual.copy()
        for i in np.flatnonzero(~is_row).tolist():
            is_row[i] = self._fields(i) != b""
        self._row_lines = np.flatnonzero(is_row)
        self.count = len(self._starts)
        self.rows = len(self._row_lines)

    def find(self, wanted: Container[bytes], limit: int | None = None) -> list[Record]:
        """Return the wanted ones among the first ``limit`` rows, and check the width of these.

        Raises:
            DataError: A line is of another width.
        """
        lines = self._row_lines[:limit]
        usual = self._usual[lines]
        found = self._find_usual(lines[usual], wanted)
        if not usual.all():
            for i in lines[~usual].tolist():
                fields = self._fields(i)
                end = self._end_of_word(fields, self._first + i)
                if fields[:end] in wanted:
                    found.append((fields[:end], self._first + i, fields[end + 1 :]))
            found.sort(key=itemgetter(1))
        return found

    def number_of_row(self, row: int) -> int:
        """Return the number of the line that a row stands in; the first row of the block is 0."""
        return self._first + int(self._row_lines[row])

    def _find_usual(self, lines: np.ndarray, wanted: Container[bytes]) -> list[Record]:
        found = []
        block, find, first, stops = self._block, self._block.find, self._first, self._stops
        for i, start in zip(lines.tolist(), self._starts[lines].tolist(), strict=True):
            end = find(b" ", start)
            word = block[start:end]
            if word in wanted:
                found.append((word, first + i, block[end + 1 : stops[i]]))
        return found

    def _fields(self, i: int) -> bytes:
        return self._block[self._starts[i] : self._ends[i]].rstrip(b" \r")

    def _end_of_word(self, fields: bytes, number: int) -> int:
        """Return where the word of a line ends that is not usual."""
        dim = self._dim
        parts = fields.rsplit(b" ", dim)
        between = parts[0].split(b" ")[1:]
        surplus = sum(NUMERAL.fullmatch(part) is not None for part in between)
        if len(parts) <= dim or surplus:
            received = dim + surplus if surplus else fields.count(b" ")
            expected = "the header says" if self._file.rows is not None else "the first line has"
            raise DataError(
                f"the row has {received} numbers, {expected} {dim}: the line is damaged, the file was cut "
                "short, or the columns are not separated by single spaces.",
                path=self._file.path,
                line=number,
            )
        return len(parts[0])
