"""Rows drawn so that every class has as many of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from textclf.validation import require_choice, require_int

__all__ = ["SAMPLING", "balanced_rows"]

SAMPLING = ("oversample", "undersample")
"""``"oversample"`` repeats rows of the rare classes; ``"undersample"`` drops rows of the frequent ones."""


def balanced_rows(classes: npt.NDArray[np.integer], sampling: str, *, seed: int) -> npt.NDArray[np.int64]:
    """Choose rows so that each class has as many as the largest one, or as the smallest one.

    Args:
        classes: The class of each row, numbers from 0, shape (N,). A number that does not occur is not
            counted as a class.
        sampling: One of :data:`SAMPLING`. Oversampling takes each row of a class equally often, but for
            a random part of them once more.
        seed: Of the choice, 0 or more.

    Returns:
        The rows, rising; with oversampling, some more than once.

    Raises:
        ArgumentError: ``sampling`` or ``seed`` cannot be used.

    Example:
        >>> balanced_rows(np.array([0, 0, 0, 1]), "oversample", seed=0).tolist()
        [0, 1, 2, 3, 3, 3]
        >>> len(balanced_rows(np.array([0, 0, 0, 1]), "undersample", seed=0))
        2
    """
    require_choice("sampling", sampling, SAMPLING)
    random = np.random.default_rng(require_int("seed", seed, at_least=0))
    members = [np.flatnonzero(classes == number) for number in np.unique(classes)]
    sizes = [len(rows) for rows in members]
    size = max(sizes, default=0) if sampling == "oversample" else min(sizes, default=0)
    chosen: list[npt.NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    for rows in members:
        times, more = divmod(size, len(rows))
        chosen += [np.tile(rows, times), random.permutation(rows)[:more]]
    return np.sort(np.concatenate(chosen))
