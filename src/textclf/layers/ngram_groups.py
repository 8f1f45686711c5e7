"""N-grams of groups of texts, each group brought once into the order that both products of a step need.

A step of a linear model multiplies the texts by the rows of their n-grams, and the errors of the texts by
the same weights the other way round. In the order of the texts the one, and in the order of the rows the
other, is a sum over consecutive entries.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

__all__ = ["Floats", "Group", "Ints", "Kept", "Places", "Weighted"]

Floats: TypeAlias = npt.NDArray[np.float32]
Ints: TypeAlias = npt.NDArray[np.integer]

_TEXT_BITS = 16  # texts in a group: a pair of row and text is one 64-bit number
_KEPT = 1 << 24  # pairs of row and text kept from pass to pass, about 400 MB; more are made again each time

T = TypeVar("T", bound="_Sized")


class _Sized(Protocol):
    @property
    def texts(self) -> Ints: ...


@dataclasses.dataclass(frozen=True)
class Group:
    """The distinct n-grams of some texts.

    Attributes:
        rows: Shape (R,): the rows that occur, in rising order.
        starts: Shape (R,): where the pairs of each row begin.
        texts: Shape (P,): the text of each pair of row and text, in the order of the rows.
        labels: Shape (B,), or booleans (B, C).
    """

    rows: Ints
    starts: Ints
    texts: Ints
    labels: npt.NDArray[Any]

    @classmethod
    def of(cls, rows: Tensor, labels: Tensor) -> Group:
        """Take ``(B, n)`` rows, 0 where there is none, and ``(B,)`` or ``(B, C)`` labels."""
        pairs = (rows << _TEXT_BITS).add_(torch.arange(len(rows)).unsqueeze(1))[rows > 0].numpy()
        pairs.sort()
        pairs = pairs[_first_of_each(pairs)]
        each = pairs >> _TEXT_BITS
        starts = np.flatnonzero(_first_of_each(each))
        texts = (pairs & ((1 << _TEXT_BITS) - 1)).astype(np.int32)
        return cls(each[starts], starts.astype(np.int32), texts, labels.numpy())

    def targets(self, num_classes: int) -> Floats:
        """Return 1 for each class of each text and 0 for the others, ``(B, C)``."""
        if self.labels.ndim == 2:
            return self.labels.astype(np.float32)
        targets: Floats = np.eye(num_classes, dtype=np.float32)[self.labels]
        return targets


@dataclasses.dataclass(frozen=True)
class Weighted:
    """A group with the weight of each pair, in the order of the rows and in that of the texts.

    Attributes:
        weights: Shape (P,): of length 1 for each text, in the order of the rows.
        text_rows: Shape (P,): which of the group's rows, in the order of the texts.
        text_starts: Shape (B,): where the pairs of each text begin.
        text_weights: Shape (P,): the same in the order of the texts.
    """

    group: Group
    weights: Floats
    text_rows: Ints
    text_starts: Ints
    text_weights: Floats

    @property
    def texts(self) -> Ints:
        """The text of each pair of row and text, in the order of the rows."""
        return self.group.texts

    @classmethod
    def of(cls, group: Group, rarity: Floats) -> Weighted:
        """Weight a group by the rarity of the rows, ``(S,)``."""
        counts = np.diff(group.starts, append=len(group.texts))
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        weights = rarity.take(group.rows).take(rows)
        squares = np.bincount(group.texts, weights=weights * weights, minlength=len(group.labels))
        weights /= np.sqrt(squares).astype(np.float32).take(group.texts)
        order = np.argsort(group.texts.astype(np.uint16), kind="stable")  # a radix sort, for 16 bits
        each = np.bincount(group.texts, minlength=len(group.labels))
        starts = (np.cumsum(each) - each).astype(np.int32)
        return cls(group, weights, rows.take(order), starts, weights.take(order))


class Places:
    """Numbers the rows that occur, from 0, in the order in which they are first seen.

    A table has a million rows, and a corpus of some thousand texts a few of them on each of its pages. A
    table of the rows that occur is small, and its most frequent rows stand together.

    Args:
        num_rows: Rows of the large table.
    """

    def __init__(self, num_rows: int) -> None:
        self._places = np.full(num_rows, -1, np.int32)
        self._rows: list[Ints] = []
        self.count = 0

    @property
    def rows(self) -> Ints:
        """The rows that occur, each at its place."""
        return np.concatenate([np.zeros(0, np.int64), *self._rows])

    def numbered(self, group: Group) -> Group:
        """Return the group with places in place of rows."""
        new = group.rows[self._places.take(group.rows) < 0]
        self._places[new] = np.arange(self.count, self.count + len(new))
        self._rows.append(new)
        self.count += len(new)
        return dataclasses.replace(group, rows=self._places.take(group.rows).astype(np.int64))


class Kept(Generic[T]):
    """What a function makes, kept in memory for the next time unless it is too much."""

    def __init__(self, make: Callable[[], Iterable[T]]) -> None:
        self._make = make
        self._kept: list[T] | None = None

    def __iter__(self) -> Iterator[T]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[T] | None = []
        size = 0
        for item in self._make():
            size += len(item.texts)
            if kept is not None and size <= _KEPT:
                kept.append(item)
            else:
                kept = None
            yield item
        self._kept = kept


def _first_of_each(ordered: Ints) -> npt.NDArray[np.bool_]:
    """Mark the first of each run of equal numbers."""
    marks = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=marks[1:])
    return marks
