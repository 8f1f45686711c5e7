"""The report on texts whose tokens have a label each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.data.batches import IGNORED_LABEL
from textclf.errors import must_be
from textclf.metrics.bootstrap import bootstrap_sums_interval
from textclf.metrics.checks import checked_ids, json_number
from textclf.metrics.names import TAGGING_METRICS, find_metric
from textclf.metrics.outcomes import ratios
from textclf.metrics.report import NAN, ClassScores, Report
from textclf.metrics.spans import TagScheme, checked_offsets, span_f1, span_precision, span_recall
from textclf.metrics.table import aligned_table

__all__ = ["TaggingReport"]


@dataclass(frozen=True, eq=False)
class TaggingReport(Report):
    """The metrics of predictions of one label a token.

    All that a :class:`~textclf.metrics.Report` has, over tokens; the share of texts that are right from
    end to end; and, where the labels are BIO or BIOES tags, how many spans are found (see
    :mod:`textclf.metrics.spans` for what a span is). Build one with :meth:`from_predictions`. Every metric
    in :data:`~textclf.metrics.TAGGING_METRICS` can be looked up by name: ``report["span_f1"]``.

    Attributes:
        right_texts: Whether all tokens of each text that has tokens got their label.
        span_types: The types of spans, ``("",)`` for tags without types; None if the labels are no tags.
        span_outcomes: Counts, int64 (N, K, 3): spans of each text and type found rightly, found wrongly,
            and missed; None if the labels are no tags.

    Example:
        >>> report = TaggingReport.from_predictions(
        ...     [1, 2, 0, 1], np.eye(3)[[1, 2, 0, 0]], offsets=[0, 3, 4], label_names=["O", "B", "I"])
        >>> report.accuracy, report.sequence_accuracy, report.span_precision, report.span_recall
        (0.75, 0.5, 1.0, 0.5)
    """

    right_texts: NDArray[np.bool_] | None = None
    span_types: tuple[str, ...] | None = None
    span_outcomes: NDArray[np.int64] | None = None

    @classmethod
    def from_predictions(
        cls,
        labels: ArrayLike,
        probabilities: ArrayLike,
        *,
        offsets: ArrayLike | None = None,
        label_names: Sequence[str | int] | None = None,
        loss: float | None = None,
    ) -> TaggingReport:
        """Build the report on predicted probabilities; the predicted label is the most probable one.

        Args:
            labels: True class ids of all tokens, text after text, (T,). Tokens labelled -100 are left
                out, and what stands on their two sides then stands side by side.
            probabilities: Probabilities of the classes, (T, C); each row sums to one.
            offsets: Where each text begins, and the end, (N + 1,); None if it is one text.
            label_names: The names of the C classes, by default their ids.
            loss: The loss of training on this set, if it was computed.

        Returns:
            The report.

        Raises:
            ArgumentError: As of :meth:`Report.from_predictions`; or the offsets do not fit the tokens.
        """
        plain = Report.from_predictions(labels, probabilities, label_names=label_names, loss=loss)
        counted = checked_ids("labels", labels) != IGNORED_LABEL
        starts = checked_offsets(offsets, len(counted))
        starts = np.concatenate([[0], np.cumsum(counted)])[starts]
        true = checked_ids("labels", labels)[counted]
        predicted = np.asarray(probabilities).argmax(axis=1)[counted] if len(counted) else true
        wrong = np.concatenate([[0], np.cumsum(true != predicted)])
        right = (wrong[starts[1:]] == wrong[starts[:-1]])[np.diff(starts) > 0]
        scheme = TagScheme.find(plain.label_names)
        return cls(
            **{field.name: getattr(plain, field.name) for field in fields(plain)},
            right_texts=right,
            span_types=None if scheme is None else scheme.span_types,
            span_outcomes=None if scheme is None else scheme.outcomes(true, predicted, starts),
        )

    @property
    def sequence_accuracy(self) -> float:
        """The share of the texts with tokens of which every token is right: exact match."""
        texts = self.right_texts
        return NAN if texts is None or not len(texts) else float(texts.mean())

    @property
    def span_precision(self) -> float:
        """The share of the spans found that are right, over all types together."""
        return span_precision(self._spans)

    @property
    def span_recall(self) -> float:
        """The share of the true spans that are found, over all types together."""
        return span_recall(self._spans)

    @property
    def span_f1(self) -> float:
        """The harmonic mean of the two, as conlleval gives it."""
        return span_f1(self._spans)

    @cached_property
    def span_f1_interval(self) -> tuple[float, float]:
        """The 95 % bootstrap interval of the span F1, over texts drawn again, seed 0."""
        return bootstrap_sums_interval(self._spans.sum(axis=1), lambda sums: float(ratios(sums, "f1")))

    @property
    def per_span_type(self) -> tuple[ClassScores, ...]:
        """The scores of the spans of each type."""
        outcomes = self._spans.sum(axis=0)
        columns = [ratios(outcomes, score).tolist() for score in ("precision", "recall", "f1")]
        support = outcomes[:, [0, 2]].sum(axis=1).tolist()
        rows = zip(self.span_types or (), *columns, support, strict=True)
        return tuple(ClassScores(*row) for row in rows)

    def __getitem__(self, name: str) -> float:
        """Return a metric by its name in :data:`~textclf.metrics.TAGGING_METRICS`.

        Raises:
            UnknownNameError: No metric has that name; the message has the near matches.
            ArgumentError: A metric of spans, and the labels are no BIO or BIOES tags; or one of two
                classes, and there are not two.
        """
        find_metric(name, TAGGING_METRICS)
        return float(getattr(self, name))

    def as_dict(self) -> dict[str, Any]:
        """Return the report as numbers, strings, lists and dicts that JSON can hold; NaN becomes None."""
        found = {**super().as_dict(), "sequence_accuracy": json_number(self.sequence_accuracy)}
        if self.span_outcomes is not None:
            names = [name for name in TAGGING_METRICS if name.startswith("span_")]
            found |= {name: json_number(self[name]) for name in names}
            found["span_f1_interval"] = [json_number(end) for end in self.span_f1_interval]
            found["per_span_type"] = [scores._asdict() for scores in self.per_span_type]
        return found

    def __str__(self) -> str:
        texts = 0 if self.right_texts is None else len(self.right_texts)
        shown = f"{super().__str__()}\nsequence accuracy {self.sequence_accuracy:.4f}, texts {texts}"
        if self.span_outcomes is None:
            return shown
        rows: list[list[str]] = [["spans", "precision", "recall", "f1", "support"]]
        scores = (self.span_precision, self.span_recall, self.span_f1)
        every = ClassScores("all", *scores, int(self._spans[..., [0, 2]].sum()))
        typed = self.per_span_type if self.span_types != ("",) else ()
        for name, *its, support in (*typed, every):
            rows.append([str(name), *(f"{score:.4f}" for score in its), str(support)])
        low, high = self.span_f1_interval
        interval = f"span f1 {self.span_f1:.4f} (95% interval {low:.4f} to {high:.4f})"
        return f"{shown}\n\n{aligned_table(rows)}\n\n{interval}"

    @property
    def _spans(self) -> NDArray[np.int64]:
        if self.span_outcomes is None:
            cure = "Name them O, and B-, I-, E- or S- and the type of the span."
            expected = "BIO or BIOES tags, for metrics of spans"
            raise must_be("label_names", expected, list(self.label_names), cure)
        return self.span_outcomes
