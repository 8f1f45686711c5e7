"""Numbers of many text rows, read together.

Python, NumPy and the C library read one number such as -0.25481 by the general algorithm for
floating point. Nearly all numbers in vector files are short decimals, for which there is a way that
takes about a quarter of the time: the digits without the point are a whole number, and that divided
by the power of ten is the very same value, since both are exact in 64 bits and a division rounds
correctly (fewer than 16 digits, fewer than 23 behind the point).

References:
    Clinger (1990), How to Read Floating Point Numbers Accurately: the case in which this is exact.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["read_decimals"]

_PLAIN = b"-.0123456789 "
_MOST_DIGITS = 15
_POWERS = np.array([float(10**power) for power in range(_MOST_DIGITS + 1)])  # all exact
_SPACE, _MINUS, _POINT = b" -."


def read_decimals(rows: Sequence[bytes], dim: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Read rows of numbers with single spaces between them, if they are plain decimals.

    A plain decimal is perhaps a minus, up to 15 digits, and a point before, between or after them.

    Args:
        rows: N rows.
        dim: D, the numbers in each.

    Returns:
        The values (N, D), each what ``np.float32(float(text))`` is, and which rows were read
        (N,). The other rows may hold numbers of another form, or no numbers; they are zero.

    Example:
        >>> values, done = read_decimals([b"0.5 -.25", b"1e3 1.0", b"-7. 0.1"], 2)
        >>> values
        array([[ 0.5 , -0.25],
               [ 0.  ,  0.  ],
               [-7.  ,  0.1 ]], dtype=float32)
        >>> done
        array([ True, False,  True])
    """
    plain = [row.count(b".") == dim and not row.translate(None, _PLAIN) for row in rows]
    done = np.array(plain, dtype=bool)
    values = np.zeros((len(rows), dim), dtype=np.float32)
    numbers = _values(b" ".join(row for row, is_plain in zip(rows, plain, strict=True) if is_plain))
    if numbers.size == done.sum() * dim:
        values[done] = numbers.reshape(-1, dim)
    else:
        done[:] = False
    return values, done


def _values(text: bytes) -> npt.NDArray[np.float64]:
    """Return the values of plain decimals, nothing if one of them is something else."""
    octets = np.frombuffer(text, dtype=np.uint8)
    ends = np.append(np.flatnonzero(octets == _SPACE), len(octets))
    starts = np.concatenate(([0], ends[:-1] + 1))
    points = np.flatnonzero(octets == _POINT)
    minuses = np.count_nonzero(octets == _MINUS)
    nothing = np.zeros(0)
    if len(points) != len(ends) or not ((starts <= points) & (points < ends)).all():
        return nothing
    negative = octets[starts] == _MINUS
    digits = ends - starts - 1 - negative
    if minuses != negative.sum() or digits.min() < 1 or digits.max() > _MOST_DIGITS:
        return nothing
    whole = np.fromstring(text.translate(None, b"-."), dtype=np.int64, sep=" ")
    values: npt.NDArray[np.float64] = whole / _POWERS[ends - points - 1]
    np.negative(values, out=values, where=negative)
    return values
