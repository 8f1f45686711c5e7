"""Encoded texts in two flat arrays, small enough for millions of them."""

from __future__ import annotations

import copy
import functools
import operator
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.data.arrays import check_offsets, extremes, integers, parts, token_positions
from textclf.data.buffer import MEMORY_MAP_ABOVE, IdBuffer
from textclf.data.corpus_folder import read_arrays, unreadable, write_arrays
from textclf.data.corpus_labels import LabelNames, checked_labels, checked_names, flat_token_labels
from textclf.data.splitting import set_aside
from textclf.errors import must_be
from textclf.validation import require_bool, require_int, require_share

__all__ = ["EncodedCorpus"]

_ROWS_AT_ONCE = 8192


class EncodedCorpus:
    """Texts as token ids, one after another in one array, with or without labels.

    The arrays are views that cannot be written to; they share memory with arrays that are given in
    the right type.

    Args:
        ids: Token ids of all texts, shape (T,), from 0 to 2**31 - 1.
        offsets: Shape (N + 1,): text ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.
        labels: Class ids from 0: one a text, shape (N,), or one a token, shape (T,). Where a text may
            have several or none, booleans of shape (N, C), one for each class (multi-hot). For several
            heads, each with labels of its own, one column a head: (N, heads) or (T, heads).
        token_labels: Whether ``labels`` has one class a token (tagging).
        label_names: Name of each class, in the order of their ids; for several heads, these by the name
            of the head, in the order of the columns (see :mod:`textclf.data.heads`).
        dropped_share: Share of the tokens that truncation dropped before they came here, in [0, 1).

    Attributes:
        heads: The names of the classes of each head by its name, if there are several heads, else None;
            ``label_names`` is then None.

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
        label_names: LabelNames = None,
        dropped_share: float = 0.0,
    ) -> None:
        checked = integers("ids", ids, np.int32)
        self._set(checked, offsets, labels, token_labels, label_names, dropped_share)

    def _set(
        self,
        ids: npt.NDArray[np.int32],
        offsets: npt.ArrayLike,
        labels: npt.ArrayLike | None,
        token_labels: bool,
        label_names: LabelNames,
        dropped_share: float,
    ) -> None:
        """Check all but the ids, and make them those of this corpus."""
        self.ids = ids
        self.offsets: npt.NDArray[np.int64] = integers("offsets", offsets, np.int64)
        check_offsets(self.offsets, len(ids))
        self._set_labels(labels, token_labels, label_names)
        self.dropped_share = require_share("dropped_share", dropped_share)

    def _set_labels(self, labels: npt.ArrayLike | None, token_labels: bool, names: LabelNames) -> None:
        self.token_labels = require_bool("token_labels", token_labels)
        known = checked_names(names)
        self.heads = known if isinstance(known, dict) else None
        self.label_names = None if isinstance(known, dict) else known
        count = self.num_tokens if self.token_labels else len(self)
        what = "tokens" if self.token_labels else "texts"
        self.labels: npt.NDArray[Any] | None = checked_labels(labels, count, what, known)

    @classmethod
    def from_lists(
        cls,
        texts: Iterable[Sequence[int] | npt.NDArray[np.integer[Any]]],
        labels: Sequence[int] | Sequence[Sequence[int]] | npt.NDArray[Any] | None = None,
        *,
        token_labels: bool = False,
        label_names: LabelNames = None,
        dropped_share: float = 0.0,
        memory_map_above: int = MEMORY_MAP_ABOVE,
    ) -> EncodedCorpus:
        """Build a corpus from one sequence of ids a text.

        Args:
            texts: The ids of each text; read once, so a generator will do.
            labels: One class id a text, one sequence of class ids a text if ``token_labels``, or
                booleans of shape (N, C) where a text may have several classes.
            token_labels: Whether ``labels`` has one class a token.
            label_names: Name of each class.
            dropped_share: Share of the tokens that truncation dropped.
            memory_map_above: Bytes of ids, offsets or labels above which they go to a temporary file.

        Returns:
            The corpus.

        Raises:
            ArgumentError: An id is not an integer from 0, or the labels do not fit the texts.

        Example:
            >>> EncodedCorpus.from_lists([[3, 4], []], [0, 1]).offsets.tolist()
            [0, 2, 2]
        """
        ids = IdBuffer(np.int32, memory_map_above=memory_map_above)
        offsets = IdBuffer(np.int64, memory_map_above=memory_map_above)
        offsets.extend([0])
        for index, text in enumerate(texts):
            ids.extend(integers(f"texts[{index}]", text, np.int32))
            offsets.extend([len(ids)])
        starts = offsets.finish()
        flat: npt.ArrayLike | None = labels
        if token_labels and labels is not None:
            flat = flat_token_labels(labels, starts, memory_map_above)
        return cls(
            ids.finish(),
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
        labels = "multi-hot labels" if self.multi_label else labels
        labels = labels if self.heads is None else f"{labels} of {', '.join(self.heads)}"
        return f"EncodedCorpus({len(self)} texts, {self.num_tokens} tokens, {labels})"

    @property
    def multi_label(self) -> bool:
        """Whether a text may have several labels: ``labels`` are then booleans of shape (N, C)."""
        return self.labels is not None and self.labels.dtype == np.bool_

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

        The first call looks at every id, a part at a time.

        Raises:
            ArgumentError: The largest id is ``vocab_size`` or more, or a file that was loaded has a
                negative one.

        Example:
            >>> EncodedCorpus.from_lists([[3, 4]]).check_ids(5)
        """
        vocab_size = require_int("vocab_size", vocab_size, at_least=1)
        smallest, largest = self._range_of_ids
        if smallest < 0:
            cure = "The saved corpus is damaged; encode the texts again."
            raise must_be("ids", "integers from 0", smallest, cure)
        if largest >= vocab_size:
            raise must_be(
                "vocab_size",
                f"above the corpus's largest id, {largest}",
                vocab_size,
                "Encode the texts with the vocabulary that the model was made for.",
            )

    @functools.cached_property
    def _range_of_ids(self) -> tuple[int, int]:
        return extremes(self.ids) if self.num_tokens else (0, -1)

    def label_counts(self, num_classes: int | None = None) -> npt.NDArray[np.int64]:
        """Count how often each class occurs.

        Args:
            num_classes: Number of classes; ``None`` takes the number of ``label_names``.

        Returns:
            Counts of texts, or of tokens if the labels are of tokens, shape (num_classes,). Of several
            labels a text each one counts.

        Raises:
            ArgumentError: There are no labels, or one of them is ``num_classes`` or more.
        """
        if self.labels is None:
            raise must_be(
                "corpus", "a corpus with labels", self, "Encode it with labels, or use with_labels()."
            )
        if self.heads is not None:
            raise must_be("corpus", "one of one head", self, "Choose one with textclf.data.head_of.")
        if num_classes is None:
            if self.label_names is None:
                raise must_be("num_classes", "given for a corpus without label names", num_classes)
            num_classes = len(self.label_names)
        num_classes = require_int("num_classes", num_classes, at_least=1)
        if self.labels.ndim == 2:
            if num_classes != self.labels.shape[1]:
                raise must_be("num_classes", f"{self.labels.shape[1]}, as the labels have it", num_classes)
            return np.asarray(self.labels.sum(axis=0), dtype=np.int64)
        largest = int(self.labels.max()) if len(self.labels) else -1
        if num_classes <= largest:
            raise must_be("num_classes", f"above the largest label, {largest}", num_classes)
        return np.bincount(self.labels, minlength=num_classes).astype(np.int64)

    def with_labels(
        self,
        labels: npt.ArrayLike | None,
        names: LabelNames = None,
        *,
        token_labels: bool = False,
    ) -> EncodedCorpus:
        """Return the same texts with other labels; the ids are shared, not copied.

        Example:
            >>> EncodedCorpus.from_lists([[3], [4]]).with_labels([1, 0], ["no", "yes"]).labels.tolist()
            [1, 0]
        """
        other = copy.copy(self)
        other._set_labels(labels, token_labels, names)
        return other

    def subset(self, indices: npt.ArrayLike, *, memory_map_above: int = MEMORY_MAP_ABOVE) -> EncodedCorpus:
        """Copy some of the texts into a new corpus.

        Args:
            indices: Which texts, in the order wanted; one may come more than once.
            memory_map_above: Bytes of ids, offsets or labels above which they go to a temporary file.

        Returns:
            The new corpus. Its ``dropped_share`` is that of the whole.

        Raises:
            ArgumentError: An index is not an integer from 0 to N - 1.

        Example:
            >>> [ids.tolist() for ids in EncodedCorpus.from_lists([[3], [4, 5], []]).subset([1, 0])]
            [[4, 5], [3]]
        """
        rows = integers("indices", indices, np.int64)
        if rows.size and rows.max() >= len(self):
            raise must_be("indices", f"below {len(self)}, the number of texts", int(rows.max()))
        return self._taken((rows[part] for part in parts(len(rows), _ROWS_AT_ONCE)), memory_map_above)

    def split(
        self,
        fraction: float,
        *,
        seed: int,
        stratify: bool = True,
        memory_map_above: int = MEMORY_MAP_ABOVE,
    ) -> tuple[EncodedCorpus, EncodedCorpus]:
        """Set a random part of the texts aside; both parts keep the order of the whole.

        With ``stratify``, each class gives the same share of its texts (of several labels a text each,
        as nearly as that goes together; see :func:`textclf.data.splitting.set_aside`), as in
        :meth:`textclf.data.labelled_texts.LabelledTexts.split`. With label names in sorted order, as
        ``LabelMap.build`` has them, the part is also the same texts.

        Args:
            fraction: Share of the texts to set aside, in (0, 1).
            seed: Of the choice, 0 or more.
            stratify: Whether to take the same share of every class.
            memory_map_above: Bytes of ids, offsets or labels above which they go to a temporary file.

        Returns:
            The rest and the part, each with at least one text.

        Raises:
            ArgumentError: An argument cannot be used, there are fewer than two texts, or there is no
                class of each text to stratify by.

        Example:
            >>> corpus = EncodedCorpus.from_lists([[3], [4], [5], [6]], [0, 1, 0, 1])
            >>> rest, part = corpus.split(0.5, seed=0)
            >>> rest.labels.tolist(), part.labels.tolist()
            ([0, 1], [0, 1])
        """
        if len(self) < 2:
            raise must_be("corpus", "two or more texts to be split", self)
        classes = None
        if require_bool("stratify", stratify):
            if self.labels is None or self.token_labels or self.heads is not None:
                raise must_be("stratify", "False without a label for each text", stratify)
            classes = self.labels
        chosen = set_aside(len(self), fraction, seed=seed, classes=classes)
        rest, part = (
            self._taken(
                (
                    np.flatnonzero(chosen[rows] == wanted) + rows.start
                    for rows in parts(len(self), _ROWS_AT_ONCE)
                ),
                memory_map_above,
            )
            for wanted in (False, True)
        )
        return rest, part

    def _taken(self, rows: Iterable[npt.NDArray[np.int64]], memory_map_above: int) -> EncodedCorpus:
        """Copy some of the texts, whose numbers come in parts."""
        ids = IdBuffer(np.int32, memory_map_above=memory_map_above)
        offsets = IdBuffer(np.int64, memory_map_above=memory_map_above)
        labels = IdBuffer(np.bool_ if self.multi_label else np.int64, memory_map_above=memory_map_above)
        offsets.extend([0])
        for these in rows:
            positions = token_positions(self.offsets, these)
            offsets.extend(len(ids) + np.cumsum(self.offsets[these + 1] - self.offsets[these]))
            ids.extend(self.ids[positions])
            if self.labels is not None:
                labels.extend(self.labels[positions if self.token_labels else these])
        taken = None
        if self.labels is not None:
            taken = labels.finish().reshape(-1, *self.labels.shape[1:])
        return EncodedCorpus(
            ids.finish(),
            offsets.finish(),
            taken,
            token_labels=self.token_labels,
            label_names=self.label_names if self.heads is None else self.heads,
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
        arrays: dict[str, npt.NDArray[Any] | None]
        arrays = {"ids": self.ids, "offsets": self.offsets, "labels": self.labels}
        about = {
            "token_labels": self.token_labels,
            "label_names": self.label_names if self.heads is None else self.heads,
            "dropped_share": self.dropped_share,
        }
        write_arrays(folder, arrays, about, overwrite=overwrite)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> EncodedCorpus:
        """Open a folder that :meth:`save` wrote; the arrays stay on the disk until they are used.

        Offsets and labels are looked through. The ids are not, before :meth:`check_ids` does so.

        Raises:
            MissingFileError: A file is not there. It is a ``FileNotFoundError`` too.
            DataError: A file does not hold what :meth:`save` writes.
        """
        arrays, about = read_arrays(folder)
        corpus = cls.__new__(cls)
        with unreadable(folder):
            ids = integers("ids", arrays["ids"], np.int32, walk=False)
            corpus._set(ids, arrays["offsets"], arrays["labels"], **about)
        return corpus
