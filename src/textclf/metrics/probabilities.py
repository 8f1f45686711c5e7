"""Metrics that depend on the predicted probabilities, and not only on the predicted classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from textclf.metrics.checks import checked_label_probabilities, checked_probabilities, several_labels

__all__ = ["log_loss", "roc_auc"]


def log_loss(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean of minus the logarithm of the probability given to the true class.

    A probability of 0 counts as the smallest step of its type, as in scikit-learn, so one certain
    mistake costs 36 nats in 64 bits and 16 in 32 bits, and not infinity. Numbers of 16 bits are
    treated as those of 32, because their own step, a thousandth, would hide real differences.

    Args:
        labels: True class ids, (N,). Rows labelled -100 are left out. Where a row may have several,
            booleans, (N, C).
        probabilities: Probabilities of the classes, (N, C); each row sums to one, unless it may have
            several.

    Returns:
        Nats a row, 0 or more, or nats a row and class where a row may have several; NaN if there are
        no rows.

    Raises:
        ArgumentError: The shapes do not fit, an id is not one of 0 to C - 1, or the rows are not
            probabilities.

    Example:
        >>> round(log_loss([0, 1], [[0.5, 0.5], [0.25, 0.75]]), 4)
        0.4904
    """
    if several_labels(labels):
        hot, shares = checked_label_probabilities(labels, probabilities)
        given = np.where(hot, shares, 1 - shares)
    else:
        true, shares = checked_probabilities(labels, probabilities)
        given = shares[np.arange(len(true)), true]
    if not len(shares):
        return float("nan")
    smallest = np.finfo(np.float64 if shares.dtype == np.float64 else np.float32).eps
    given = given.astype(np.float64)
    return float(-np.log(np.clip(given, smallest, 1 - smallest)).mean())


def roc_auc(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return how often a row of a class is ranked above a row of another class.

    With two classes this is the area under the ROC curve of class 1; with more it is the mean over
    the classes of that class against the rest. Ties count one half (Hanley and McNeil, 1982).

    Args:
        labels: True class ids, (N,). Rows labelled -100 are left out.
        probabilities: Probabilities of the classes, (N, C); each row sums to one.

    Returns:
        A number in [0, 1]. Classes without a row, or with all rows, have no curve and are left out
        of the mean; NaN if no class has one.

    Raises:
        ArgumentError: As in :func:`log_loss`.

    Example:
        >>> roc_auc([0, 1, 1], [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
        1.0
    """
    from sklearn.metrics import roc_auc_score

    true, shares = checked_probabilities(labels, probabilities)
    num_classes = shares.shape[1]
    areas = []
    for index in [1] if num_classes == 2 else range(num_classes):
        is_class = true == index
        if is_class.any() and not is_class.all():
            areas.append(float(roc_auc_score(is_class, shares[:, index])))
    return float(np.mean(areas)) if areas else float("nan")
