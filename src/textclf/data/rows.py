"""The rows of a source as pairs of a text and its label, for each kind of file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from textclf.data.bad_rows import BadRows
from textclf.data.columns import column_number
from textclf.data.file_format import FileFormat
from textclf.data.lines import Undecoded, line_blocks, numbered_lines, plain_rows, quoted_rows
from textclf.data.row_values import label_name, label_names, listed_cell, text_value
from textclf.errors import DataError, must_be, near_matches

__all__ = ["Pair", "pairs_of"]

Pair: TypeAlias = tuple[str, Any]
"""A text and its label: a string, a list of strings, or None where only texts are read."""

_BLANKS = " \t\v\f"
_FASTTEXT_LABEL = re.compile(rf"(?:^|(?<=[{_BLANKS}]))__label__([^{_BLANKS}]+)(?:[{_BLANKS}]+|$)")


def pairs_of(path: Path, form: FileFormat, encoding: str, bad: BadRows) -> Generator[Pair]:
    r"""Yield the texts of a file or folder and their labels, in its order.

    Args:
        path: The file, or the folder with a folder for each class.
        form: How to read it, with everything said.
        encoding: Of the file or files.
        bad: Takes what cannot be used.

    Raises:
        ArgumentError: There is no such column; with the near matches.
        DataError: It cannot be read as ``form`` says, or has no good row.
        MissingFileError: There is no such file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "a.txt"
        ...     _ = file.write_text("__label__pos a good film\n__label__neg a bad one\n")
        ...     list(pairs_of(file, FileFormat("fasttext", label=0), "utf-8", BadRows(file)))
        [('a good film', 'pos'), ('a bad one', 'neg')]
    """
    if form.kind == "folder":
        pairs = _folder_pairs(path, encoding, bad)
    else:
        pairs = _file_pairs(path, form, encoding, bad)
    with closing(pairs):
        first = next(pairs, None)
        if first is not None:
            yield first
            yield from pairs
            return
    if bad.count:
        raise bad.none_is_good()
    what = "has a header and no rows" if form.kind == "delimited" and form.header else "is empty"
    raise DataError(f"the {'folder' if form.kind == 'folder' else 'file'} {what}.", path=path)


def _file_pairs(path: Path, form: FileFormat, encoding: str, bad: BadRows) -> Generator[Pair]:
    with closing(line_blocks(path, encoding)) as blocks:
        if form.kind == "delimited":
            rows = (quoted_rows if form.quoted else plain_rows)(blocks, form.delimiter, bad)
            with closing(rows):
                yield from _cells(path, rows, form, bad)
        else:
            yield from _parsed(numbered_lines(blocks, bad), form, bad)


def _cells(
    path: Path, rows: Iterator[tuple[int, list[str]]], form: FileFormat, bad: BadRows
) -> Generator[Pair]:
    """Yield what is in the columns of text and label; the first row may name them."""
    delimiter = form.delimiter
    start, first = next(rows, (1, None))
    if first is None:
        if form.header and not bad.count:
            raise DataError("the file is empty.", path=path)
        return
    at_text, at_label = _columns(path, form, first)
    rest_is_text = not form.header and not form.quoted and at_text > at_label
    width = at_text + 1 if rest_is_text else len(first)
    needed = len(first) if form.header else max(at_text, at_label) + 1
    label_after_text = at_label > at_text
    for number, cells in rows if form.header else chain([(start, first)], rows):
        surplus = len(cells) - width
        if surplus <= 0:
            if len(cells) < needed:
                _add_too_short(bad, number, cells, needed, form)
                continue
            text, found = cells[at_text], cells[at_label]
        else:
            text = delimiter.join(cells[at_text : at_text + surplus + 1])
            found = cells[at_label + surplus if label_after_text else at_label]
        if at_label < 0:
            yield text, None
        elif form.multi_label:
            try:
                yield text, label_names(listed_cell(found))
            except ValueError as error:
                bad.add(number, str(error), delimiter.join(cells))
        elif label := found.strip():
            yield text, label
        else:
            cure = "Give the line a label or remove it."
            bad.add(number, "the label is empty.", delimiter.join(cells), cure)


def _add_too_short(bad: BadRows, number: int, cells: list[str], needed: int, form: FileFormat) -> None:
    count = f"the line has only {len(cells)}"
    header = f", the header has {needed}" if form.header else ""
    reason = f"column {needed - 1} (counted from 0) is missing: {count}{header}."
    cure = f"Check the line, and whether {form.delimiter!r} is the `delimiter`."
    bad.add(number, reason, form.delimiter.join(cells), cure)


def _columns(path: Path, form: FileFormat, first: list[str]) -> tuple[int, int]:
    """Return the places of text and label, -1 for no label."""
    names = [name.strip() for name in first] if form.header else []
    if form.text is None:
        raise must_be("text", "a column's number or name", None)
    at_text = column_number("text", form.text, names, path)
    if form.label is None:
        return at_text, -1
    at_label = column_number("label", form.label, names, path)
    if at_text == at_label:
        raise must_be("label", "another column than `text`", form.label)
    return at_text, at_label


def _parsed(lines: Iterator[tuple[int, str]], form: FileFormat, bad: BadRows) -> Generator[Pair]:
    """Yield a pair for each line that can be parsed; only plain lines may be without a character."""
    if form.kind == "lines":
        yield from ((line, None) for _, line in lines)
        return
    parse: Callable[[str, FileFormat], Pair] = _json_pair if form.kind == "jsonl" else _fasttext_pair
    for number, line in lines:
        if line:
            try:
                pair = parse(line, form)
            except ValueError as error:
                bad.add(number, str(error), line)
            else:
                yield pair


def _json_pair(line: str, form: FileFormat) -> Pair:
    try:
        row = json.loads(line)
    except RecursionError:
        raise ValueError("this is no JSON that can be read: it is nested too deep.") from None
    except ValueError as error:
        raise ValueError(f"this is no JSON: {error}.") from None
    if not isinstance(row, dict):
        raise ValueError("this is no JSON object.")
    for key in (form.text, form.label):
        if key is not None and key not in row:
            raise ValueError(f"the key {key!r} is missing. {near_matches(str(key), row)}")
    text = text_value(row[form.text])
    if form.label is None:
        return text, None
    label = row[form.label]
    if form.multi_label:
        return text, label_names(label)
    if isinstance(label, list):
        raise ValueError("the label is a list. Pass multi_label=True if rows may have several.")
    return text, label_name(label)


def _fasttext_pair(line: str, form: FileFormat) -> Pair:
    names = [*dict.fromkeys(_FASTTEXT_LABEL.findall(line))]
    text = _FASTTEXT_LABEL.sub("", line).strip(_BLANKS)
    if form.label is None:
        return text, None
    if not names:
        raise ValueError("the line has no word that begins with __label__.")
    if form.multi_label:
        return text, names
    if len(names) > 1:
        raise ValueError(
            f"the line has {len(names)} labels. Pass multi_label=True if rows may have several."
        )
    return text, names[0]


def _folder_pairs(path: Path, encoding: str, bad: BadRows) -> Generator[Pair]:
    """Yield the files below each folder, in the order of their names, and the folder's name."""
    folders = [folder for folder in sorted(path.iterdir()) if folder.is_dir() and _shows(folder)]
    if not folders:
        raise DataError("the folder has no folder for a class in it, with a file for each text.", path=path)
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and _shows(file):
                with closing(line_blocks(file, encoding)) as blocks:
                    lines = [line for block in blocks for line in block]
                at = next((i for i, line in enumerate(lines) if isinstance(line, Undecoded)), None)
                if at is None:
                    yield "\n".join(lines).removesuffix("\r"), folder.name
                else:
                    found = lines[at]
                    bad.add(at + 1, found.reason, "\n".join(lines), found.cure, path=file)  # type: ignore[attr-defined]


def _shows(path: Path) -> bool:
    return not path.name.startswith(".")
