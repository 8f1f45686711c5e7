"""Files of texts, with labels or without, text by text or whole, with file and line in every complaint."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from textclf.data.bad_rows import BadRows, check_bad_row_options
from textclf.data.file_format import FileFormat, check_options, checked_encoding
from textclf.data.labelled_texts import LabelledTexts
from textclf.data.recognition import recognise_format
from textclf.data.rows import Pair, pairs_of
from textclf.data.tables import is_table, labelled_table, table_texts
from textclf.errors import must_be

__all__ = ["LabelledFile", "TextFile", "read_labelled", "read_texts"]


@dataclass(frozen=True)
class _File:
    """What files of texts with labels and without have in common."""

    _labelled: ClassVar[bool] = True

    path: str | os.PathLike[str]
    text: int | str | None = field(default=None, kw_only=True)
    kind: str | None = field(default=None, kw_only=True)
    delimiter: str | None = field(default=None, kw_only=True)
    header: bool | None = field(default=None, kw_only=True)
    quoted: bool | None = field(default=None, kw_only=True)
    encoding: str = field(default="utf-8", kw_only=True)
    on_bad_row: str = field(default="error", kw_only=True)
    quarantine: str | os.PathLike[str] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.path, str | os.PathLike):
            raise must_be("path", "the path of a file or folder", self.path)
        object.__setattr__(self, "path", Path(self.path))
        object.__setattr__(self, "encoding", checked_encoding(self.encoding))
        check_bad_row_options(self.on_bad_row, self.quarantine)
        given = self._given()
        check_options(**given)

    @cached_property
    def format(self) -> FileFormat:
        """How the file is read: as given, or recognised by its beginning when this is first asked for.

        Raises:
            ArgumentError: A column has another name; with the near matches.
            DataError: The format cannot be told.
            MissingFileError: There is no such file. It is a ``FileNotFoundError`` too.
        """
        given = self._given()
        if given["kind"] == "delimited" and None not in given.values():
            return FileFormat(**given)
        if given["kind"] == "lines" and not self._labelled:  # so that a pipe, which is read once, will do
            return FileFormat("lines")
        return recognise_format(self.path, encoding=self.encoding, labelled=self._labelled, **given)

    @property
    def bad_rows(self) -> BadRows:
        """The rows that were left out when the file was last gone through, to its end or a part of it."""
        found: BadRows = self.__dict__.get("_bad_rows", BadRows())
        return found

    def _given(self) -> dict[str, Any]:
        """Return what is given of the format; all of it if the columns are given by number."""
        names = [f.name for f in fields(FileFormat) if f.name != "doubts"]
        given = {name: getattr(self, name, None) for name in names}
        columns = ("text", "label") if self._labelled else ("text",)
        if self.kind is None and all(type(given[name]) is int for name in columns):
            plain: dict[str, Any] = {"kind": "delimited", "delimiter": "\t"}
            plain |= dict.fromkeys(["header", "quoted", "multi_label"], False)
            given |= {name: value for name, value in plain.items() if given[name] is None}
        return given

    def _pairs(self) -> Generator[Pair]:
        bad = BadRows(self.path, self.on_bad_row, self.quarantine)
        self.__dict__["_bad_rows"] = bad
        with bad, closing(pairs_of(Path(self.path), self.format, self.encoding, bad)) as pairs:
            yield from pairs


@dataclass(frozen=True)
class LabelledFile(_File):
    r"""A file with one labelled text a line, read anew each time that it is gone through.

    It gives pairs of a text and its label, one at a time, so that a file of any size takes no more
    memory than a small one.

    With both columns given by number nothing is recognised: ``kind`` is then ``"delimited"``,
    ``delimiter`` a tab, and ``header`` and ``quoted`` false unless they are given. Otherwise what is
    not given is recognised by the beginning of the file, as :func:`recognise_format
    <textclf.data.recognition.recognise_format>` does; :attr:`format` says how.

    Lines end with ``\n`` or ``\r\n`` and nothing else, so U+0085 or U+2028 inside a text stay text.
    A gzip file is known by its first bytes, and a byte order mark is dropped. Lines with no
    character at all are skipped. White space around a label is dropped; a text is kept as it is,
    an empty one too.

    A line may have more delimiters than it should, and they are taken to be part of the text. How
    many columns there should be is told by the header; without one, by the first line; but if the
    text is the last column asked for, in a file that has neither header nor quotes, the text is all
    the rest of the line. Under a header a line may not have fewer columns.

    Args:
        path: The file; or a folder that has a folder for each class, with a file for each text.
        text: Column of the text, counted from 0, or its name if there is a header; for JSON lines the
            name of the key.
        label: Column of the label, likewise.
        kind: One of :data:`KINDS <textclf.data.file_format.KINDS>`.
        delimiter: What stands between columns.
        header: Whether the first line has the names of the columns.
        quoted: Whether cells may stand in double quotes, as in CSV files; such a cell may hold the
            delimiter, line ends and doubled quotes.
        multi_label: Whether a row may have several labels, so that each text comes with a list of
            them: several ``__label__`` words, or a JSON list as value or in the cell.
        encoding: Of the file.
        on_bad_row: What to do with a row that cannot be used: ``"error"``; ``"skip"`` to log it as a
            warning, with file, line and reason, count it in :attr:`bad_rows` and go on; or
            ``"quarantine"`` to write it to a file as well.
        quarantine: That file, written when the whole file has been gone through: JSON lines with
            ``file``, ``line``, ``reason`` and ``row``.

    Raises:
        ArgumentError: An argument cannot be used.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "train.tsv"
        ...     _ = path.write_text("pos\ta good film\nneg\ta bad one\n")
        ...     for text, label in LabelledFile(path, text=1, label=0):
        ...         print(f"{label}: {text}")
        pos: a good film
        neg: a bad one
    """

    label: int | str | None = field(default=None, kw_only=True)
    multi_label: bool | None = field(default=None, kw_only=True)

    def __iter__(self) -> Iterator[Pair]:
        """Yield the texts and their labels in the order of the file.

        Raises:
            ArgumentError: A column has another name; with the near matches.
            DataError: The file cannot be read as described; with the line.
            MissingFileError: There is no such file. It is a ``FileNotFoundError`` too.
        """
        return self._pairs()


@dataclass(frozen=True)
class TextFile(_File):
    r"""A file with one text a line, read anew each time that it is gone through; labels are left out.

    It gives one text at a time, in memory that does not grow. The arguments are those of
    :class:`LabelledFile`, and what is not given is recognised in the same way. Plain lines, of kind
    ``"lines"``, are texts as they are: a line without a character is an empty text.

    Raises:
        ArgumentError: An argument cannot be used.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "new.txt"
        ...     _ = path.write_text("a good film\n\nwell, a bad one\n")
        ...     print([*TextFile(path)])
        ['a good film', '', 'well, a bad one']
    """

    _labelled: ClassVar[bool] = False

    def __iter__(self) -> Iterator[str]:
        """Yield the texts in the order of the file.

        Raises:
            ArgumentError: A column has another name; with the near matches.
            DataError: The file cannot be read as described; with the line.
            MissingFileError: There is no such file. It is a ``FileNotFoundError`` too.
        """
        with closing(self._pairs()) as pairs:
            for text, _ in pairs:
                yield text


def read_labelled(
    source: str | os.PathLike[str] | Any,
    *,
    text: int | str | None = None,
    label: int | str | None = None,
    kind: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    quoted: bool | None = None,
    multi_label: bool | None = None,
    encoding: str = "utf-8",
    on_bad_row: str = "error",
    quarantine: str | os.PathLike[str] | None = None,
) -> LabelledTexts:
    r"""Read all of a file with one labelled text a line, or the columns of a table.

    With nothing but the path, format and columns are recognised; the result's ``format`` says how.
    :class:`LabelledFile` says what the arguments mean and what a line is, and reads a file that is
    larger than memory. A table is a data frame of pandas or polars or a data set of Hugging Face, or
    a mapping of names to columns; whose label names are used where it has them.

    Args:
        source: The file, a folder with a folder for each class, or a table.
        text: Column of the text, by number or name.
        label: Column of the label.
        kind: One of :data:`KINDS <textclf.data.file_format.KINDS>`; this and the next three, and the
            encoding, are for files only.
        delimiter: What stands between columns.
        header: Whether the first line has the names of the columns.
        quoted: Whether cells may stand in double quotes.
        multi_label: Whether a text may have several labels.
        encoding: Of the file.
        on_bad_row: ``"error"``, ``"skip"`` or ``"quarantine"``.
        quarantine: The file for bad rows that are set aside.

    Returns:
        The texts and their labels, in the order of the file.

    Raises:
        ArgumentError: An argument cannot be used; for a column's name, with the near matches.
        DataError: The file cannot be read as described; with the line.
        MissingFileError: There is no such file. It is a ``FileNotFoundError`` too.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "train.tsv"
        ...     _ = file.write_text("pos\ta good film\nneg\ta bad one\n")
        ...     read_labelled(file)
        LabelledTexts(texts=['a good film', 'a bad one'], labels=['pos', 'neg'])
    """
    form: dict[str, Any] = {"kind": kind, "delimiter": delimiter, "header": header, "quoted": quoted}
    rest: dict[str, Any] = {"text": text, "label": label, "multi_label": multi_label}
    rest |= {"on_bad_row": on_bad_row, "quarantine": quarantine}
    if is_table(source):
        for name, value in form.items():
            if value is not None:
                raise must_be(name, "left out for a table", value)
        return labelled_table(source, **rest)
    file = LabelledFile(source, encoding=encoding, **form, **rest)
    texts: list[str] = []
    labels: list[Any] = []
    shared: dict[str, str] = {}  # one string for all the texts of a label
    for its, names in file:
        texts.append(its)
        one = isinstance(names, str)
        labels.append(shared.setdefault(names, names) if one else [*map(shared.setdefault, names, names)])
    return LabelledTexts(texts, labels, format=file.format, bad_rows=file.bad_rows)


def read_texts(
    source: str | os.PathLike[str] | Any, *, text: int | str | None = None, **options: Any
) -> list[str]:
    r"""Read all texts of a file or of a column of a table, and leave labels out.

    Args:
        source: The file or table, as for :func:`read_labelled`.
        text: Column of the text, by number or name.
        **options: Those of :class:`TextFile`; for a table, ``on_bad_row`` and ``quarantine``.

    Returns:
        The texts, in the order of the file.

    Raises:
        ArgumentError: An argument cannot be used; for a column's name, with the near matches.
        DataError: The file cannot be read as described; with the line.
        MissingFileError: There is no such file. It is a ``FileNotFoundError`` too.

    Example:
        >>> read_texts({"id": [1, 2], "review": ["a good film", "a bad one"]})
        ['a good film', 'a bad one']
    """
    if is_table(source):
        return table_texts(source, text=text, **options)
    return [*TextFile(source, text=text, **options)]
