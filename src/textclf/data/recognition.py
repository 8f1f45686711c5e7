"""How a file is to be read, recognised by what is in it and never by its name."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from textclf.data.columns import Choice, choose_columns, column_number, is_header, name_or_number
from textclf.data.delimiters import common_width, find_delimiter, has_quoted_cells, table_rows
from textclf.data.file_format import FileFormat, check_options, checked_encoding
from textclf.data.lines import Undecoded, line_blocks
from textclf.data.row_values import listed_cell
from textclf.errors import DataError

__all__ = ["recognise_format"]

_LOG = logging.getLogger(__name__)
_SAMPLED_ROWS = 2000
_SAMPLED_CHARACTERS = 1 << 20
_MOST = 0.8
_JSON_ARRAY = re.compile(r"\s*\[\s*\{\s*(?:\"|$)")
_FASTTEXT = re.compile(r"(?:^|[ \t])__label__\S")


def recognise_format(
    path: str | os.PathLike[str],
    *,
    kind: str | None = None,
    text: int | str | None = None,
    label: int | str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    quoted: bool | None = None,
    multi_label: bool | None = None,
    encoding: str = "utf-8",
    labelled: bool = True,
) -> FileFormat:
    r"""Recognise how a file is to be read, from its first 2,000 lines or million characters.

    A folder has a folder for each class. Lines that are JSON objects, or have words that begin with
    ``__label__``, are what they seem. Otherwise the lines have columns between tabs, commas or
    semicolons, or a label in digits or capitals before the first space. What is given is not guessed.
    The format is logged, and as a warning where it could be another.

    Args:
        path: The file or folder.
        kind: One of :data:`KINDS <textclf.data.file_format.KINDS>`.
        text: Column of the text, counted from 0, or its name or key.
        label: That of the label.
        delimiter: What stands between columns.
        header: Whether the first line has the names of the columns.
        quoted: Whether cells may stand in double quotes.
        multi_label: Whether a row may have several labels.
        encoding: Of the file.
        labelled: Whether it should have labels.

    Returns:
        The format, with everything said.

    Raises:
        ArgumentError: An argument cannot be used.
        DataError: The format or the columns cannot be told.
        MissingFileError: There is no such file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "a.csv"
        ...     _ = file.write_text('stars,review\n5,"good, very good"\n1,bad\n')
        ...     print(recognise_format(file))
        columns between commas, with a header, cells may be quoted; text: column 'review'; label: ...
    """
    path = Path(path)
    given = {"kind": kind, "text": text, "label": label, "delimiter": delimiter, "header": header}
    given |= {"quoted": quoted, "multi_label": multi_label}
    check_options(**given)  # type: ignore[arg-type]
    encoding = checked_encoding(encoding)
    if kind == "folder" or (kind is None and path.is_dir()):
        form = FileFormat("folder")
    else:
        lines = _sample(path, encoding)
        if kind is None and _JSON_ARRAY.match("".join(lines[:2])):
            cure = "Write each of its objects on a line of its own, as JSON lines are."
            raise DataError(f"the file is one JSON array. {cure}", path=path)
        kind = kind or _kind(lines, labelled, {**given, "kind": None} != dict.fromkeys(given))
        if kind == "jsonl":
            form = _json_lines(path, lines, given, labelled)
        elif kind == "fasttext":
            several = any(line.count("__label__") > 1 for line in lines)
            form = FileFormat("fasttext", label=0, multi_label=several)
        elif kind == "delimited":
            form = _delimited(path, lines, given, labelled)
        else:
            form = FileFormat("lines")
    if multi_label is not None:
        form = replace(form, multi_label=multi_label)
    if labelled and form.kind == "lines":
        cure = "read_texts() reads texts without labels; for labels say the `kind` or `delimiter`."
        raise DataError(f"no labels can be recognised in the lines of the file. {cure}", path=path)
    if not labelled:
        form = replace(form, label=None, multi_label=False)
    _LOG.info("%s: %s", path, form)
    for doubt in form.doubts:
        _LOG.warning("%s: %s", path, doubt)
    return form


def _sample(path: Path, encoding: str) -> list[str]:
    """Return the first lines that can be decoded; raise if there are none."""
    lines: list[str] = []
    size = 0
    fault: Undecoded | None = None
    number = fault_line = 1
    with closing(line_blocks(path, encoding)) as blocks:
        for block in blocks:
            number += len(block)
            if block and isinstance(block[0], Undecoded):
                if fault is None:
                    fault, fault_line = block[0], number - 1
                continue
            lines += block[:_SAMPLED_ROWS]
            size += sum(map(len, block))
            if len(lines) >= _SAMPLED_ROWS or size >= _SAMPLED_CHARACTERS:
                break
    lines = [line.removesuffix("\r") for line in lines[:_SAMPLED_ROWS]]
    if not any(lines):
        if fault is not None:
            raise DataError(f"{fault.reason} {fault.cure}", path=path, line=fault_line)
        raise DataError("the file is empty.", path=path)
    if sum(line.count("\0") for line in lines) * 4 > sum(map(len, lines)):
        cure = 'Pass encoding="utf-16-le" or "utf-16-be" if that is what it is in.'
        raise DataError(f"the file is full of NUL characters, as UTF-16 is. {cure}", path=path)
    return lines


def _kind(lines: Sequence[str], labelled: bool, columns_given: bool) -> str:
    full = [line for line in lines if line.strip()]
    if sum(isinstance(_json(line), dict) for line in full) >= _MOST * len(full):
        return "jsonl"
    if sum(_FASTTEXT.search(line) is not None for line in full) >= _MOST * len(full):
        return "fasttext"
    if columns_given or find_delimiter(lines, labelled=labelled) is not None:
        return "delimited"
    return "lines"


def _delimited(path: Path, lines: Sequence[str], given: dict[str, Any], labelled: bool) -> FileFormat:
    delimiter, quoted = _marks(lines, given, labelled)
    rows = table_rows(lines, delimiter, quoted=quoted)
    header = given["header"]
    if header is None:
        named = any(isinstance(given[name], str) for name in ("text", "label"))
        header = named or (delimiter != " " and is_header(rows))
    names = [name.strip() for name in rows[0]] if header and rows else []
    text, label = _given_columns(path, given, names)
    below = rows[1:] if header else rows
    if not below:
        raise DataError(f"the file has {'a header and ' if header else ''}no rows.", path=path)
    if not (header or quoted) and delimiter in " ,;":  # a label, and then all the rest is text
        below = [[row[0], delimiter.join(row[1:])] for row in below]
    width = common_width(below)
    even = [row for row in below if len(row) == width]
    columns = [[row[at].strip() for row in even] for at in range(width)]
    choice = choose_columns(names, columns, text=text, label=label, labelled=labelled)
    at_text, at_label = _told(path, choice, labelled)
    cells = columns[at_label] if 0 <= at_label < width else []
    return FileFormat(
        "delimited",
        text=name_or_number(names, at_text),
        label=name_or_number(names, at_label) if labelled else None,
        delimiter=delimiter,
        header=header,
        quoted=quoted,
        multi_label=bool(cells) and all(isinstance(listed_cell(cell), list) for cell in cells),
        doubts=choice.doubts("column", names),
    )


def _marks(lines: Sequence[str], given: dict[str, Any], labelled: bool) -> tuple[str, bool]:
    """Return the delimiter and whether cells are quoted."""
    delimiter, quoted = given["delimiter"], given["quoted"]
    if delimiter is None:
        first = next(line for line in lines if line)
        likely = next((mark for mark in "\t,;" if mark in first), ",")
        delimiter, marked = find_delimiter(lines, labelled=labelled) or (likely, likely != "\t")
    elif delimiter in (",", ";"):
        marked = True
    else:
        marked = len(delimiter) == 1 and has_quoted_cells(lines, delimiter)
    return delimiter, marked if quoted is None else quoted


def _given_columns(path: Path, given: dict[str, Any], names: list[str]) -> tuple[int | None, int | None]:
    found = [
        None if given[key] is None else column_number(key, given[key], names, path)
        for key in ("text", "label")
    ]
    return found[0], found[1]


def _told(path: Path, choice: Choice, labelled: bool, names: Sequence[str] = ()) -> tuple[int, int]:
    """Return the columns of text and label, -1 for no label, or raise if they cannot be told."""
    for what, column in [("text", choice.text), ("label", choice.label if labelled else -1)]:
        if column is None:
            keys = f"; the keys are {', '.join(map(repr, names))}" if names else ", its number or name"
            raise DataError(f"it cannot be told which column is the {what}. Pass {what}={keys}.", path=path)
    return choice.text or 0, -1 if choice.label is None else choice.label


def _json_lines(path: Path, lines: Sequence[str], given: dict[str, Any], labelled: bool) -> FileFormat:
    objects = [row for row in map(_json, lines) if isinstance(row, dict)]
    if not objects:
        raise DataError("no line of the file is a JSON object.", path=path)
    names = list(dict.fromkeys(name for row in objects for name in row))
    columns = [[_as_cell(row.get(name, "")) for row in objects] for name in names]
    text, label = _given_columns(path, given, names)
    choice = choose_columns(names, columns, text=text, label=label, labelled=labelled)
    at_text, at_label = _told(path, choice, labelled, names)
    key = names[at_label] if labelled else None
    several = any(isinstance(row.get(key), list) for row in objects)
    doubts = choice.doubts("key", names)
    return FileFormat("jsonl", text=names[at_text], label=key, multi_label=several, doubts=doubts)


def _as_cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _json(line: str) -> object:
    if not line.lstrip().startswith("{"):
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
