"""The folder of a saved corpus: arrays that are opened without being read, and what they are."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.atomic import new_folder, write_text
from textclf.errors import DataError, MissingFileError

__all__ = ["read_arrays", "unreadable", "write_arrays"]

_FORMAT = 1
_ABOUT = "corpus.json"
_ARRAYS = ("ids", "offsets", "labels")
_ENTRIES = ("token_labels", "label_names", "dropped_share")


def write_arrays(
    folder: str | os.PathLike[str],
    arrays: Mapping[str, npt.NDArray[Any] | None],
    about: Mapping[str, Any],
    *,
    overwrite: bool = False,
) -> None:
    """Write arrays and what is to be known about them to a folder, whole or not at all.

    Args:
        folder: The folder to make.
        arrays: ``ids``, ``offsets`` and ``labels``, which may be None.
        about: ``token_labels``, ``label_names`` and ``dropped_share``.
        overwrite: Whether to replace a folder that is there.

    Raises:
        OutputExistsError: The folder is there and ``overwrite`` is false.
    """
    content = {
        "format": _FORMAT,
        "token_labels": about["token_labels"],
        "labels": arrays["labels"] is not None,
        "label_names": about["label_names"],
        "dropped_share": about["dropped_share"],
    }
    with new_folder(folder, overwrite=overwrite) as new:
        for name in _ARRAYS:
            values = arrays[name]
            if values is not None:
                np.save(new / f"{name}.npy", values, allow_pickle=False)
        write_text(new / _ABOUT, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def read_arrays(
    folder: str | os.PathLike[str],
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Open what :func:`write_arrays` wrote; the arrays are memory-mapped and not looked at.

    Args:
        folder: The folder.

    Returns:
        The arrays and what is known about them, under the names that :func:`write_arrays` takes.

    Raises:
        MissingFileError: A file is not there. It is a ``FileNotFoundError`` too.
        DataError: A file cannot be read.

    Example:
        >>> import tempfile
        >>> arrays = {"ids": np.array([3, 4]), "offsets": np.array([0, 2]), "labels": None}
        >>> about = {"token_labels": False, "label_names": None, "dropped_share": 0.0}
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     write_arrays(f"{parent}/corpus", arrays, about)
        ...     read_arrays(f"{parent}/corpus")[0]["ids"].tolist()
        [3, 4]
    """
    path = Path(folder) / _ABOUT
    with unreadable(path):
        about = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(about, dict) or about.get("format") != _FORMAT:
            raise ValueError(f"it has no format number {_FORMAT}")
        present = [name for name in _ARRAYS if name != "labels" or about["labels"]]
        known = {name: about[name] for name in _ENTRIES}
    arrays: dict[str, Any] = dict.fromkeys(_ARRAYS)
    for name in present:
        path = Path(folder) / f"{name}.npy"
        with unreadable(path):
            arrays[name] = np.load(path, mmap_mode="r", allow_pickle=False)
    return arrays, known


@contextlib.contextmanager
def unreadable(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of what goes wrong in the block that it is the fault of a saved corpus.

    Raises:
        MissingFileError: A file was not there.
        DataError: A value was wrong or missing.

    Example:
        >>> with unreadable("corpus.json"):
        ...     int("x")
        Traceback (most recent call last):
        ...
        textclf.errors.DataError: corpus.json: this cannot be read as a saved corpus: invalid ...
    """
    try:
        yield
    except FileNotFoundError:
        cure = "Check the folder; EncodedCorpus.save() makes one."
        raise MissingFileError(f"there is no saved corpus here. {cure}", path=path) from None
    except KeyError as error:
        raise DataError(f"the entry {error} is missing from the saved corpus.", path=path) from None
    except (ValueError, EOFError) as error:
        raise DataError(f"this cannot be read as a saved corpus: {error}.", path=path) from None
