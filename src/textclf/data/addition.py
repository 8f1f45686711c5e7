"""A built-in task for taggers: adding two long numbers, digit by digit.

The carry runs through the whole number, from the least significant digit to the most significant
one, so a model that cannot carry state from step to step cannot learn the task, and one that can
reaches an accuracy of 1.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from textclf.validation import require_int

__all__ = ["AdditionCorpus", "addition_corpus"]

_TOKENS = np.array([[f"{left}+{right}" for right in range(10)] for left in range(10)], dtype=object)
_DIGITS = np.array([str(digit) for digit in range(10)], dtype=object)


@dataclass(frozen=True, eq=False)
class AdditionCorpus:
    """Additions of two numbers, as token sequences with one label a token.

    Attributes:
        tokens: One list for each addition, with one token for each place of the sum and the least
            significant place first: ``"3+8"`` where the numbers have the digits 3 and 8. The last
            token is always ``"0+0"``; its label is the carry.
        labels: The digit of the sum, ``"0"`` to ``"9"``, for each token.
        digits: The digits of the two numbers, (N, 2, length) int8, least significant first.
    """

    tokens: list[list[str]]
    labels: list[list[str]]
    digits: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def length(self) -> int:
        """Number of digits of each number; a sequence is one step longer."""
        return int(self.digits.shape[2])

    def operands(self, index: SupportsIndex) -> tuple[int, int]:
        """Return the two numbers of one addition.

        Args:
            index: Which addition; a negative one counts from the end.

        Returns:
            The numbers, as integers of any size.

        Raises:
            IndexError: There is no such addition.

        Example:
            >>> corpus = addition_corpus(2, length=3)
            >>> sum(corpus.operands(0)) == corpus.sum_of(0)
            True
        """
        left, right = self.digits[self._position(index)]
        return _number("".join(map(str, left))), _number("".join(map(str, right)))

    def sum_of(self, index: SupportsIndex) -> int:
        """Return the sum that the labels of one addition spell.

        Args:
            index: Which addition; a negative one counts from the end.

        Returns:
            The sum, as an integer of any size.

        Raises:
            IndexError: There is no such addition.

        Example:
            >>> corpus = addition_corpus(1, length=2)
            >>> str(corpus.sum_of(0)).zfill(3) == "".join(reversed(corpus.labels[0]))
            True
        """
        return _number(self.labels[self._position(index)])

    def _position(self, index: SupportsIndex) -> int:
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(f"`index` must be that of one of {len(self)} additions. Received: {position}.")
        return position


def addition_corpus(num_examples: int, *, length: int, seed: int = 0) -> AdditionCorpus:
    """Make additions of two random numbers, to be tagged with the digits of their sum.

    Each digit is drawn uniformly from 0 to 9, so a number may begin with zeros. The sum of two numbers of
    ``length`` digits has up to ``length + 1`` digits: every sequence has ``length + 1`` steps.

    Args:
        num_examples: How many additions to make.
        length: How many digits each number has.
        seed: Chooses the digits. Take another seed for a test set.

    Returns:
        The tokens, the label of each token, and the digits of the numbers.

    Raises:
        ArgumentError: An argument is not an integer, or too small.

    Example:
        >>> corpus = addition_corpus(1, length=3, seed=5)
        >>> corpus.tokens, corpus.labels
        ([['6+6', '8+9', '7+6', '0+0']], [['2', '8', '4', '1']])
        >>> corpus.operands(0), corpus.sum_of(0)
        ((786, 696), 1482)
    """
    num_examples = require_int("num_examples", num_examples, at_least=1)
    length = require_int("length", length, at_least=1)
    rng = np.random.default_rng(require_int("seed", seed, at_least=0))
    digits = rng.integers(0, 10, size=(num_examples, 2, length), dtype=np.int8)
    steps = np.pad(digits, ((0, 0), (0, 0), (0, 1)))  # (N, 2, length + 1)
    sums = steps.sum(axis=1, dtype=np.int8)
    carry = np.zeros(num_examples, dtype=np.int8)
    for step in range(length + 1):  # One carry follows from the other; all additions go together.
        sums[:, step] += carry
        carry = (sums[:, step] > 9).astype(np.int8)
    return AdditionCorpus(
        tokens=_TOKENS[steps[:, 0], steps[:, 1]].tolist(),
        labels=_DIGITS[sums % 10].tolist(),
        digits=digits,
    )


def _number(digits: Sequence[str]) -> int:
    """Return the number with these digits, least significant first.

    Piece by piece, because Python converts only some thousand digits of a string at a time.
    """
    number = 0
    for end in range(len(digits), 0, -1000):
        piece = digits[max(0, end - 1000) : end]
        number = number * 10 ** len(piece) + int("".join(reversed(piece)))
    return number
