"""What all pictures share: the empty figure, the colours, and labels that can be read."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

from textclf.errors import MissingDependencyError
from textclf.metrics.table import display_width
from textclf.validation import require_number

__all__ = ["COLOURS", "LINES", "MARKERS", "Labels", "add_note", "new_figure", "readable"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
"""Colours that the colour-blind tell apart (Okabe and Ito 2008), without their yellow."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", ":", "-.")

_WIDEST = 24  # columns of text in one line of a label
_MOST_LINES = 3


class Labels(NamedTuple):
    """Names as they can be drawn.

    Attributes:
        shown: One for each name: itself, cut to three lines, or its number where no font can draw it.
        fonts: The families of fonts to draw them with, in this order.
        note: What the numbers stand for, or None.
    """

    shown: list[str]
    fonts: list[str]
    note: str | None


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of a size in inches.

    Raises:
        ArgumentError: The size is no size.
        MissingDependencyError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError:
        raise MissingDependencyError(
            "Drawing needs matplotlib. Install it with: pip install 'textclf-torch[plots]'."
        ) from None
    size = (require_number("width", width, at_least=2), require_number("height", height, at_least=1))
    return Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08), dpi=120)


def readable(names: Sequence[object]) -> Labels:
    """Return names as they can be drawn with the fonts that are installed.

    Where none has a name's characters, all names become numbers, and a note says so: a row of empty
    boxes helps nobody.
    """
    from matplotlib import font_manager, rcParams

    shown = _told_apart([_cut(str(name)) for name in names])
    fonts = list(rcParams["font.family"])
    missing = set("".join(shown)) - {"\n"} - _characters_of(_default_font(fonts))
    if not missing:
        return Labels(shown, fonts, None)
    known = sorted(font_manager.fontManager.ttflist, key=lambda font: (font.style != "normal", font.name))
    for font in known:
        if "last resort" not in font.name.lower() and missing <= _characters_of(font.fname):
            return Labels(shown, [*fonts, font.name], None)
    note = f"1 to {len(shown)}: the labels in order. No font that is installed has all of their characters."
    return Labels([str(number) for number in range(1, len(shown) + 1)], fonts, note)


def add_note(figure: Any, note: str | None) -> None:
    """Write a note under the picture, if there is one."""
    if note is not None:
        width = max(30, int(figure.get_figwidth() * 14))
        figure.supxlabel(textwrap.fill(note, width), fontsize="small", color="0.35")


def _default_font(fonts: list[str]) -> str:
    from matplotlib import font_manager

    return str(font_manager.findfont(font_manager.FontProperties(family=fonts)))


def _characters_of(path: str) -> set[str]:
    from matplotlib.ft2font import FT2Font

    try:
        return set(map(chr, FT2Font(path).get_charmap()))
    except (OSError, RuntimeError):  # a font that cannot be opened has none
        return set()


def _cut(name: str) -> str:
    """Break a long name into lines, and leave a part out if they are too many."""
    plain = (
        "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in name).replace("$", r"\$").strip()
    )
    lines = textwrap.wrap(plain, _WIDEST) or ["(empty)"]
    if any(display_width(line) > _WIDEST for line in lines):  # wide characters, which have no spaces
        half = _WIDEST // 2
        lines = [plain[start : start + half] for start in range(0, len(plain), half)]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"… {lines[-1]}"]
    return "\n".join(lines)


def _told_apart(names: list[str]) -> list[str]:
    """Number those names that have become equal."""
    return [
        f"{name} ({place})" if names.count(name) > 1 else name for place, name in enumerate(names, start=1)
    ]
