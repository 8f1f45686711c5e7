"""What chance alone may do to a share: standard errors of accuracies and of their differences."""

from __future__ import annotations

import math

__all__ = ["SURE", "standard_error", "times_chance"]

SURE = 3.0  # standard errors: chance goes so far in one of 700 runs, on the side that is looked at


def standard_error(share: float, rows: float) -> float:
    """Return the standard error of a share of independent rows.

    One more success and one more failure are counted, so
    that a share of 0 or 1 of a few rows is not taken for certain.

    Example:
        >>> round(standard_error(0.5, 98), 3)
        0.05
    """
    near = (share * rows + 1) / (rows + 2)
    return math.sqrt(near * (1 - near) / (rows + 2))


def times_chance(share: float, rows: float, other: float, other_rows: float) -> float:
    """Return by how many standard errors of the difference a share is above another one.

    Example:
        >>> times_chance(0.9, 200, 0.8, 200) > 2, times_chance(0.9, 20, 0.8, 20) > 2
        (True, False)
    """
    return (share - other) / math.hypot(standard_error(share, rows), standard_error(other, other_rows))
