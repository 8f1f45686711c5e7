"""Token ids of many texts by looking up pieces of text, with numpy and without a step of Python a token.

A tokenizer and a dictionary spend their time on words that they have seen thousands of times. Here
texts are cut into pieces (:mod:`textclf.text.cuts`), and the tokenizer sees each different piece
once. A piece of up to 15 bytes is two integers: its bytes and its length. All pieces of a megabyte
of text are looked up at once in a hash table of such integers; what is new, long, or has lost its
place in the table to another piece goes through a dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.text.tokenizers import PieceTokenizer

__all__ = ["PieceIds", "Pieces"]

_SLOT_BITS = 19
_MOST_PIECES = 2**18
_MOST_IDS = 2**20
_LONGEST_KEPT = 64
_LONGEST_KEY = 15
_PADDING = b"\n" * 16

Numbers = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

# The bytes that belong to a piece of 0 to 16 bytes, in the first eight and in the next eight.
_LOW = np.array([(1 << 8 * min(length, 8)) - 1 for length in range(17)], dtype=np.uint64)
_HIGH = np.array([(1 << 8 * max(length - 8, 0)) - 1 for length in range(17)], dtype=np.uint64)


@dataclass(frozen=True)
class Pieces:
    """The pieces of some texts, P in number; all arrays of shape (P,) but ``text_ends``."""

    data: bytes
    starts: Integers
    ends: Integers
    low: Keys
    high: Keys
    slots: Integers
    text_ends: Integers

    def names(self, rows: Integers) -> list[bytes]:
        """Return the bytes of some of the pieces."""
        data = self.data
        return [
            data[start:end]
            for start, end in zip(self.starts[rows].tolist(), self.ends[rows].tolist(), strict=True)
        ]


class PieceIds:
    """Turns texts into ids piece by piece.

    Args:
        tokenizer: Says what the pieces are, and what the tokens of a piece.
        ids_of: Gives the id of each token; it is called once for each piece that is new.

    Example:
        >>> from textclf.text import Vocab, WordTokenizer
        >>> encoder = PieceIds(WordTokenizer(), Vocab(["good", "film"]).encode)
        >>> ids, lengths = encoder.encode(["A good film", "", "film, film"])
        >>> ids.tolist(), lengths.tolist()
        ([1, 2, 3, 3, 1, 3], [3, 0, 3])
    """

    def __init__(
        self, tokenizer: PieceTokenizer, ids_of: Callable[[Sequence[str]], npt.NDArray[np.int32]]
    ) -> None:
        self._tokenizer = tokenizer
        self._ids_of = ids_of
        self._forget()

    def encode(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], Integers]:
        """Return the ids of N texts, shape (T,), and how many each text has, shape (N,)."""
        return self.look_up(self.prepare(texts))

    def look_up(self, pieces: Pieces) -> tuple[npt.NDArray[np.int32], Integers]:
        """Return what :meth:`encode` does, from pieces that are cut already."""
        if self._count > _MOST_PIECES or self._num_ids > _MOST_IDS:
            self._forget()
        numbers = self._numbers(pieces)
        return self._ids(pieces, numbers)

    def exchange(
        self,
        ids: npt.NDArray[np.int32],
        ids_of: Callable[[Sequence[str]], npt.NDArray[np.int32]],
    ) -> None:
        """Replace each id that was given so far by ``ids[id]``, and ask ``ids_of`` from now on."""
        self._all_ids[: self._num_ids] = ids[self._all_ids[: self._num_ids]]
        self._ids_of = ids_of

    def _forget(self) -> None:
        """Begin with no piece known; number 0 stands for none."""
        self._slots = np.zeros(1 << _SLOT_BITS, dtype=np.int32)
        self._low = np.zeros(1024, dtype=np.uint64)
        self._high = np.zeros(1024, dtype=np.uint64)
        self._begin = np.zeros(1025, dtype=np.int64)
        self._all_ids = np.zeros(1024, dtype=np.int32)
        self._known: dict[bytes, int] = {}
        self._count = 1
        self._num_ids = 0

    def prepare(self, texts: Sequence[str]) -> Pieces:
        """Cut texts into pieces, and make the key of each and its place in the table; changes nothing."""
        coded = [text.encode("utf-8", "surrogatepass") for text in map(self._tokenizer.cleaned, texts)]
        data = b"".join([b"\n", b"\n".join(coded), b"\n", _PADDING])
        text_ends = np.cumsum(np.fromiter(map(len, coded), dtype=np.int64, count=len(coded)) + 1)
        starts, ends = self._tokenizer.pieces(data)
        lengths = np.minimum(ends - starts, _LONGEST_KEY + 1)
        # Eight bytes from every place on: the bytes of a piece are one integer, if it has so many.
        eight = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
        low = eight.take(starts)
        low &= _LOW.take(lengths)
        # The length keeps pieces apart that end in zero bytes, and long ones from all others.
        high = (lengths << 56).view(np.uint64)
        long = np.flatnonzero(lengths > 8)
        high[long] |= eight.take(starts[long] + 8) & _HIGH.take(lengths[long])
        mixed = (low ^ high * np.uint64(0xC2B2AE3D27D4EB4F)) * np.uint64(0x9E3779B97F4A7C15)
        slots = (mixed >> np.uint64(64 - _SLOT_BITS)).view(np.int64)
        return Pieces(data, starts, ends, low, high, slots, text_ends)

    def _numbers(self, pieces: Pieces) -> Numbers:
        """Return the number of each piece, having taken in the new ones."""
        numbers, missing = self._find(pieces.slots, pieces.low, pieces.high)
        if len(missing):
            slots = pieces.slots[missing]
            free = self._slots.take(slots) == 0
            free &= pieces.ends[missing] - pieces.starts[missing] <= _LONGEST_KEY
            rows = missing[free]
            # Of the new pieces that want the same slot, the one that wrote last gets it.
            claims = np.arange(-len(rows), 0, dtype=np.int32)
            self._slots[pieces.slots[rows]] = claims
            rows = rows[self._slots.take(pieces.slots[rows]) == claims]
            self._slots[pieces.slots[rows]] = self._add(
                pieces.names(rows), pieces.low[rows], pieces.high[rows]
            )
            numbers[missing], still = self._find(slots, pieces.low[missing], pieces.high[missing])
            rest = missing[still]
            if len(rest):
                numbers[rest] = self._by_name(pieces.names(rest))
        return numbers

    def _find(self, slots: Integers, low: Keys, high: Keys) -> tuple[Numbers, Integers]:
        """Return the numbers of pieces as the table has them, and where it has another one or none."""
        numbers = self._slots.take(slots)
        found = self._low.take(numbers) == low
        found &= self._high.take(numbers) == high
        return numbers, np.flatnonzero(~found)

    def _by_name(self, names: list[bytes]) -> list[int]:
        """Return the numbers of pieces that the table has no place for."""
        known = self._known
        new = [name for name in dict.fromkeys(names) if name not in known]
        never = np.zeros(len(new), dtype=np.uint64)
        known.update(zip(new, self._add(new, never, never).tolist(), strict=True))
        numbers = [known[name] for name in names]
        for name in new:
            if len(name) > _LONGEST_KEPT:
                del known[name]
        return numbers

    def _add(self, names: list[bytes], low: Keys, high: Keys) -> Integers:
        """Number new pieces, and keep their keys and the ids of their tokens."""
        pieces = b"\n".join(names).decode("utf-8", "surrogatepass").split("\n")
        tokens, counts = self._tokenizer.tokens_of(pieces)
        numbers = np.arange(self._count, self._count + len(names))
        ends = self._num_ids + np.cumsum(counts)
        self._low = _extended(self._low, self._count, low)
        self._high = _extended(self._high, self._count, high)
        self._begin = _extended(self._begin, self._count + 1, ends)
        self._all_ids = _extended(self._all_ids, self._num_ids, self._ids_of(tokens))
        self._count += len(names)
        self._num_ids += len(tokens)
        return numbers

    def _ids(self, pieces: Pieces, numbers: Numbers) -> tuple[npt.NDArray[np.int32], Integers]:
        """Put the ids of the pieces one after another, and count those of each text."""
        begin = self._begin.take(numbers)
        counts = self._begin[1:].take(numbers)
        counts -= begin
        ends = np.concatenate([[0], np.cumsum(counts)])
        ids = self._all_ids.take(begin).repeat(counts)
        several = np.flatnonzero(counts > 1)
        if len(several):
            for nth in range(1, int(counts.max())):
                several = several[counts[several] > nth]
                ids[ends[several] + nth] = self._all_ids[begin[several] + nth]
        lengths = np.diff(ends[np.searchsorted(pieces.starts, pieces.text_ends)], prepend=0)
        return ids, lengths


def _extended(values: npt.NDArray[Any], used: int, new: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Write values behind those in use, in an array of twice the length if there is no room."""
    if used + len(new) > len(values):
        grown = np.zeros(2 * (used + len(new)), dtype=values.dtype)
        grown[:used] = values[:used]
        values = grown
    values[used : used + len(new)] = new
    return values
