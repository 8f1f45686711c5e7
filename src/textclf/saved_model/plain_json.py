"""JSON files of a saved model: read with bounds, since a stranger may have written them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from textclf.atomic import write_text
from textclf.errors import DataError

__all__ = ["digest_of", "read_object", "write_object"]

_MOST_BYTES = 16 << 20  # a hundred times what any of these files needs


def write_object(path: str | PathLike[str], content: Mapping[str, Any]) -> None:
    """Write a dictionary as JSON that can be read by eye, whole or not at all.

    Raises:
        TypeError: JSON cannot hold it.
        ValueError: It has a NaN or an infinity.
    """
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_object(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        DataError: The file is not one, is larger than 16 MiB, or has a number that is not finite.
        FileNotFoundError: The file is not there.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "a.json"
        >>> write_object(file, {"词": [1, None]})
        >>> read_object(file)
        {'词': [1, None]}
    """
    with Path(path).open("rb") as file:
        raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise DataError(f"the file must have at most {_MOST_BYTES} bytes.", path=path)
    try:
        content = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except RecursionError:
        raise DataError("the file must be JSON of moderate depth.", path=path) from None
    except ValueError as error:
        raise DataError(f"the file is not JSON in UTF-8: {error}.", path=path) from None
    if not isinstance(content, dict):
        raise DataError(f"the file must hold a JSON object. Received: {str(content)[:80]}.", path=path)
    return content


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what JSON holds, whatever its white space and the order of its keys.

    Example:
        >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
        True
    """
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
