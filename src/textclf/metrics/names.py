"""The metrics that early stopping, histories and comparisons can name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from numpy.typing import ArrayLike

from textclf.errors import UnknownNameError, near_matches
from textclf.metrics import counts

__all__ = [
    "METRICS",
    "MULTI_LABEL_METRICS",
    "TAGGING_METRICS",
    "Metric",
    "find_metric",
    "higher_is_better",
    "is_better",
]


@dataclass(frozen=True)
class Metric:
    """What is known of a metric beside its name.

    Attributes:
        higher_is_better: Whether a larger number is a better one.
        of_counts: The metric as a function of the confusion matrix, (C, C) with rows true; None if
            it needs the probabilities or the training loss.

    Example:
        >>> METRICS["accuracy"].of_counts([[3, 1], [0, 4]])
        0.875
    """

    higher_is_better: bool
    of_counts: Callable[[ArrayLike], float] | None = None


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "loss": Metric(higher_is_better=False),
        "log_loss": Metric(higher_is_better=False),
        "calibration_error": Metric(higher_is_better=False),
        "roc_auc": Metric(higher_is_better=True),
        "accuracy": Metric(True, counts.accuracy),
        "macro_f1": Metric(True, lambda matrix: counts.f1(matrix, "macro")),
        "micro_f1": Metric(True, lambda matrix: counts.f1(matrix, "micro")),
        "weighted_f1": Metric(True, lambda matrix: counts.f1(matrix, "weighted")),
        "macro_precision": Metric(True, lambda matrix: counts.precision(matrix, "macro")),
        "macro_recall": Metric(True, lambda matrix: counts.recall(matrix, "macro")),
        "f1": Metric(True, lambda matrix: counts.f1(matrix, "binary")),
        "precision": Metric(True, lambda matrix: counts.precision(matrix, "binary")),
        "recall": Metric(True, lambda matrix: counts.recall(matrix, "binary")),
        "mcc": Metric(True, counts.mcc),
    }
)
"""The metrics by name. ``f1``, ``precision`` and ``recall`` alone are those of the last of two classes."""


AVERAGES = ("micro", "macro", "weighted", "samples")
SCORES = ("f1", "precision", "recall")

MULTI_LABEL_METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "loss": Metric(higher_is_better=False),
        "log_loss": Metric(higher_is_better=False),
        "calibration_error": Metric(higher_is_better=False),
        "hamming_loss": Metric(higher_is_better=False),
        "accuracy": Metric(higher_is_better=True),
        "label_ranking_average_precision": Metric(higher_is_better=True),
        **{f"{average}_{score}": Metric(higher_is_better=True) for average in AVERAGES for score in SCORES},
    }
)
"""The metrics by name where a text may have several labels; ``accuracy`` is that of whole sets of them."""

TAGGING_METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        **METRICS,
        "sequence_accuracy": Metric(higher_is_better=True),
        **{f"span_{score}": Metric(higher_is_better=True) for score in SCORES},
    }
)
"""The metrics by name where each token has a label; ``span_f1`` and the like need BIO or BIOES tags."""

_KINDS = (
    ("one label a text", METRICS),
    ("several labels a text", MULTI_LABEL_METRICS),
    ("one label a token", TAGGING_METRICS),
)


def find_metric(name: str, known: Mapping[str, Metric] = METRICS) -> Metric:
    """Return the metric of that name.

    Args:
        name: Of the metric.
        known: :data:`METRICS`, :data:`MULTI_LABEL_METRICS` or :data:`TAGGING_METRICS`.

    Raises:
        UnknownNameError: There is none; the message has the near matches.
    """
    if not isinstance(name, str) or name not in known:
        elsewhere = any(name in its for _, its in _KINDS if its is not known)
        kind = next((kind for kind, its in _KINDS if its is known), "")
        only = f" for {kind}" if elsewhere and kind else ""
        raise UnknownNameError(
            f"`metric` must be a known name{only}. Received: {name!r}. {near_matches(str(name), known)}"
        )
    return known[name]


def higher_is_better(name: str) -> bool:
    """Return whether a larger value of the named metric is a better one.

    A metric of one of several heads has the name of the head before it: ``"tag/span_f1"``.

    Raises:
        UnknownNameError: No metric has that name; the message has the near matches.

    Example:
        >>> higher_is_better("macro_f1"), higher_is_better("loss")
        (True, False)
    """
    plain = name.rpartition("/")[2] if isinstance(name, str) else name
    return find_metric(plain, {**MULTI_LABEL_METRICS, **TAGGING_METRICS}).higher_is_better


def is_better(name: str, new: float, old: float | None) -> bool:
    """Return whether the new value of the named metric is better than the old one.

    Args:
        name: One of :data:`METRICS`, :data:`MULTI_LABEL_METRICS` or :data:`TAGGING_METRICS`.
        new: The value now. NaN is never better.
        old: The best value so far; None or NaN if there is none yet.

    Returns:
        True if ``new`` is strictly better.

    Raises:
        UnknownNameError: No metric has that name; the message has the near matches.

    Example:
        >>> is_better("loss", 0.3, 0.4), is_better("accuracy", 0.3, 0.4), is_better("accuracy", 0.3, None)
        (True, False, True)
    """
    larger = higher_is_better(name)
    if math.isnan(new):
        return False
    if old is None or math.isnan(old):
        return True
    return new > old if larger else new < old
