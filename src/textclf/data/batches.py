"""Batches of padded token ids, with texts of like length together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textclf.data.arrays import row_numbers
from textclf.data.corpus import EncodedCorpus
from textclf.errors import must_be
from textclf.validation import require_bool, require_int

__all__ = ["IGNORED_LABEL", "Batch", "BatchLoader"]

IGNORED_LABEL = -100
"""Label of padding in a batch with one label a token; the default ``ignore_index`` of torch's losses."""

_PAD_ID = 0
_BATCHES_PER_POOL = 50
_SORTED_AT_ONCE = 1 << 20


@dataclass(frozen=True, eq=False)
class Batch:
    """Some texts of a corpus as one padded tensor.

    Args:
        token_ids: Shape (B, L), int64, 0 after the end of a text.
        lengths: Shape (B,), int64; 0 for an empty text.
        labels: Class ids, int64: shape (B,), or (B, L) padded with -100 if the labels are of tokens. Where
            a text may have several, booleans of shape (B, C). For several heads, class ids with one more
            dimension, of the heads: (B, heads) or (B, L, heads). ``None`` if there are none.
        indices: Shape (B,): where these texts are in the corpus.
    """

    token_ids: Tensor
    lengths: Tensor
    labels: Tensor | None
    indices: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def multi_label(self) -> bool:
        """Whether a text may have several labels: they are then booleans."""
        return self.labels is not None and self.labels.dtype == torch.bool

    def to(self, device: str | torch.device, *, non_blocking: bool = False) -> Batch:
        """Return the batch with its tensors on a device; ``indices`` stay where they are.

        Example:
            >>> loader = BatchLoader(EncodedCorpus.from_lists([[3, 4]]))
            >>> next(loader.epoch(0)).to("cpu").token_ids
            tensor([[3, 4]])
        """
        labels = None if self.labels is None else self.labels.to(device, non_blocking=non_blocking)
        return Batch(
            self.token_ids.to(device, non_blocking=non_blocking),
            self.lengths.to(device, non_blocking=non_blocking),
            labels,
            self.indices,
        )


class BatchLoader:
    """Cuts a corpus into padded batches, the same ones whenever seed and epoch are the same.

    Every text comes exactly once an epoch. Each batch is padded to its own longest text, so texts
    of like length are put together:

    - with ``shuffle`` and ``bucket``, the shuffled texts are cut into pools of 50 batches, each pool
      is sorted by length and cut into batches, and the batches are shuffled;
    - with ``bucket`` alone, the texts are sorted by length, a million at a time: use
      ``batch.indices`` to put results back in order;
    - with ``shuffle`` alone, the texts come in random order;
    - with neither, they come in the order of the corpus.

    The last batch may be short. With ``shuffle``, which is meant for training, a last batch of one
    text joins the batch before it, because batch normalisation cannot train on one row.

    The order of an epoch takes 4 bytes a text. All else is made batch by batch.

    Args:
        corpus: The texts.
        batch_size: Texts in a batch, 1 or more.
        shuffle: Whether the order is random and differs from epoch to epoch.
        seed: Of the random order, 0 or more.
        bucket: Whether texts of like length go together.
        pad_multiple: Padded lengths are rounded up to a multiple of this.

    Raises:
        ArgumentError: An argument cannot be used.

    Example:
        >>> corpus = EncodedCorpus.from_lists([[7, 8, 9], [5], [6, 4]], [0, 1, 1])
        >>> loader = BatchLoader(corpus, batch_size=2)
        >>> len(loader)
        2
        >>> batch = next(loader.epoch(0))
        >>> batch.token_ids, batch.lengths, batch.labels, batch.indices
        (tensor([[5, 0],
                [6, 4]]), tensor([1, 2]), tensor([1, 1]), array([1, 2]))
    """

    def __init__(
        self,
        corpus: EncodedCorpus,
        *,
        batch_size: int = 64,
        shuffle: bool = False,
        seed: int = 0,
        bucket: bool = True,
        pad_multiple: int = 1,
    ) -> None:
        if not isinstance(corpus, EncodedCorpus):
            raise must_be(
                "corpus", "an EncodedCorpus", corpus, "TextEncoder.encode() makes one from texts."
            )
        self.corpus = corpus
        self.batch_size = require_int("batch_size", batch_size, at_least=1)
        self.shuffle = require_bool("shuffle", shuffle)
        self.seed = require_int("seed", seed, at_least=0)
        self.bucket = require_bool("bucket", bucket)
        self.pad_multiple = require_int("pad_multiple", pad_multiple, at_least=1)

    def __len__(self) -> int:
        return len(self._starts())

    def epoch(self, number: int, *, start: int = 0) -> Iterator[Batch]:
        """Go through the corpus once.

        Args:
            number: Of the epoch, from 0; it changes the order if ``shuffle`` is on.
            start: How many batches to skip, for a run that goes on where it stopped.

        Returns:
            The batches, one at a time.

        Raises:
            ArgumentError: ``number`` is negative, or ``start`` is above the number of batches.
        """
        number = require_int("number", number, at_least=0)
        start = require_int("start", start, at_least=0)
        if start > len(self):
            raise must_be("start", f"at most {len(self)}, the number of batches", start)
        return self._batches(number, start)

    def _batches(self, number: int, start: int) -> Iterator[Batch]:
        order, numbers = self._plan(number)
        starts = self._starts()
        for batch in numbers[start:]:
            end = starts[batch + 1] if batch + 1 < len(starts) else len(order)
            yield self._batch(order[starts[batch] : end].astype(np.int64))

    def _plan(self, number: int) -> tuple[npt.NDArray[Any], Sequence[int] | npt.NDArray[Any]]:
        """Return the order of the texts, which is then cut into batches, and that of the batches."""
        random = np.random.default_rng([self.seed, number])
        order = row_numbers(len(self.corpus))
        if self.shuffle:
            random.shuffle(order)
        if self.bucket:
            batches = _BATCHES_PER_POOL if self.shuffle else max(_SORTED_AT_ONCE // self.batch_size, 1)
            pool = batches * self.batch_size
            for first in range(0, len(order), pool):
                rows = order[first : first + pool]
                rows[:] = rows.take(_by_length(self._bounds(rows)[1]))
        if not (self.shuffle and self.bucket):
            return order, range(len(self))
        numbers = row_numbers(len(self))
        random.shuffle(numbers)
        return order, numbers

    def _starts(self) -> range:
        """Return where each batch begins in the order of an epoch."""
        rows = len(self.corpus)
        lone = self.shuffle and self.batch_size > 1 and rows > 1 and rows % self.batch_size == 1
        return range(0, rows - 1 if lone else rows, self.batch_size)

    def _bounds(self, rows: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where some texts begin in the flat array of ids, and their lengths."""
        starts = self.corpus.offsets.take(rows)
        lengths = self.corpus.offsets[1:].take(rows)
        lengths -= starts
        return starts, lengths

    def _batch(self, rows: npt.NDArray[np.int64]) -> Batch:
        corpus = self.corpus
        starts, lengths = self._bounds(rows)
        width = max(int(lengths.max()), 1)
        width += -width % self.pad_multiple
        columns = np.arange(width)
        places = starts[:, None] + columns  # (B, L), beyond the end of a text in the next ones
        padding = columns >= lengths[:, None]
        labels = None
        if corpus.labels is not None and corpus.token_labels:
            labels = torch.from_numpy(_padded(corpus.labels, places, padding, IGNORED_LABEL))
        elif corpus.labels is not None:
            labels = torch.from_numpy(corpus.labels.take(rows, axis=0))
        token_ids = torch.from_numpy(_padded(corpus.ids, places, padding, _PAD_ID))
        return Batch(token_ids, torch.from_numpy(lengths), labels, rows)


def _by_length(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return what sorts by length and leaves ties alone; for 16 bits numpy has a sort twice as fast."""
    short = lengths.astype(np.uint16) if lengths.max() < 1 << 16 else lengths
    return np.argsort(short, kind="stable")


def _padded(
    flat: npt.NDArray[Any], places: npt.NDArray[np.int64], padding: npt.NDArray[np.bool_], filler: int
) -> npt.NDArray[np.int64]:
    """Take flat values at ``places`` and put a filler where there is padding.

    Whatever stands behind a text is taken too, and overwritten: half the time of taking only what
    belongs to it.
    """
    if not len(flat):
        return np.full((*places.shape, *flat.shape[1:]), filler, dtype=np.int64)
    taken = flat.take(places, axis=0, mode="clip").astype(np.int64)
    taken[padding] = filler
    return taken
