"""The batches of a step, on their way from the loader to the device of a process."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch

from textclf.data.batches import IGNORED_LABEL, Batch
from textclf.training.distributed import Processes
from textclf.training.targets import target_of

__all__ = ["Share", "count_labels", "grouped", "share_of", "to_device"]


@dataclass(frozen=True, eq=False)
class Share(Batch):
    """The rows of a batch that one process learns from, with labels that were counted beforehand.

    Where a batch had no row left for the process, it has one that does not count, with no index and
    ``num_labels`` of 0: each process must take part in each step.

    Args:
        token_ids: As in a batch.
        lengths: As in a batch.
        labels: As in a batch.
        indices: As in a batch.
        num_labels: Labels among these rows.
        num_labels_of_all: Labels of the whole batch, in all processes.
    """

    num_labels: int
    num_labels_of_all: int

    def to(self, device: str | torch.device, *, non_blocking: bool = False) -> Share:
        """Return the share with its tensors on a device."""
        moved = super().to(device, non_blocking=non_blocking)
        return dataclasses.replace(
            self, token_ids=moved.token_ids, lengths=moved.lengths, labels=moved.labels
        )


def count_labels(batch: Batch) -> tuple[int, int]:
    """Return the number of labels of a batch here and in all processes.

    Example:
        >>> count_labels(Batch(torch.ones(2, 1), torch.ones(2), torch.tensor([3, -100]), None))
        (1, 1)
    """
    if isinstance(batch, Share):
        return batch.num_labels, batch.num_labels_of_all
    count = 0 if batch.labels is None else target_of(batch.multi_label).count(batch.labels)
    return count, count


def share_of(batch: Batch, processes: Processes) -> Share:
    """Return every n-th row of a batch, for this one of n processes.

    The rows of a batch are often sorted by length, so that a stride gives each process as much to do.
    """
    own = slice(processes.rank, None, processes.count)
    labels = None if batch.labels is None else batch.labels[own]
    part = Batch(batch.token_ids[own], batch.lengths[own], labels, batch.indices[own])
    count = count_labels(part)[0]
    if len(part) == 0:
        none = None if batch.labels is None else torch.full_like(batch.labels[:1], IGNORED_LABEL)
        part = Batch(batch.token_ids[:1], batch.lengths[:1], none, batch.indices[:0])
    return Share(**vars(part), num_labels=count, num_labels_of_all=count_labels(batch)[0])


def grouped(batches: Iterable[Batch], size: int) -> Iterator[list[Batch]]:
    """Put as many batches together as make a step; the last group may be smaller.

    Example:
        >>> [len(group) for group in grouped([None] * 5, 2)]
        [2, 2, 1]
    """
    group: list[Batch] = []
    for batch in batches:
        group.append(batch)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def to_device(batch: Batch, device: torch.device, processes: Processes) -> Batch:
    """Move this process's share of a batch to its device.

    To a GPU it goes from pinned memory, which the host does not wait for. As it waits for nothing
    else in a step either (see :mod:`textclf.training.deferred`), it makes and sends the next batch
    while this one is computed with.
    """
    if device.type != "cuda":
        return (batch if processes.count == 1 else share_of(batch, processes)).to(device)
    share = share_of(batch, processes)
    pinned = dataclasses.replace(
        share,
        token_ids=share.token_ids.pin_memory(),
        lengths=share.lengths.pin_memory(),
        labels=None if share.labels is None else share.labels.pin_memory(),
    )
    return pinned.to(device, non_blocking=True)
