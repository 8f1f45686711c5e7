"""TOML of options: values as they are typed, values as they are written, and the line of a key."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from textclf.errors import must_be

__all__ = ["NONE", "line_of", "typed_value", "written"]

NONE = "none"
"""How None is written, which TOML has no word for."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")


def typed_value(text: str) -> Any:
    """Return the value that a text is in TOML; a text that is none is a string.

    Example:
        >>> typed_value("0.1"), typed_value("[2, 3]"), typed_value("true"), typed_value("adamw")
        (0.1, [2, 3], True, 'adamw')
    """
    if "\n" in text:
        return text
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return parsed["value"]


def written(values: Mapping[str, Any]) -> str:
    r"""Write options as TOML; those that are dictionaries become tables, at the end.

    Args:
        values: Strings, numbers, booleans, lists and dictionaries.

    Raises:
        ArgumentError: A value is none of these, or has characters that UTF-8 cannot hold.

    Example:
        >>> print(written({"epochs": 3, "model_options": {"dropout": 0.1}, "text": 'a "b"'}), end="")
        epochs = 3
        text = "a \"b\""
        <BLANKLINE>
        [model_options]
        dropout = 0.1
    """
    plain = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    blocks = ["".join(_line(key, value, key) for key, value in plain.items())]
    for name, table in values.items():
        if isinstance(table, Mapping):
            lines = [_line(key, value, name) for key, value in table.items()]
            blocks.append(f"[{_key(name)}]\n{''.join(lines)}")
    return "\n".join(block for block in blocks if block)


def line_of(text: str, key: str, table: str | None = None) -> int | None:
    r"""Return the line on which a key gets its value, counted from 1; None if it cannot be found.

    Args:
        text: TOML.
        key: The key.
        table: The table that it is in.

    Example:
        >>> line_of("epochs = 3\n[model_options]\ndropout = 0.1", "dropout", "model_options")
        3
    """
    start = re.compile(rf"""\s*(["']?){re.escape(key)}\1\s*[.=]""")
    dotted = re.compile(rf"\s*{re.escape(table or '')}\s*\.\s*{re.escape(key)}\s*=")
    within: str | None = None
    for number, line in enumerate(text.split("\n"), 1):
        head = _TABLE.match(line)
        if head:
            within = head[1]
            if table is None and within == key:
                return number
        elif (within == table and start.match(line)) or (table and within is None and dotted.match(line)):
            return number
    return None


def _line(key: str, value: object, name: str) -> str:
    return f"{_key(key)} = {_value(value, name)}\n"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key, key)


def _value(value: object, name: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value, name)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one, name) for one in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(str(k))} = {_value(v, name)}' for k, v in value.items())}}}"
    raise must_be(name, "a string, a number, true or false, or a list or table of these", value)


def _string(value: str, name: str) -> str:
    """Write a string as JSON does, but for the one character that TOML wants escaped besides."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise must_be(name, "writable in UTF-8", value) from None
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
