from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textclf.text.words import word_pattern

# Pieces that meet in every combination: the edges of each rule of the pattern.
PIECES = st.sampled_from(
    ["don't", "n't", "N'T", "'t", "'s", "'re", "'", "’", "can", "cannot", "not", "U.S.", "e.g", "www.",
     "http://", "x/y", "3.5", "1,000", "1990s", "7", ".", ",", "...", "-", "--", "_", "a", "n", "good",
     "Ä", "e\u0301", "\u0301", "好", "々", "한국어", "カナ", "हिन्दी", "می\u200cخواهم", "½", "٣", "\ud800",
     "😀", "👍🏽", "👨\u200d👩", "🇬🇧", "❤\ufe0f", "\u200d", "<url>", "<", ">", "!", "?", ")", '"',
     " ", "\n", "\x85", "\u3000", "\x00", "\u200b"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text()

UNSEEN = re.compile("[\\s\x00-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


@pytest.mark.parametrize("punctuation", [True, False])
@settings(deadline=None)
@given(text=TEXTS)
@example(text="3.5-don't-won't n't-don't 'n't' _isn't_ 1,2n't a-n't好n't")
@example(text="!\ufe0f ,\u0301 .\u0301 a.\u0301 ok.\n end. U.S. www. a. b, can, http, ok...")
def test_shortcuts_change_nothing(punctuation, text):
    quick = word_pattern(punctuation=punctuation)
    plain = word_pattern(punctuation=punctuation, shortcuts=False)
    assert quick.findall(text) == plain.findall(text)


def is_attached(character: str) -> bool:
    """Say whether a character belongs to the one before it, and may be lost where there is none."""
    return (
        unicodedata.category(character)[0] == "M"
        or character in "\u200c\u200d"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


@settings(deadline=None)
@given(TEXTS)
@example("3.5-don't-won't n't-don't 'n't' _isn't_ 1,2n't a-n't好n't")
def test_no_visible_character_is_lost_or_moved(text):
    found = "".join(word_pattern().findall(text))
    seen = UNSEEN.sub("", text)
    assert [c for c in found if not is_attached(c)] == [c for c in seen if not is_attached(c)]


@settings(deadline=None)
@given(TEXTS)
def test_no_token_is_empty_or_holds_white_space(text):
    for punctuation in (True, False):
        for token in word_pattern(punctuation=punctuation).findall(text):
            assert token
            assert not UNSEEN.search(token)


@settings(deadline=None)
@given(TEXTS)
def test_without_punctuation_only_words_numbers_and_emoji_remain(text):
    for token in word_pattern(punctuation=False).findall(text):
        assert any(
            c.isalnum() or unicodedata.category(c) in ("So", "Sk", "Cn") or ord(c) > 0x25FF for c in token
        )


HOSTILE = [
    "a" * 200_000, "a-" * 100_000, "a'" * 100_000, "n't-" * 50_000, "don't" * 40_000, "x-n't" * 40_000,
    "1," * 100_000, "1.1" * 60_000, "http://" + "." * 200_000, "www." * 50_000, "a.b." * 50_000,
    "a\u0301" * 100_000, "😀\u200d" * 100_000, "n'" * 100_000 + "t", "'" * 200_000, "<a" * 100_000,
    " " * 200_000 + "\x00", " \x00" * 100_000, "a" + " " * 200_000, "can" * 70_000, "cannot" * 30_000
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:6]))
def test_hostile_repetition_ends(text):
    # A pattern that backtracks would need hours here, not a part of a second.
    assert "".join(word_pattern().findall(text)) == text.replace(" ", "").replace("\x00", "")
