from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from textclf.embedding import blocks
from textclf.embedding.blocks import needed_rows
from textclf.errors import DataError

FILE = Path("vectors.bin")


def read(matrix: np.ndarray, needed: list[int], content: bytes | None = None) -> np.ndarray:
    stream = io.BytesIO(matrix.tobytes() if content is None else content)
    found = np.full((len(needed), matrix.shape[1]), np.nan)
    parts = needed_rows(stream, np.array(needed), shape=matrix.shape, dtype=matrix.dtype, path=FILE)
    for where, rows in parts:
        found[where] = rows
    assert stream.read() == b""  # it reads to the end, so that a cut is always seen
    return found


@pytest.mark.parametrize("block", [1, 40, 1 << 20])
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2"])
@pytest.mark.parametrize("needed", [[], [0], [6], [0, 3, 3, 6], [0, 1, 2, 3, 4, 5, 6]])
def test_the_needed_rows_and_no_others(monkeypatch, block, dtype, needed):
    monkeypatch.setattr(blocks, "_BLOCK", block)
    matrix = np.arange(21, dtype=dtype).reshape(7, 3)
    assert np.array_equal(read(matrix, needed), matrix[needed])


def test_a_cut_is_named_even_behind_the_last_needed_row(monkeypatch):
    monkeypatch.setattr(blocks, "_BLOCK", 24)
    matrix = np.zeros((6, 3), dtype="<f4")
    with pytest.raises(DataError, match=r"vectors\.bin.*rows 5 to 6 of the 6 x 3 matrix"):
        read(matrix, [0], content=matrix.tobytes()[:-1])
