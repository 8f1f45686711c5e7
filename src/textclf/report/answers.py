"""What a trained classifier answers to labelled texts, and how that depends on the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textclf.classifier.training_data import listed
from textclf.data.encoder import TextEncoder
from textclf.errors import must_be
from textclf.metrics import ReliabilityBin, bootstrap_interval, reliability
from textclf.predictor import Predictor
from textclf.text import UNK_ID
from textclf.text.labels import Label

__all__ = ["Answers", "Slice", "WrongAnswer", "answers_to", "slices_by"]

_LEAST = 1e-12  # of a probability whose logarithm is taken


class WrongAnswer(NamedTuple):
    """A mistake: the text, its labels, those predicted, with the probability of each by name."""

    text: str
    true: list[Label]
    predicted: list[Label]
    probabilities: dict[Label, float]


class Slice(NamedTuple):
    """Texts that have something in common: what, how many, the accuracy, and its 95 % interval."""

    name: str
    n: int
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Answers:
    """Labelled texts and what the model makes of them.

    Args:
        texts: The N texts: strings, or lists of tokens.
        labels: As numbers, ``(N,)``, or booleans ``(N, C)`` where a text may have several.
        probabilities: ``(N, C)``.
        predictions: As the labels are.
        report: The scores.
        lengths: Of the whole texts in tokens, ``(N,)``.
        unknown: The share of the tokens of each text that are not in the vocabulary, ``(N,)``.
        unread: The share of all tokens that the model does not read.
    """

    texts: Sequence[Any]
    labels: npt.NDArray[Any]
    probabilities: npt.NDArray[np.float64]
    predictions: npt.NDArray[Any]
    report: Any
    lengths: npt.NDArray[np.int64]
    unknown: npt.NDArray[np.float64]
    unread: float

    @cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether each answer is right; of several labels, whether all are."""
        same = self.labels == self.predictions
        return np.asarray(same if same.ndim == 1 else same.all(axis=1))

    @cached_property
    def reliability(self) -> tuple[ReliabilityBin, ...]:
        """The bins of the picture of calibration."""
        return reliability(self.labels, self.probabilities)

    def worst(self, count: int = 20) -> list[WrongAnswer]:
        """Return the wrong answers with the largest loss, the worst first.

        Args:
            count: How many.
        """
        wrong = np.flatnonzero(~self.right)
        order = wrong[np.argsort(-self._losses[wrong], kind="stable")[:count]]
        return [self._wrong_answer(row) for row in order.tolist()]

    @cached_property
    def _losses(self) -> npt.NDArray[np.float64]:
        if self.labels.ndim == 1:
            of_truth = self.probabilities[np.arange(len(self.labels)), self.labels][:, None]
        else:
            of_truth = np.where(self.labels, self.probabilities, 1 - self.probabilities)
        return np.asarray(-np.log(np.maximum(of_truth, _LEAST)).sum(axis=1))

    def _wrong_answer(self, row: int) -> WrongAnswer:
        text = self.texts[row]
        true, predicted = self._named(self.labels[row]), self._named(self.predictions[row])
        shares = dict(zip(self.report.label_names, self.probabilities[row].tolist(), strict=True))
        kept = {name: shares[name] for name in dict.fromkeys([*true, *predicted])}
        return WrongAnswer(text if isinstance(text, str) else " ".join(text), true, predicted, kept)

    def _named(self, label: Any) -> list[Label]:
        numbers = [int(label)] if np.ndim(label) == 0 else np.flatnonzero(label).tolist()
        return [self.report.label_names[number] for number in numbers]


def answers_to(predictor: Predictor, texts: Sequence[Any], labels: Sequence[Any]) -> Answers:
    """Ask a model for the labels of texts whose labels are known.

    Args:
        predictor: The model, with all it needs.
        texts: Strings, or lists of tokens; at least one.
        labels: The label of each, or a list of labels where a text may have several.

    Raises:
        ArgumentError: There are no texts, or not as many labels.
        UnseenLabelError: The model does not know a label.
    """
    texts, labels = listed(texts, labels)
    if not texts:
        raise must_be("data", "at least one text with its label", texts)
    encoder = predictor.encoder
    true = predictor.labels.encode(labels)
    probabilities = predictor.predict_proba(texts)
    several = predictor.labels.multi_label
    whole = TextEncoder(encoder.tokenizer, encoder.vocab).encode(texts)  # nothing is cut off
    sums = np.concatenate([[0], np.cumsum(np.asarray(whole.ids) == UNK_ID)])[np.asarray(whole.offsets)]
    lengths = np.asarray(whole.lengths, dtype=np.int64)
    return Answers(
        texts,
        true,
        probabilities,
        probabilities >= 0.5 if several else probabilities.argmax(axis=1),
        predictor.target.report(true, probabilities, label_names=predictor.classes),
        lengths,
        np.diff(sums) / np.maximum(lengths, 1),
        predictor.dropped_share(texts),
    )


def slices_by(
    values: npt.NDArray[Any], right: npt.NDArray[np.bool_], name: str, *, most: int
) -> list[Slice]:
    """Cut texts into groups of about the same size by a number that each has, and measure each group.

    Args:
        values: The numbers, ``(N,)``; whole ones, or shares.
        right: Whether each answer is right.
        name: Of what is counted, for whole numbers.
        most: How many groups there may be.

    Example:
        >>> values, right = np.array([1, 2, 8, 9]), np.array([True, True, True, False])
        >>> [(part.name, part.n, part.accuracy) for part in slices_by(values, right, "tokens", most=2)]
        [('1 to 2 tokens', 2, 1.0), ('8 to 9 tokens', 2, 0.5)]
    """
    if not len(values):
        return []
    quantiles = np.quantile(values, np.arange(1, most) / most, method="inverted_cdf")
    ends = np.unique([*quantiles, values.max()])
    numbers = np.searchsorted(ends, values)
    found = []
    for number in range(len(ends)):
        rows = numbers == number
        hits, n = int(right[rows].sum()), int(rows.sum())
        interval = bootstrap_interval([[hits, n - hits], [0, 0]], "accuracy")
        found.append(Slice(_range(values[rows], name), n, hits / n, interval))
    return found


def _range(values: npt.NDArray[Any], name: str) -> str:
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        ends = [f"{100 * low:.1f}", f"{100 * high:.1f}"]
        return f"{' to '.join(dict.fromkeys(ends))} %"
    return f"{' to '.join(dict.fromkeys([f'{low:,}', f'{high:,}']))} {name}"
