"""The formats of a saved model, and the way from an older one to the present one.

1. ``config.json`` names the SHA-256 of each other file.
2. It also names the size of each and the SHA-256 of itself, there is a ``probe.json``, and nothing else
   may lie in the folder.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Any

from textclf.errors import DataError

__all__ = ["FORMAT", "upgraded"]

FORMAT = 2

Config = dict[str, Any]


def upgraded(config: Config, path: str | PathLike[str]) -> Config:
    """Return the configuration of a saved model in the present format.

    Args:
        config: What ``config.json`` holds, in any format.
        path: That file, for errors.

    Raises:
        DataError: The format is later than this version of textclf, or no format at all.

    Example:
        >>> upgraded({"format": 1, "files": {"vocab.txt": "0" * 64}}, "config.json")["temperature"]
        1.0
    """
    version = config.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise DataError(f"`format` must be a number from 1 to {FORMAT}. Received: {version!r}.", path=path)
    if version > FORMAT:
        raise DataError(
            f"`format` must be at most {FORMAT}. Received: {version}. The folder was written by a later "
            "version of textclf; upgrade textclf to load it.",
            path=path,
        )
    for step in range(version, FORMAT):
        config = _STEPS[step](config)
    return config


def _from_1(config: Config) -> Config:
    """Say of each file that its size is not known; the first folders had no temperature yet."""
    files = config.get("files")
    if isinstance(files, dict):
        files = {name: {"bytes": None, "sha256": digest} for name, digest in files.items()}
    return {"temperature": 1.0, **config, "format": 2, "files": files}


_STEPS: dict[int, Callable[[Config], Config]] = {1: _from_1}
