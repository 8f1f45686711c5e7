"""The report on texts that may have several labels each, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.metrics.abstention import AbstainBelow, class_limits
from textclf.metrics.bootstrap import bootstrap_interval, bootstrap_sums_interval
from textclf.metrics.calibration import calibration_error
from textclf.metrics.checks import checked_label_probabilities, checked_loss, checked_names, json_number
from textclf.metrics.names import AVERAGES, MULTI_LABEL_METRICS, find_metric
from textclf.metrics.outcomes import ratios
from textclf.metrics.probabilities import log_loss
from textclf.metrics.report import NAN, ClassScores
from textclf.metrics.table import aligned_table

__all__ = ["MultiLabelReport"]


class _Mean:
    """A property of the report: the mean of a score."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.average, self.score = name.split("_")
        self.__doc__ = f"The {self.average} average of the {self.score}."

    @overload
    def __get__(self, report: None, owner: type) -> _Mean: ...
    @overload
    def __get__(self, report: MultiLabelReport, owner: type) -> float: ...
    def __get__(self, report: MultiLabelReport | None, owner: type) -> _Mean | float:
        if report is None:  # of the class, for the documentation
            return self
        if self.average == "samples":
            return report._mean_over_texts(self.score)
        return _mean(report.outcomes, self.average, self.score)


@dataclass(frozen=True, eq=False)
class MultiLabelReport:
    """The metrics of predictions of any number of labels a text.

    Build one with :meth:`from_predictions`. Every metric in
    :data:`~textclf.metrics.MULTI_LABEL_METRICS` is a property, and can be looked up by name:
    ``report["micro_f1"]``. A ratio with nothing below the line is 0, as in scikit-learn.

    Of each score (precision, recall, F1) there are four means: ``micro`` over all labels of all texts
    together, ``macro`` over the labels that occur, ``weighted`` over the labels by how often each occurs,
    and ``samples`` over the texts, where a text that has no label and gets none counts as 1.

    Attributes:
        label_names: The names of the C labels; their numbers if no names were given.
        outcomes: Counts, int64 (C, 3): texts that rightly got each label, that wrongly got it, and that
            wrongly did not.
        thresholds: Probability from which on a text gets each label, (C,).
        loss: The loss of training on this set, as given; NaN if it was not.
        log_loss: Mean negative log-likelihood, nats a text and label.

    References:
        Zhang and Zhou, A Review on Multi-Label Learning Algorithms, 2014.

    Example:
        >>> report = MultiLabelReport.from_predictions(
        ...     [[1, 0], [1, 1], [0, 1], [0, 0]], [[0.9, 0.2], [0.8, 0.4], [0.1, 0.7], [0.3, 0.1]],
        ...     label_names=["art", "law"])
        >>> print(report)
                  precision  recall      f1  support
        art          1.0000  1.0000  1.0000        2
        law          1.0000  0.5000  0.6667        2
        <BLANKLINE>
        micro        1.0000  0.7500  0.8571        4
        macro        1.0000  0.7500  0.8333        4
        weighted     1.0000  0.7500  0.8333        4
        samples      1.0000  0.8750  0.9167        4
        <BLANKLINE>
        accuracy 0.7500 (95% interval 0.2500 to 1.0000), hamming loss 0.1250, n 4
        micro f1 0.8571 (95% interval 0.6667 to 1.0000)
        log loss 0.2990, calibration error 0.2375
        >>> report["micro_f1"] == report.micro_f1, report.per_class[1].recall
        (True, 0.5)
    """

    label_names: tuple[str | int, ...]
    outcomes: NDArray[np.int64]
    thresholds: NDArray[np.float64]
    loss: float
    log_loss: float
    _labels: NDArray[np.bool_]
    _predictions: NDArray[np.bool_]
    _probabilities: NDArray[np.floating[Any]]

    micro_f1 = _Mean()
    micro_precision = _Mean()
    micro_recall = _Mean()
    macro_f1 = _Mean()
    macro_precision = _Mean()
    macro_recall = _Mean()
    weighted_f1 = _Mean()
    weighted_precision = _Mean()
    weighted_recall = _Mean()
    samples_f1 = _Mean()
    samples_precision = _Mean()
    samples_recall = _Mean()

    @classmethod
    def from_predictions(
        cls,
        labels: ArrayLike,
        probabilities: ArrayLike,
        *,
        label_names: Sequence[str | int] | None = None,
        loss: float | None = None,
        thresholds: AbstainBelow = 0.5,
    ) -> MultiLabelReport:
        """Build the report on predicted probabilities.

        Args:
            labels: Which labels each text has, booleans, (N, C).
            probabilities: The probability of each label, (N, C). The report keeps a copy.
            label_names: The names of the C labels, by default their numbers.
            loss: The loss of training on this set, if it was computed.
            thresholds: Probability from which on a text gets a label: one for all, or numbers by name,
                0.5 where none is given.

        Returns:
            The report.

        Raises:
            ArgumentError: The shapes do not fit, a value is no probability, or the names are not C
                different ones.
        """
        hot, shares = checked_label_probabilities(labels, probabilities)
        names = checked_names(label_names, hot.shape[1])
        limits = class_limits("thresholds", thresholds, names, default=0.5)
        predicted = shares >= limits
        return cls(
            names,
            _outcomes(hot, predicted).sum(axis=0),
            limits,
            NAN if loss is None else checked_loss(loss),
            log_loss(hot, shares),
            hot,
            predicted,
            shares.copy(),
        )

    @property
    def n(self) -> int:
        """How many texts there are."""
        return len(self._labels)

    @property
    def num_classes(self) -> int:
        """How many labels there are to choose from."""
        return len(self.label_names)

    @property
    def accuracy(self) -> float:
        """The share of texts whose labels are all right: subset accuracy, or exact match."""
        return float(self._right.mean()) if self.n else NAN

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """The 95 % bootstrap interval of the accuracy, from 1000 resamples with seed 0."""
        right = int(self._right.sum())
        return bootstrap_interval([[right, self.n - right], [0, 0]], "accuracy")

    @cached_property
    def micro_f1_interval(self) -> tuple[float, float]:
        """The 95 % bootstrap interval of the micro F1, over texts drawn again, likewise."""
        rows = _outcomes(self._labels, self._predictions).sum(axis=1)
        return bootstrap_sums_interval(rows, lambda sums: float(ratios(sums, "f1")))

    @property
    def hamming_loss(self) -> float:
        """The share of all labels of all texts that are wrongly there or wrongly not there."""
        return float((self._labels != self._predictions).mean()) if self.n else NAN

    @cached_property
    def label_ranking_average_precision(self) -> float:
        """The mean, over the labels of a text, of the share of its own among those ranked as high.

        See ``sklearn.metrics.label_ranking_average_precision_score``.
        """
        from sklearn.metrics import label_ranking_average_precision_score

        return float(label_ranking_average_precision_score(*self._judged)) if self.n else NAN

    @cached_property
    def calibration_error(self) -> float:
        """How far probabilities are from shares. See :func:`~textclf.metrics.calibration_error`."""
        return calibration_error(*self._judged)

    @cached_property
    def per_class(self) -> tuple[ClassScores, ...]:
        """The scores of each label, in the order of their numbers."""
        columns = (ratios(self.outcomes, score).tolist() for score in ("precision", "recall", "f1"))
        support = self.outcomes[:, [0, 2]].sum(axis=1).tolist()
        return tuple(ClassScores(*row) for row in zip(self.label_names, *columns, support, strict=True))

    def at(self, thresholds: AbstainBelow) -> MultiLabelReport:
        """Return the report on the same probabilities with other thresholds.

        Args:
            thresholds: One number for all labels, or numbers by name, 0.5 where none is given.

        Example:
            >>> report = MultiLabelReport.from_predictions([[1, 0], [1, 1]], [[0.9, 0.2], [0.8, 0.4]])
            >>> report.accuracy, report.at({1: 0.3}).accuracy
            (0.5, 1.0)
        """
        names, loss = self.label_names, self.loss
        return MultiLabelReport.from_predictions(
            *self._judged, label_names=names, loss=loss, thresholds=thresholds
        )

    def __getitem__(self, name: str) -> float:
        """Return a metric by its name in :data:`~textclf.metrics.MULTI_LABEL_METRICS`.

        Raises:
            UnknownNameError: No metric has that name; the message has the near matches.
        """
        find_metric(name, MULTI_LABEL_METRICS)
        return float(getattr(self, name))

    def as_dict(self) -> dict[str, Any]:
        """Return the report as numbers, strings, lists and dicts that JSON can hold; NaN becomes None."""
        return {
            "n": self.n,
            **{name: json_number(self[name]) for name in MULTI_LABEL_METRICS},
            "accuracy_interval": [json_number(end) for end in self.accuracy_interval],
            "micro_f1_interval": [json_number(end) for end in self.micro_f1_interval],
            "label_names": list(self.label_names),
            "thresholds": [json_number(limit) for limit in self.thresholds.tolist()],
            "per_class": [scores._asdict() for scores in self.per_class],
        }

    def __str__(self) -> str:
        rows: list[list[str]] = [["", "precision", "recall", "f1", "support"]]
        for name, *scores, support in self.per_class:
            rows.append([str(name), *(f"{score:.4f}" for score in scores), str(support)])
        rows.append([])
        total = str(self.outcomes[:, [0, 2]].sum())
        for average in AVERAGES:
            means = [self[f"{average}_{score}"] for score in ("precision", "recall", "f1")]
            rows.append([average, *(f"{mean:.4f}" for mean in means), total])
        accuracy = f"accuracy {self.accuracy:.4f} {_shown(self.accuracy_interval)}"
        shown = [
            f"{accuracy}, hamming loss {self.hamming_loss:.4f}, n {self.n}",
            f"micro f1 {self.micro_f1:.4f} {_shown(self.micro_f1_interval)}",
            f"log loss {self.log_loss:.4f}, calibration error {self.calibration_error:.4f}",
        ]
        return f"{aligned_table(rows)}\n\n" + "\n".join(shown)

    @property
    def _judged(self) -> tuple[NDArray[np.bool_], NDArray[np.floating[Any]]]:
        return self._labels, self._probabilities

    @property
    def _right(self) -> NDArray[np.bool_]:
        return np.asarray((self._labels == self._predictions).all(axis=1))

    def _mean_over_texts(self, score: str) -> float:
        if not self.n:
            return NAN
        rows = _outcomes(self._labels, self._predictions).sum(axis=1)
        return float(np.where(rows.any(axis=1), ratios(rows, score), 1.0).mean())


def _outcomes(labels: NDArray[np.bool_], predictions: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Mark each label of each text as rightly there, wrongly there or wrongly not there, (N, C, 3)."""
    kinds = (labels & predictions, predictions & ~labels, labels & ~predictions)
    return np.stack(kinds, axis=2).astype(np.int64)


def _mean(outcomes: NDArray[np.int64], average: str, score: str) -> float:
    """Return the mean over labels of a score, from counts (C, 3); NaN where no label occurs."""
    if average == "micro":
        return float(ratios(outcomes.sum(axis=0), score)) if outcomes.any() else NAN
    weights = outcomes[:, [0, 2]].sum(axis=1) if average == "weighted" else outcomes.any(axis=1)
    return float(np.average(ratios(outcomes, score), weights=weights)) if weights.any() else NAN


def _shown(interval: tuple[float, float]) -> str:
    return f"(95% interval {interval[0]:.4f} to {interval[1]:.4f})"
