"""From texts to ids, many texts at a time, in the fastest way that the tokenizer allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from textclf.data.character_ids import CharacterIds
from textclf.data.inputs import all_strings, tokens_of
from textclf.data.piece_ids import PieceIds
from textclf.text.tokenizers import CharTokenizer, Tokenizer, works_by_pieces

__all__ = ["IdsOf", "TextBatch", "TextReader"]

_CHARACTERS_AT_ONCE = 2**20
_TEXTS_AT_ONCE = 1024
_FEW_CHARACTERS = 4_000

T = TypeVar("T")
R = TypeVar("R")

IdsOf = Callable[[Sequence[str]], npt.NDArray[np.int32]]
"""What gives each token its id."""


@dataclass(frozen=True)
class TextBatch:
    """Some texts and their ids.

    Attributes:
        texts: The N texts as they were given.
        ids: The ids of all of them that truncation kept, shape (T,).
        lengths: How many of the ids belong to each text, shape (N,).
        num_tokens: How many tokens there were before truncation.
    """

    texts: Sequence[Any]
    ids: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int64]
    num_tokens: int


class TextReader:
    """Turns texts into ids, and remembers from call to call what pieces of text have become.

    A tokenizer of this library that works by pieces or by characters is given many texts at once;
    any other one, and a few short texts, are taken text by text. The ids are the same.

    Args:
        tokenizer: For texts that are strings.
        ids_of: Gives the id of each token, from 0.

    Example:
        >>> from textclf.text import Vocab
        >>> reader = TextReader(str.split, Vocab(["good"]).encode)
        >>> batches = reader.batches(["a good film", ["good"]])
        >>> [(batch.ids.tolist(), batch.lengths.tolist()) for batch in batches]
        [([1, 2, 1, 2], [3, 1])]
    """

    def __init__(self, tokenizer: Tokenizer, ids_of: IdsOf) -> None:
        self.tokenizer = tokenizer
        self.ids_of = ids_of
        self._fast: PieceIds | CharacterIds | None = None

    def batches(
        self, texts: Iterable[Any], *, max_length: int | None = None, keep: str = "head"
    ) -> Iterator[TextBatch]:
        """Read texts, and yield them with their ids about a million characters at a time.

        Args:
            texts: Strings, or lists of tokens.
            max_length: How many tokens of a text are kept; None keeps all.
            keep: Which: ``"head"``, ``"tail"`` or ``"both"``.

        Raises:
            ArgumentError: A text is neither a string nor a list of tokens; with its index.
        """
        start = 0
        for batch, prepared in _one_ahead(self._prepared, _gathered(texts)):
            ids, lengths = self._ids(batch, prepared, start)
            start += len(batch)
            kept, kept_lengths = _truncated(ids, lengths, max_length, keep)
            yield TextBatch(batch, kept, kept_lengths, len(ids))

    def exchange(self, ids: npt.NDArray[np.int32], ids_of: IdsOf) -> None:
        """Give tokens other ids from now on.

        Args:
            ids: The new id for each old one.
            ids_of: Gives the new id of each token.
        """
        self.ids_of = ids_of
        if self._fast is not None:
            self._fast.exchange(ids, ids_of)

    def _prepared(self, batch: list[Any]) -> Any:
        """Do for a batch what needs no memory of others, or return None if it is taken text by text."""
        if not all_strings(batch) or sum(map(len, batch)) <= _FEW_CHARACTERS:
            return None
        if self._fast is None:
            if type(self.tokenizer) is CharTokenizer:
                self._fast = CharacterIds(self.tokenizer, self.ids_of)
            elif works_by_pieces(self.tokenizer):
                self._fast = PieceIds(self.tokenizer, self.ids_of)
        return None if self._fast is None else self._fast.prepare(batch)

    def _ids(
        self, batch: list[Any], prepared: Any, start: int
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        if prepared is not None and self._fast is not None:
            return self._fast.look_up(prepared)
        rows = [
            self.ids_of(tokens_of(self.tokenizer, index, text)) for index, text in enumerate(batch, start)
        ]
        return np.concatenate(rows), np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))


def _one_ahead(work: Callable[[T], R], items: Iterator[T]) -> Iterator[tuple[T, R]]:
    """Yield items with what ``work`` makes of each; a thread does it for the next one meanwhile."""
    first = list(islice(items, 2))
    if len(first) < 2:  # a thread would cost one short text more than it can win
        yield from ((item, work(item)) for item in first)
        return
    with ThreadPoolExecutor(1) as thread:
        waiting = first[0], thread.submit(work, first[0])
        for item in chain(first[1:], items):
            following = item, thread.submit(work, item)
            yield waiting[0], waiting[1].result()
            waiting = following
        yield waiting[0], waiting[1].result()


def _gathered(texts: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield lists of texts that have about a million characters, or one text that has more."""
    remaining = iter(texts)
    batch: list[Any] = []
    size, step = 0, 1
    while some := list(islice(remaining, step)):
        batch += some
        try:
            added = sum(map(len, some))
        except TypeError:  # One of them is no text; whoever encodes it raises the error.
            added = len(some)
        size += added
        if size >= _CHARACTERS_AT_ONCE:
            yield batch
            batch, size = [], 0
        # Long texts are taken in ones, so that a batch does not become much larger than it should.
        step = max(
            1, min(_TEXTS_AT_ONCE, 2 * len(some), _CHARACTERS_AT_ONCE * len(some) // (8 * (added + 1)))
        )
    if batch:
        yield batch


def _truncated(
    ids: npt.NDArray[np.int32], lengths: npt.NDArray[np.int64], max_length: int | None, keep: str
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Keep ``max_length`` ids of each text, from the end or ends that ``keep`` names."""
    if max_length is None or lengths.max() <= max_length:
        return ids, lengths
    head = {"head": max_length, "tail": 0, "both": (max_length + 1) // 2}[keep]
    long = lengths > max_length
    ends = np.cumsum(lengths)
    # What is dropped lies between a place where an edge goes up and one where it goes down again.
    edges = np.zeros(len(ids) + 1, dtype=np.int8)
    edges[(ends - lengths)[long] + head] += 1
    edges[ends[long] - (max_length - head)] -= 1
    return ids[np.cumsum(edges[:-1], dtype=np.int8) == 0], np.minimum(lengths, max_length)
