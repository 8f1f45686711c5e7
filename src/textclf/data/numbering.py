"""Numbers for the tokens of a corpus before there is a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Numbering"]


class Numbering:
    """Numbers tokens in the order in which they are first seen, and counts them.

    With it a corpus is read once: its tokens are numbered and counted, the vocabulary is built from
    the counts, and the numbers are then exchanged for the ids of the vocabulary.

    Example:
        >>> numbering = Numbering()
        >>> numbers = numbering.encode(["a", "film", "a"])
        >>> numbers
        array([0, 1, 0], dtype=int32)
        >>> numbering.add(numbers)
        >>> numbering.counts()
        {'a': 2, 'film': 1}
    """

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._counts = np.zeros(0, dtype=np.int64)

    @property
    def tokens(self) -> list[str]:
        """The tokens seen so far, in the order of their numbers."""
        return list(self._numbers)

    def encode(self, tokens: Sequence[str]) -> npt.NDArray[np.int32]:
        """Return the number of each token; this counts nothing."""
        return np.fromiter(map(self._numbers.__getitem__, tokens), dtype=np.int32, count=len(tokens))

    def add(self, numbers: npt.NDArray[np.int32]) -> None:
        """Count tokens by their numbers."""
        counts = np.bincount(numbers, minlength=len(self._counts))
        counts[: len(self._counts)] += self._counts
        self._counts = counts

    def counts(self) -> dict[str, int]:
        """Return how often each token was counted, in the order of the numbers."""
        counts = self._counts.tolist() + [0] * (len(self._numbers) - len(self._counts))
        return dict(zip(self._numbers, counts, strict=True))


class _Numbers(dict[str, int]):
    def __missing__(self, token: str) -> int:
        number = self[token] = len(self)
        return number
