"""Steps on flat arrays that may be larger than memory, a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.errors import must_be

__all__ = ["check_offsets", "extremes", "integers", "parts", "row_numbers", "token_positions"]

_PART = 1 << 18


def parts(length: int, size: int = _PART) -> Iterator[slice]:
    """Cut a range into slices of ``size``, the last of which may be shorter.

    Example:
        >>> list(parts(5, 3))
        [slice(0, 3, None), slice(3, 5, None)]
    """
    return (slice(start, min(start + size, length)) for start in range(0, length, size))


def row_numbers(count: int) -> npt.NDArray[Any]:
    """Return the numbers from 0, in 4 bytes each if they fit; shuffled they come out as in 8.

    Example:
        >>> row_numbers(3)
        array([0, 1, 2], dtype=int32)
    """
    return np.arange(count, dtype=np.int32 if count <= np.iinfo(np.int32).max else np.int64)


def extremes(values: npt.NDArray[Any]) -> tuple[int, int]:
    """Return the smallest and the largest of one or more integers, in one pass over memory or disk.

    Example:
        >>> extremes(np.array([3, 1, 2]))
        (1, 3)
    """
    found = [(values[part].min(), values[part].max()) for part in parts(len(values))]
    return int(min(smallest for smallest, _ in found)), int(max(largest for _, largest in found))


def integers(
    name: str, values: npt.ArrayLike, dtype: type[np.signedinteger[Any]], *, walk: bool = True
) -> npt.NDArray[Any]:
    """Return a read-only one-dimensional view of integers from 0, copied only if the type differs.

    Args:
        name: Of the argument, for the error.
        values: The integers.
        dtype: The type wanted.
        walk: Whether to look at each value if the type is the one wanted already.

    Raises:
        ArgumentError: They are not integers in one row, or one is negative or too large.

    Example:
        >>> integers("ids", [3, 1], np.int32)
        array([3, 1], dtype=int32)
    """
    try:
        given = np.asarray(values)
    except ValueError:
        raise must_be(name, "one-dimensional", values) from None
    if given.ndim != 1:
        raise must_be(name, "one-dimensional", values)
    if given.size == 0:
        given = given.astype(dtype)
    if given.dtype.kind not in "iu":
        raise must_be(name, "integers", values)
    if given.size and (walk or given.dtype != dtype):
        smallest, largest = extremes(given)
        if smallest < 0 or largest > np.iinfo(dtype).max:
            wrong = smallest if smallest < 0 else largest
            raise must_be(name, f"integers from 0 to {np.iinfo(dtype).max}", wrong)
    view = given.astype(dtype, copy=False).view()
    view.flags.writeable = False
    return view


def check_offsets(offsets: npt.NDArray[np.int64], count: int) -> None:
    """Raise unless offsets begin with 0, never fall, and end with the number of what they divide.

    Raises:
        ArgumentError: They do not.

    Example:
        >>> check_offsets(np.array([0, 2, 2]), 2)
    """
    if offsets.size == 0 or offsets[0] != 0:
        raise must_be("offsets", "an array that starts with 0", offsets[:1].tolist())
    for part in parts(len(offsets) - 1):
        if (offsets[part.start + 1 : part.stop + 1] < offsets[part]).any():
            raise must_be("offsets", "an array that never falls", offsets)
    if offsets[-1] != count:
        raise must_be("offsets", f"an array that ends with len(ids), {count}", offsets[-1])


def token_positions(
    offsets: npt.NDArray[np.int64], rows: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.int64]:
    """Return where the tokens of some texts lie in the flat array, text after text.

    Args:
        offsets: Shape (N + 1,), as in :class:`~textclf.data.corpus.EncodedCorpus`.
        rows: Which texts.

    Returns:
        Positions, as many as these texts have tokens.

    Example:
        >>> token_positions(np.array([0, 2, 2, 5]), np.array([2, 0])).tolist()
        [2, 3, 4, 0, 1]
    """
    starts = offsets[rows]
    lengths = offsets[1:][rows] - starts
    before = np.cumsum(lengths) - lengths
    positions: npt.NDArray[np.int64] = np.repeat(starts - before, lengths)
    positions += np.arange(len(positions))
    return positions
