"""Where tokens stand in the text that they were taken from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from textclf.text.cleaning import straightened

__all__ = ["find_spans"]

_DIGIT = re.compile(r"\d")
_BETWEEN = re.compile(r"<[^<>]*>|[\W_]")
_AFTER = re.compile(rf"(?:{_BETWEEN.pattern})*+")


def find_spans(text: str, tokens: Sequence[str]) -> list[tuple[int, int]] | None:
    """Find the place of each token, whatever a tokenizer has done to case, accents, digits and width.

    Tokens are looked for in their order. Between two of them there may be signs, white space and what
    stands in angle brackets, but no letters or digits: where a word is left out, or a token is written
    otherwise than in the text, nothing is found rather than something wrong. The same holds for what
    follows the last one.

    Args:
        text: The text.
        tokens: All its tokens.

    Returns:
        Where each begins and ends, ``text[begin:end]``; or None if that cannot be said of all.

    Example:
        >>> find_spans("A <b>GOOD</b> film", ["a", "good", "film"])
        [(0, 1), (5, 9), (14, 18)]
        >>> find_spans("A good film", ["a", "film"]) is None
        True
    """
    plain, origin = _plain(text)
    spans: list[tuple[int, int]] = []
    place = 0
    for token in tokens:
        wanted = _plain(token)[0]
        while not plain.startswith(wanted, place):
            between = _BETWEEN.match(plain, place)
            if between is None:
                return None
            place = between.end()
        if not wanted or (spans and origin[place] < spans[-1][1]):
            return None
        begin, place = place, place + len(wanted)
        spans.append((origin[begin], origin[place - 1] + 1))
    return spans if _AFTER.fullmatch(plain, place) else None


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """Return a form that is the same before and after tokenizing, and where each character comes from."""
    if text.isascii():
        return _DIGIT.sub("0", text.lower()), range(len(text))
    forms = [_DIGIT.sub("0", unicodedata.normalize("NFKD", straightened(c)).casefold()) for c in text]
    return "".join(forms), [place for place, form in enumerate(forms) for _ in form]
