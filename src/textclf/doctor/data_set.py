"""What the checks look at: every split gone through once, as ids, hashes and marks, without the texts."""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.data import LabelledFile, LabelledTexts, TextEncoder, read_labelled
from textclf.data.tables import is_table
from textclf.doctor.minhash import near_pairs
from textclf.doctor.out_of_fold import OutOfFold, out_of_fold
from textclf.errors import DataError, must_be
from textclf.findings import Row, percent
from textclf.text import Vocab
from textclf.text.cleaning import strip_html
from textclf.text.tokenizers import Tokenizer

__all__ = ["MARKS", "DataSet", "Split", "read_data_set"]

Ints = npt.NDArray[np.int64]

MARKS = ("html", "undecodable", "has_label", "has_other_label")
"""What is noted of each text while it goes by: HTML in it, U+FFFD, the name of its own label, and that of
the last other label that came before."""

_SHOWN = 80
_MOST_ROWS = 10


@dataclass(frozen=True)
class Split:
    """One of the sets of texts that are checked.

    Args:
        name: ``"train"``, ``"valid"`` or ``"test"``.
        start: Its first row among those of all splits.
        stop: The row after its last one.
        file: The name of its file, if it comes from one.
    """

    name: str
    start: int
    stop: int
    file: str | None = None

    def __len__(self) -> int:
        return self.stop - self.start

    def part(self, count: int) -> str:
        """Say in words how many of its texts are meant.

        Example:
            >>> Split("test", 10, 30).part(3)
            '3 of 20 texts of test (15.0 %)'
        """
        return f"{count:,} of {len(self):,} texts of {self.name} ({percent(count, len(self))})"

    @property
    def rows(self) -> slice:
        """Its rows among those of all splits."""
        return slice(self.start, self.stop)


@dataclass(frozen=True)
class DataSet:
    """The texts of all splits, one after another: what a check is given.

    The texts themselves are not kept, so that memory grows little with their number: some 200 bytes
    a row beside the token ids, which go to a temporary file when they are many.

    Attributes:
        splits: The splits, training first.
        ids: Token ids of all texts, shape (T,), by ``vocab``.
        offsets: Where each text begins, shape (N + 1,).
        vocab: All tokens of all splits.
        hashes: A 64-bit hash of each text without white space at its ends, shape (N,).
        label_ids: The label of each row, or its set of labels, as a number, shape (N,).
        label_sets: The labels behind each number.
        marks: For each of :data:`MARKS`, whether the row has it, shape (N,).
        tokenizer: What took the texts apart.
        max_length: The length to which training will cut texts, if one was given.
        embedding: The file of word vectors that training will use, if one was given.
        remarks: Sentences for the result; a check that samples or leaves out says so here.
    """

    splits: tuple[Split, ...]
    ids: npt.NDArray[np.int32]
    offsets: Ints
    vocab: Vocab
    hashes: npt.NDArray[np.uint64]
    label_ids: npt.NDArray[np.int32]
    label_sets: tuple[tuple[str, ...], ...]
    marks: dict[str, npt.NDArray[np.bool_]]
    tokenizer: Tokenizer
    max_length: int | None = None
    embedding: Path | None = None
    remarks: list[str] = field(default_factory=list)

    @property
    def train(self) -> Split:
        """The training split."""
        return self.splits[0]

    @cached_property
    def lengths(self) -> Ints:
        """Tokens of each text (N,)."""
        return np.diff(self.offsets)

    @property
    def is_multi_label(self) -> bool:
        """Whether a row may have several labels, or none."""
        return any(len(names) != 1 for names in self.label_sets)

    def counts(self, split: Split) -> dict[str, int]:
        """Return how many rows of a split have each label, the most frequent first."""
        found: dict[str, int] = {}
        numbers = np.bincount(self.label_ids[split.rows], minlength=len(self.label_sets))
        for names, count in zip(self.label_sets, numbers.tolist(), strict=True):
            for name in names if count else ():
                found[name] = found.get(name, 0) + count
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def ids_of(self, split: Split) -> npt.NDArray[np.int32]:
        """Return the token ids of a split."""
        return self.ids[self.offsets[split.start] : self.offsets[split.stop]]

    def token_counts(self, split: Split) -> Ints:
        """Return how often each token of the vocabulary occurs in a split."""
        return np.bincount(self.ids_of(split), minlength=len(self.vocab))

    def row(self, number: int) -> Row:
        """Describe a row, counted over all splits."""
        split = next(split for split in self.splits if number < split.stop)
        index = number - split.start
        place = f"{split.name}[{index}]" if split.file is None else f"{split.file}, row {index + 1}"
        text = " ".join(
            self.vocab.decode(self.ids[self.offsets[number] : self.offsets[number + 1]][:_SHOWN])
        )
        text = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        return Row(split.name, index, place, ", ".join(self.label_sets[self.label_ids[number]]), text)

    def rows(self, numbers: Iterable[int]) -> tuple[Row, ...]:
        """Describe the first ten of some rows."""
        return tuple(self.row(int(number)) for number in [*numbers][:_MOST_ROWS])

    @cached_property
    def first_alike(self) -> Ints:
        """The first row of all splits that has the same text, for each row (N,)."""
        _, first, inverse = np.unique(self.hashes, return_index=True, return_inverse=True)
        return first[inverse]

    def first_in(self, split: Split) -> Ints:
        """Return the rows of a split whose text does not come before in the same split."""
        _, first = np.unique(self.hashes[split.rows], return_index=True)
        return np.sort(first) + split.start

    @cached_property
    def near_pairs(self) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
        """Pairs of rows whose texts are near-duplicates but not the same, and their similarity."""
        rows = np.concatenate([self.first_in(split) for split in self.splits])
        one, other, similar = near_pairs(self.ids, self.offsets, rows, self.vocab.tokens)
        differ = self.hashes[one] != self.hashes[other]
        return one[differ], other[differ], similar[differ]

    @cached_property
    def out_of_fold(self) -> OutOfFold | None:
        """What a linear model thinks of training rows that it has not seen; None if it cannot say."""
        stop = self.offsets[self.train.stop]
        return out_of_fold(
            self.ids[:stop],
            self.offsets[: self.train.stop + 1],
            self.label_ids[self.train.rows],
            self.remarks,
        )


def read_data_set(
    sources: Iterable[tuple[str, Any]],
    *,
    tokenizer: str | Callable[[str], list[str]] = "word",
    max_length: int | None = None,
    embedding: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> DataSet:
    """Go through all splits once and note what the checks need.

    Args:
        sources: The name of each split, and its texts: :class:`LabelledTexts`, :class:`LabelledFile`,
            the path of a file whose format is recognised, or a table.
        tokenizer: A tokenizer's name, or what takes a string and returns its tokens.
        max_length: The length to which training will cut texts.
        embedding: The file of word vectors that training will use.
        progress: Whether to show a progress bar.

    Raises:
        ArgumentError: A source is none of these.
        DataError: A file cannot be read, or a split has no rows or no tokens at all.

    Example:
        >>> data = read_data_set([("train", LabelledTexts(["a film", "a bore"], ["pos", "neg"]))])
        >>> data.counts(data.train), data.lengths.tolist()
        ({'neg': 1, 'pos': 1}, [2, 2])
    """
    notes = _Notes()
    given = [(name, _checked_source(name, source)) for name, source in sources]
    encoder, corpus = TextEncoder.build_and_encode(
        notes.texts(given), tokenizer=tokenizer, progress=progress
    )
    marked = np.frombuffer(notes.marks, dtype=np.uint8)
    return DataSet(
        splits=tuple(notes.splits),
        ids=corpus.ids,
        offsets=corpus.offsets,
        vocab=encoder.vocab,
        hashes=np.frombuffer(notes.hashes, dtype=np.uint64),
        label_ids=np.frombuffer(notes.labels, dtype=np.int32),
        label_sets=tuple(notes.numbers),
        marks={name: (marked >> bit & 1).astype(bool) for bit, name in enumerate(MARKS)},
        tokenizer=encoder.tokenizer,
        max_length=max_length,
        embedding=None if embedding is None else Path(embedding),
        remarks=notes.remarks,
    )


def _checked_source(name: str, source: Any) -> LabelledTexts | LabelledFile:
    if isinstance(source, LabelledTexts | LabelledFile):
        return source
    if isinstance(source, str | os.PathLike):
        return LabelledFile(source)
    if is_table(source):
        return read_labelled(source)
    raise must_be(name, "LabelledTexts, a LabelledFile, the path of a file or a table", source)


class _Notes:
    """What is noted of each row while the texts go by."""

    def __init__(self) -> None:
        self.splits: list[Split] = []
        self.hashes, self.labels, self.marks = array("Q"), array("i"), bytearray()
        self.numbers: dict[tuple[str, ...], int] = {}
        self.remarks: list[str] = []

    def texts(self, sources: Sequence[tuple[str, LabelledTexts | LabelledFile]]) -> Generator[str]:
        """Yield the texts of all splits."""
        for name, source in sources:
            start = len(self.hashes)
            other = last = ""  # the last label, and the last one that is not the same
            for text, label in source:
                names = (label,) if isinstance(label, str) else tuple(sorted(set(label)))
                self.labels.append(self.numbers.setdefault(names, len(self.numbers)))
                self.hashes.append(_hash_of(text))
                one = names[0] if len(names) == 1 else ""
                other, last = (last, one) if one != last else (other, last)
                self.marks.append(_marks_of(text, one, other))
                yield text
            self._end(name, source, start)

    def _end(self, name: str, source: LabelledTexts | LabelledFile, start: int) -> None:
        file = Path(source.path).name if isinstance(source, LabelledFile) else None
        split = Split(name, start, len(self.hashes), file)
        if not len(split):
            raise DataError(f"`{name}` must have rows. Received: none.", path=file)
        self.splits.append(split)
        left = f"; {source.bad_rows.count:,} bad rows left out" if source.bad_rows.count else ""
        self.remarks.append(f"{name}: {len(split):,} rows{f' of {file}' if file else ''}{left}.")


def _hash_of(text: str) -> int:
    content = text.strip().encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def _marks_of(text: str, label: str, other: str) -> int:
    """Return the bits of the text's marks."""
    marks = 0
    if ("<" in text or "&" in text) and strip_html(text) != text:
        marks |= 1
    if "\ufffd" in text:
        marks |= 2
    if label and other:
        folded = text.casefold()
        marks |= 4 * (label.casefold() in folded) | 8 * (other.casefold() in folded)
    return marks
