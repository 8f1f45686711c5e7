from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import numpy as np
import pytest

from textclf.data.buffer import IdBuffer
from textclf.errors import ArgumentError


@pytest.fixture
def spill_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("above", [0, 10, 2**20])
def test_what_goes_in_comes_out_in_memory_and_on_disk(dtype, above, spill_folder):
    buffer = IdBuffer(dtype, memory_map_above=above)
    largest = int(np.iinfo(dtype).max)
    for values in ([1, 2], [], np.array([3, largest], dtype=np.int64), [5]):
        buffer.extend(values)
    assert len(buffer) == 5
    ids = buffer.finish()
    assert ids.dtype == dtype
    assert ids.tolist() == [1, 2, 3, largest, 5]


def test_the_file_comes_at_the_limit_and_not_before(spill_folder):
    buffer = IdBuffer(np.int32, memory_map_above=8)
    buffer.extend([1, 2])
    assert list(spill_folder.iterdir()) == []
    buffer.extend([3])
    assert len(list(spill_folder.iterdir())) == 1
    assert buffer.finish().tolist() == [1, 2, 3]


def test_the_file_goes_with_the_last_view_of_the_array(spill_folder):
    buffer = IdBuffer(np.int32, memory_map_above=0)
    buffer.extend([1, 2, 3])
    ids = buffer.finish()
    view = np.asarray(ids)[1:]
    del buffer, ids
    gc.collect()
    assert len(list(spill_folder.iterdir())) == 1
    assert view.tolist() == [2, 3]
    del view
    gc.collect()
    assert list(spill_folder.iterdir()) == []


def test_a_buffer_that_is_given_up_leaves_no_file(spill_folder):
    buffer = IdBuffer(np.int32, memory_map_above=0)
    buffer.extend([1])
    assert len(list(spill_folder.iterdir())) == 1
    del buffer
    gc.collect()
    assert list(spill_folder.iterdir()) == []


def test_empty():
    ids = IdBuffer(np.int32, memory_map_above=0).finish()
    assert ids.shape == (0,)
    assert ids.dtype == np.int32


@pytest.mark.parametrize("bad", [-1, 1.5, True, "1", None])
def test_the_limit_must_be_a_number_of_bytes(bad):
    with pytest.raises(ArgumentError, match="`memory_map_above` must be"):
        IdBuffer(np.int32, memory_map_above=bad)


@pytest.mark.parametrize("above", [0, 100])
def test_booleans_take_a_byte_each(above):
    buffer = IdBuffer(np.bool_, memory_map_above=above)
    buffer.extend([[True, False], [False, True]])
    buffer.extend(np.zeros((0, 2), bool))
    found = buffer.finish()
    assert found.dtype == np.bool_
    assert (found.tolist(), found.nbytes) == ([True, False, False, True], 4)
