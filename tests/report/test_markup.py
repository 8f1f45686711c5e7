from __future__ import annotations

import pytest

from textclf.report.markup import Html, facts, join, label, note, table, tag

NASTY = ["<script>alert(1)</script>", "&amp;", "</p>", "<!--", "'\"", "]]>"]


@pytest.mark.parametrize("text", NASTY)
def test_text_is_escaped_wherever_it_stands(read, text):
    for made in (
        tag("p", text),
        tag("p", tag("b", text)),
        note(text),
        label(text),
        facts({text: text}),
        table([text], [[text]]),
        join([text]),
    ):
        assert set(read(made).text) == set(text)
        assert "<script" not in made
    assert tag("p", title=text).count("<") == 2


def test_html_is_not_escaped_twice():
    assert tag("p", tag("b", "&")) == "<p><b>&amp;</b></p>"
    assert join([Html("<b></b>"), "<b>"]) == "<b></b>&lt;b&gt;"


def test_an_f_string_of_html_is_text_again():
    assert tag("p", f"{tag('b', 'x')}") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


def test_attributes():
    made = tag("a", class_="x", aria_label="y", z=None, w=1.0, v=2.256, u=-0.001)
    assert made == '<a class="x" aria-label="y" w="1" v="2.26" u="0"></a>'


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\u202e", "\u2067", "\ud800"])
def test_what_would_do_harm_is_made_visible(bad):
    made = tag("p", f"a{bad}b", title=bad)
    assert bad not in made
    assert made.count("\ufffd") == 2
    made.encode("utf-8")


@pytest.mark.parametrize("fine", ["体育", "مباشر", "👩‍🚀", "a\tb\nc"])
def test_what_does_no_harm_stays(read, fine):
    assert read(tag("p", fine)).text == fine


def test_numbers_stand_to_the_right():
    made = table(["a", "b"], [["x", 1]])
    assert '<td>x</td><td class="num">1</td>' in made
    assert table(["a", "b"], [["x", "y"]], texts=2).count('class="num"') == 0
