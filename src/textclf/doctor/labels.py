"""Checks of the labels: which there are, how many, in what order, and whether the text says them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from textclf.doctor.checks import DATA_CHECKS
from textclf.doctor.data_set import DataSet, Split
from textclf.findings import Finding, percent

__all__ = ["dominant_class", "label_in_text", "labels_not_shared", "rare_classes", "sorted_by_label"]

_FEW_ROWS = 10
_DOMINANT = 0.8
_SORTED = 0.5
_LEAST_ROWS = 20
_SOME, _MANY = 0.1, 0.5
_SHOWN = 10


@DATA_CHECKS.register("labels-not-shared")
def labels_not_shared(data: DataSet) -> Iterator[Finding]:
    """Find labels of validation or test that training lacks, and the other way about."""
    known = data.counts(data.train)
    for split in data.splits[1:]:
        counts = data.counts(split)
        unseen = {name: count for name, count in counts.items() if name not in known}
        if unseen:
            rows = sum(unseen.values())
            yield Finding(
                "labels-not-shared",
                "stop",
                f"{len(unseen):,} labels of {split.name} are not in train: {_listed(unseen)}; {rows:,} of "
                f"{len(split):,} rows ({percent(rows, len(split))}).",
                "Labels are spelt in two ways, another column is read, or rare classes fell to one side.",
                "Make the spelling one, or split anew with train.split(0.1, seed=0), which keeps a row of "
                "every label in training.",
                {"labels": len(unseen), "rows": rows},
                data.rows(_rows_with(data, split, set(unseen))),
            )
        unused = {name: count for name, count in known.items() if name not in counts}
        if unused:
            yield Finding(
                "labels-not-shared",
                "note" if sum(unused.values()) < 0.01 * len(data.train) else "warning",
                f"{len(unused):,} of {len(known):,} labels of train are not in {split.name}: "
                f"{_listed(unused)}.",
                f"The classes are rare, or {split.name} is not a random part of the same data.",
                f"Leave them out of train, or make {split.name} with split(), which takes the same share "
                "of each.",
                {"labels": len(unused), "rows": sum(unused.values())},
            )


@DATA_CHECKS.register("rare-classes")
def rare_classes(data: DataSet) -> Iterator[Finding]:
    """Find classes with fewer than ten training rows."""
    counts = data.counts(data.train)
    rare = {name: count for name, count in counts.items() if count < _FEW_ROWS}
    if rare and len(data.train) >= _LEAST_ROWS:
        yield Finding(
            "rare-classes",
            "warning",
            f"{len(rare):,} of {len(counts):,} classes have fewer than {_FEW_ROWS} rows in train: "
            f"{_listed(rare)}.",
            "The classes are too fine for so few rows, or a label is misspelt.",
            'Merge or drop them, collect more, or pass class_weight="balanced".',
            {"rare": len(rare), "classes": len(counts)},
            data.rows(_rows_with(data, data.train, set(rare))),
        )


@DATA_CHECKS.register("dominant-class")
def dominant_class(data: DataSet) -> Iterator[Finding]:
    """Find a class that has at least 80 % of the training rows."""
    counts = data.counts(data.train)
    name, count = next(iter(counts.items()), ("", 0))
    rows = len(data.train)
    if count < _DOMINANT * rows or (data.is_multi_label and len(counts) > 1):
        return
    alone = len(counts) == 1
    yield Finding(
        "dominant-class",
        "stop" if alone else "warning",
        f"The class {name!r} has {count:,} of {rows:,} rows of train ({percent(count, rows)})"
        + (", and there is no other." if alone else "."),
        "Another column is read as label, or the file was cut."
        if alone
        else "One class is the usual case.",
        "Check the `label` column."
        if alone
        else 'Watch macro F1 and not accuracy; pass class_weight="balanced" or sampling="oversample".',
        {"rows": count, "of": rows},
    )


@DATA_CHECKS.register("sorted-by-label")
def sorted_by_label(data: DataSet) -> Iterator[Finding]:
    """Find splits whose label changes from row to row half as often as in random order, or less."""
    for split in data.splits:
        labels = data.label_ids[split.rows]
        counts = np.bincount(labels)
        changes = int((labels[1:] != labels[:-1]).sum())
        expected = len(labels) - float(np.square(counts).sum()) / len(labels)
        if len(labels) < _LEAST_ROWS or changes > _SORTED * expected or expected < 5:
            continue
        trained = split is data.train
        yield Finding(
            "sorted-by-label",
            "warning" if trained else "note",
            f"The label of {split.name} changes {changes:,} times from row to row; in random order it "
            f"would {expected:,.0f} times.",
            "The file was written class by class.",
            "Shuffle the rows before cutting off a part by hand, or use split(), which draws at random; "
            + ("never train with shuffle=False." if trained else "do not take its first rows alone."),
            {"changes": changes, "expected": round(expected, 1)},
        )


@DATA_CHECKS.register("label-in-text")
def label_in_text(data: DataSet) -> Iterator[Finding]:
    """Find training texts that have their label in them, more often than they have another label."""
    own = data.marks["has_label"][data.train.rows]
    other = data.marks["has_other_label"][data.train.rows]
    rows = len(data.train)
    surplus = int(own.sum()) - int(other.sum())
    if rows < _LEAST_ROWS or surplus < _SOME * rows:
        return
    yield Finding(
        "label-in-text",
        "warning" if surplus >= _MANY * rows else "note",
        f"{data.train.part(int(own.sum()))} have the name of their label in them, and "
        f"{percent(int(other.sum()), rows)} that of another label.",
        "The label column was joined to the text, or the texts were collected by searching for the label.",
        "Check the `text` column; take the label out of the text, unless a new text will have it too.",
        {"own": int(own.sum()), "other": int(other.sum()), "rows": rows},
        data.rows(data.train.start + np.flatnonzero(own & ~other)),
    )


def _rows_with(data: DataSet, split: Split, names: set[str]) -> list[int]:
    """Return some rows of a split that have one of some labels."""
    numbers = [i for i, some in enumerate(data.label_sets) if names & set(some)]
    rows = split.start + np.flatnonzero(np.isin(data.label_ids[split.rows], numbers))
    return [int(row) for row in rows[:_SHOWN]]


def _listed(counts: dict[str, int]) -> str:
    shown = ", ".join(f"{name!r} ({count:,})" for name, count in [*counts.items()][:_SHOWN])
    return shown if len(counts) <= _SHOWN else f"{shown} and {len(counts) - _SHOWN:,} more"
