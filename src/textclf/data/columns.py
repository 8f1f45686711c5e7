"""Which of the columns of a table are the text and the label, by their names or by what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textclf.errors import must_be, near_matches

__all__ = [
    "LABEL_NAMES",
    "TEXT_NAMES",
    "Choice",
    "choose_columns",
    "is_header",
    "is_label_like",
    "name_or_number",
]

# fmt: off
TEXT_NAMES = (
    "text", "texts", "sentence", "sentences", "content", "review", "document", "doc", "comment",
    "tweet", "message", "question", "query", "utterance", "passage", "article", "post", "body",
    "abstract", "description", "headline", "title",
)
# fmt: on
"""Names that say that a column is the text, the surest first."""

# fmt: off
LABEL_NAMES = (
    "label", "labels", "class", "classes", "category", "categories", "target", "targets", "sentiment",
    "topic", "topics", "intent", "emotion", "emotions", "polarity", "tag", "tags", "y", "rating",
    "stars", "score",
)
# fmt: on
"""Names that say that a column is the label, the surest first."""

_NAME = re.compile(r"[^\W\d][\w./#()-]*(?: [\w./#()-]+){0,2}")
_NUMBER = re.compile(r"\s*[+-]?\d+(?:\.\d*)?\s*")
_LONGEST_NAME = 40
_LONGEST_LABEL = 100


@dataclass(frozen=True)
class Choice:
    """The columns of text and label, counted from 0, None for those that cannot be told.

    Args:
        text: Column of the text.
        label: Column of the label.
        others: Columns that could be the label just as well.
    """

    text: int | None
    label: int | None = None
    others: tuple[int, ...] = ()

    def doubts(self, what: str, names: Sequence[str]) -> tuple[str, ...]:
        """Say in a sentence which other columns could be the label; nothing if there are none.

        Args:
            what: The word for a column.
            names: Of the columns, or empty if they have none.

        Example:
            >>> Choice(2, 0, (1,)).doubts("column", [])[0]
            'column 0 is taken for the label; it could be 1. Pass label= to say which.'
        """
        if self.label is None or not self.others:
            return ()
        shown = ", ".join(repr(name_or_number(names, number)) for number in self.others)
        taken = f"{what} {name_or_number(names, self.label)!r} is taken for the label"
        return (f"{taken}; it could be {shown}. Pass label= to say which.",)


def name_or_number(names: Sequence[str], column: int) -> int | str:
    """Return the name of a column if it has one of its own, else its number.

    Example:
        >>> name_or_number(["text", ""], 0), name_or_number(["text", ""], 1)
        ('text', 1)
    """
    name = names[column] if column < len(names) else ""
    return name if name and names.count(name) == 1 else column


def choose_columns(
    names: Sequence[str],
    columns: Sequence[Sequence[str]],
    *,
    text: int | None = None,
    label: int | None = None,
    labelled: bool = True,
) -> Choice:
    """Choose the columns of text and label.

    A known name decides. Without one the text is the column with the longest values, and the label the
    one with few different values; of several such, the first or the last column.

    Args:
        names: Of the columns, or empty if they have none.
        columns: The values of each column, for some of the rows.
        text: Column of the text if it is given.
        label: That of the label.
        labelled: Whether a label is looked for.

    Example:
        >>> choose_columns([], [["pos", "neg"], ["a good film", "a bad film"]])
        Choice(text=1, label=0, others=())
    """
    folded = [name.strip().casefold() for name in names]
    if text is None:
        text = _known(folded, TEXT_NAMES, label)
    if labelled and label is None:
        label = _known(folded, LABEL_NAMES, text)
    if text is None:
        text = _longest(columns, label, labelled)
    if not labelled or label is not None or text is None:
        return Choice(text, label)
    others = [number for number in range(len(columns)) if number != text]
    few = [number for number in others if is_label_like(columns[number])]
    likely = few if few or len(others) > 1 else others
    if not likely:
        return Choice(text)
    ends = [number for number in (0, len(columns) - 1) if number in likely]
    label = (ends or likely)[0]
    return Choice(text, label, tuple(number for number in likely if number != label))


def column_number(what: str, column: int | str, names: Sequence[str], path: Path) -> int:
    """Return the place of a column that is given by number or name.

    Raises:
        ArgumentError: No column, or more than one, has that name; with the near matches.

    Example:
        >>> column_number("text", "review", ["stars", "review"], Path("a.csv"))
        1
    """
    if isinstance(column, int):
        return column
    if column not in names:
        raise must_be(what, f"a column of {path}", column, near_matches(column, names))
    if names.count(column) > 1:
        raise must_be(what, f"the name of one column of {path}", column, "Pass the column's number.")
    return names.index(column)


def is_label_like(values: Sequence[str]) -> bool:
    """Say whether a column has short values, not empty, most of which occur more than once.

    Example:
        >>> is_label_like(["pos", "neg", "pos", "neg"]), is_label_like(["a", "b", "c", "d"])
        (True, False)
    """
    if not values or max(map(len, values)) > _LONGEST_LABEL or not all(map(str.strip, values)):
        return False
    return len(set(values)) <= max(1, len(values) // 2)


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether the first of the rows has the names of the columns.

    It has if all of its cells could be names, and one of them is a known name that does not occur again
    in its column, or stands over a column of numbers.

    Example:
        >>> is_header([["label", "text"], ["pos", "a good film"]])
        True
        >>> is_header([["pos", "a good film"], ["neg", "a bad film"]])
        False
    """
    if not rows:
        return False
    first = [cell.strip() for cell in rows[0]]
    if len(set(first)) < len(first):
        return False
    if not all(len(cell) <= _LONGEST_NAME and _NAME.fullmatch(cell) for cell in first if cell):
        return False
    if sum(map(bool, first)) < max(1, len(first) - 1):  # pandas leaves the name of its index empty
        return False
    known = {*TEXT_NAMES, *LABEL_NAMES}
    for at, name in enumerate(first):
        below = [row[at].strip() for row in rows[1:] if at < len(row)]
        if name.casefold() in known and name not in below:
            return True
        if name and below and all(map(_NUMBER.fullmatch, below)):
            return True
    return False


def _known(names: Sequence[str], known: Sequence[str], taken: int | None) -> int | None:
    for name in known:
        if names.count(name) == 1 and names.index(name) != taken:
            return names.index(name)
    return None


def _longest(columns: Sequence[Sequence[str]], label: int | None, labelled: bool) -> int | None:
    """Return the column of the longest values that are not numbers.

    Of two columns, one with far fewer different values is the label, however long.
    """
    others = [number for number in range(len(columns)) if number != label]
    if labelled and label is None and len(columns) == 2:
        kinds = [len(set(values)) for values in columns]
        if min(kinds) * 4 <= max(kinds):
            return kinds.index(max(kinds))
    words = [n for n in others if not all(map(_NUMBER.fullmatch, columns[n]))]
    sizes = {number: sum(map(len, columns[number])) for number in words or others}
    return max(sizes, key=lambda number: (sizes[number], -number), default=None)
