"""What tokenizers do to a text before they split it."""

from __future__ import annotations

import html.entities
import re
import unicodedata
from typing import Literal

from textclf.errors import must_be

__all__ = ["Form", "checked_form", "checked_text", "plain_form", "straightened", "strip_html"]

Form = Literal["NFKC"] | None
"""Which Unicode normal form a text is brought into, if any."""

# The element names of HTML (WHATWG living standard), with the old ones that scraped pages still hold.
_ELEMENTS = (
    "a|abbr|acronym|address|area|article|aside|audio|b|base|basefont|bdi|bdo|big|blockquote|body|br|button|"
    "canvas|caption|center|cite|code|col|colgroup|data|datalist|dd|del|details|dfn|dialog|dir|div|dl|dt|em|"
    "embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr|html|i|"
    "iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|marquee|menu|meta|meter|nav|nobr|noscript|"
    "object|ol|optgroup|option|output|p|param|picture|pre|progress|q|rp|rt|ruby|s|samp|script|search|section|"
    "select|slot|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|"
    "tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video|wbr"
)
_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?=[\s/>])[^<>]*>|<!--[^<>]*-->|<!doctype[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def checked_text(text: str) -> str:
    """Return ``text``, or raise unless it is a string.

    Raises:
        ArgumentError: It is anything else.

    Example:
        >>> checked_text("a film")
        'a film'
    """
    if not isinstance(text, str):
        cure = "Decode the bytes first." if isinstance(text, bytes) else "Turn missing texts into ''."
        raise must_be("text", "a string", text, cure)
    return text


def checked_form(normalize: Form) -> Form:
    """Return ``normalize``, or raise unless it is a normal form that tokenizers know.

    Raises:
        ArgumentError: It is neither ``"NFKC"`` nor None.

    Example:
        >>> checked_form("NFKC")
        'NFKC'
    """
    if normalize is not None and normalize != "NFKC":
        raise must_be("normalize", "'NFKC' or None", normalize)
    return normalize


def plain_form(text: str, lowercase: bool, normalize: Form) -> str:
    """Apply the options that all tokenizers share.

    Example:
        >>> plain_form("Ｇｏｏｄ", True, "NFKC")
        'good'
    """
    if normalize is not None and not text.isascii():
        text = unicodedata.normalize(normalize, text)
    return text.lower() if lowercase else text


def strip_html(text: str) -> str:
    """Put a space for each HTML tag and comment, and the character for each HTML entity.

    Only the names of HTML elements make a tag, so ``a < b``, ``<3`` and ``<url>`` stay. An entity needs its
    semicolon and is replaced once: ``&amp;lt;`` becomes ``&lt;``. Tags go before entities are replaced.

    Example:
        >>> strip_html("Good.<br />Q&amp;A &lt;3 &#8211; <url>")
        'Good. Q&A <3 – <url>'
    """
    if "<" in text:
        # Scraped reviews have this tag and no other; where no "<" is left, its plain replacement is right.
        without_breaks = text.replace("<br />", " ")
        text = _TAG.sub(" ", text) if "<" in without_breaks else without_breaks
    if "&" in text:
        text = _ENTITY.sub(_character, text)
    return text


def straightened(text: str) -> str:
    """Write the apostrophe in one way, and take out soft hyphens.

    This comes before compatibility forms are made plain, which would tear ``´`` into a space and an accent.

    Example:
        >>> straightened("don’t, it´s, ‘so’")
        "don't, it's, 'so'"
    """
    if text.isascii():
        return text
    for quote in "‘’‛ʼ´":
        text = text.replace(quote, "'")
    return text.replace("\xad", "")


def _character(entity: re.Match[str]) -> str:
    """Return the character of an entity, or the entity as it is if there is no such one."""
    name = entity[0][1:]
    if name[0] == "#":
        return html.unescape(entity[0])
    return html.entities.html5.get(name, entity[0])
