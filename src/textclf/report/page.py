"""A page that is one file: its parts under headings, its style, and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textclf.report.markup import Html, join, tag
from textclf.report.style import STYLE

__all__ = ["Section", "page", "tiles"]

# Nothing is loaded and no script runs, even if a browser were told to by what stands in the page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Args:
        title: Its heading, and its name in the list of contents.
        body: What is in it.
    """

    title: str
    body: Html


def page(title: str, sections: Sequence[Section], *, lead: Html | None = None) -> str:
    """Return a page of HTML that needs no other file, no script and no network.

    It is light or dark as the reader's system is, and fit for a narrow screen and for paper.

    Args:
        title: Of the page.
        sections: Its parts.
        lead: What stands above them.

    Example:
        >>> shown = page("A & B", [Section("One", tag("p", "text"))])
        >>> shown.startswith("<!doctype html>"), "A &amp; B" in shown
        (True, True)
    """
    names = [f"part-{number}" for number in range(1, len(sections) + 1)]
    pairs = list(zip(names, sections, strict=True))
    links = [tag("a", its.title, href=f"#{name}") for name, its in pairs]
    parts = [tag("section", tag("h2", its.title), its.body, id=name) for name, its in pairs]
    head = [
        Html('<meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        tag("title", title),
        tag("style", Html(STYLE)),
    ]
    top = tag("header", tag("h1", tag("bdi", title)), Html("") if lead is None else lead)
    body = [top, tag("nav", *links, aria_label="Contents"), tag("main", *parts)]
    lines = [f"<head>\n{chr(10).join(head)}\n</head>", f"<body>\n{chr(10).join(body)}\n</body>"]
    return f'<!doctype html>\n<html lang="en">\n{chr(10).join(lines)}\n</html>\n'


def tiles(pairs: Sequence[tuple[str, str, str]]) -> Html:
    """Return the few numbers that matter most, large.

    Args:
        pairs: Of each its name, the number, and a word about it, which may be empty.
    """
    found = [
        tag("div", tag("span", name), tag("b", number), tag("small", more), class_="tile")
        for name, number, more in pairs
    ]
    return tag("div", join(found), class_="tiles")
