from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from textclf.data.corpus_folder import read_arrays, unreadable, write_arrays
from textclf.errors import DataError, MissingFileError, OutputExistsError

ABOUT = {"token_labels": False, "label_names": ("no", "yes"), "dropped_share": 0.25}


def arrays(labels: np.ndarray | None = None) -> dict[str, np.ndarray | None]:
    return {"ids": np.array([3, 4], dtype=np.int32), "offsets": np.array([0, 2]), "labels": labels}


@pytest.mark.parametrize("labels", [None, np.array([1])])
def test_what_is_written_is_read_and_memory_mapped(labels, tmp_path: Path):
    write_arrays(tmp_path / "c", arrays(labels), ABOUT)
    found, about = read_arrays(tmp_path / "c")
    assert about == {**ABOUT, "label_names": ["no", "yes"]}
    assert isinstance(found["ids"], np.memmap)
    assert found["ids"].dtype == np.int32
    assert found["ids"].tolist() == [3, 4]
    assert found["offsets"].tolist() == [0, 2]
    assert (found["labels"] is None) == (labels is None)


def test_a_folder_that_is_there_stays(tmp_path: Path):
    write_arrays(tmp_path / "c", arrays(), ABOUT)
    with pytest.raises(OutputExistsError):
        write_arrays(tmp_path / "c", arrays(np.array([1])), ABOUT)
    assert read_arrays(tmp_path / "c")[0]["labels"] is None
    write_arrays(tmp_path / "c", arrays(np.array([1])), ABOUT, overwrite=True)
    assert read_arrays(tmp_path / "c")[0]["labels"].tolist() == [1]


def test_what_is_missing_is_named(tmp_path: Path):
    with pytest.raises(MissingFileError, match=r"corpus\.json: there is no saved corpus here"):
        read_arrays(tmp_path)
    write_arrays(tmp_path / "c", arrays(), ABOUT)
    (tmp_path / "c" / "offsets.npy").unlink()
    with pytest.raises(MissingFileError, match=r"offsets\.npy: there is no saved corpus here"):
        read_arrays(tmp_path / "c")
    (tmp_path / "c" / "corpus.json").write_text('{"format": 1, "labels": false}')
    with pytest.raises(DataError, match=r"corpus\.json: the entry 'token_labels' is missing"):
        read_arrays(tmp_path / "c")


@pytest.mark.parametrize("error", [ValueError("x"), EOFError("x")])
def test_unreadable_says_which_file(error):
    with (
        pytest.raises(DataError, match="a.npy: this cannot be read as a saved corpus: x"),
        unreadable("a.npy"),
    ):
        raise error


def test_unreadable_leaves_other_errors_alone():
    with pytest.raises(RuntimeError), unreadable("a.npy"):
        raise RuntimeError
