"""The options that say how files are read, and files read with them and said."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textclf.atomic import write_file
from textclf.cli.console import Console
from textclf.cli.parser import Parser
from textclf.data.bad_rows import ON_BAD_ROW
from textclf.data.file_format import KINDS
from textclf.data.labelled_texts import LabelledTexts
from textclf.data.readers import read_labelled
from textclf.errors import UnseenLabelError

__all__ = [
    "READING",
    "FileRead",
    "add_reading_arguments",
    "check_labels",
    "hash_of",
    "read_files",
    "reading_options",
]

_SHOWN_LABELS = 12
_OF_LABELS = ("label", "multi_label")
_OF_ALL = ("text", "kind", "delimiter", "header", "quoted", "encoding", "on_bad_row", "quarantine")

READING = (*_OF_LABELS, *_OF_ALL)
"""The options of the readers."""


def add_reading_arguments(parser: Parser, *, labelled: bool = True) -> None:
    """Add the options of the readers; what is not given is recognised.

    Args:
        parser: Gets them.
        labelled: Whether the file has labels.
    """
    group = parser.add_argument_group("files (what is not given is recognised, and said)")
    group.add_argument(
        "--text", metavar="COL", type=_column, help="column of the text: name, key, or number from 0"
    )
    if labelled:
        group.add_argument("--label", metavar="COL", type=_column, help="column of the label")
        group.add_argument(
            "--multi-label", action=argparse.BooleanOptionalAction, help="a text may have several labels"
        )
    group.add_argument("--kind", choices=KINDS, help="what the file is: %(choices)s")
    group.add_argument("--delimiter", type=_delimiter, help=r"what stands between columns, such as '\t'")
    group.add_argument(
        "--header", action=argparse.BooleanOptionalAction, help="the first line names the columns"
    )
    group.add_argument(
        "--quoted", action=argparse.BooleanOptionalAction, help="cells may stand in double quotes"
    )
    group.add_argument("--encoding", metavar="NAME", help="such as latin-1; default: utf-8")
    group.add_argument(
        "--on-bad-row",
        choices=ON_BAD_ROW,
        help="what to do with a row that cannot be used; default: error",
    )
    group.add_argument("--quarantine", metavar="FILE", help="where rows go that are set aside")


def reading_options(options: Mapping[str, Any], *, labelled: bool = True) -> dict[str, Any]:
    """Return those of a command's options that a reader takes."""
    names = READING if labelled else _OF_ALL
    return {name: options[name] for name in names if name in options}


@dataclass(frozen=True)
class FileRead:
    """A file of labelled texts that has been read.

    Args:
        path: As it was given.
        data: What is in it.
        hash: SHA-256 of its bytes, or of the names and bytes in a folder.
    """

    path: str
    data: LabelledTexts
    hash: str

    @property
    def counts(self) -> dict[str, int]:
        """How many texts each label has, in the order of the labels."""
        return dict(sorted(Counter(_single_labels(self.data.labels)).items()))

    def facts(self) -> dict[str, Any]:
        """Return what JSON should say of the file."""
        return {
            "path": self.path,
            "hash": self.hash,
            "rows": len(self.data),
            "classes": self.counts,
            "bad_rows": self.data.bad_rows.count,
            "format": str(self.data.format),
        }

    def __str__(self) -> str:
        counts = self.counts
        shown = [f"{name} ({count:,})" for name, count in list(counts.items())[:_SHOWN_LABELS]]
        more = f" and {len(counts) - _SHOWN_LABELS} more" if len(counts) > _SHOWN_LABELS else ""
        rows = f"{_number(len(self.data), 'row')}, {_number(len(counts), 'label')}: "
        lines = [f"{self.path}: {self.data.format}", f"  {rows}{', '.join(shown)}{more}"]
        if self.data.num_empty:
            lines.append(f"  {_number(self.data.num_empty, 'empty text')}")
        if self.data.bad_rows.count:
            lines.append(f"  {_number(self.data.bad_rows.count, 'bad row')} left out")
        return "\n".join(lines)


def read_files(
    paths: Mapping[str, str], options: Mapping[str, Any], console: Console
) -> dict[str, FileRead]:
    """Read files of labelled texts and say what was recognised.

    Args:
        paths: The files by what they are for, such as ``"train"``.
        options: Those of the command.
        console: Says it.

    Raises:
        DataError: A file cannot be read as described; with the line.
        MissingFileError: There is no such file.
        ArgumentError: An option cannot be used.
    """
    given = reading_options(options)
    aside = given.get("quarantine")
    found: dict[str, FileRead] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, path in paths.items():
            if aside is not None:  # each file's bad rows apart, as a reader writes a file of its own
                given["quarantine"] = Path(folder) / name
            found[name] = FileRead(str(path), read_labelled(path, **given), hash_of(Path(path)))
            console.say(str(found[name]))
        if aside is not None:
            parts = [Path(folder) / name for name in paths]
            write_file(aside, lambda target: _join(parts, target))
    return found


def check_labels(file: FileRead, known: Iterable[Any]) -> None:
    """Raise if a file has a label that is not known.

    Raises:
        UnseenLabelError: It has; with the first row and the known labels.
    """
    names = dict.fromkeys(known)
    for row, label in enumerate(file.data.labels, 1):
        for name in label if isinstance(label, list) else [label]:
            if name not in names:
                listed = ", ".join(map(repr, [*names][:_SHOWN_LABELS]))
                more = f" and {len(names) - _SHOWN_LABELS} more" if len(names) > _SHOWN_LABELS else ""
                raise UnseenLabelError(
                    f"{file.path}, row {row}: the label {name!r} did not occur in training. "
                    f"Known: {listed}{more}. Check which column is the label."
                )


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file; for a folder, that of the names and hashes of its files.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "a.txt").write_text("")
        ...     hash_of(Path(folder) / "a.txt")[:8], hash_of(Path(folder))[:8]
        ('e3b0c442', '4937b969')
    """
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.is_file()]
        lines = [f"{file.relative_to(path).as_posix()} {hash_of(file)}\n" for file in files]
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _join(parts: Iterable[str | os.PathLike[str]], target: Path) -> None:
    with target.open("wb") as whole:
        for part in parts:
            with Path(part).open("rb") as one:
                shutil.copyfileobj(one, whole)


def _single_labels(labels: Iterable[Any]) -> Iterable[Any]:
    for label in labels:
        yield from label if isinstance(label, list) else [label]


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _column(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _delimiter(text: str) -> str:
    return text.replace("\\t", "\t")
