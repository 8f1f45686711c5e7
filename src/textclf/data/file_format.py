"""How a file of texts is to be read, as a value that says so in words."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field, fields
from typing import Any

from textclf.errors import must_be
from textclf.validation import require_bool, require_choice

__all__ = ["KINDS", "FileFormat", "check_options", "checked_encoding"]

KINDS = ("delimited", "jsonl", "fasttext", "folder", "lines")
"""Columns between delimiters; a JSON object a line; ``__label__`` words; a folder a class; bare texts."""

_NAMED = {"\t": "tabs", ",": "commas", ";": "semicolons", " ": "spaces"}
_WIDE = ("utf-16", "utf-32")


@dataclass(frozen=True)
class FileFormat:
    r"""How a file of texts is to be read.

    Args:
        kind: One of :data:`KINDS`, or ``"table"`` for one in memory.
        text: Column of the text, counted from 0, or its name; for JSON lines the name of the key.
        label: That of the label, likewise; None if only texts are read.
        delimiter: What stands between columns.
        header: Whether the first line has the names of the columns.
        quoted: Whether cells may stand in double quotes, as in CSV files.
        multi_label: Whether a row may have several labels.
        doubts: What else the file could be; sentences. They make no difference to the reading.

    Example:
        >>> print(FileFormat("delimited", text="review", label="stars", delimiter=",", header=True))
        columns between commas, with a header; text: column 'review'; label: column 'stars'
    """

    kind: str
    text: int | str | None = field(default=None, kw_only=True)
    label: int | str | None = field(default=None, kw_only=True)
    delimiter: str = field(default="\t", kw_only=True)
    header: bool = field(default=False, kw_only=True)
    quoted: bool = field(default=False, kw_only=True)
    multi_label: bool = field(default=False, kw_only=True)
    doubts: tuple[str, ...] = field(default=(), kw_only=True, compare=False)

    def __str__(self) -> str:
        what = {
            "jsonl": "JSON lines",
            "fasttext": "fastText lines with __label__ words",
            "folder": "a folder for each class",
            "lines": "a text on each line, no labels",
            "table": "a table",
        }
        parts = [what.get(self.kind, "")]
        if self.kind == "delimited":
            between = _NAMED.get(self.delimiter, repr(self.delimiter))
            quotes = ", cells may be quoted" if self.quoted else ""
            parts = [f"columns between {between}, {'with a' if self.header else 'no'} header{quotes}"]
        if self.kind in ("delimited", "jsonl", "table"):
            word = "key" if self.kind == "jsonl" else "column"
            parts.append(f"text: {word} {self.text!r}")
            if self.label is not None:
                parts.append(f"label: {word} {self.label!r}")
        if self.multi_label:
            parts.append("several labels a row")
        return "; ".join(parts)

    def options(self) -> dict[str, Any]:
        """Return the options of a reader of such a file; with all of them nothing is recognised.

        Example:
            >>> FileFormat("fasttext").options()["multi_label"]
            False
        """
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "doubts"}


def check_options(
    *,
    kind: str | None,
    text: int | str | None,
    label: int | str | None,
    delimiter: str | None,
    header: bool | None,
    quoted: bool | None,
    multi_label: bool | None,
) -> None:
    """Raise unless the options, those that are given, can be used together.

    Raises:
        ArgumentError: One cannot be used.

    Example:
        >>> none = dict.fromkeys(["kind", "label", "delimiter", "header", "quoted", "multi_label"])
        >>> check_options(text=0, **none)
    """
    if kind is not None:
        require_choice("kind", kind, KINDS)
    for name, flag in [("header", header), ("quoted", quoted), ("multi_label", multi_label)]:
        if flag is not None:
            require_bool(name, flag)
    if delimiter is not None:
        if not isinstance(delimiter, str) or not delimiter or set(delimiter) & set("\r\n"):
            raise must_be("delimiter", "a string without line ends", delimiter)
        if quoted and (len(delimiter) != 1 or delimiter == '"'):
            raise must_be("delimiter", "a single character, not a quote, if quoted=True", delimiter)
    for name, column in [("text", text), ("label", label)]:
        if column is not None:
            _check_column(name, column, kind, header)


def checked_encoding(encoding: str) -> str:
    """Return an encoding's own name, if the characters of ASCII are in it what they are there.

    UTF-16 and UTF-32 will do as well.

    Raises:
        ArgumentError: It is something else.

    Example:
        >>> checked_encoding("UTF8"), checked_encoding("latin-1")
        ('utf-8', 'iso8859-1')
    """
    plain = bytes(range(128))
    try:
        name = codecs.lookup(encoding).name
        good = name.startswith(_WIDE) or plain.decode(name) == plain.decode("ascii")
    except UnicodeError:
        good = False
    except (LookupError, TypeError):
        raise must_be("encoding", "the name of a text encoding", encoding) from None
    if not good:
        cure = "Convert the file to UTF-8."
        raise must_be("encoding", "one that extends ASCII, or UTF-16 or UTF-32", encoding, cure)
    return "utf-8" if name == "utf-8-sig" else name


def _check_column(name: str, column: int | str, kind: str | None, header: bool | None) -> None:
    if isinstance(column, str):
        if header is False and kind in (None, "delimited"):
            cure = "Pass header=True if the first line names the columns."
            raise must_be(name, "a column's number for a file without a header", column, cure)
    elif isinstance(column, bool) or not isinstance(column, int) or column < 0:
        raise must_be(name, "a column's number, counted from 0, or its name", column)
    elif kind == "jsonl":
        raise must_be(name, "the name of a key for JSON lines", column)
