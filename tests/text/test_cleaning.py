from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textclf.errors import ArgumentError
from textclf.text.cleaning import checked_form, checked_text, plain_form, straightened, strip_html

TAG_PARTS = st.sampled_from(
    ["<br />", "<br/>", "<br", "br />", " />", "<", ">", "<a", "<i>", "<!--", "-->", " ", "x"]
)


@pytest.mark.parametrize(
    "text", ["<a " * 100_000, "<!--" * 50_000, "&a" * 100_000, "&#" * 100_000, "<" * 200_000]
)
def test_hostile_html_ends(text):
    assert strip_html(text) == text


@pytest.mark.parametrize(("text", "expected"), [
    ("a<br />b<br>c<BR/>d", "a b c d"),
    ("<p class='x'>one</p>\n<a\nhref=\"u\">two</a>", " one \n two "),
    ("<h1>t</h1><!DOCTYPE html><!-- note -->x", " t   x"),
    ("<3 a < b > c <url> <UNK> <brown> </3> <>", "<3 a < b > c <url> <UNK> <brown> </3> <>"),
    ("cut <br", "cut <br"),
    ("&amp; &lt;b&gt; &quot;&#39;&#x27;&nbsp;&eacute;&ngE;", "& <b> \"''\xa0é≧̸"),
    ("&amp;lt;", "&lt;"),
    ("AT&T R&D; &copy2 &notit; ?a=1&reg=2 &unknown; &", "AT&T R&D; &copy2 &notit; ?a=1&reg=2 &unknown; &"),
    ("&#0;&#x110000;&#9999999;", "\ufffd\ufffd\ufffd"),
    ("", ""),
])  # fmt: skip
def test_strip_html(text, expected):
    assert strip_html(text) == expected


def test_straightened():
    assert straightened("don’t ‘so’ it´s ʼn‛ “q” so\xadft") == "don't 'so' it's 'n' “q” soft"
    assert straightened("plain 'text'") == "plain 'text'"


@settings(deadline=None)
@given(text=st.lists(TAG_PARTS, max_size=10).map("".join))
@example(text="<a <br />>")
@example(text="<!--<br />-->")
@example(text="<<br />br />")
def test_the_commonest_tag_is_no_special_case(text):
    # The same text with another tag of the same kind, which has no short way.
    assert strip_html(text) == strip_html(text.replace("br", "hr")).replace("hr", "br")


@pytest.mark.parametrize(("text", "lowercase", "normalize", "expected"), [
    ("Ａb", False, None, "Ａb"),
    ("Ａb", True, None, "ａb"),
    ("Ａb", True, "NFKC", "ab"),
    ("AB", True, "NFKC", "ab"),
    ("", True, "NFKC", ""),
    ("ΑΣ ΑΣΑ", True, None, "ας ασα"),
])  # fmt: skip
def test_plain_form(text, lowercase, normalize, expected):
    assert plain_form(text, lowercase, normalize) == expected


@pytest.mark.parametrize("bad", ["NFC", "", True, 0])
def test_the_form_is_checked(bad):
    assert checked_form(None) is None
    with pytest.raises(ArgumentError, match=r"`normalize` must be 'NFKC' or None\. Received: "):
        checked_form(bad)


@pytest.mark.parametrize(("bad", "cure"), [
    (None, "Turn missing texts into ''."),
    (b"good film", "Decode the bytes first."),
])  # fmt: skip
def test_the_text_is_checked(bad, cure):
    with pytest.raises(ArgumentError, match=f"^`text` must be a string. Received: .*{re.escape(cure)}$"):
        checked_text(bad)
