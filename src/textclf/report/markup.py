"""HTML and SVG in which every text is escaped, since nothing but these functions writes it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence

from textclf.explain.rendering import visible

__all__ = ["Html", "facts", "join", "label", "note", "table", "tag"]


class Html(str):
    """A piece of finished HTML; any other string is text, and escaped where it is put into one."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: object) -> Html:
    """Return an element of HTML or SVG.

    Args:
        name: Of the element.
        *children: What is in it: :class:`Html` as it is, and anything else as text.
        **attributes: With ``class_`` for ``class`` and ``font_size`` for ``font-size``. Numbers are cut to
            two decimals, and what is None is left out.

    Example:
        >>> print(tag("p", "1 < 2", tag("b", 3), class_="x", hidden=None))
        <p class="x">1 &lt; 2<b>3</b></p>
    """
    written = [
        f' {key.strip("_").replace("_", "-")}="{_text(value)}"'
        for key, value in attributes.items()
        if value is not None
    ]
    return Html(f"<{name}{''.join(written)}>{join(children)}</{name}>")


def join(parts: Iterable[object]) -> Html:
    """Put parts side by side: :class:`Html` as it is, and anything else as text."""
    return Html("".join(part if isinstance(part, Html) else _text(part) for part in parts))


def label(name: object) -> Html:
    """Return a label, whose direction of writing does not turn around what stands beside it."""
    return tag("bdi", name)


def note(*children: object) -> Html:
    """Return a paragraph that explains something, in a smaller hand."""
    return tag("p", *children, class_="note")


def facts(pairs: Mapping[str, object]) -> Html:
    """Return names and what they are, one a line."""
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs.items()]
    return tag("dl", *rows, class_="facts")


def table(head: Sequence[object], rows: Iterable[Sequence[object]], *, texts: int = 1) -> Html:
    """Return a table that scrolls by itself where the page is narrow.

    Args:
        head: The names of the columns.
        rows: The cells.
        texts: How many columns, from the left, are of text; the others are of numbers.
    """

    def line(cells: Sequence[object], kind: str) -> Html:
        return tag(
            "tr", *(tag(kind, cell, class_=None if i < texts else "num") for i, cell in enumerate(cells))
        )

    body = tag("tbody", *(line(row, "td") for row in rows))
    return tag("div", tag("table", tag("thead", line(head, "th")), body), class_="scroll")


def _text(value: object) -> str:
    if isinstance(value, float):
        value = f"{value:.2f}".rstrip("0").rstrip(".")
        value = "0" if value == "-0" else value
    return html.escape(visible(str(value)), quote=True)
