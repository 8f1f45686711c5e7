"""What stands between the columns of some lines, and whether their cells are quoted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from textclf.data.bad_rows import BadRows
from textclf.data.columns import is_header, is_label_like
from textclf.data.lines import plain_rows, quoted_rows

__all__ = ["common_width", "find_delimiter", "has_quoted_cells", "table_rows"]

_SOME = 0.5
_MOST = 0.8
_NEARLY_ALL = 0.95
_CODE = re.compile(r"[+-]?\d+|[A-Z][A-Z0-9_]+(?:[:./-]\w+)*")


def find_delimiter(lines: Sequence[str], *, labelled: bool) -> tuple[str, bool] | None:
    """Find what stands between columns.

    A tab is enough, as texts seldom have any. Commas and semicolons stand between columns if the rows
    are even and have a header, quotes, or labels at an end, or if a label stands before the first of
    them. A space does after labels that are all digits or capitals.

    Args:
        lines: The first of a file.
        labelled: Whether it should have labels.

    Returns:
        The delimiter and whether cells may be quoted; None if the lines have no columns.

    Example:
        >>> find_delimiter(["pos,good", "neg,bad"], labelled=True)
        (',', True)
        >>> find_delimiter(["DESC:manner How did it begin ?"], labelled=True)
        (' ', False)
    """
    full = [line for line in lines if line]
    if _share("\t" in line for line in full) > (_SOME if labelled else _NEARLY_ALL):
        return "\t", has_quoted_cells(lines, "\t")
    for delimiter in ",;":
        if _is_table(full, table_rows(lines, delimiter, quoted=True), labelled):
            return delimiter, True
        parts = [line.partition(delimiter) for line in full]
        has_labels = is_label_like([label for label, _, _ in parts])
        if (
            labelled
            and has_labels
            and len(parts) > 3
            and _share(bool(mark) for _, mark, _ in parts) >= _MOST
        ):
            return delimiter, False
    if labelled:
        parts = [line.partition(" ") for line in full]
        return (" ", False) if all(mark and _CODE.fullmatch(label) for label, mark, _ in parts) else None
    rows = table_rows(lines, ",", quoted=True)
    return (",", True) if is_header(rows) and len(rows[0]) == 1 else None


def has_quoted_cells(lines: Sequence[str], delimiter: str) -> bool:
    """Say whether quotes are marks around cells, and not part of the text.

    They are if all can be followed, and either one of the cells needs them or all cells of the first or
    the last column have them.

    Example:
        >>> has_quoted_cells(['1;"a; b"', '2;"c"'], ";"), has_quoted_cells(['1;"a" film'], ";")
        (True, False)
    """
    plain = table_rows(lines, delimiter, quoted=False)
    if not any(cell.startswith('"') for row in plain for cell in row):
        return False
    bad = BadRows("", "skip", report=False)
    quoted = [row for _, row in quoted_rows([list(lines)], delimiter, bad)]
    if bad.count > len(quoted) // 100:
        return False
    for at in (0, -1):
        below = [row[at] for row in plain[1:]] or [row[at] for row in plain]
        if all(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in below):
            return True
    needed = any(mark in cell for row in quoted for cell in row for mark in ('"', delimiter, "\n"))
    return needed and len({len(row) for row in quoted}) == 1


def table_rows(lines: Sequence[str], delimiter: str, *, quoted: bool) -> list[list[str]]:
    """Return the cells of the rows that can be followed.

    Example:
        >>> table_rows(["a,'b'", ""], ",", quoted=False)
        [['a', "'b'"]]
    """
    split = quoted_rows if quoted else plain_rows
    return [row for _, row in split([list(lines)], delimiter, BadRows("", "skip", report=False))]


def common_width(rows: Sequence[Sequence[str]]) -> int:
    """Return how many cells most of the rows have; 0 if there are no rows.

    Example:
        >>> common_width([["a", "b"], ["c", "d"], ["e"]])
        2
    """
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0


def _is_table(lines: Sequence[str], rows: Sequence[Sequence[str]], labelled: bool) -> bool:
    """Say whether rows are those of a table, and not sentences with commas in them."""
    width = len(rows[0]) if rows else 0
    even = [row for row in rows if len(row) == width]
    if width < 2 or len(even) <= _SOME * len(rows):
        return False
    if is_header(even):
        return True
    if len(even) < _MOST * len(rows):
        return False
    if _share(line.startswith('"') for line in lines) >= _SOME:
        return True
    ends = [[row[at] for row in even] for at in (0, -1)]
    return labelled and (any(map(is_label_like, ends)) or len(even) <= 3)


def _share(flags: Iterable[bool]) -> float:
    listed = list(flags)
    return sum(listed) / len(listed) if listed else 0.0
