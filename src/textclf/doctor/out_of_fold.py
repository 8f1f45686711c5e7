"""What a linear model thinks of the labels of rows that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_CLASSES", "MOST_ROWS", "MOST_TOKENS", "OutOfFold", "out_of_fold"]

Ints = npt.NDArray[np.int64]

MOST_ROWS = 20_000
"""Of more rows, so many are drawn at random."""
MOST_TOKENS = 2_000_000
"""Of rows with more tokens in all, fewer are drawn."""
MOST_CLASSES = 100
_FOLDS = 4
_FEW_ROWS = 40
_PAIR_COLUMNS = 1 << 18
_LEAST_ROWS = 3  # in which a feature must be
_SMOOTHING = 0.1


@dataclass(frozen=True)
class OutOfFold:
    """Answers for rows of the training set, each from a model fitted without it.

    Attributes:
        rows: The M rows, rising.
        labels: The label of each, a number below C, shape (M,).
        classes: The data set's number of each class, shape (C,).
        probabilities: Shape (M, C).
    """

    rows: Ints
    labels: Ints
    classes: Ints
    probabilities: npt.NDArray[np.float64]


def out_of_fold(
    ids: npt.NDArray[np.int32],
    offsets: Ints,
    label_ids: npt.NDArray[np.int32],
    remarks: list[str],
    *,
    seed: int = 0,
) -> OutOfFold | None:
    """Fit naive Bayes to TF-IDF weights of parts of the rows, and ask for the others.

    Of the linear models on tokens and pairs of tokens this is the fastest by far, and its doubts are as
    good as those of logistic regression.

    Args:
        ids: Token ids of all texts, shape (T,).
        offsets: Where each text begins, shape (N + 1,).
        label_ids: The label of each row, shape (N,).
        remarks: A sentence is added if rows are sampled or left out.
        seed: Of the sample and the folds.

    Returns:
        The answers, or None if there are fewer than two classes with 4 rows, more than 100 classes, or
        fewer than 40 rows.
    """
    from sklearn.model_selection import StratifiedKFold
    from sklearn.naive_bayes import MultinomialNB

    rows = _sample(np.diff(offsets), seed)
    if len(rows) < len(label_ids):
        remarks.append(
            f"noisy-labels and unrelated-labels: {len(rows):,} of {len(label_ids):,} training rows, drawn "
            "at random."
        )
    counts = np.bincount(label_ids[rows])
    rows = rows[(counts >= _FOLDS)[label_ids[rows]]]
    classes, labels = np.unique(label_ids[rows], return_inverse=True)
    if not 2 <= len(classes) <= MOST_CLASSES or len(rows) < _FEW_ROWS:
        remarks.append(
            f"noisy-labels and unrelated-labels: not looked for ({len(rows):,} rows in {len(classes):,} "
            f"classes of {_FOLDS} rows or more)."
        )
        return None
    features = _features(ids, offsets, rows)
    probabilities = np.zeros((len(rows), len(classes)))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    for fit, ask in folds.split(features, labels):
        model = MultinomialNB(alpha=_SMOOTHING).fit(features[fit], labels[fit])
        probabilities[ask] = model.predict_proba(features[ask])
    return OutOfFold(rows, labels.astype(np.int64), classes.astype(np.int64), probabilities)


def _sample(lengths: Ints, seed: int) -> Ints:
    """Draw rows at random, up to both limits; return them rising."""
    order = np.random.default_rng(seed).permutation(len(lengths))[:MOST_ROWS]
    few_enough = np.cumsum(lengths[order]) <= MOST_TOKENS
    few_enough[:_FEW_ROWS] = True
    return np.sort(order[few_enough])


def _features(ids: npt.NDArray[np.int32], offsets: Ints, rows: Ints) -> Any:
    """Return the TF-IDF weights of tokens and of pairs of them, a sparse matrix with a row a text."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfTransformer

    lengths = offsets[rows + 1] - offsets[rows]
    ends = np.cumsum(lengths)
    flat = ids[np.arange(ends[-1]) + np.repeat(offsets[rows] - ends + lengths, lengths)].astype(np.int64)
    owner = np.repeat(np.arange(len(rows)), lengths)
    together = owner[1:] == owner[:-1]
    mixed = (flat[:-1] * 0x9E3779B1 + flat[1:] * 0x85EBCA77) & 0xFFFFFFFFFFFF
    pairs = (mixed ^ mixed >> 17)[together] % _PAIR_COLUMNS
    known, tokens = np.unique(flat, return_inverse=True)
    columns = np.concatenate([tokens, len(known) + pairs])
    owners = np.concatenate([owner, owner[1:][together]])
    shape = (len(rows), len(known) + _PAIR_COLUMNS)
    counted = csr_matrix((np.ones(len(columns), np.float32), (owners, columns)), shape=shape)
    frequent = np.bincount(counted.indices, minlength=shape[1]) >= _LEAST_ROWS
    return TfidfTransformer(sublinear_tf=True).fit_transform(counted[:, frequent])
