"""The rows that a vocabulary needs: which words to look for, and where their vectors go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["NeededRows", "Record", "Rows", "word_bytes"]

Record = tuple[bytes, int, bytes]
"""A word as it stands in the file, the number of its line or row from 1, and what follows it."""


class Rows(NamedTuple):
    """Rows of a vector file, in their order.

    They are the words as they stand in the file (N,), the number of the line or row of each, counted
    from 1 (N,), and the vectors (N, D), of any floating-point type.
    """

    words: Sequence[bytes]
    numbers: Sequence[int]
    vectors: npt.NDArray[np.floating]


_CHUNK = 8192  # rows looked at together, so that no copy of the whole matrix is made


def word_bytes(word: str) -> bytes:
    r"""Return the bytes of a word in a vector file: UTF-8, and a lone surrogate as it is.

    Example:
        >>> word_bytes("né")
        b'n\xc3\xa9'
    """
    return word.encode("utf-8", "surrogatepass")


class NeededRows:
    """The embedding matrix while it is being filled.

    A word's own row wins over that of its lower-case form wherever they stand in the file, and
    the first row of a word wins over later ones.

    Args:
        tokens: All tokens of the vocabulary in the order of their ids.
        first: The id of the first token to look for; those before it are the special ones.
        lowercase_fallback: Look for the lower-case form of a word as well.

    Attributes:
        matrix: The vectors (V, D), zero where there is none; empty until the first one comes.
        origin: The line or row each vector came from (V,), counted from 1; 0 where there is none.
        lowered: Whether it is the vector of the lower-case form (V,).
        wanted: The words to look for; readers ask whether it contains a word.
        repeated: Rows passed over because their word had come before.
    """

    def __init__(self, tokens: Sequence[str], *, first: int, lowercase_fallback: bool) -> None:
        self.tokens = tokens
        self.first = first
        self.matrix = np.zeros((0, 0), dtype=np.float32)
        self.origin = np.zeros(len(tokens), dtype=np.int64)
        self.lowered = np.zeros(len(tokens), dtype=bool)
        self.repeated = 0
        self.wanted: dict[bytes, int] = {word_bytes(tokens[i]): i for i in range(first, len(tokens))}
        self._lowered_ids: dict[bytes, list[int]] = {}
        self._seen: set[bytes] = set()
        if lowercase_fallback:
            for i in range(first, len(tokens)):
                lowered = tokens[i].lower()
                if lowered != tokens[i]:
                    word = word_bytes(lowered)
                    self.wanted.setdefault(word, -1)
                    self._lowered_ids.setdefault(word, []).append(i)

    def allocate(self, dim: int) -> None:
        """Make the matrix, for vectors of ``dim`` numbers."""
        self.matrix = np.zeros((len(self.tokens), dim), dtype=np.float32)

    def place(self, rows: Rows) -> None:
        """Put vectors where their words need them, those aside whose word had come before."""
        if not self.matrix.size:
            self.allocate(rows.vectors.shape[1])
        source: dict[int, int] = {}  # of each id, the place of its vector among the rows
        for place, (word, number) in enumerate(zip(rows.words, rows.numbers, strict=True)):
            for i in self.claim(word, number):
                source[i] = place
        self.matrix[list(source)] = rows.vectors[list(source.values())]

    def claim(self, word: bytes, number: int) -> list[int]:
        """Note that a wanted word stands in a row, and return the ids that its vector goes to."""
        if word in self._seen:
            self.repeated += 1
            return []
        self._seen.add(word)
        ids = [i for i in self._lowered_ids.get(word, ()) if not self.origin[i]]
        for i in ids:
            self.lowered[i] = True
        own = self.wanted[word]
        if own >= 0:
            self.lowered[own] = False
            ids.append(own)
        for i in ids:
            self.origin[i] = number
        return ids

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Which ids have a vector from the file (V,)."""
        return self.origin > 0

    def missing_ids(self) -> npt.NDArray[np.int64]:
        """Return the ids of the words without a vector from the file, in order."""
        return self.first + np.flatnonzero(self.origin[self.first :] == 0)

    def first_not_finite(self) -> int | None:
        """Return the first id whose vector has a NaN or an infinity, None if all are finite."""
        for start, block in self._blocks():
            bad = ~np.isfinite(block).all(axis=1)
            if bad.any():
                return start + int(bad.argmax())
        return None

    def mean_and_spread(self) -> tuple[npt.NDArray[np.float32], float]:
        """Return the mean of the found vectors (D,) and the standard deviation of their numbers."""
        found = self.found
        total = np.zeros(self.matrix.shape[1])
        squares = 0.0
        for start, block in self._blocks():
            rows = block[found[start : start + len(block)]].astype(np.float64)
            total += rows.sum(axis=0)
            squares += float(np.square(rows).sum())
        numbers = int(found.sum()) * self.matrix.shape[1]
        overall = float(total.sum()) / numbers
        spread = max(squares / numbers - overall**2, 0.0) ** 0.5
        return (total / int(found.sum())).astype(np.float32), spread

    def _blocks(self) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        for start in range(0, len(self.matrix), _CHUNK):
            yield start, self.matrix[start : start + _CHUNK]
