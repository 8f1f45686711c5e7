"""Checks on arrays of ids, before they are turned back into tokens or labels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from textclf.errors import must_be

__all__ = ["checked_ids", "integer_row"]


def integer_row(name: str, values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return values as a one-dimensional int64 array.

    Args:
        name: Name of the argument, for the error.
        values: Integers of shape ``(N,)``; nothing at all is an empty row.

    Raises:
        ArgumentError: They are not integers, or not in one row.

    Example:
        >>> integer_row("ids", [3, 1])
        array([3, 1])
    """
    try:
        numbers = np.asarray(values)
    except ValueError:
        raise must_be(name, "integers in one row", values, "The rows differ in length.") from None
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
        raise must_be(name, "integers in one row", values)
    return numbers.astype(np.int64)


def checked_ids(ids: npt.ArrayLike, size: int, what: str) -> npt.NDArray[np.int64]:
    """Return ids as an int64 array, having made sure that each is in ``[0, size)``.

    Args:
        ids: Integers of shape ``(N,)``.
        size: One more than the largest id.
        what: What ``size`` counts, for the error.

    Raises:
        ArgumentError: They are not integers in one row, or one is out of range; with its place.

    Example:
        >>> checked_ids([3, 1], 4, "classes")
        array([3, 1])
    """
    numbers = integer_row("ids", ids)
    outside = (numbers < 0) | (numbers >= size)
    if outside.any():
        place = int(outside.argmax())
        raise must_be(f"ids[{place}]", f"in [0, {size}), the number of {what}", int(numbers[place]))
    return numbers
