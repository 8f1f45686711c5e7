"""Rows that cannot be used: an error, or reported, counted and left out, or set aside in a file."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from textclf.atomic import write_file
from textclf.errors import DataError, must_be
from textclf.validation import require_choice

__all__ = ["ON_BAD_ROW", "BadRow", "BadRows", "check_bad_row_options"]

ON_BAD_ROW = ("error", "skip", "quarantine")
"""What may be done with a row that cannot be used."""

_LOG = logging.getLogger(__name__)
_KEPT = 1000
_IN_MEMORY = 1 << 20


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used, and why.

    Args:
        path: The file.
        line: Where the row begins, counted from 1.
        reason: What is wrong with it.

    Example:
        >>> print(BadRow("train.tsv", 3, "the label is empty."))
        train.tsv, line 3: the label is empty.
    """

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.reason}"


class BadRows:
    """The rows of one source that cannot be used.

    Each is logged as a warning and counted. Those set aside are written when the ``with`` block ends
    without an error: JSON lines with ``file``, ``line``, ``reason`` and the ``row`` itself, in an
    order and form that can be repaired and read again. No bad row, an empty file.

    Args:
        path: The source, for the reports.
        on_bad_row: ``"error"`` to raise at the first, ``"skip"`` or ``"quarantine"``.
        quarantine: The file for the rows that are set aside.
        report: Whether to log each.

    Attributes:
        count: How many there are.
        first: The first of them, 1,000 at most, so that memory does not grow.

    Example:
        >>> with BadRows("a.tsv", "skip", report=False) as bad:
        ...     bad.add(3, "the label is empty.", "a good film")
        >>> bad.count, bad.first[0].line
        (1, 3)
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "",
        on_bad_row: str = "error",
        quarantine: str | os.PathLike[str] | None = None,
        *,
        report: bool = True,
    ) -> None:
        check_bad_row_options(on_bad_row, quarantine)
        self.count = 0
        self.first: list[BadRow] = []
        self._path = path
        self._on_bad_row = on_bad_row
        self._quarantine = quarantine
        self._report = report
        self._aside: IO[bytes] | None = None

    def add(
        self,
        line: int,
        reason: str,
        row: str,
        cure: str = "",
        *,
        path: str | os.PathLike[str] | None = None,
    ) -> None:
        """Take note of a row that cannot be used.

        Args:
            line: Where it begins, counted from 1.
            reason: What is wrong, a sentence.
            row: The row as it stands in the file.
            cure: What to do, a sentence for the error.
            path: The file, if it is not the source itself.

        Raises:
            DataError: ``on_bad_row`` is ``"error"``.
        """
        place = self._path if path is None else path
        if self._on_bad_row == "error":
            raise DataError(f"{reason} {cure}".rstrip(), path=place, line=line)
        found = BadRow(str(place), line, reason)
        self.count += 1
        if self.count <= _KEPT:
            self.first.append(found)
        if self._report:
            _LOG.warning("%s", found)
        if self._aside is not None:
            entry = {"file": str(place), "line": line, "reason": reason, "row": row}
            self._aside.write(json.dumps(entry).encode("ascii") + b"\n")

    def none_is_good(self) -> DataError:
        """Return the error for a source all of whose rows are bad."""
        seen = f"all of its rows, {self.count}, are bad. The first: line {self.first[0].line}, "
        return DataError(seen + self.first[0].reason, path=self._path)

    def __enter__(self) -> BadRows:
        if self._on_bad_row == "quarantine":
            self._aside = tempfile.SpooledTemporaryFile(_IN_MEMORY)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        aside, self._aside = self._aside, None
        if aside is None or self._quarantine is None:
            return
        with aside:
            if kind is None:
                aside.seek(0)
                write_file(self._quarantine, lambda temporary: _copy(aside, temporary))


def check_bad_row_options(on_bad_row: str, quarantine: str | os.PathLike[str] | None) -> None:
    """Raise unless the options say together what is to be done.

    Raises:
        ArgumentError: They do not.

    Example:
        >>> check_bad_row_options("quarantine", "bad.jsonl")
    """
    require_choice("on_bad_row", on_bad_row, ON_BAD_ROW)
    if quarantine is not None and not isinstance(quarantine, str | os.PathLike):
        raise must_be("quarantine", "a path", quarantine)
    if (on_bad_row == "quarantine") != (quarantine is not None):
        raise must_be("quarantine", 'the path of a file if on_bad_row="quarantine", else None', quarantine)


def _copy(source: IO[bytes], path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)
