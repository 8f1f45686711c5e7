"""Batches of padded token ids, with texts of like length together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textclf.data.corpus import EncodedCorpus, token_positions
from textclf.errors import must_be
from textclf.validation import require_bool, require_int

__all__ = ["IGNORED_LABEL", "Batch", "BatchLoader"]

IGNORED_LABEL = -100
"""Label of padding in a batch with one label a token; the default ``ignore_index`` of torch's losses."""

_PAD_ID = 0
_BATCHES_PER_POOL = 50


@dataclass(frozen=True, eq=False)
class Batch:
    """Some texts of a corpus as one padded tensor.

    Args:
        token_ids: Shape (B, L), int64, 0 after the end of a text.
        lengths: Shape (B,), int64; 0 for an empty text.
        labels: Shape (B,), or (B, L) padded with -100 if the labels are of tokens, or ``None``.
        indices: Shape (B,): where these texts are in the corpus.
    """

    token_ids: Tensor
    lengths: Tensor
    labels: Tensor | None
    indices: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indices)

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
    - with ``bucket`` alone, all texts are sorted by length: use ``batch.indices`` to put results back
      in order;
    - with ``shuffle`` alone, the texts come in random order;
    - with neither, they come in the order of the corpus.

    The last batch may be short. With ``shuffle``, which is meant for training, a last batch of one
    text joins the batch before it, because batch normalisation cannot train on one row.

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
        return (self._batch(rows) for rows in self._plan(number)[start:])

    def _plan(self, number: int) -> list[npt.NDArray[np.int64]]:
        """Return the texts of each batch of an epoch."""
        random = np.random.default_rng([self.seed, number])
        lengths = self.corpus.lengths
        order = np.arange(len(self.corpus), dtype=np.int64)
        pool = max(len(order), 1)
        if self.shuffle:
            random.shuffle(order)
            pool = self.batch_size * _BATCHES_PER_POOL
        if self.bucket:
            for first in range(0, len(order), pool):
                rows = order[first : first + pool]
                order[first : first + pool] = rows[np.argsort(lengths[rows], kind="stable")]
        starts = self._starts()
        batches = np.split(order, starts[1:]) if len(starts) else []
        if self.shuffle and self.bucket:
            batches = [batches[i] for i in random.permutation(len(batches))]
        return batches

    def _starts(self) -> range:
        """Return where each batch begins in the order of an epoch."""
        rows = len(self.corpus)
        lone = self.shuffle and self.batch_size > 1 and rows > 1 and rows % self.batch_size == 1
        return range(0, rows - 1 if lone else rows, self.batch_size)

    def _batch(self, rows: npt.NDArray[np.int64]) -> Batch:
        corpus = self.corpus
        positions = token_positions(corpus.offsets, rows)
        lengths = corpus.offsets[1:][rows] - corpus.offsets[rows]
        width = max(int(lengths.max()), 1)
        width += -width % self.pad_multiple
        real = np.arange(width) < lengths[:, None]  # (B, L)
        labels = None
        if corpus.labels is not None and corpus.token_labels:
            labels = torch.from_numpy(_pad(corpus.labels[positions], real, IGNORED_LABEL))
        elif corpus.labels is not None:
            labels = torch.from_numpy(np.array(corpus.labels[rows], subok=False))
        token_ids = torch.from_numpy(_pad(corpus.ids[positions], real, _PAD_ID))
        return Batch(token_ids, torch.from_numpy(lengths), labels, rows)


def _pad(flat: npt.NDArray[Any], real: npt.NDArray[np.bool_], filler: int) -> npt.NDArray[np.int64]:
    """Lay flat values into the true places of ``real``, row after row."""
    padded = np.full(real.shape, filler, dtype=np.int64)
    padded[real] = flat
    return padded
