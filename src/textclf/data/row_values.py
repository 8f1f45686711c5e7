"""What the values of a row are as a text and as labels."""

from __future__ import annotations

import json
import math
import numbers
from typing import Any

__all__ = ["is_listed", "is_missing", "label_name", "label_names", "listed_cell", "text_value"]


def text_value(value: object) -> str:
    r"""Return a text.

    Raises:
        ValueError: It is missing, no string, or has half of a surrogate pair; the reason.

    Example:
        >>> text_value("a film")
        'a film'
    """
    if is_missing(value):
        raise ValueError("the text is missing.")
    if not isinstance(value, str):
        raise ValueError(f"the text is not a string but {_shown(value)}.")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            half = f"U+{ord(value[error.start]):04X}, half of a surrogate pair"
            raise ValueError(f"the text has {half}, at character {error.start + 1}.") from None
    return value


def label_name(value: object) -> str:
    """Return the name of a label: of a string without the white space around it.

    Whole numbers are written without a point, and truth values as JSON writes them.

    Raises:
        ValueError: It is missing, empty, or no string or whole number; the reason.

    Example:
        >>> label_name(" pos "), label_name(1), label_name(1.0), label_name(True)
        ('pos', '1', '1', 'true')
    """
    if is_missing(value):
        raise ValueError("the label is missing.")
    if isinstance(value, str):
        name = value.strip()
        if not name:
            raise ValueError("the label is empty.")
        return name
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, numbers.Integral) or (hasattr(value, "is_integer") and value.is_integer()):
        return str(int(value))  # type: ignore[call-overload]
    kinds = "a string or a whole number"
    raise ValueError(f"the label is not {kinds} but {_shown(value)}.")


def label_names(value: object) -> list[str]:
    """Return the labels of a row that may have several, each once; a single one is a list of one.

    Raises:
        ValueError: One of them is no label; the reason.

    Example:
        >>> label_names(["b", "a", "b"]), label_names("a"), label_names([])
        (['b', 'a'], ['a'], [])
    """
    values: list[Any] = [*value] if is_listed(value) else [value]  # type: ignore[misc]
    return [*dict.fromkeys(map(label_name, values))]


def is_listed(value: object) -> bool:
    """Say whether a value is a list of labels: a list, a tuple or an array.

    Example:
        >>> is_listed(["a"]), is_listed("a")
        (True, False)
    """
    return isinstance(value, list | tuple) or (hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1)


def listed_cell(cell: str) -> object:
    """Return what a cell holds: a JSON list if it is one, else the cell.

    Example:
        >>> listed_cell('["a", "b"]'), listed_cell("a")
        (['a', 'b'], 'a')
    """
    if cell.lstrip().startswith("["):
        try:
            value = json.loads(cell)
        except (ValueError, RecursionError):
            return cell
        if isinstance(value, list):
            return value
    return cell


def is_missing(value: object) -> bool:
    """Say whether a value stands for one that is not there: None, NaN, or what pandas writes.

    Example:
        >>> is_missing(None), is_missing(float("nan")), is_missing("")
        (True, True, False)
    """
    if value is None or (isinstance(value, numbers.Real) and math.isnan(value)):
        return True
    return type(value).__name__ in ("NAType", "NaTType")  # the signs of pandas for a missing value


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
