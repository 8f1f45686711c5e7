"""Files of labelled texts, one at a time or all at once, with the file and line in every complaint."""

from __future__ import annotations

import codecs
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, compress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from textclf.data.lines import line_blocks, plain_rows, quoted_rows
from textclf.data.splitting import set_aside
from textclf.errors import DataError, must_be, near_matches
from textclf.validation import require_bool

__all__ = ["LabelledFile", "LabelledTexts", "read_labelled"]


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and the label of each.

    Args:
        texts: The texts; an empty one is allowed.
        labels: As many labels, none of them empty.

    Raises:
        ArgumentError: The lists differ in length, or hold something other than strings.

    Example:
        >>> data = LabelledTexts(["good film", "bad film"], ["pos", "neg"])
        >>> len(data)
        2
    """

    texts: list[str]
    labels: list[str]

    def __post_init__(self) -> None:
        for name, values in [("texts", self.texts), ("labels", self.labels)]:
            if not isinstance(values, list):
                raise must_be(name, "a list of strings", values)
            for index, value in enumerate(values):
                if not isinstance(value, str):
                    raise must_be(f"{name}[{index}]", "a string", value)
        if len(self.texts) != len(self.labels):
            received = f"{len(self.texts)} texts and {len(self.labels)} labels"
            raise must_be("labels", "as many as the texts", received)
        if "" in self.labels:
            raise must_be(f"labels[{self.labels.index('')}]", "a label that is not empty", "")

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return zip(self.texts, self.labels, strict=True)

    @property
    def num_empty(self) -> int:
        """Number of texts that have nothing but white space."""
        return sum(not text.strip() for text in self.texts)

    def split(
        self, fraction: float, *, seed: int, stratify: bool = True
    ) -> tuple[LabelledTexts, LabelledTexts]:
        """Set a random part of the rows aside; both parts keep the order of the whole.

        With ``stratify``, each label gives the same share of its rows, rounded so that the part
        has the size asked for (largest remainders first), and keeps at least one row in the rest:
        a label with a single row is never set aside.

        Args:
            fraction: Share of the rows to set aside, in (0, 1).
            seed: Of the choice, 0 or more.
            stratify: Whether to take the same share of every label.

        Returns:
            The rest and the part, each with at least one row.

        Raises:
            ArgumentError: An argument cannot be used, or there are too few rows to split.

        Example:
            >>> data = LabelledTexts(list("abcdef"), ["x", "x", "x", "x", "y", "y"])
            >>> rest, part = data.split(0.5, seed=0)
            >>> rest.labels, part.labels
            (['x', 'x', 'y'], ['x', 'x', 'y'])
        """
        if len(self) < 2:
            raise must_be("texts", "two or more to be split", len(self))
        classes = None
        if require_bool("stratify", stratify):
            numbers = {label: number for number, label in enumerate(sorted(set(self.labels)))}
            classes = np.fromiter(map(numbers.__getitem__, self.labels), np.int32, len(self))
        chosen = set_aside(len(self), fraction, seed=seed, classes=classes)
        return self._where(~chosen), self._where(chosen)

    def _where(self, chosen: npt.NDArray[np.bool_]) -> LabelledTexts:
        rows = chosen.tolist()
        return LabelledTexts([*compress(self.texts, rows)], [*compress(self.labels, rows)])


@dataclass(frozen=True)
class LabelledFile:
    r"""A file with one labelled text a line, read anew each time that it is gone through.

    It gives pairs of a text and its label, one at a time, so that a file of any size takes no more
    memory than a small one.

    Lines end with ``\n`` or ``\r\n`` and nothing else, so U+0085 or U+2028 inside a text stay text.
    A gzip file is known by its first bytes, and a byte order mark is dropped. Lines with no
    character at all are skipped. White space around a label is dropped; a text is kept as it is,
    an empty one too.

    A line may have more delimiters than it should, and they are taken to be part of the text. How
    many columns there should be is told by the header; without one, by the first line; but if the
    text is the last column asked for, in a file that has neither header nor quotes, the text is all
    the rest of the line.

    Args:
        path: The file.
        text: Column of the text, counted from 0, or its name if there is a header.
        label: Column of the label, likewise.
        delimiter: What stands between columns.
        header: Whether the first line has the names of the columns.
        quoted: Whether cells may stand in double quotes, as in CSV files; such a cell may hold the
            delimiter, line ends and doubled quotes.
        encoding: Of the file.

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

    path: str | os.PathLike[str]
    text: int | str = field(kw_only=True)
    label: int | str = field(kw_only=True)
    delimiter: str = field(default="\t", kw_only=True)
    header: bool = field(default=False, kw_only=True)
    quoted: bool = field(default=False, kw_only=True)
    encoding: str = field(default="utf-8", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        object.__setattr__(self, "encoding", _checked_encoding(self.encoding))
        _check_format(self.delimiter, self.header, self.quoted)
        _check_column("text", self.text, self.header)
        _check_column("label", self.label, self.header)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield the texts and their labels in the order of the file.

        Raises:
            ArgumentError: A column has another name; with the near matches.
            DataError: The file cannot be read as described; with the line.
            MissingFileError: There is no such file. It is a ``FileNotFoundError`` too.
        """
        path = Path(self.path)
        delimiter = self.delimiter
        with closing(line_blocks(path, self.encoding)) as blocks, closing(self._rows(blocks)) as rows:
            start, first = next(rows, (1, None))
            if first is None:
                raise DataError("the file is empty.", path=path)
            at_text, at_label = self._columns(first)
            rest_is_text = not self.header and not self.quoted and at_text > at_label
            width = at_text + 1 if rest_is_text else len(first)
            last = max(at_text, at_label)
            number = 0
            for number, cells in rows if self.header else chain([(start, first)], rows):
                surplus = len(cells) - width
                if surplus <= 0:
                    if last >= len(cells):
                        raise self._too_short(number, cells, last)
                    text, found = cells[at_text], cells[at_label].strip()
                else:
                    text = delimiter.join(cells[at_text : at_text + surplus + 1])
                    found = cells[at_label + (surplus if at_label > at_text else 0)].strip()
                if not found:
                    cure = "Give the line a label or remove it."
                    raise DataError(f"the label is empty. {cure}", path=path, line=number)
                yield text, found
            if number == 0:
                raise DataError("the file has a header and no rows.", path=path)

    def _rows(self, blocks: Generator[list[str]]) -> Generator[tuple[int, list[str]]]:
        if self.quoted:
            return quoted_rows(Path(self.path), blocks, self.delimiter)
        return plain_rows(blocks, self.delimiter)

    def _columns(self, first: list[str]) -> tuple[int, int]:
        """Return the places of text and label; the first line may name them."""
        names = [name.strip() for name in first] if self.header else []
        at_text = _position("text", self.text, names, Path(self.path))
        at_label = _position("label", self.label, names, Path(self.path))
        if at_text == at_label:
            raise must_be("label", "another column than `text`", self.label)
        return at_text, at_label

    def _too_short(self, number: int, cells: list[str], column: int) -> DataError:
        return DataError(
            f"column {column} (counted from 0) is missing: the line has only {len(cells)}. "
            f"Check the line, and whether {self.delimiter!r} is the `delimiter`.",
            path=self.path,
            line=number,
        )


def read_labelled(
    path: str | os.PathLike[str],
    *,
    text: int | str,
    label: int | str,
    delimiter: str = "\t",
    header: bool = False,
    quoted: bool = False,
    encoding: str = "utf-8",
) -> LabelledTexts:
    r"""Read all of a file with one labelled text a line.

    :class:`LabelledFile` says what the arguments mean and what a line is, and reads a file that is
    larger than memory.

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
        ...     read_labelled(file, text=1, label=0)
        LabelledTexts(texts=['a good film', 'a bad one'], labels=['pos', 'neg'])
    """
    file = LabelledFile(
        path,
        text=text,
        label=label,
        delimiter=delimiter,
        header=header,
        quoted=quoted,
        encoding=encoding,
    )
    texts: list[str] = []
    labels: list[str] = []
    shared: dict[str, str] = {}  # one string for all the texts of a label
    for its, name in file:
        texts.append(its)
        labels.append(shared.setdefault(name, name))
    return LabelledTexts(texts, labels)


def _checked_encoding(encoding: str) -> str:
    """Return the encoding's own name, if the characters of ASCII are in it what they are there."""
    plain = bytes(range(128))
    try:
        name = codecs.lookup(encoding).name
        extends_ascii = plain.decode(name) == plain.decode("ascii")
    except UnicodeError:
        extends_ascii = False
    except (LookupError, TypeError):
        raise must_be("encoding", "the name of a text encoding", encoding) from None
    if not extends_ascii:
        raise must_be("encoding", "one that extends ASCII", encoding, "Convert the file to UTF-8.")
    return "utf-8" if name == "utf-8-sig" else name


def _check_format(delimiter: str, header: bool, quoted: bool) -> None:
    require_bool("header", header)
    require_bool("quoted", quoted)
    if not isinstance(delimiter, str) or not delimiter or set(delimiter) & set("\r\n"):
        raise must_be("delimiter", "a string without line ends", delimiter)
    if quoted and (len(delimiter) != 1 or delimiter == '"'):
        raise must_be("delimiter", "a single character, not a quote, if quoted=True", delimiter)


def _check_column(name: str, column: int | str, header: bool) -> None:
    if isinstance(column, str):
        if not header:
            cure = "Pass header=True if the first line names the columns."
            raise must_be(name, "a column's number for a file without a header", column, cure)
    elif isinstance(column, bool) or not isinstance(column, int) or column < 0:
        raise must_be(name, "a column's number, counted from 0, or its name", column)


def _position(name: str, column: int | str, names: list[str], path: Path) -> int:
    if isinstance(column, int):
        return column
    if column not in names:
        raise must_be(name, f"a column of {path}", column, near_matches(column, names))
    if names.count(column) > 1:
        raise must_be(name, f"the name of one column of {path}", column, "Pass the column's number.")
    return names.index(column)
