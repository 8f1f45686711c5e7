"""A growing array of integers that leaves memory when it becomes large."""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from textclf.validation import require_int

__all__ = ["MEMORY_MAP_ABOVE", "IdBuffer"]

MEMORY_MAP_ABOVE = 64 * 2**20
"""Bytes above which integers go to a temporary file instead of memory."""


class IdBuffer:
    """A growing array of integers that moves to a temporary file when it becomes large.

    The file lies in the folder of :func:`tempfile.gettempdir` and is removed when the last array
    that shows it is gone, or when the program ends.

    Args:
        dtype: ``np.int32``, ``np.int64``, or ``np.bool_``.
        memory_map_above: Size in bytes above which the integers go to the file.

    Raises:
        ArgumentError: ``memory_map_above`` is not an integer from 0.

    Example:
        >>> buffer = IdBuffer(np.int32)
        >>> buffer.extend([1, 2])
        >>> buffer.extend([3])
        >>> buffer.finish()
        array([1, 2, 3], dtype=int32)
    """

    def __init__(
        self,
        dtype: type[np.signedinteger[Any]] | type[np.bool_],
        *,
        memory_map_above: int = MEMORY_MAP_ABOVE,
    ) -> None:
        self.dtype = np.dtype(dtype)
        self._above = require_int("memory_map_above", memory_map_above, at_least=0)
        self._memory = array({1: "b", 4: "i", 8: "q"}[self.dtype.itemsize])
        self._file: BinaryIO | None = None
        self._path = Path()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def extend(self, values: npt.ArrayLike) -> None:
        """Append values, which must fit the type; rows come one after another."""
        new = np.ascontiguousarray(values, dtype=self.dtype).tobytes()
        self._length += len(new) // self.dtype.itemsize
        if self._file is None and self._length * self.dtype.itemsize > self._above:
            self._open()
        if self._file is None:
            self._memory.frombytes(new)
        else:
            self._file.write(new)

    def finish(self) -> npt.NDArray[Any]:
        """Return all integers, shape (len(self),); nothing may be appended after that."""
        if self._file is None:
            if not self._memory:
                return np.empty(0, dtype=self.dtype)
            return np.frombuffer(self._memory, dtype=self.dtype)
        self._file.close()
        mapped: npt.NDArray[Any] = np.memmap(self._path, dtype=self.dtype, mode="r+")
        self._discard.detach()
        weakref.finalize(mapped, _discard, None, self._path)
        return mapped

    def _open(self) -> None:
        handle, name = tempfile.mkstemp(prefix="textclf-ids-", suffix=".bin")
        self._path = Path(name)
        self._file = os.fdopen(handle, "wb")
        self._discard = weakref.finalize(self, _discard, self._file, self._path)
        self._file.write(self._memory)
        self._memory = array(self._memory.typecode)


def _discard(file: BinaryIO | None, path: Path) -> None:
    if file is not None:
        file.close()
    path.unlink(missing_ok=True)
