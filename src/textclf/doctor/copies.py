"""Checks for texts that come more than once: within a split, across splits, with other labels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from textclf.doctor.checks import DATA_CHECKS
from textclf.doctor.data_set import DataSet, Split
from textclf.findings import Finding, Row, percent

__all__ = [
    "conflicting_labels",
    "duplicate_texts",
    "leaked_texts",
    "near_duplicate_texts",
    "near_leaked_texts",
]

_MANY_COPIES = 0.01  # share of a split from which copies in it are a warning
_MANY_LEAKS, _LEAST_LEAKS = 0.002, 3
_TOO_MANY_LEAKS = 0.2
_PAIRS_SHOWN = 5


@DATA_CHECKS.register("duplicate-texts")
def duplicate_texts(data: DataSet) -> Iterator[Finding]:
    """Find texts that come again in the same split, white space at their ends aside."""
    for split in data.splits:
        first = data.first_in(split)
        copies = np.setdiff1d(np.arange(split.start, split.stop), first)
        if len(copies):
            yield Finding(
                "duplicate-texts",
                "warning" if len(copies) >= _MANY_COPIES * len(split) else "note",
                f"{split.part(len(copies))} are copies of an earlier one.",
                "The same source was collected twice, or rows were repeated to balance the classes.",
                f"Keep one of each: dict.fromkeys over the texts of {split.name}, before it is split.",
                {"copies": len(copies), "rows": len(split)},
                _beside(data, [(_first_of(data, split, row), row) for row in copies[:_PAIRS_SHOWN]]),
            )


@DATA_CHECKS.register("leaked-texts")
def leaked_texts(data: DataSet) -> Iterator[Finding]:
    """Find texts that stand in two splits."""
    for one, other in combinations(data.splits, 2):
        rows = other.start + np.flatnonzero(np.isin(data.hashes[other.rows], data.hashes[one.rows]))
        if len(rows):
            yield Finding(
                "leaked-texts",
                _leak_severity(len(rows), len(other)),
                f"{other.part(len(rows))} stand in {one.name} too.",
                "The data were split before copies were taken out, or one file is a part of the other.",
                f"Take them out of {one.name}, so that {other.name} stays comparable: "
                f"[row for row in {one.name} if row[0].strip() not in seen], where seen is "
                f"{{text.strip() for text in {other.name}.texts}}.",
                {"leaked": len(rows), "rows": len(other)},
                _beside(data, [(_first_of(data, one, row), row) for row in rows[:_PAIRS_SHOWN]]),
            )


@DATA_CHECKS.register("near-duplicate-texts")
def near_duplicate_texts(data: DataSet) -> Iterator[Finding]:
    """Find texts of which an earlier one of the same split has at least 80 % of the runs of three words."""
    for split in data.splits:
        found = _near(data, split, split)
        if len(found):
            yield Finding(
                "near-duplicate-texts",
                "warning" if len(found) >= _MANY_COPIES * len(split) else "note",
                f"{split.part(len(found))} are nearly the same as an earlier one.",
                "Reposts, quotes, templates, or one text in several versions.",
                f"Look at the rows; where they are one text, keep one of them in {split.name}, and never "
                "let a split part them.",
                {"near_copies": len(found), "rows": len(split)},
                _beside(data, found[:_PAIRS_SHOWN].tolist()),
            )


@DATA_CHECKS.register("near-leaked-texts")
def near_leaked_texts(data: DataSet) -> Iterator[Finding]:
    """Find texts that are near-duplicates of one in another split."""
    for one, other in combinations(data.splits, 2):
        found = _near(data, one, other)
        if len(found):
            yield Finding(
                "near-leaked-texts",
                _leak_severity(len(found), len(other)),
                f"{other.part(len(found))} are nearly the same as one of {one.name}.",
                "Reposts or versions of one text were parted by a random split.",
                f"Split by source, author or time, or take those rows out of {one.name}.",
                {"near_leaked": len(found), "rows": len(other)},
                _beside(data, found[:_PAIRS_SHOWN].tolist()),
            )


@DATA_CHECKS.register("conflicting-labels")
def conflicting_labels(data: DataSet) -> Iterator[Finding]:
    """Find texts that have one label here and another there, in any split."""
    first = data.first_alike
    other = data.label_ids != data.label_ids[first]
    groups = np.unique(first[other])
    if len(groups):
        rows = np.isin(first, groups).sum()
        pairs = [(int(first[row]), int(row)) for row in np.flatnonzero(other)[:_PAIRS_SHOWN]]
        yield Finding(
            "conflicting-labels",
            "warning" if rows >= _MANY_COPIES * len(first) else "note",
            f"{len(groups):,} texts, in {rows:,} of {len(first):,} rows ({percent(rows, len(first))}), "
            "have more than one label.",
            "Annotators disagreed, or a text has more than one topic.",
            "Decide on one label for each text; or, where several are right, give lists of labels "
            "(multi_label=True).",
            {"texts": len(groups), "rows": int(rows)},
            _beside(data, pairs),
        )


def _near(data: DataSet, one: Split, other: Split) -> npt.NDArray[np.int64]:
    """Return pairs, shape (P, 2), each later row once, the most similar first."""
    first, second, similar = data.near_pairs
    wanted = (first >= one.start) & (first < one.stop) & (second >= other.start) & (second < other.stop)
    pairs = np.stack([first, second], axis=1)[wanted]
    pairs = pairs[np.argsort(-similar[wanted], kind="stable")]
    _, once = np.unique(pairs[:, 1], return_index=True)
    return pairs[np.sort(once)]


def _leak_severity(count: int, rows: int) -> str:
    if count >= _TOO_MANY_LEAKS * rows:
        return "stop"
    return "warning" if count >= max(_MANY_LEAKS * rows, _LEAST_LEAKS) else "note"


def _first_of(data: DataSet, split: Split, row: int) -> int:
    """Return the first row of a split that has the same text as another row."""
    return split.start + int(np.argmax(data.hashes[split.rows] == data.hashes[row]))


def _beside(data: DataSet, pairs: list[tuple[int, int]]) -> tuple[Row, ...]:
    return data.rows(row for pair in pairs for row in pair)
