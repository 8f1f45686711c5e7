"""Which rows of a data set are set aside, at random and with the same share of each class."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.data.arrays import row_numbers
from textclf.errors import must_be
from textclf.validation import require_int, require_number

__all__ = ["set_aside", "shares"]


def set_aside(
    count: int, fraction: float, *, seed: int, classes: npt.NDArray[Any] | None = None
) -> npt.NDArray[np.bool_]:
    """Choose a random part of the rows of a data set.

    With ``classes``, each class gives the same share of its rows, rounded so that the part has the
    size asked for (largest remainders first), and keeps at least one row in the rest: a class with
    a single row is never set aside.

    Where a row may have several classes, they are gone through from the rarest to the most frequent one,
    and rows are set aside until the part has its share of the class, or would leave no row of it. The size
    of the part is then only about that asked for.

    Args:
        count: How many rows there are, N, at least 2.
        fraction: Share of the rows to set aside, in (0, 1).
        seed: Of the choice, 0 or more.
        classes: The class of each row, numbers from 0, shape (N,); or booleans of shape (N, C), one for
            each class; None to choose from all alike.

    Returns:
        Whether each row is set aside, shape (N,); at least one is, and at least one is not.

    Raises:
        ArgumentError: An argument cannot be used, or no class has two rows.

    References:
        Sechidis, Tsoumakas and Vlahavas, On the Stratification of Multi-Label Data, 2011.

    Example:
        >>> set_aside(6, 0.5, seed=0, classes=np.array([0, 0, 0, 0, 1, 1])).tolist()
        [True, False, True, False, False, True]
    """
    fraction = require_number("fraction", fraction, above=0, below=1)
    random = np.random.default_rng(require_int("seed", seed, at_least=0))
    size = min(max(round(count * fraction), 1), count - 1)
    chosen = np.zeros(count, dtype=np.bool_)
    if classes is None:
        rows = row_numbers(count)
        random.shuffle(rows)
        chosen[rows[:size]] = True
        return chosen
    if classes.ndim == 2:
        return _set_aside_several(classes, fraction, random)
    counts = dict(enumerate(np.bincount(classes).tolist()))
    sizes = shares({number: its for number, its in counts.items() if its}, size)
    if not any(sizes.values()):
        raise must_be("labels", "found more than once to be stratified", counts, "Pass stratify=False.")
    for number, its in sizes.items():
        rows = np.flatnonzero(classes == number)
        random.shuffle(rows)
        chosen[rows[:its]] = True
    return chosen


def _set_aside_several(
    classes: npt.NDArray[np.bool_], fraction: float, random: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Choose rows that have several classes each, class by class; last those that have none."""
    groups = np.concatenate([classes, ~classes.any(axis=1, keepdims=True)], axis=1)
    kept = groups.sum(axis=0)  # of each group, in the rest
    kept[-1] += 1  # those that have none may all be set aside
    wanted = kept - np.rint(groups.sum(axis=0) * fraction).astype(np.int64)
    open_rows = np.ones(len(classes), dtype=np.bool_)
    sizes = groups.sum(axis=0)
    chosen = np.zeros(len(classes), dtype=np.bool_)
    left = list(range(groups.shape[1] - 1))
    while left or open_rows.any():
        number = min(left, key=lambda its: (sizes[its], its)) if left else groups.shape[1] - 1
        left = [its for its in left if its != number]
        rows = np.flatnonzero(groups[:, number] & open_rows)
        random.shuffle(rows)
        for row in rows.tolist():
            if kept[number] <= wanted[number]:
                break
            if (kept[groups[row]] > 1).all():
                chosen[row] = True
                kept -= groups[row]
        open_rows[rows] = False
        sizes -= groups[rows].sum(axis=0)
    if not chosen.any():
        raise must_be("labels", "found more than once to be stratified", "none", "Pass stratify=False.")
    return chosen


def shares(counts: dict[int, int], size: int) -> dict[int, int]:
    """Share ``size`` rows among classes by largest remainder, leaving each class one row.

    ``size`` is below the sum of the counts, so that the first, rounded down, shares leave a row too.
    They are computed in whole numbers, so that no rounding of floats decides a tie.

    Args:
        counts: Rows of each class, none of them 0.
        size: How many to share.

    Example:
        >>> shares({0: 17, 1: 17, 2: 16}, 5)
        {0: 2, 1: 2, 2: 1}
    """
    total = sum(counts.values())
    shared = {number: count * size // total for number, count in counts.items()}
    by_remainder = sorted(counts, key=lambda number: (-(counts[number] * size % total), number))
    while (missing := size - sum(shared.values())) > 0:
        open_classes = [number for number in by_remainder if shared[number] < counts[number] - 1]
        if not open_classes:
            break
        for number in open_classes[:missing]:
            shared[number] += 1
    return shared
