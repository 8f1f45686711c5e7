"""Scores of n-grams from labelled texts: naive Bayes, then stochastic gradient descent.

A step looks at some texts and changes only the rows of their n-grams, in a table of those that occur.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textclf.device import one_thread
from textclf.layers.ngram_groups import Floats, Group, Ints, Kept, Places, Weighted

__all__ = ["WEIGHTINGS", "FittedScores", "Labelled", "fit_scores"]

WEIGHTINGS = {"tf-idf": (3.0, 0.4), "naive_bayes": (10.0, 0.1)}
"""How n-grams can be weighted. For each: how many texts of each class are thought to hold each n-gram,
beside those that do, and the share of the naive Bayes scores, which count what n-grams have in common once
for each, that the regression starts at."""
_LEAST = 1e-3  # naive Bayes weight of an n-gram that is as frequent in every class
_STEP = 3.0  # with features of length 1, steps up to 4 cannot diverge: the curvature is at most 1/4
_BIAS = 0.1  # value of the feature that the bias is the score of, against 1 of all n-grams together
_STEPS = 300  # at least, unless it takes more than eight passes

Labelled: TypeAlias = tuple[Tensor, Tensor]
"""Rows ``(B, n)`` of the n-grams of some texts, 0 where there is none, and labels ``(B,)``, or booleans
``(B, C)`` where a text may have several."""


@dataclass(frozen=True, eq=False)
class FittedScores:
    """A logistic regression on the S rows that occur, and how it did.

    Attributes:
        rows: Shape (S,): which rows of the table they are, in the order in which they were first seen.
        scores: Shape (S, C).
        bias: Shape (C,).
        rarity: Shape (S,): smoothed inverse document frequency, or the largest log-count ratio.
        loss: Mean loss of the texts in the last pass, each before it was learnt from.
        accuracy: Likewise.
    """

    rows: Tensor
    scores: Tensor
    bias: Tensor
    rarity: Tensor
    loss: float
    accuracy: float


@one_thread()  # its steps are small, and there are hundreds of them a second
def fit_scores(
    texts: Iterable[Labelled],
    num_rows: int,
    num_classes: int,
    class_weight: Tensor | None = None,
    *,
    weighting: str = "tf-idf",
) -> FittedScores:
    """Fit a logistic regression on weighted n-grams.

    The scores start at a share of the log-count ratios of naive Bayes, and take two passes, or up to
    eight over few texts, of stochastic gradient descent over groups of texts with a falling step. Nothing
    is drawn at random. Where a text may have several labels, each is told from its absence, by a
    regression of its own.

    Args:
        texts: Groups of texts; gone through several times, so not a generator.
        num_rows: Rows of the table.
        num_classes: C.
        class_weight: ``(C,)`` weights of the classes, or of the presence of each label, or None.
        weighting: ``"tf-idf"``, by how rare an n-gram is, or ``"naive_bayes"``, by how much it tells one
            class from the rest: the largest absolute log-count ratio.

    Returns:
        The scores and how well they did.

    References:
        Wang and Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification,
        2012; Bottou, Large-Scale Machine Learning with Stochastic Gradient Descent, 2010.

    Example:
        >>> rows, labels = torch.tensor([[2, 3], [3, 4]]), torch.tensor([0, 1])
        >>> fitted = fit_scores([(rows, labels)], 5, 2)
        >>> fitted.rows.tolist(), fitted.scores[[0, 2]].argmax(dim=1).tolist(), fitted.accuracy
        ([2, 3, 4], [0, 1], 1.0)
    """
    places = Places(num_rows)
    groups = Kept(lambda: (places.numbered(Group.of(*its)) for its in texts))
    weight = np.ones(num_classes, np.float32) if class_weight is None else class_weight.float().numpy()
    counted = _count(groups, places, num_classes)
    scores, bias, rarity = _start(counted, weight, weighting)
    weighted = Kept(lambda: (Weighted.of(group, rarity) for group in groups))
    passes = min(max(2, math.ceil(_STEPS / counted.groups)), 8)
    loss, correct = 0.0, 0
    for done in range(passes):
        loss, correct = 0.0, 0
        for place, its in enumerate(weighted):
            left = 1 - (done + place / counted.groups) / passes
            its_loss, its_correct = _step(its, scores, bias, weight, _STEP * left)
            loss += its_loss
            correct += its_correct
    rows, table, start, inverse = map(torch.from_numpy, (places.rows, scores, bias, rarity))
    total = max(counted.texts, 1)
    return FittedScores(rows, table, start, inverse, loss / total, correct / total)


@dataclass(frozen=True)
class _Counts:
    """What naive Bayes needs to know of S n-grams and C classes.

    Attributes:
        present: Shape (S, C): the texts of each class that hold each n-gram.
        documents: Shape (S,): the texts that hold each n-gram.
        sizes: Shape (C,): the texts of each class.
        texts: How many there are.
        groups: How many there are.
        several: Whether a text may have several labels.
    """

    present: Floats
    documents: Floats
    sizes: Floats
    texts: int
    groups: int
    several: bool


def _count(groups: Iterable[Group], places: Places, num_classes: int) -> _Counts:
    """Count the n-grams of all texts; ``places`` has as many as have been seen so far."""
    present = np.zeros((0, num_classes), np.float32)
    documents = np.zeros(0, np.float32)
    sizes = np.zeros(num_classes, np.float32)
    texts = number = 0
    several = False
    for group in groups:
        number += 1
        texts += len(group.labels)
        several = group.labels.ndim == 2
        targets = group.targets(num_classes)
        present, documents = _grown(present, places.count), _grown(documents, places.count)
        its_counts = _sums(targets, group.texts, group.starts)
        _put(present, group.rows, present.take(group.rows, axis=0) + its_counts)
        documents[group.rows] += np.diff(group.starts, append=len(group.texts))
        sizes += targets.sum(axis=0)
    size = places.count
    return _Counts(present[:size], documents[:size], sizes, texts, number, several)


def _start(counted: _Counts, weight: Floats, weighting: str) -> tuple[Floats, Floats, Floats]:
    """Return the scores ``(S, C)``, bias ``(C,)`` and rarity ``(S,)`` that the descent starts at."""
    smoothing, share = WEIGHTINGS[weighting]
    present = counted.present * weight
    if counted.several:
        absent = counted.documents[:, None] - counted.present
        ratios = _log_count_ratios(present, absent, smoothing)
        bias = np.log((counted.sizes * weight + 1) / (counted.texts - counted.sizes + 1))
    else:
        ratios = _log_count_ratios(present, present.sum(axis=1, keepdims=True) - present, smoothing)
        ratios -= ratios.mean(axis=1, keepdims=True)
        bias = np.log(counted.sizes * weight + 1)
        bias -= bias.mean()
    if weighting == "naive_bayes":
        rarity = np.abs(ratios).max(axis=1).clip(_LEAST)
        ratios /= rarity[:, None]
    else:
        rarity = np.log((1 + np.float32(counted.texts)) / (1 + counted.documents)) + 1
    return share * ratios, bias, rarity


def _grown(table: Floats, size: int) -> Floats:
    """Return a table with room for so many rows: itself, or a copy of at least twice its size."""
    if size <= len(table):
        return table
    grown = np.zeros((max(size, 2 * len(table)), *table.shape[1:]), np.float32)
    grown[: len(table)] = table
    return grown


def _log_count_ratios(counts: Floats, rest: Floats, smoothing: float) -> Floats:
    """Give the log-count ratios of naive Bayes, ``(rows, C)``: in texts of a class against the rest."""
    ratios = np.zeros(counts.shape, np.float32)
    for part, sign in ((counts, 1), (rest, -1)):
        smooth = part + smoothing
        ratios += sign * np.log(smooth / smooth.sum(axis=0))
    return ratios


def _step(its: Weighted, scores: Floats, bias: Floats, weight: Floats, size: float) -> tuple[float, int]:
    """Change the scores of a group's n-grams, and the bias, against the gradient of the log loss.

    Returns:
        The sum of the losses before the step, and how many texts were right.
    """
    rows = its.group.rows
    old = scores.take(rows, axis=0)
    logits = torch.from_numpy(_sums(old, its.text_rows, its.text_starts, its.text_weights) + bias)
    measured = _errors_of_several if its.group.labels.ndim == 2 else _errors_of_one
    errors, loss, correct = measured(logits, its.group.labels, weight)
    _put(scores, rows, old - size * _sums(errors, its.group.texts, its.group.starts, its.weights))
    bias -= size * _BIAS**2 * errors.sum(axis=0)
    return loss, correct


def _errors_of_one(logits: Tensor, labels: Ints, weight: Floats) -> tuple[Floats, float, int]:
    """Return the gradient ``(B, C)`` of the cross-entropy, its sum, and how many texts are right."""
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels), reduction="sum").item()
    correct = int((logits.argmax(dim=1).numpy() == labels).sum())
    errors = logits.softmax(dim=1).numpy()
    errors[np.arange(len(errors)), labels] -= 1.0
    errors *= weight[labels][:, None]
    return errors, loss, correct


def _errors_of_several(
    logits: Tensor, labels: npt.NDArray[np.bool_], weight: Floats
) -> tuple[Floats, float, int]:
    """Return the same of the binary cross-entropy, whose sum over the texts is of means over the labels."""
    wanted = torch.from_numpy(labels).float()
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    correct = int(((logits > 0).numpy() == labels).all(axis=1).sum())
    errors = (logits.sigmoid() - wanted).numpy()
    errors *= np.where(labels, weight, np.float32(1))
    return errors, each.mean(dim=1).sum().item(), correct


def _sums(table: Floats, rows: Ints, starts: Ints, weights: Floats | None = None) -> Floats:
    """Sum weighted rows of a small table over consecutive entries, from each start to the next."""
    sums: Floats = torch.nn.functional.embedding_bag(
        torch.from_numpy(rows),
        torch.from_numpy(table),
        torch.from_numpy(starts),
        mode="sum",
        per_sample_weights=None if weights is None else torch.from_numpy(weights),
    ).numpy()
    return sums


def _put(table: Floats, rows: Ints, values: Floats) -> None:
    """Write ``(R, C)`` values to rows of a table.

    A row is moved as one block of bytes, and read by ``take``: with two classes both take a tenth of the
    time that indexing a table of numbers does.
    """
    block = np.dtype((np.void, table.itemsize * table.shape[1]))
    table.view(block)[rows, 0] = values.view(block)[:, 0]
