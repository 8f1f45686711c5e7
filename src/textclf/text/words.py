r"""What a word is: the pattern behind :class:`textclf.text.WordTokenizer`, and the cleaning before it.

The pattern is built from named pieces. Its repetitions are possessive (``++``, ``*+``) or end at a
place that an earlier piece has found, so that its time is linear in the length of the text.
"""

from __future__ import annotations

import functools
import html.entities
import re
import unicodedata

__all__ = ["straightened", "strip_html", "word_pattern"]

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

# Chinese characters, with the iteration mark and the zero that are written among them.
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# Characters that are not seen and separate nothing that is: controls, direction marks, byte order marks.
_UNSEEN = "\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_EMOJI = "\u231a\u231b\u23e9-\u23fa\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff"


def strip_html(text: str) -> str:
    """Put a space for each HTML tag and comment, and the character for each HTML entity.

    Only the names of HTML elements make a tag, so ``a < b``, ``<3`` and ``<url>`` stay. An entity needs its
    semicolon and is replaced once: ``&amp;lt;`` becomes ``&lt;``. Tags go before entities are replaced.

    Example:
        >>> strip_html("Good.<br />Q&amp;A &lt;3 &#8211; <url>")
        'Good. Q&A <3 – <url>'
    """
    if "<" in text:
        text = _TAG.sub(" ", text)
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


@functools.cache
def word_pattern(*, punctuation: bool = True, shortcuts: bool = True) -> re.Pattern[str]:
    """Return the compiled pattern whose only group is the next token of a text.

    Args:
        punctuation: Match punctuation and symbols too. Emoji are matched either way.
        shortcuts: Try the commonest cases first, which changes no token and takes a third of the time.

    Example:
        >>> word_pattern().findall("it's well-known: 3.5")
        ['it', "'s", 'well-known', ':', '3.5']
    """
    marks = _marks()
    letter = rf"[^\W_{_HAN}]"
    run = rf"(?:{letter}++[{marks}]*+)++"
    unit = rf"(?:\d++(?:[.,]\d++)++(?:{run})?+|{run})"
    ending = rf"(?:[sSmMdD]|[rR][eE]|[vV][eE]|[lL][lL])(?!{letter})"
    negation = rf"[nN]'[tT](?!{letter})"
    alternatives = [
        rf"[cC][aA][nN](?=[nN][oO][tT](?!{letter}))",
        r"(?:https?://|www\.)[!#-;=?-~]*[\w/=&#%~+-]",
        r"(?:[A-Za-z]\.){2,}+",
        # A word, unless it ends in the n of n't; then n't itself, or the word up to there.
        rf"(?>{unit}(?:-{unit}|'(?!{ending}|[tT](?!{letter})){unit})*)(?!(?<=[nN])'[tT](?!{letter}))",
        negation,
        rf"{letter}(?:{letter}|[{marks}'-]|[.,](?=\d))*?(?={negation})",
        rf"'{ending}",
        rf"[{_HAN}][{marks}]*+",
        r"<[A-Za-z]++>",
        r"[\U0001f1e6-\U0001f1ff]{2}",
    ]
    if shortcuts:
        alternatives.insert(1, r"[a-zA-Z]++(?=[\s,;!?)\"]|\.(?:\s|\Z))")
    if shortcuts and punctuation:
        alternatives.insert(2, r"[,;!?()\"](?![^\x00-\x7f])|\.(?=\s)")
    symbol = rf"(?:[^\w\s{_UNSEEN}{marks}]|_)" if punctuation else rf"[{_EMOJI}]"
    if punctuation:
        alternatives += [r"\.\.\.", "--"]
    alternatives.append(rf"{symbol}[{marks}]*+(?:(?<=\u200d){symbol}[{marks}]*+)*+")
    # One leading space saves a failed try at most tokens; any number would make long runs quadratic.
    return re.compile(rf"\s?+({'|'.join(alternatives)})")


def _marks() -> str:
    """Return, for use in a character class, what belongs to the character before it.

    These are the combining marks, the two zero-width joiners, the skin tones and the tags of emoji.
    """
    ranges = ["\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"]
    start = None
    for code in range(0x300, 0x1FFFF):
        marked = unicodedata.category(chr(code))[0] == "M"
        if marked and start is None:
            start = code
        elif not marked and start is not None:
            ranges.append(f"{chr(start)}-{chr(code - 1)}")
            start = None
    return "".join(ranges)
