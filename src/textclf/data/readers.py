"""From a file of labelled texts to two lists, with the file and line in every complaint."""

from __future__ import annotations

import codecs
import csv
import gzip
import os
import zlib
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from textclf.errors import DataError, MissingFileError, must_be, near_matches
from textclf.validation import require_bool, require_int, require_number

__all__ = ["LabelledTexts", "read_labelled"]

_GZIP_MAGIC = b"\x1f\x8b"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST_CELL = 2**31 - 1


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
        fraction = require_number("fraction", fraction, above=0, below=1)
        seed = require_int("seed", seed, at_least=0)
        require_bool("stratify", stratify)
        if len(self) < 2:
            raise must_be("texts", "two or more to be split", len(self))
        random = np.random.default_rng(seed)
        size = min(max(round(len(self) * fraction), 1), len(self) - 1)
        chosen: set[int] = set()
        if stratify:
            rows_of: dict[str, list[int]] = {}
            for row, label in enumerate(self.labels):
                rows_of.setdefault(label, []).append(row)
            sizes = _shares({label: len(rows) for label, rows in rows_of.items()}, size)
            if not any(sizes.values()):
                raise must_be(
                    "labels", "found more than once to be stratified", self.labels, "Pass stratify=False."
                )
            for label in sorted(rows_of):
                chosen.update(random.permutation(rows_of[label])[: sizes[label]].tolist())
        else:
            chosen.update(random.permutation(len(self))[:size].tolist())
        return self._take(i for i in range(len(self)) if i not in chosen), self._take(sorted(chosen))

    def _take(self, rows: Iterable[int]) -> LabelledTexts:
        kept = list(rows)
        return LabelledTexts([self.texts[i] for i in kept], [self.labels[i] for i in kept])


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
    r"""Read a file with one labelled text a line.

    Lines end with ``\n`` or ``\r\n`` and nothing else, so U+0085 or U+2028 inside a text stay text.
    A gzip file is known by its first bytes, and a byte order mark is dropped. Lines with no
    character at all are skipped. White space around a label is dropped; a text is kept as it is,
    an empty one too (see :attr:`LabelledTexts.num_empty`).

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
    encoding = _checked_encoding(encoding)
    _check_format(delimiter, header, quoted)
    _check_column("text", text, header)
    _check_column("label", label, header)
    path = Path(path)
    texts: list[str] = []
    labels: list[str] = []
    with closing(_lines(path, encoding)) as lines:
        rows = _quoted_rows(path, lines, delimiter) if quoted else _plain_rows(lines, delimiter)
        with closing(rows):
            start, first = next(rows, (1, None))
            if first is None:
                raise DataError("the file is empty.", path=path)
            names = [name.strip() for name in first] if header else []
            at_text = _position("text", text, names, path)
            at_label = _position("label", label, names, path)
            if at_text == at_label:
                raise must_be("label", "another column than `text`", label)
            rest_is_text = not header and not quoted and at_text > at_label
            width = at_text + 1 if rest_is_text else len(first)
            for number, cells in rows if header else chain([(start, first)], rows):
                if max(at_text, at_label) >= len(cells):
                    raise _too_short(path, number, cells, max(at_text, at_label), delimiter)
                surplus = max(len(cells) - width, 0)
                found = cells[at_label + (surplus if at_label > at_text else 0)].strip()
                if not found:
                    cure = "Give the line a label or remove it."
                    raise DataError(f"the label is empty. {cure}", path=path, line=number)
                labels.append(found)
                texts.append(delimiter.join(cells[at_text : at_text + surplus + 1]))
    if not texts:
        raise DataError("the file has a header and no rows.", path=path)
    return LabelledTexts(texts, labels)


def _too_short(path: Path, number: int, cells: list[str], column: int, delimiter: str) -> DataError:
    return DataError(
        f"column {column} (counted from 0) is missing: the line has only {len(cells)}. "
        f"Check the line, and whether {delimiter!r} is the `delimiter`.",
        path=path,
        line=number,
    )


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


def _plain_rows(lines: Iterable[str], delimiter: str) -> Generator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, start=1):
        bare = line.removesuffix("\n").removesuffix("\r")
        if bare:
            yield number, bare.split(delimiter)


def _quoted_rows(path: Path, lines: Iterable[str], delimiter: str) -> Generator[tuple[int, list[str]]]:
    """Yield each record with the number of the line on which it begins."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        start = 1
        try:
            for cells in reader:
                if cells:
                    yield start, cells
                start = reader.line_num + 1
        except csv.Error as error:
            raise DataError(
                f"the quotes cannot be followed in the record that begins here ({error}). "
                "Close the quotes, or pass quoted=False.",
                path=path,
                line=start,
            ) from None
    finally:
        csv.field_size_limit(before)


def _lines(path: Path, encoding: str) -> Generator[str]:
    r"""Yield the lines of a file with their ``\n``."""
    if not path.exists():
        raise MissingFileError("the file does not exist. Check the path.", path=path)
    if path.is_dir():
        raise DataError("this is a folder. Give the path of a file in it.", path=path)
    with path.open("rb") as plain:
        packed = plain.peek(2)[:2] == _GZIP_MAGIC
        with gzip.open(plain, "rb") if packed else plain as file:
            number = 0
            try:
                for number, line in enumerate(file, start=1):
                    content = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
                    yield content.decode(encoding)
            except UnicodeDecodeError as error:
                raise _undecodable(error, path, number) from None
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise DataError(f"the gzip file is damaged: {error}.", path=path, line=number + 1) from None


def _undecodable(error: UnicodeDecodeError, path: Path, number: int) -> DataError:
    content: bytes = error.object
    if number == 1 and content.startswith(_UTF16_MARKS):
        return DataError("the file is in UTF-16. Convert it to UTF-8.", path=path, line=1)
    cure = 'encoding="latin-1"' if error.encoding == "utf-8" else "another `encoding`"
    return DataError(
        f"byte {error.start + 1} of the line, 0x{content[error.start]:02x}, is not {error.encoding}. "
        f"Pass {cure} if that is what the file is in.",
        path=path,
        line=number,
    )


def _shares(counts: dict[str, int], size: int) -> dict[str, int]:
    """Share ``size`` rows among labels by largest remainder, leaving each label one row.

    ``size`` is below the sum of the counts, so that the first, rounded down, shares leave a row too.
    They are computed in whole numbers, so that no rounding of floats decides a tie.
    """
    total = sum(counts.values())
    shares = {label: count * size // total for label, count in counts.items()}
    by_remainder = sorted(counts, key=lambda label: (-(counts[label] * size % total), label))
    while (missing := size - sum(shares.values())) > 0:
        open_labels = [label for label in by_remainder if shares[label] < counts[label] - 1]
        if not open_labels:
            break
        for label in open_labels[:missing]:
            shares[label] += 1
    return shares
