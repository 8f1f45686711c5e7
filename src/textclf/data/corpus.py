"""Encoded texts in two flat arrays, small enough for millions of them."""

from __future__ import annotations

import json
import operator
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.atomic import new_folder, write_text
from textclf.data.buffer import MEMORY_MAP_ABOVE, IdBuffer
from textclf.errors import DataError, MissingFileError, must_be
from textclf.text.labels import Label
from textclf.validation import require_bool, require_int, require_share

__all__ = ["EncodedCorpus", "token_positions"]

_FORMAT = 1
_ROWS_AT_ONCE = 8192


class EncodedCorpus:
    """Texts as token ids, one after another in one array, with or without labels.

    The arrays are views that cannot be written to; they share memory with arrays that are given in
    the right type.

    Args:
        ids: Token ids of all texts, shape (T,), from 0 to 2**31 - 1.
        offsets: Shape (N + 1,): text ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.
        labels: Class ids from 0: one a text, shape (N,), or one a token, shape (T,).
        token_labels: Whether ``labels`` has one class a token (tagging).
        label_names: Name of each class, in the order of their ids.
        dropped_share: Share of the tokens that truncation dropped before they came here, in [0, 1).

    Raises:
        ArgumentError: The arrays do not fit together, or have values that cannot be ids.

    Example:
        >>> corpus = EncodedCorpus([5, 6, 7, 8], [0, 1, 4], [1, 0], label_names=["bad", "good"])
        >>> len(corpus), corpus.num_tokens, corpus[1].tolist()
        (2, 4, [6, 7, 8])
        >>> corpus.label_counts(2).tolist()
        [1, 1]
    """

    def __init__(
        self,
        ids: npt.ArrayLike,
        offsets: npt.ArrayLike,
        labels: npt.ArrayLike | None = None,
        *,
        token_labels: bool = False,
        label_names: Sequence[Label] | None = None,
        dropped_share: float = 0.0,
    ) -> None:
        self.ids: npt.NDArray[np.int32] = _integers("ids", ids, np.int32)
        self.offsets: npt.NDArray[np.int64] = _integers("offsets", offsets, np.int64)
        if self.offsets.size == 0 or self.offsets[0] != 0:
            raise must_be("offsets", "an array that starts with 0", self.offsets[:1].tolist())
        if (np.diff(self.offsets) < 0).any():
            raise must_be("offsets", "an array that never falls", self.offsets)
        if self.offsets[-1] != len(self.ids):
            raise must_be("offsets", f"an array that ends with len(ids), {len(self.ids)}", self.offsets[-1])
        self.token_labels = require_bool("token_labels", token_labels)
        self.label_names = _checked_names(label_names)
        self.labels = self._checked_labels(labels)
        self.dropped_share = require_share("dropped_share", dropped_share)

    @classmethod
    def from_lists(
        cls,
        texts: Iterable[Sequence[int] | npt.NDArray[np.integer[Any]]],
        labels: Sequence[int] | Sequence[Sequence[int]] | npt.NDArray[np.integer[Any]] | None = None,
        *,
        token_labels: bool = False,
        label_names: Sequence[Label] | None = None,
        dropped_share: float = 0.0,
        memory_map_above: int = MEMORY_MAP_ABOVE,
    ) -> EncodedCorpus:
        """Build a corpus from one sequence of ids a text.

        Args:
            texts: The ids of each text; read once, so a generator will do.
            labels: One class id a text, or one sequence of class ids a text if ``token_labels``.
            token_labels: Whether ``labels`` has one class a token.
            label_names: Name of each class.
            dropped_share: Share of the tokens that truncation dropped.
            memory_map_above: Bytes of ids above which they go to a temporary file.

        Returns:
            The corpus.

        Raises:
            ArgumentError: An id is not an integer from 0, or the labels do not fit the texts.

        Example:
            >>> EncodedCorpus.from_lists([[3, 4], []], [0, 1]).offsets.tolist()
            [0, 2, 2]
        """
        buffer = IdBuffer(np.int32, memory_map_above=memory_map_above)
        offsets = array("q", [0])
        for index, text in enumerate(texts):
            buffer.extend(_integers(f"texts[{index}]", text, np.int32))
            offsets.append(len(buffer))
        starts = np.frombuffer(offsets, dtype=np.int64)
        flat: npt.ArrayLike | None = labels
        if token_labels and labels is not None:
            flat = _flat_token_labels(labels, np.diff(starts), memory_map_above)
        return cls(
            buffer.finish(),
            starts,
            flat,
            token_labels=token_labels,
            label_names=label_names,
            dropped_share=dropped_share,
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> npt.NDArray[np.int32]:
        try:
            row = operator.index(index)
        except TypeError:
            raise must_be("index", "an integer", index, "Use subset() to take several texts.") from None
        if not -len(self) <= row < len(self):
            raise IndexError(f"`index` must be below {len(self)}, the number of texts. Received: {row}.")
        row %= len(self)
        return self.ids[self.offsets[row] : self.offsets[row + 1]]

    def __iter__(self) -> Iterator[npt.NDArray[np.int32]]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        labels = "no labels" if self.labels is None else "token labels" if self.token_labels else "labels"
        return f"EncodedCorpus({len(self)} texts, {self.num_tokens} tokens, {labels})"

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Number of tokens of each text, shape (N,)."""
        return np.diff(self.offsets)

    @property
    def num_tokens(self) -> int:
        """Number of tokens of all texts together."""
        return len(self.ids)

    def check_ids(self, vocab_size: int) -> None:
        """Raise unless every id is a row of an embedding with ``vocab_size`` rows.

        Raises:
            ArgumentError: The largest id is ``vocab_size`` or more.

        Example:
            >>> EncodedCorpus.from_lists([[3, 4]]).check_ids(5)
        """
        vocab_size = require_int("vocab_size", vocab_size, at_least=1)
        largest = int(self.ids.max()) if self.num_tokens else -1
        if largest >= vocab_size:
            raise must_be(
                "vocab_size",
                f"above the corpus's largest id, {largest}",
                vocab_size,
                "Encode the texts with the vocabulary that the model was made for.",
            )

    def label_counts(self, num_classes: int | None = None) -> npt.NDArray[np.int64]:
        """Count how often each class occurs.

        Args:
            num_classes: Number of classes; ``None`` takes the number of ``label_names``.

        Returns:
            Counts of texts, or of tokens if the labels are of tokens, shape (num_classes,).

        Raises:
            ArgumentError: There are no labels, or one of them is ``num_classes`` or more.
        """
        if self.labels is None:
            raise must_be(
                "corpus", "a corpus with labels", self, "Encode it with labels, or use with_labels()."
            )
        if num_classes is None:
            if self.label_names is None:
                raise must_be("num_classes", "given for a corpus without label names", num_classes)
            num_classes = len(self.label_names)
        num_classes = require_int("num_classes", num_classes, at_least=1)
        largest = int(self.labels.max()) if len(self.labels) else -1
        if num_classes <= largest:
            raise must_be("num_classes", f"above the largest label, {largest}", num_classes)
        return np.bincount(self.labels, minlength=num_classes).astype(np.int64)

    def with_labels(
        self,
        labels: npt.ArrayLike | None,
        names: Sequence[Label] | None = None,
        *,
        token_labels: bool = False,
    ) -> EncodedCorpus:
        """Return the same texts with other labels; the ids are shared, not copied.

        Example:
            >>> EncodedCorpus.from_lists([[3], [4]]).with_labels([1, 0], ["no", "yes"]).labels.tolist()
            [1, 0]
        """
        return EncodedCorpus(
            self.ids,
            self.offsets,
            labels,
            token_labels=token_labels,
            label_names=names,
            dropped_share=self.dropped_share,
        )

    def subset(self, indices: npt.ArrayLike, *, memory_map_above: int = MEMORY_MAP_ABOVE) -> EncodedCorpus:
        """Copy some of the texts into a new corpus.

        Args:
            indices: Which texts, in the order wanted; one may come more than once.
            memory_map_above: Bytes of ids above which they go to a temporary file.

        Returns:
            The new corpus. Its ``dropped_share`` is that of the whole.

        Raises:
            ArgumentError: An index is not an integer from 0 to N - 1.

        Example:
            >>> [ids.tolist() for ids in EncodedCorpus.from_lists([[3], [4, 5], []]).subset([1, 0])]
            [[4, 5], [3]]
        """
        rows = _integers("indices", indices, np.int64)
        if rows.size and rows.max() >= len(self):
            raise must_be("indices", f"below {len(self)}, the number of texts", int(rows.max()))
        ids = IdBuffer(np.int32, memory_map_above=memory_map_above)
        tags = IdBuffer(np.int64, memory_map_above=memory_map_above)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            positions = token_positions(self.offsets, rows[start : start + _ROWS_AT_ONCE])
            ids.extend(self.ids[positions])
            if self.labels is not None and self.token_labels:
                tags.extend(self.labels[positions])
        labels = None
        if self.labels is not None:
            labels = tags.finish() if self.token_labels else self.labels[rows]
        return EncodedCorpus(
            ids.finish(),
            np.concatenate([[0], np.cumsum(self.lengths[rows])]).astype(np.int64),
            labels,
            token_labels=self.token_labels,
            label_names=self.label_names,
            dropped_share=self.dropped_share,
        )

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the corpus to a folder of ``.npy`` files, whole or not at all.

        Raises:
            OutputExistsError: The folder is there and ``overwrite`` is false.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as parent:
            ...     EncodedCorpus.from_lists([[3, 4], [5]]).save(f"{parent}/corpus")
            ...     EncodedCorpus.load(f"{parent}/corpus")
            EncodedCorpus(2 texts, 3 tokens, no labels)
        """
        about = {
            "format": _FORMAT,
            "token_labels": self.token_labels,
            "labels": self.labels is not None,
            "label_names": self.label_names,
            "dropped_share": self.dropped_share,
        }
        with new_folder(folder, overwrite=overwrite) as new:
            np.save(new / "ids.npy", self.ids, allow_pickle=False)
            np.save(new / "offsets.npy", self.offsets, allow_pickle=False)
            if self.labels is not None:
                np.save(new / "labels.npy", self.labels, allow_pickle=False)
            write_text(new / "corpus.json", json.dumps(about, ensure_ascii=False, indent=1) + "\n")

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> EncodedCorpus:
        """Open a folder that :meth:`save` wrote; the ids stay on the disk until they are used.

        Raises:
            MissingFileError: A file is not there. It is a ``FileNotFoundError`` too.
            DataError: A file does not hold what :meth:`save` writes.
        """
        path = Path(folder) / "corpus.json"
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(about, dict) or about.get("format") != _FORMAT:
                raise ValueError(f"it has no format number {_FORMAT}")
            arrays: list[npt.NDArray[Any] | None] = []
            for name, present in [("ids", True), ("offsets", True), ("labels", about["labels"])]:
                path = Path(folder) / f"{name}.npy"
                arrays.append(np.load(path, mmap_mode="r", allow_pickle=False) if present else None)
            path = Path(folder)
            ids, offsets, labels = arrays
            return cls(
                ids,  # type: ignore[arg-type]  # only labels may be None
                offsets,  # type: ignore[arg-type]
                labels,
                token_labels=about["token_labels"],
                label_names=about["label_names"],
                dropped_share=about["dropped_share"],
            )
        except FileNotFoundError:
            cure = "Check the folder; EncodedCorpus.save() makes one."
            raise MissingFileError(f"there is no saved corpus here. {cure}", path=path) from None
        except KeyError as error:
            raise DataError(f"the entry {error} is missing from the saved corpus.", path=path) from None
        except (ValueError, EOFError) as error:
            raise DataError(f"this cannot be read as a saved corpus: {error}.", path=path) from None

    def _checked_labels(self, labels: npt.ArrayLike | None) -> npt.NDArray[np.int64] | None:
        if labels is None:
            return None
        checked = _integers("labels", labels, np.int64)
        wanted = self.num_tokens if self.token_labels else len(self)
        if len(checked) != wanted:
            what = "tokens" if self.token_labels else "texts"
            raise must_be("labels", f"as many as there are {what}, {wanted}", f"{len(checked)} labels")
        if self.label_names is not None and len(checked) and checked.max() >= len(self.label_names):
            raise must_be(
                "labels", f"below {len(self.label_names)}, the number of names", int(checked.max())
            )
        return checked


def token_positions(
    offsets: npt.NDArray[np.int64], rows: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.int64]:
    """Return where the tokens of some texts lie in the flat array, text after text.

    Args:
        offsets: Shape (N + 1,), as in :class:`EncodedCorpus`.
        rows: Which texts.

    Returns:
        Positions, as many as these texts have tokens.

    Example:
        >>> token_positions(np.array([0, 2, 2, 5]), np.array([2, 0])).tolist()
        [2, 3, 4, 0, 1]
    """
    starts = offsets[rows]
    lengths = offsets[1:][rows] - starts
    before = np.cumsum(lengths) - lengths
    positions: npt.NDArray[np.int64] = np.repeat(starts - before, lengths)
    positions += np.arange(len(positions))
    return positions


def _integers(name: str, values: npt.ArrayLike, dtype: type[np.signedinteger[Any]]) -> npt.NDArray[Any]:
    """Return a read-only one-dimensional view of integers from 0, copied only if the type differs."""
    try:
        given = np.asarray(values)
    except ValueError:
        raise must_be(name, "one-dimensional", values) from None
    if given.ndim != 1:
        raise must_be(name, "one-dimensional", values)
    if given.size == 0:
        given = given.astype(dtype)
    if given.dtype.kind not in "iu":
        raise must_be(name, "integers", values)
    if given.size:
        smallest, largest = int(given.min()), int(given.max())
        if smallest < 0 or largest > np.iinfo(dtype).max:
            wrong = smallest if smallest < 0 else largest
            raise must_be(name, f"integers from 0 to {np.iinfo(dtype).max}", wrong)
    view = given.astype(dtype, copy=False).view()
    view.flags.writeable = False
    return view


def _checked_names(names: Sequence[Label] | None) -> tuple[Label, ...] | None:
    if names is None:
        return None
    listed = tuple(names) if isinstance(names, Iterable) and not isinstance(names, str) else (None,)
    if not all(isinstance(name, str | int) for name in listed):
        raise must_be("label_names", "a list of strings or integers", names)
    return listed  # type: ignore[return-value]  # mypy does not follow all()


def _flat_token_labels(
    labels: Iterable[npt.ArrayLike], lengths: npt.NDArray[np.int64], memory_map_above: int
) -> npt.NDArray[Any]:
    """Join one sequence of labels a text into one array, after checking their lengths."""
    buffer = IdBuffer(np.int64, memory_map_above=memory_map_above)
    count = 0
    for index, tags in enumerate(labels):
        new = _integers(f"labels[{index}]", tags, np.int64)
        if index < len(lengths) and len(new) != lengths[index]:
            raise must_be(
                f"labels[{index}]", f"as long as the text, {lengths[index]}", f"{len(new)} labels"
            )
        buffer.extend(new)
        count += 1
    if count != len(lengths):
        raise must_be("labels", f"as many as there are texts, {len(lengths)}", f"{count} sequences")
    return buffer.finish()
