"""Tables in plain text whose columns line up, wide characters included."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["aligned_table", "display_width"]


def display_width(text: str) -> int:
    """Return how many columns a text takes in a terminal.

    Wide and full-width characters take two columns and combining marks none (Unicode Standard
    Annex 11, "East Asian Width"); characters of ambiguous width take one.

    Example:
        >>> display_width("sport"), display_width("体育"), display_width("e" + chr(0x301))
        (5, 4, 1)
    """
    width = 0
    for character in text:
        if unicodedata.category(character) not in ("Mn", "Me", "Cf"):
            width += 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
    return width


def aligned_table(rows: Sequence[Sequence[str]], *, gap: int = 2) -> str:
    r"""Lay out rows of cells so that the columns line up: the first to the left, the others to the right.

    Args:
        rows: The cells, row by row. Rows may differ in length; an empty row becomes an empty line.
        gap: Spaces between two columns.

    Returns:
        The lines, without spaces at their ends. Control characters in a cell, such as a line
        break, are written as escapes.

    Example:
        >>> print(aligned_table([["", "f1"], ["sport", "0.9"], ["体育", "0.75"]]))
                 f1
        sport   0.9
        体育   0.75
    """
    cells = [["".join(map(_printable, cell)) for cell in row] for row in rows]
    columns = max((len(row) for row in cells), default=0)
    widths = [max(display_width(row[i]) for row in cells if i < len(row)) for i in range(columns)]
    lines = []
    for row in cells:
        padded = []
        for i, cell in enumerate(row):
            spaces = " " * (widths[i] - display_width(cell))
            padded.append(cell + spaces if i == 0 else spaces + cell)
        lines.append((" " * gap).join(padded).rstrip())
    return "\n".join(lines)


def _printable(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs"):
        return character.encode("unicode_escape").decode("ascii")
    return character
