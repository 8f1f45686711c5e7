"""What the labels of a corpus ask of a model: one class a text or token, or any number of labels a text.

All that differs between the two is here, so that a step, an epoch, an evaluation and a prediction are
the same for both. Several heads, each with labels of its own, are in :mod:`textclf.training.heads`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from textclf.data.batches import IGNORED_LABEL
from textclf.metrics import MultiLabelReport, Report, TaggingReport
from textclf.text.labels import Label
from textclf.training.losses import BinaryCrossEntropy, TokenOrTextCrossEntropy

__all__ = ["LOSSES", "ManyLabels", "OneLabel", "Target", "sigmoid", "softmax", "target_of"]

Floats = npt.NDArray[np.floating[Any]]


class Target(Protocol):
    """One kind of labels: how they are learnt, counted, predicted and measured."""

    def loss(self, weight: Any, label_smoothing: float) -> nn.Module:
        """Return the loss of training, with the weights of the classes, if there are any."""

    def count(self, labels: Tensor) -> int:
        """Return how many labels of a batch count: what the loss is a mean over."""

    def correct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return how many of these are predicted right, without waiting for the device."""

    def probabilities(self, logits: Floats) -> npt.NDArray[np.float64]:
        """Turn logits ``(N, C)`` into probabilities ``(N, C)``, in double precision."""

    def predictions(self, logits: Floats) -> npt.NDArray[Any]:
        """Turn logits ``(N, C)`` into what labels are encoded as."""

    def counted(self, labels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Say which rows count, ``(N,)``."""

    def mean_loss(self, labels: npt.NDArray[Any], logits: Floats) -> float:
        """Return the plain loss of rows that count, without weights or smoothing; NaN if there are none."""

    def report(
        self,
        labels: npt.NDArray[Any],
        probabilities: Floats,
        *,
        label_names: Sequence[Label] | None = None,
        loss: float | None = None,
        offsets: npt.NDArray[np.int64] | None = None,
    ) -> Any:
        """Measure probabilities ``(N, C)`` against labels; those of tokens come with their ``offsets``."""


class OneLabel:
    """One class a text, ``(N,)``, or a token, ``(T,)``; -100 does not count.

    Example:
        >>> OneLabel().predictions(np.array([[0.0, 2.0]]))
        array([1])
    """

    def loss(self, weight: Tensor | None, label_smoothing: float) -> nn.Module:
        """Return cross-entropy."""
        return TokenOrTextCrossEntropy(weight, label_smoothing=label_smoothing)

    def count(self, labels: Tensor) -> int:
        """Return how many labels are not padding."""
        return int((labels != IGNORED_LABEL).sum())

    def correct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return how many labels have the largest logit."""
        return (logits.argmax(dim=-1) == labels).sum()

    def probabilities(self, logits: Floats) -> npt.NDArray[np.float64]:
        """Return the softmax."""
        return softmax(logits)

    def predictions(self, logits: Floats) -> npt.NDArray[Any]:
        """Return the class with the largest logit, ``(N,)``."""
        classes: npt.NDArray[np.intp] = logits.argmax(axis=1)
        return classes

    def counted(self, labels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Say which labels are not padding."""
        counted: npt.NDArray[np.bool_] = labels != IGNORED_LABEL
        return counted

    def mean_loss(self, labels: npt.NDArray[Any], logits: Floats) -> float:
        """Return the cross-entropy."""
        if not len(labels):
            return math.nan
        return nn.functional.cross_entropy(
            torch.from_numpy(logits).double(), torch.from_numpy(np.array(labels))
        ).item()

    def report(
        self,
        labels: npt.NDArray[Any],
        probabilities: Floats,
        *,
        label_names: Sequence[Label] | None = None,
        loss: float | None = None,
        offsets: npt.NDArray[np.int64] | None = None,
    ) -> Report:
        """Return a :class:`~textclf.metrics.Report`, or with offsets a ``TaggingReport``."""
        if offsets is not None:
            return TaggingReport.from_predictions(
                labels, probabilities, offsets=offsets, label_names=label_names, loss=loss
            )
        return Report.from_predictions(labels, probabilities, label_names=label_names, loss=loss)


class ManyLabels:
    """Any number of labels a text: booleans, ``(N, C)``. What counts, and is right or not, is a text.

    Example:
        >>> ManyLabels().predictions(np.array([[0.5, -2.0, 0.0]]))
        array([[ True, False,  True]])
    """

    def loss(self, weight: Tensor | None, label_smoothing: float) -> nn.Module:
        """Return binary cross-entropy."""
        return BinaryCrossEntropy(weight, label_smoothing=label_smoothing)

    def count(self, labels: Tensor) -> int:
        """Return how many texts there are."""
        return len(labels)

    def correct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return how many texts get all their labels and no other."""
        return ((logits >= 0) == labels).all(dim=1).sum()

    def probabilities(self, logits: Floats) -> npt.NDArray[np.float64]:
        """Return the sigmoid."""
        return sigmoid(logits)

    def predictions(self, logits: Floats) -> npt.NDArray[Any]:
        """Return which labels have a probability of at least 0.5, ``(N, C)``."""
        return logits >= 0

    def counted(self, labels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Say that every text counts."""
        return np.ones(len(labels), dtype=np.bool_)

    def mean_loss(self, labels: npt.NDArray[Any], logits: Floats) -> float:
        """Return the binary cross-entropy."""
        if not len(labels):
            return math.nan
        return nn.functional.binary_cross_entropy_with_logits(
            torch.from_numpy(logits).double(), torch.from_numpy(labels.astype(np.float64))
        ).item()

    def report(
        self,
        labels: npt.NDArray[Any],
        probabilities: Floats,
        *,
        label_names: Sequence[Label] | None = None,
        loss: float | None = None,
        offsets: npt.NDArray[np.int64] | None = None,
    ) -> MultiLabelReport:
        """Return a :class:`~textclf.metrics.MultiLabelReport`."""
        return MultiLabelReport.from_predictions(labels, probabilities, label_names=label_names, loss=loss)


_ONE_LABEL, _MANY_LABELS = OneLabel(), ManyLabels()

LOSSES: dict[str, Target] = {"cross_entropy": _ONE_LABEL, "binary_cross_entropy": _MANY_LABELS}
"""The losses that have a name, each with the kind of labels that it is for."""


def target_of(multi_label: bool) -> Target:
    """Return the kind of labels, as a corpus, a batch or a label map tells it.

    Example:
        >>> target_of(multi_label=True).predictions(np.array([[0.5, -2.0]]))
        array([[ True, False]])
    """
    return _MANY_LABELS if multi_label else _ONE_LABEL


def softmax(logits: Floats) -> npt.NDArray[np.float64]:
    """Turn logits ``(N, C)`` into probabilities ``(N, C)`` that sum to one, in double precision.

    Example:
        >>> softmax(np.zeros((1, 2), dtype=np.float32)).tolist()
        [[0.5, 0.5]]
    """
    return torch.from_numpy(logits).double().softmax(dim=1).numpy()


def sigmoid(logits: Floats) -> npt.NDArray[np.float64]:
    """Turn logits ``(N, C)`` into probabilities ``(N, C)``, each for itself, in double precision.

    Example:
        >>> sigmoid(np.zeros((1, 2), dtype=np.float32)).tolist()
        [[0.5, 0.5]]
    """
    return torch.from_numpy(logits).double().sigmoid().numpy()
