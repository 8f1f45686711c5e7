"""Scores of n-grams from labelled texts: naive Bayes, then stochastic gradient descent.

A step looks at some texts and changes only the rows of their n-grams. Each group of texts is brought
into the order of its rows once, so that both products of a step, scores from rows and changes of rows
from errors, are sums over consecutive entries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textclf.device import one_thread

__all__ = ["WEIGHTINGS", "FittedScores", "Labelled", "fit_scores"]

Floats: TypeAlias = npt.NDArray[np.float32]
Ints: TypeAlias = npt.NDArray[np.integer]

_TEXT_BITS = 16  # texts in a group: a pair of row and text is one 64-bit number
_KEPT = 1 << 24  # pairs of row and text kept from pass to pass, about 400 MB; more are made again each time
WEIGHTINGS = {"tf-idf": (3.0, 0.4), "naive_bayes": (10.0, 0.1)}
"""How n-grams can be weighted. For each: how many texts of each class are thought to hold each n-gram,
beside those that do, and the share of the naive Bayes scores, which count what n-grams have in common once
for each, that the regression starts at."""
_LEAST = 1e-3  # naive Bayes weight of an n-gram that is as frequent in every class
_STEP = 3.0  # with features of length 1, steps up to 4 cannot diverge: the curvature is at most 1/4
_BIAS = 0.1  # value of the feature that the bias is the score of, against 1 of all n-grams together
_STEPS = 300  # at least, unless it takes more than eight passes

T = TypeVar("T", bound="_Sized")
Labelled: TypeAlias = tuple[Tensor, Tensor]
"""Rows ``(B, n)`` of the n-grams of some texts, 0 where there is none, and labels ``(B,)``, or booleans
``(B, C)`` where a text may have several."""


@dataclass(frozen=True, eq=False)
class FittedScores:
    """A logistic regression, and how it did.

    Attributes:
        scores: Shape (rows, C).
        bias: Shape (C,).
        rarity: Shape (rows,): smoothed inverse document frequency, or the largest log-count ratio, and 0 of
            what never occurs.
        loss: Mean loss of the texts in the last pass, each before it was learnt from.
        accuracy: Likewise.
    """

    scores: Tensor
    bias: Tensor
    rarity: Tensor
    loss: float
    accuracy: float


class _Sized(Protocol):
    @property
    def texts(self) -> Ints: ...


@dataclass(frozen=True)
class _Group:
    """The distinct n-grams of some texts.

    Attributes:
        rows: Shape (R,): the rows that occur, in rising order.
        starts: Shape (R,): where the pairs of each row begin.
        texts: Shape (P,): the text of each pair of row and text, in the order of the rows.
        labels: Shape (B,), or booleans (B, C).
    """

    rows: Ints
    starts: Ints
    texts: Ints
    labels: npt.NDArray[Any]

    @classmethod
    def of(cls, rows: Tensor, labels: Tensor) -> _Group:
        """Take ``(B, n)`` rows, 0 where there is none, and ``(B,)`` or ``(B, C)`` labels."""
        pairs = (rows << _TEXT_BITS).add_(torch.arange(len(rows)).unsqueeze(1))[rows > 0].numpy()
        pairs.sort()
        pairs = pairs[_first_of_each(pairs)]
        each = pairs >> _TEXT_BITS
        starts = np.flatnonzero(_first_of_each(each))
        texts = (pairs & ((1 << _TEXT_BITS) - 1)).astype(np.int32)
        return cls(each[starts], starts.astype(np.int32), texts, labels.numpy())

    def targets(self, num_classes: int) -> Floats:
        """Return 1 for each class of each text and 0 for the others, ``(B, C)``."""
        if self.labels.ndim == 2:
            return self.labels.astype(np.float32)
        targets: Floats = np.eye(num_classes, dtype=np.float32)[self.labels]
        return targets


@dataclass(frozen=True)
class _Weighted:
    """A group with the weight of each pair, in the order of the rows and in that of the texts.

    Attributes:
        weights: Shape (P,): of length 1 for each text, in the order of the rows.
        text_rows: Shape (P,): which of the group's rows, in the order of the texts.
        text_starts: Shape (B,): where the pairs of each text begin.
        text_weights: Shape (P,): the same in the order of the texts.
    """

    group: _Group
    weights: Floats
    text_rows: Ints
    text_starts: Ints
    text_weights: Floats

    @property
    def texts(self) -> Ints:
        return self.group.texts

    @classmethod
    def of(cls, group: _Group, rarity: Floats) -> _Weighted:
        counts = np.diff(group.starts, append=len(group.texts))
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        weights = rarity.take(group.rows).take(rows)
        squares = np.bincount(group.texts, weights=weights * weights, minlength=len(group.labels))
        weights /= np.sqrt(squares).astype(np.float32).take(group.texts)
        order = np.argsort(group.texts.astype(np.uint16), kind="stable")  # a radix sort, for 16 bits
        each = np.bincount(group.texts, minlength=len(group.labels))
        starts = (np.cumsum(each) - each).astype(np.int32)
        return cls(group, weights, rows.take(order), starts, weights.take(order))


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
        >>> fitted.scores[[2, 4]].argmax(dim=1).tolist(), fitted.rarity[:2].tolist(), fitted.accuracy
        ([0, 1], [0.0, 0.0], 1.0)
    """
    groups = _Kept(lambda: (_Group.of(*its) for its in texts))
    weight = np.ones(num_classes, np.float32) if class_weight is None else class_weight.float().numpy()
    counts = np.zeros((num_rows, num_classes), np.float32)  # texts of each class that hold each n-gram
    documents = np.zeros(num_rows, np.float32)
    sizes = np.zeros(num_classes, np.float32)
    number = total = 0
    several = False
    for group in groups:
        number += 1
        total += len(group.labels)
        several = group.labels.ndim == 2
        targets = group.targets(num_classes)
        its_counts = _sums(targets, group.texts, group.starts)
        _put(counts, group.rows, counts.take(group.rows, axis=0) + its_counts)
        documents[group.rows] += np.diff(group.starts, append=len(group.texts))
        sizes += targets.sum(axis=0)
    seen = np.flatnonzero(documents)
    rarity = np.zeros(num_rows, np.float32)
    present = counts[seen] * weight
    smoothing, share = WEIGHTINGS[weighting]
    if several:
        ratios = _log_count_ratios(present, documents[seen, None] - counts[seen], smoothing)
        bias = np.log((sizes * weight + 1) / (total - sizes + 1))
    else:
        ratios = _log_count_ratios(present, present.sum(axis=1, keepdims=True) - present, smoothing)
        ratios -= ratios.mean(axis=1, keepdims=True)
        bias = np.log(sizes * weight + 1)
        bias -= bias.mean()
    if weighting == "naive_bayes":
        strength = np.abs(ratios).max(axis=1).clip(_LEAST)
        rarity[seen], ratios = strength, ratios / strength[:, None]
    else:
        rarity[seen] = np.log((1 + np.float32(total)) / (1 + documents[seen])) + 1
    scores = np.zeros(counts.shape, np.float32)  # zeros_like would fill, and so allocate, every row
    scores[seen] = share * ratios
    weighted = _Kept(lambda: (_Weighted.of(group, rarity) for group in groups))
    passes = min(max(2, math.ceil(_STEPS / number)), 8)
    loss, correct = 0.0, 0
    for done in range(passes):
        loss, correct = 0.0, 0
        for place, its in enumerate(weighted):
            left = 1 - (done + place / number) / passes
            its_loss, its_correct = _step(its, scores, bias, weight, _STEP * left)
            loss += its_loss
            correct += its_correct
    table, start, inverse = map(torch.from_numpy, (scores, bias, rarity))
    return FittedScores(table, start, inverse, loss / max(total, 1), correct / max(total, 1))


class _Kept(Generic[T]):
    """What a function makes, kept in memory for the next time unless it is too much."""

    def __init__(self, make: Callable[[], Iterable[T]]) -> None:
        self._make = make
        self._kept: list[T] | None = None

    def __iter__(self) -> Iterator[T]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[T] | None = []
        size = 0
        for item in self._make():
            size += len(item.texts)
            if kept is not None and size <= _KEPT:
                kept.append(item)
            else:
                kept = None
            yield item
        self._kept = kept


def _log_count_ratios(counts: Floats, rest: Floats, smoothing: float) -> Floats:
    """Give the log-count ratios of naive Bayes, ``(rows, C)``: in texts of a class against the rest."""
    ratios = np.zeros(counts.shape, np.float32)
    for part, sign in ((counts, 1), (rest, -1)):
        smooth = part + smoothing
        ratios += sign * np.log(smooth / smooth.sum(axis=0))
    return ratios


def _step(its: _Weighted, scores: Floats, bias: Floats, weight: Floats, size: float) -> tuple[float, int]:
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


def _first_of_each(ordered: Ints) -> npt.NDArray[np.bool_]:
    """Mark the first of each run of equal numbers."""
    marks = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=marks[1:])
    return marks
