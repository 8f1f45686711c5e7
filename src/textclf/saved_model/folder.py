"""The folder of a saved model: which files it has, and whether they are those that were written.

The digests show accidents: a file that was cut, edited, or taken from another folder. They do not show
who wrote the folder, since whoever changes a file can write its digest anew. Against that helps only
that nothing in the folder is ever run, and that every size is bounded by what lies on the disk.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textclf.errors import DataError, MissingFileError
from textclf.saved_model.plain_json import digest_of, read_object, write_object
from textclf.saved_model.upgrades import FORMAT, upgraded

__all__ = [
    "CARD_FILE",
    "CONFIG_FILE",
    "ENSEMBLE_FILE",
    "PROBE_FILE",
    "WEIGHTS_FILE",
    "check_folder",
    "seal",
]

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "weights.safetensors"
PROBE_FILE = "probe.json"
CARD_FILE = "README.md"
ENSEMBLE_FILE = "ensemble.json"  # beside a folder for each member

_LABELS_FILE = "labels.json"
_NEEDED = (WEIGHTS_FILE, "encoder.json", "vocab.txt")
_FREE = (CONFIG_FILE, CARD_FILE, "LICENSE")  # the last two are for people, who may edit them
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_CURE = "It is damaged, was changed, or is of another folder; save the model again."


def seal(folder: Path, config: Mapping[str, Any]) -> None:
    """Write ``config.json``, with the size and digest of every file that is in the folder by now.

    Args:
        folder: Where all other files are.
        config: What else the file is to hold.
    """
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": _digest(file)}
        for file in sorted(folder.iterdir())
        if file.name not in _FREE
    }
    content = {"format": FORMAT, **config, "files": files}
    write_object(folder / CONFIG_FILE, {**content, "sha256": digest_of(content)})


def check_folder(folder: Path) -> dict[str, Any]:
    """Read ``config.json``, and make sure that the files beside it are those that it was written with.

    Returns:
        What it holds, in the present format; only ``files`` has been checked.

    Raises:
        MissingFileError: There is no ``config.json``, or one of the files is missing.
        DataError: A file is not the one that was saved, is no plain file, or has no place in the folder.
    """
    path = folder / CONFIG_FILE
    if not path.is_symlink() and not path.exists():
        cure = "Check the folder; Predictor.save(), Tagger.save() and TextClassifier.save() make one."
        if (folder / ENSEMBLE_FILE).exists():
            cure = "It is one of TextEnsemble.save(): load it with textclf.TextEnsemble.load()."
        raise MissingFileError(f"there is no saved model here. {cure}", path=path)
    _check_plain(path)
    written = read_object(path)
    config = upgraded(written, path)
    if written["format"] >= 2:
        own = {name: value for name, value in written.items() if name != "sha256"}
        if written.get("sha256") != digest_of(own):
            raise DataError(f"the file must be as it was written. {_CURE}", path=path)
    files = _checked_list(config.get("files"), path)
    needed = {*_NEEDED, PROBE_FILE} if written["format"] >= 2 else {*_NEEDED}
    if config.get("heads") is None:  # the labels of several heads are in `config.json`
        needed.add(_LABELS_FILE)
    if missing := sorted(needed - set(files)):
        raise DataError(f"`files` must list {', '.join(missing)}. {_CURE}", path=path)
    if written["format"] >= 2:  # folders of format 1 may have had others in them
        _check_strangers(folder, files)
    for name, about in files.items():
        _check_file(folder / name, about)
    return config


def _checked_list(files: object, path: Path) -> dict[str, dict[str, Any]]:
    if not isinstance(files, dict):
        raise DataError("`files` must say which files there are.", path=path)
    for name, about in files.items():
        if not _NAME.fullmatch(name) or name in _FREE:
            raise DataError(f"`files` must list plain names. Received: {name[:80]!r}.", path=path)
        if not isinstance(about, dict) or not isinstance(about.get("sha256"), str):
            raise DataError(f"`files` must tell the digest of {name!r}.", path=path)
    return files


def _check_strangers(folder: Path, files: Mapping[str, object]) -> None:
    """Raise if there is anything but the files; what is hidden is the file manager's, or git's."""
    for path in sorted(folder.iterdir()):
        if path.name not in files and path.name not in _FREE and not path.name.startswith("."):
            raise DataError(
                f"it must hold nothing but the saved model. Received: {path.name[:80]!r}. "
                "Nothing reads it; move it elsewhere.",
                path=folder,
            )


def _check_plain(path: Path) -> int:
    """Return the size of a file, or raise unless it is one itself, and not a link or a pipe."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        raise MissingFileError("the file is missing from the saved model.", path=path) from None
    if not stat.S_ISREG(found.st_mode):
        kind = "a link" if stat.S_ISLNK(found.st_mode) else "no plain file"
        raise DataError(f"this must be a file. Received: {kind}. Copy the files themselves.", path=path)
    return found.st_size


def _check_file(path: Path, about: Mapping[str, Any]) -> None:
    size = _check_plain(path)
    if about.get("bytes") not in (size, None):
        why = f"It has {size} bytes and had {str(about['bytes'])[:40]}."
    elif _digest(path) != about["sha256"]:
        why = "Its digest is another."
    else:
        return
    raise DataError(f"the file must be the one that was saved with {CONFIG_FILE}. {why} {_CURE}", path=path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
