"""What a trained classifier is asked on labelled texts that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from textclf.classifier.training_data import listed
from textclf.errors import must_be
from textclf.metrics import AbstainBelow, answered_rows, class_limits, class_thresholds, fit_temperature
from textclf.predictor import Predictor
from textclf.saved_model.run_facts import RunFacts
from textclf.text import LabelMap
from textclf.text.plain_labels import Label
from textclf.training.targets import Target

__all__ = ["Answering", "Calibrated", "Labels", "Measured", "Texts"]

Texts = Iterable[str | Sequence[str]]
Labels = Iterable[Any]


class Answering(Protocol):
    """What gives texts their probabilities: a Predictor, or several as one.

    Attributes:
        labels: The labels, which know whether a text may have several.
        target: What the probabilities are measured by.
    """

    labels: LabelMap
    target: Target

    def predict_proba(self, texts: Any) -> npt.NDArray[np.float64]:
        """Return the probability of each label, ``(N, C)``."""


class Measured(ClassifierMixin):  # type: ignore[misc]
    """The half of a classifier that measures and finds thresholds.

    Attributes:
        predictor_: What answers, once the classifier is trained.
        classes_: The labels.
    """

    predictor_: Answering
    classes_: npt.NDArray[Any]

    @property
    def multi_label_(self) -> bool:
        """Whether a text may have several labels, as those that were learnt from have."""
        return self._fitted().labels.multi_label

    def score(self, X: Texts, y: Labels, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the accuracy, as scikit-learn's classifiers do.

        Where a text may have several labels, it is the share of texts whose labels are all right (subset
        accuracy), which is a hard measure; ``evaluate(X, y).micro_f1`` is a milder one.

        Args:
            X: The texts.
            y: Their labels.
            sample_weight: How much each text counts, ``(N,)``; None is alike.

        Returns:
            A number in [0, 1]. A label that training did not have is a mistake, not an error.
        """
        if not self.multi_label_:
            return float(super().score(X, y, sample_weight))
        data = listed(X, y)
        found = self.predict(data.texts)
        right = [set(names) == set(wanted) for names, wanted in zip(found, data.labels, strict=True)]
        return float(
            np.average(right, weights=None if sample_weight is None else np.asarray(sample_weight))
        )

    def evaluate(self, X: Texts, y: Labels) -> Any:
        """Measure the classifier on labelled texts that it was not trained on.

        Returns:
            The :class:`~textclf.metrics.Report`, or :class:`~textclf.metrics.MultiLabelReport` where a text
            may have several labels: figures of each class, averages, intervals, calibration.

        Raises:
            ArgumentError: A text or label cannot be used.
            UnseenLabelError: A label did not occur in training.
        """
        labels, probabilities = self._judged(X, y)
        predictor = self.predictor_
        return predictor.target.report(labels, probabilities, label_names=predictor.labels.names)

    def thresholds(
        self, X: Texts, y: Labels, *, precision: float | None = None, recall: float | None = None
    ) -> dict[Label, float]:
        """Find the threshold of each label that gives its answers a wanted precision or recall.

        See :func:`textclf.metrics.class_thresholds`.

        Args:
            X: Texts that the classifier was not trained on.
            y: Their labels.
            precision: Share of the answers with a label that must be right.
            recall: Share of the texts of a label that must be answered with it.

        Returns:
            Thresholds by label, for ``predict(..., abstain_below=...)``, or where a text may have several
            labels for ``predict(..., thresholds=...)``.
        """
        labels, probabilities = self._judged(X, y)
        found = class_thresholds(labels, probabilities, precision=precision, recall=recall)
        return dict(zip(self.predictor_.labels.names, found.tolist(), strict=True))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        return tags

    def _check_limits(self, abstain_below: AbstainBelow | None, thresholds: AbstainBelow | None) -> None:
        """Raise if there are limits that are meant for the other kind of labels."""
        if self.multi_label_ and abstain_below is not None:
            cure = "A text may get no label at all; use thresholds."
            raise must_be("abstain_below", "None for several labels a text", abstain_below, cure)
        if not self.multi_label_ and thresholds is not None:
            raise must_be("thresholds", "None for one label a text", thresholds, "Use abstain_below.")

    def _labels_of(
        self,
        probabilities: npt.NDArray[np.float64],
        abstain_below: AbstainBelow | None,
        thresholds: AbstainBelow | None,
    ) -> Any:
        """Return the labels that ``(N, C)`` probabilities mean."""
        labels = self.predictor_.labels
        if self.multi_label_:
            given = 0.5 if thresholds is None else thresholds
            return labels.decode(
                probabilities >= class_limits("thresholds", given, labels.names, default=0.5)
            )
        best: npt.NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        if abstain_below is None:
            return best
        answers = best.astype(object)
        answers[~answered_rows(probabilities, abstain_below, labels.names)] = None
        return answers

    def _fitted(self) -> Answering:
        """Return the predictor, or raise scikit-learn's own error if there is none yet."""
        try:
            return self.predictor_
        except AttributeError:
            check_is_fitted(self)
            raise

    def _judged(self, X: Texts, y: Labels) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """Return encoded labels and probabilities."""
        predictor, data = self._fitted(), listed(X, y)
        return predictor.labels.encode(data.labels), predictor.predict_proba(data.texts)


class Calibrated(Measured):
    """The half of a TextClassifier that measures, and calibrates the one model that answers.

    Attributes:
        predictor_: What answers, once the classifier is trained.
        run_: What is known of the training.
    """

    predictor_: Predictor
    run_: RunFacts

    def calibrate(self, X: Texts, y: Labels) -> Any:
        """Fit the temperature on labelled texts that the classifier was not trained on.

        It is what ``fit`` does with validation data; no predicted label changes.

        Returns:
            The classifier itself.
        """
        predictor, data = self._fitted(), listed(X, y)
        labels, logits = predictor.labels.encode(data.labels), predictor.predict_logits(data.texts)
        predictor.temperature = fit_temperature(labels, logits)
        self.run_ = replace(self.run_, reports={})  # they were of other probabilities
        return self

    def _fitted(self) -> Predictor:
        return cast(Predictor, super()._fitted())
