"""How good predictions are: counts, pure functions of them, and a report."""

from __future__ import annotations

from textclf.metrics.abstention import (
    AbstainBelow,
    Answered,
    answered_rows,
    class_limits,
    class_thresholds,
)
from textclf.metrics.bootstrap import bootstrap_interval, bootstrap_mean_interval, bootstrap_sums_interval
from textclf.metrics.calibration import ReliabilityBin, calibration_error, fit_temperature, reliability
from textclf.metrics.counts import (
    Average,
    ConfusionCounts,
    accuracy,
    confusion_matrix,
    f1,
    mcc,
    precision,
    recall,
)
from textclf.metrics.joint import JointReport
from textclf.metrics.multi_label import MultiLabelReport
from textclf.metrics.names import (
    METRICS,
    MULTI_LABEL_METRICS,
    TAGGING_METRICS,
    Metric,
    higher_is_better,
    is_better,
)
from textclf.metrics.probabilities import log_loss, roc_auc
from textclf.metrics.report import ClassScores, Report
from textclf.metrics.spans import TagScheme, phrase_spans, span_f1, span_precision, span_recall, span_tags
from textclf.metrics.table import aligned_table, display_width
from textclf.metrics.tagging import TaggingReport

__all__ = [
    "METRICS",
    "MULTI_LABEL_METRICS",
    "TAGGING_METRICS",
    "AbstainBelow",
    "Answered",
    "Average",
    "ClassScores",
    "ConfusionCounts",
    "JointReport",
    "Metric",
    "MultiLabelReport",
    "ReliabilityBin",
    "Report",
    "TagScheme",
    "TaggingReport",
    "accuracy",
    "aligned_table",
    "answered_rows",
    "bootstrap_interval",
    "bootstrap_mean_interval",
    "bootstrap_sums_interval",
    "calibration_error",
    "class_limits",
    "class_thresholds",
    "confusion_matrix",
    "display_width",
    "f1",
    "fit_temperature",
    "higher_is_better",
    "is_better",
    "log_loss",
    "mcc",
    "phrase_spans",
    "precision",
    "recall",
    "reliability",
    "roc_auc",
    "span_f1",
    "span_precision",
    "span_recall",
    "span_tags",
]
