"""A matrix in a file, read in blocks of which only the needed rows are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from textclf.embedding.source import Readable, read_exactly

__all__ = ["needed_rows"]

_BLOCK = 1 << 20  # bytes


def needed_rows(
    stream: Readable,
    needed: npt.NDArray[np.integer],
    *,
    shape: tuple[int, int],
    dtype: np.dtype,
    path: Path,
) -> Iterator[tuple[slice, npt.NDArray[np.floating]]]:
    """Read a matrix from first to last row and yield the rows that are needed.

    Args:
        stream: Stands at the first value; values are in row order.
        needed: The numbers of the needed rows from 0, ascending, perhaps repeated (N,).
        shape: Rows and columns.
        dtype: The type of the values in the file.
        path: The file, for the messages.

    Yields:
        A part of ``needed`` and the rows for it (n, columns), in the file's type.

    Raises:
        DataError: The file ends before the last row.
    """
    rows, columns = shape
    width = columns * dtype.itemsize
    per_block = max(1, _BLOCK // width)
    for start in range(0, rows, per_block):
        count = min(per_block, rows - start)
        place = f"rows {start + 1:,} to {start + count:,} of the {rows:,} x {columns:,} matrix"
        content = read_exactly(stream, count * width, path, place)
        low, high = np.searchsorted(needed, [start, start + count])
        if low < high:
            block = np.frombuffer(content, dtype=dtype).reshape(count, columns)
            yield slice(int(low), int(high)), block[needed[low:high] - start]
