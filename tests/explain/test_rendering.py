from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from textclf.explain.rendering import Piece, html_of, pieces_of, terminal_text

NASTY = ["<script>alert(1)</script>", '" onmouseover="x', "&amp;", "' style='", "</div>", "<!--"]


class Reader(HTMLParser):
    """Collects the text, the tags and whether each that opens is closed."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.open = "", set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)
        assert {name for name, _ in attrs} <= {"style", "title"}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    assert reader.tags <= {"div", "span"}
    return reader.text


def texts(*arguments):
    return [piece.text for piece in pieces_of(*arguments)]


def test_the_text_as_it_was():
    text = "A  GOOD\nfilm."
    pieces = pieces_of(["a", "good", "film"], [0, 2, -1], text, [(0, 1), (3, 7), (8, 12)])
    assert "".join(piece.text for piece in pieces) == text
    assert [(piece.text, piece.strength) for piece in pieces if piece.score is not None] == [
        ("A", 0),
        ("GOOD", 4),
        ("film", -2),
    ]


def test_tokens_without_places():
    assert texts(["a", "good", "film"], [0, 0, 0]) == ["a", " ", "good", " ", "film"]
    assert texts(["很", "好", "，", "good", "片"], [0] * 5) == ["很", "好", "，", " ", "good", " ", "片"]
    assert texts([], []) == []
    assert texts(["", "a", ""], [0] * 3) == ["", " ", "a", " ", ""]


def test_noise_is_not_coloured():
    assert [piece.strength for piece in pieces_of(["a", "b"], [1e-7, -1e-8])] == [0, 0, 0]
    assert [piece.strength for piece in pieces_of(["a"], [0.0])] == [0]


def test_html_says_what_the_text_says_and_no_more():
    tokens = [*NASTY, "好"]
    page = html_of("<label>", pieces_of(tokens, [1.0, -1.0, 0.0, 0.5, -0.2, 1.0, 2.0]))
    assert read(page) == f"<label> for against{' '.join(tokens)}"
    assert (
        re.search(
            r"script|href|src=|url\(|http|@import",
            page.replace("&lt;script&gt;", "").replace("&lt;/script&gt;", ""),
        )
        is None
    )


@pytest.mark.parametrize(
    ("strength", "line"), [(1, "1px solid"), (4, "4px solid"), (-1, "1px dotted"), (-4, "4px dotted")]
)
def test_html_without_colours(strength, line):
    page = html_of("", [Piece("word", strength, 1.0)])
    assert f"border-bottom:{line} rgb(" in page.split("against</span>")[1]


def test_the_score_is_at_hand():
    assert '<span title="-0.30">word</span>' in html_of("", [Piece("word", 0, -0.3)])


def test_a_terminal_in_black_and_white():
    shown = terminal_text("head", [Piece("a", 2), Piece(" "), Piece("b", -2), Piece(" c")])
    assert shown.endswith("\x1b[48;5;153;38;5;16;4ma\x1b[0m \x1b[48;5;223;38;5;16;3mb\x1b[0m c\n")
    assert re.sub(r"\x1b\[[0-9;:]*m", "", shown) == "head for against\na b c\n"


@pytest.mark.parametrize("bad", ["\x1b[2J", "\x00", "\x9b31m", "\r", "\x7f", "\u202e", "\u2067", "\ud800"])
def test_what_would_do_harm_is_made_visible(bad):
    for show in (terminal_text, html_of):
        shown = show(f"h{bad}", pieces_of([f"x{bad}y"], [1.0]))
        assert bad not in re.sub(r"\x1b\[[0-9;:]*m", "", shown)
        assert shown.count("\ufffd") == 2
        shown.encode("utf-8")


def test_what_does_no_harm_stays():
    fine = "a\tb\n👩‍🚀 é 好 \xa0"
    assert read(html_of("", pieces_of([fine], [0.0]))).endswith(fine)
