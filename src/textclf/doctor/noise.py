"""Checks of labels against texts: rows whose label looks wrong, and labels that the text does not tell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from textclf.doctor.checks import DATA_CHECKS
from textclf.doctor.data_set import DataSet
from textclf.findings import Finding, percent

__all__ = ["noisy_labels", "unrelated_labels"]

_MANY_DOUBTS = 0.15
_FEW_DOUBTS = 5
_LEAST_ROWS = 200
_SURE = 3.0  # standard errors


@DATA_CHECKS.register("noisy-labels")
def noisy_labels(data: DataSet) -> Iterator[Finding]:
    """Find training rows for which a linear model that has not seen them is sure of another label.

    It is sure of a class if it gives it at least the probability that it gives, on average, to the
    rows that have this label (Northcutt, Jiang and Chuang, Confident Learning, 2021).
    """
    answers = data.out_of_fold
    if answers is None:
        return
    rows = np.arange(len(answers.rows))
    own = answers.probabilities[rows, answers.labels]
    usual = np.bincount(answers.labels, own) / np.bincount(answers.labels)
    sure = np.where(answers.probabilities >= usual, answers.probabilities, 0.0)
    guess = sure.argmax(axis=1)
    doubted = np.flatnonzero((sure.max(axis=1) > 0) & (guess != answers.labels))
    if len(doubted) < _FEW_DOUBTS:
        return
    doubted = doubted[np.argsort(own[doubted] - sure[doubted, guess[doubted]], kind="stable")]
    wrong = int((answers.probabilities.argmax(axis=1) != answers.labels).sum())
    yield Finding(
        "noisy-labels",
        "warning" if len(doubted) >= _MANY_DOUBTS * len(rows) else "note",
        f"A linear model that has not seen them is sure of another label for {len(doubted):,} of "
        f"{len(rows):,} rows of train ({percent(len(doubted), len(rows))}); it is right for "
        f"{percent(len(rows) - wrong, len(rows))}.",
        "Some of these labels are wrong, and some of these texts are hard; which, only reading tells.",
        "Read the rows below, the most doubtful first, and correct what is wrong.",
        {"doubted": len(doubted), "rows": len(rows), "accuracy": 1 - wrong / len(rows)},
        data.rows(answers.rows[doubted]),
    )


@DATA_CHECKS.register("unrelated-labels")
def unrelated_labels(data: DataSet) -> Iterator[Finding]:
    """Find labels that a linear model tells no better than if they had been dealt out at random."""
    answers = data.out_of_fold
    if answers is None or len(answers.rows) < _LEAST_ROWS:
        return
    count, classes = len(answers.rows), len(answers.classes)
    guess = answers.probabilities.argmax(axis=1)
    right = float((guess == answers.labels).mean())
    shares = [np.bincount(numbers, minlength=classes) / count for numbers in (guess, answers.labels)]
    chance = float(shares[0] @ shares[1])
    if right - chance >= _SURE * np.sqrt(chance * (1 - chance) / count):
        return
    yield Finding(
        "unrelated-labels",
        "warning",
        f"A linear model tells the label of {percent(right, 1)} of {count:,} unseen rows of train; with "
        f"labels dealt out at random it would be {percent(chance, 1)}.",
        "Texts and labels were shuffled apart, another column is read, or word order alone decides.",
        "Compare some rows with their source, and check the `text` and `label` columns.",
        {"accuracy": right, "chance": chance, "rows": count},
    )
