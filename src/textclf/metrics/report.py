"""Everything that is known of a set of predictions, in one object that prints as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.errors import must_be
from textclf.metrics import counts
from textclf.metrics.abstention import AbstainBelow, Answered, answered_rows
from textclf.metrics.bootstrap import bootstrap_interval
from textclf.metrics.calibration import calibration_error
from textclf.metrics.checks import (
    checked_loss,
    checked_matrix,
    checked_names,
    checked_probabilities,
    json_number,
)
from textclf.metrics.names import METRICS, find_metric
from textclf.metrics.probabilities import log_loss, roc_auc
from textclf.metrics.table import aligned_table

__all__ = ["ClassScores", "Report"]

NAN = float("nan")


class ClassScores(NamedTuple):
    """The scores of one class: its name, precision, recall, F1, and how many rows are labelled with it."""

    name: str | int
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, eq=False)
class Report:
    """The metrics of a set of predictions.

    Build one with :meth:`from_predictions` or :meth:`from_confusion`. Every metric in
    :data:`~textclf.metrics.METRICS` is a property, and can be looked up by name: ``report["macro_f1"]``.

    Attributes:
        confusion: Counts, int64 (C, C): rows are true classes, columns predicted ones.
        label_names: The names of the C classes; their ids if no names were given.
        loss: The loss of training on this set, as given; NaN if it was not.
        log_loss: Mean negative log-likelihood, nats a row; NaN without probabilities.

    Example:
        >>> report = Report.from_predictions(
        ...     [0, 1, 1, 0], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]], label_names=["bad", "good"])
        >>> print(report)
                  precision  recall      f1  support
        bad          0.6667  1.0000  0.8000        2
        good         1.0000  0.5000  0.6667        2
        <BLANKLINE>
        macro        0.8333  0.7500  0.7333        4
        weighted     0.8333  0.7500  0.7333        4
        <BLANKLINE>
        accuracy 0.7500 (95% interval 0.2500 to 1.0000), mcc 0.5774, n 4
        log loss 0.4004, calibration error 0.3000
        >>> report["accuracy"], report.per_class[1].recall
        (0.75, 0.5)
    """

    confusion: NDArray[np.int64]
    label_names: tuple[str | int, ...]
    loss: float = NAN
    log_loss: float = NAN
    _labels: NDArray[np.int64] | None = field(default=None, repr=False)
    _probabilities: NDArray[np.floating[Any]] | None = field(default=None, repr=False)

    @classmethod
    def from_predictions(
        cls,
        labels: ArrayLike,
        probabilities: ArrayLike,
        *,
        label_names: Sequence[str | int] | None = None,
        loss: float | None = None,
    ) -> Report:
        """Build the report on predicted probabilities; the predicted class is the most probable one.

        Args:
            labels: True class ids, (N,). Rows labelled -100 are left out.
            probabilities: Probabilities of the classes, (N, C); each row sums to one. The report
                keeps a copy.
            label_names: The names of the C classes, by default their ids.
            loss: The loss of training on this set, if it was computed.

        Returns:
            The report.

        Raises:
            ArgumentError: The shapes do not fit, an id is not one of 0 to C - 1, the rows are not
                probabilities, or the names are not C different ones.
        """
        true, shares = checked_probabilities(labels, probabilities)
        num_classes = shares.shape[1]
        return cls(
            _frozen(counts.confusion_matrix(true, shares.argmax(axis=1), num_classes=num_classes)),
            checked_names(label_names, num_classes),
            NAN if loss is None else checked_loss(loss),
            log_loss(true, shares),
            true,
            shares,
        )

    @classmethod
    def from_confusion(
        cls,
        matrix: ArrayLike,
        *,
        label_names: Sequence[str | int] | None = None,
        loss: float | None = None,
    ) -> Report:
        """Build the report on a confusion matrix alone; ``log_loss`` and ``roc_auc`` are then NaN.

        Args:
            matrix: Counts, (C, C), rows true.
            label_names: The names of the C classes, by default their ids.
            loss: The loss of training on this set, if it was computed.

        Returns:
            The report.

        Raises:
            ArgumentError: ``matrix`` is not a square array of counts, or the names are not C
                different ones.

        Example:
            >>> Report.from_confusion([[3, 1], [0, 4]]).accuracy
            0.875
        """
        confusion = _frozen(checked_matrix(matrix).copy())
        names = checked_names(label_names, len(confusion))
        return cls(confusion, names, NAN if loss is None else checked_loss(loss))

    @property
    def n(self) -> int:
        """How many rows were counted."""
        return int(self.confusion.sum())

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.confusion)

    @property
    def accuracy(self) -> float:
        """The share of rows whose prediction is right."""
        return counts.accuracy(self.confusion)

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """The 95 % bootstrap interval of the accuracy, from 1000 resamples with seed 0."""
        return bootstrap_interval(self.confusion, "accuracy")

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes that occur."""
        return counts.f1(self.confusion, "macro")

    @property
    def micro_f1(self) -> float:
        """The F1 over all rows together, which with one label a row is the accuracy."""
        return counts.f1(self.confusion, "micro")

    @property
    def weighted_f1(self) -> float:
        """The mean F1 of the classes, weighted by their rows."""
        return counts.f1(self.confusion, "weighted")

    @property
    def macro_precision(self) -> float:
        """The mean precision of the classes that occur."""
        return counts.precision(self.confusion, "macro")

    @property
    def macro_recall(self) -> float:
        """The mean recall of the classes that occur."""
        return counts.recall(self.confusion, "macro")

    @property
    def f1(self) -> float:
        """The F1 of the last of two classes; an ArgumentError if there are not two."""
        return self._of_two_classes("f1")

    @property
    def precision(self) -> float:
        """The precision of the last of two classes; an ArgumentError if there are not two."""
        return self._of_two_classes("precision")

    @property
    def recall(self) -> float:
        """The recall of the last of two classes; an ArgumentError if there are not two."""
        return self._of_two_classes("recall")

    @property
    def mcc(self) -> float:
        """Matthews' correlation between labels and predictions."""
        return counts.mcc(self.confusion)

    @cached_property
    def roc_auc(self) -> float:
        """The area under the ROC curve; NaN without probabilities. See :func:`~textclf.metrics.roc_auc`."""
        if self._labels is None or self._probabilities is None:
            return NAN
        return roc_auc(self._labels, self._probabilities)

    @cached_property
    def calibration_error(self) -> float:
        """How far confidence is from accuracy; NaN without probabilities.

        See :func:`~textclf.metrics.calibration_error`.
        """
        if self._labels is None or self._probabilities is None:
            return NAN
        return calibration_error(self._labels, self._probabilities)

    def answered(self, abstain_below: AbstainBelow) -> Answered:
        """Return what remains if no answer is given where the model is less sure than that.

        Args:
            abstain_below: A probability, or probabilities by label name, 0 where none is given.

        Returns:
            The share of rows answered, the accuracy on those, and their number.

        Raises:
            ArgumentError: A threshold is not a number of at least 0, a name is not that of a class, or
                the report was built without probabilities.

        Example:
            >>> report = Report.from_predictions([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
            >>> report.answered(0.7)
            Answered(coverage=0.6666666666666666, accuracy=1.0, n=2)
        """
        if self._labels is None or self._probabilities is None:
            raise must_be("report", "built from probabilities", "one from counts alone")
        rows = answered_rows(self._probabilities, abstain_below, self.label_names)
        right = self._probabilities.argmax(axis=1)[rows] == self._labels[rows]
        return Answered(
            float(rows.mean()) if self.n else NAN, float(right.mean()) if len(right) else NAN, len(right)
        )

    @cached_property
    def per_class(self) -> tuple[ClassScores, ...]:
        """The scores of each class, in the order of the class ids."""
        columns = (
            self.label_names,
            counts.precision(self.confusion, None).tolist(),
            counts.recall(self.confusion, None).tolist(),
            counts.f1(self.confusion, None).tolist(),
            self.confusion.sum(axis=1).tolist(),
        )
        return tuple(ClassScores(*row) for row in zip(*columns, strict=True))

    def __getitem__(self, name: str) -> float:
        """Return a metric by its name in :data:`~textclf.metrics.METRICS`.

        Raises:
            UnknownNameError: No metric has that name; the message has the near matches.
            ArgumentError: ``f1``, ``precision`` or ``recall``, and there are not two classes.
        """
        find_metric(name)
        return float(getattr(self, name))

    def as_dict(self) -> dict[str, Any]:
        """Return the report as numbers, strings, lists and dicts that JSON can hold; NaN becomes None.

        The metrics of two classes (``f1``, ``precision``, ``recall``) are there if there are two.

        Example:
            >>> Report.from_confusion([[3, 1], [0, 4]]).as_dict()["confusion"]
            [[3, 1], [0, 4]]
        """
        names = [name for name in METRICS if self.num_classes == 2 or name not in OF_TWO_CLASSES]
        return {
            "n": self.n,
            **{name: json_number(self[name]) for name in names},
            "accuracy_interval": [json_number(end) for end in self.accuracy_interval],
            "label_names": list(self.label_names),
            "per_class": [scores._asdict() for scores in self.per_class],
            "confusion": self.confusion.tolist(),
        }

    def confusion_table(self) -> str:
        r"""Return the confusion matrix as text, with names: rows are true classes, columns predicted ones.

        Example:
            >>> report = Report.from_confusion([[3, 1], [0, 14]], label_names=["体育", "sport"])
            >>> print(report.confusion_table())
            true \ predicted  体育  sport
            体育                 3      1
            sport                0     14
        """
        rows = [["true \\ predicted", *map(str, self.label_names)]]
        for name, row in zip(self.label_names, self.confusion.tolist(), strict=True):
            rows.append([str(name), *map(str, row)])
        return aligned_table(rows)

    def __str__(self) -> str:
        rows: list[list[str]] = [["", "precision", "recall", "f1", "support"]]
        for name, *scores, support in self.per_class:
            rows.append([str(name), *(f"{score:.4f}" for score in scores), str(support)])
        rows.append([])
        for average in ("macro", "weighted"):
            means = [kind(self.confusion, average) for kind in (counts.precision, counts.recall, counts.f1)]
            rows.append([average, *(f"{mean:.4f}" for mean in means), str(self.n)])
        low, high = self.accuracy_interval
        accuracy = f"accuracy {self.accuracy:.4f} (95% interval {low:.4f} to {high:.4f})"
        losses = ", ".join(f"{name} {value:.4f}" for name, value in self._known_losses())
        facts = f"{accuracy}, mcc {self.mcc:.4f}, n {self.n}\n{losses}".rstrip()
        return f"{aligned_table(rows)}\n\n{facts}"

    def _known_losses(self) -> list[tuple[str, float]]:
        losses = [
            ("loss", self.loss),
            ("log loss", self.log_loss),
            ("calibration error", self.calibration_error),
        ]
        return [(name, value) for name, value in losses if not math.isnan(value)]

    def _of_two_classes(self, name: str) -> float:
        if self.num_classes != 2:
            cure = f"Use 'macro_{name}'."
            raise must_be("metric", f"one for {self.num_classes} classes", name, cure)
        compute = METRICS[name].of_counts
        return NAN if compute is None else compute(self.confusion)


OF_TWO_CLASSES = ("f1", "precision", "recall")


def _frozen(matrix: NDArray[np.int64]) -> NDArray[np.int64]:
    matrix.flags.writeable = False
    return matrix
