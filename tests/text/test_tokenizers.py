from __future__ import annotations

import copy
import dataclasses
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.errors import ArgumentError, UnknownOptionError
from textclf.text import (
    TOKENIZERS,
    CharTokenizer,
    JiebaTokenizer,
    WhitespaceTokenizer,
    WordTokenizer,
    create_tokenizer,
    list_tokenizers,
    works_by_pieces,
)

CLASSES = {
    "char": CharTokenizer,
    "jieba": JiebaTokenizer,
    "whitespace": WhitespaceTokenizer,
    "word": WordTokenizer,
}


@pytest.fixture(params=sorted(CLASSES))
def name(request):
    return request.param


# What every registered tokenizer promises.


def test_all_are_registered():
    assert list_tokenizers() == sorted(CLASSES)
    assert {name: TOKENIZERS.get(name) for name in TOKENIZERS} == CLASSES


@pytest.mark.parametrize("text", ["", " ", "\n\t\x85\xa0\u3000\u2028"])
def test_no_text_gives_no_tokens(name, text):
    assert create_tokenizer(name)(text) == []


def test_tokens_are_plain_strings_in_order(name):
    tokens = create_tokenizer(name)("one 二 3")
    assert type(tokens) is list
    assert {type(token) for token in tokens} == {str}
    assert "".join(tokens) == "one二3"


@settings(deadline=None)
@given(text=st.text())
@pytest.mark.parametrize("which", sorted(CLASSES))
def test_any_text_gives_the_same_tokens_twice_and_no_blank_one(which, text):
    tokenizer = create_tokenizer(which)
    tokens = tokenizer(text)
    assert tokens == tokenizer(text)
    assert all(token and not token.isspace() for token in tokens)


@pytest.mark.parametrize(("bad", "cure"), [
    (None, "Turn missing texts into ''."),
    (float("nan"), "Turn missing texts into ''."),
    (["a", "b"], "Turn missing texts into ''."),
    (b"good film", "Decode the bytes first."),
])  # fmt: skip
def test_a_text_must_be_a_string(name, bad, cure):
    with pytest.raises(ArgumentError, match=f"^`text` must be a string. Received: .*{re.escape(cure)}$"):
        create_tokenizer(name)(bad)


def test_every_flag_must_be_a_boolean(name):
    for field in dataclasses.fields(CLASSES[name]):
        if isinstance(field.default, bool):
            with pytest.raises(ArgumentError, match=f"`{field.name}` must be True or False. Received: 1"):
                create_tokenizer(name, **{field.name: 1})


@pytest.mark.parametrize("bad", ["NFC", "nfkc", True, False, ""])
def test_normalize_is_checked(name, bad):
    with pytest.raises(ArgumentError, match=r"`normalize` must be 'NFKC' or None\. Received: "):
        create_tokenizer(name, normalize=bad)


def test_options_cannot_be_changed_later_or_given_by_place(name):
    with pytest.raises(dataclasses.FrozenInstanceError):
        create_tokenizer(name).lowercase = True
    with pytest.raises(TypeError):
        CLASSES[name](True)


def test_a_misspelt_option_gets_the_near_match(name):
    with pytest.raises(UnknownOptionError, match=r"Did you mean 'lowercase'\?"):
        create_tokenizer(name, lowercas=True)


def test_lowercase_and_normalize_do_what_they_say(name):
    plain = create_tokenizer(name, lowercase=False, normalize=None)
    assert "".join(plain("ＡbÀ")) == "ＡbÀ"
    assert "".join(create_tokenizer(name, lowercase=True, normalize=None)("ＡbÀ")) == "ａbà"
    assert "".join(create_tokenizer(name, lowercase=False, normalize="NFKC")("ＡbÀ")) == "AbÀ"
    assert "".join(create_tokenizer(name, lowercase=True, normalize="NFKC")("ＡbÀ")) == "abà"


def test_copies_are_equal_and_hash_alike(name):
    tokenizer = create_tokenizer(name)
    assert copy.deepcopy(tokenizer) == tokenizer
    assert hash(copy.deepcopy(tokenizer)) == hash(tokenizer)


# WhitespaceTokenizer and CharTokenizer.


def test_whitespace_splits_at_every_kind_of_space_and_nowhere_else():
    assert WhitespaceTokenizer()(" It's\ta<br />b\x85c\xa0d\u3000e\n") == [
        "It's",
        "a<br",
        "/>b",
        "c",
        "d",
        "e",
    ]
    assert WhitespaceTokenizer()("zero\u200bwidth") == ["zero\u200bwidth"]


def test_char_gives_code_points():
    assert CharTokenizer()("e\u0301 👍🏽") == ["e", "\u0301", "👍", "🏽"]
    assert CharTokenizer()("<b> 1２") == ["<", "b", ">", "1", "２"]


def test_char_keeps_white_space_if_asked():
    assert CharTokenizer(whitespace=True)(" a\n\u3000b") == [" ", "a", "\n", "\u3000", "b"]
    assert CharTokenizer(whitespace=True, normalize="NFKC")("\u3000") == [" "]


# WordTokenizer.


@pytest.mark.parametrize(("text", "expected"), [
    # English contractions, the Penn Treebank way.
    ("don't Won't CAN'T ain't", "do n't wo n't ca n't ai n't"),
    ("it's I'm we're they've he'd she'll", "it 's i 'm we 're they 've he 'd she 'll"),
    ("cannot cannots", "can not cannots"),
    ("they'd've mustn't've", "they 'd 've must n't 've"),
    ("don’t it´s ‘so’ don＇t", "do n't it 's ' so ' do n't"),
    ("must-don't don't-won't 3.5-isn't", "must-do n't do n't - wo n't 3.5-is n't"),
    ("_don't_ isn't好", "_ do n't _ is n't 好"),
    ("n't 't 's n't-x", "n't ' t 's n't - x"),
    # Other apostrophes and hyphens.
    ("o'clock O'Brien rock'n'roll y'all", "o'clock o'brien rock'n'roll y'all"),
    ("dogs' 'tis 'quoted' '90s", "dogs ' ' tis ' quoted ' ' 90s"),
    ("don'ts it'sy", "don'ts it'sy"),
    ("well-known 20-year-old -a b- - x--y", "well-known 20-year-old - a b - - x -- y"),
    # Numbers.
    ("3.5 1,000,000.50 2004. 1990s 3.5mm 10:30", "3.5 1,000,000.50 2004 . 1990s 3.5mm 10 : 30"),
    ("-5 +3 .5 $5 50% 10/10", "- 5 + 3 . 5 $ 5 50 % 10 / 10"),
    # Full stops.
    ("U.S. e.g. i.e., a.b Mr. Smith.", "u.s. e.g. i.e. , a . b mr . smith ."),
    ("wait... what.... ok..", "wait ... what ... . ok . ."),
    # Addresses.
    ("see http://a.com/b_c?d=1&e=2, (www.x.org).", "see http://a.com/b_c?d=1&e=2 , ( www.x.org ) ."),
    ("HTTPS://A.com/。好 www. http://", "https://a.com/ 。 好 www . http : / /"),
    ("me@site.com @user #fun", "me @ site . com @ user # fun"),
    # HTML and placeholders.
    ("one<br /><br />two<i>three</i>", "one two three"),
    ("Q&amp;A &lt;3 &lt;b&gt; &#8217;s", "q & a < 3 <b> 's"),
    ("<unk> <URL> <3 a<b", "<unk> <url> < 3 a < b"),
    # Full-width forms.
    ("Ｐｙｔｈｏｎ３，ｄｏｎ＇ｔ！", "python3 , do n't !"),
    # Other scripts.
    ("我爱New York。々", "我 爱 new york 。 々"),
    ("食べる カタカナー 한국어", "食 べる カタカナー 한국어"),
    ("हिन्दी می\u200cخواهم ไทยดี", "हिन्दी می\u200cخواهم ไทยดี"),
    ("naïve cafe\u0301 ÉCOLE", "naïve café école"),
    # Emoji.
    ("ok😀😀 👍🏽 ❤\ufe0f 👨\u200d👩\u200d👧 🇬🇧🇫🇷 1\ufe0f\u20e3",
     "ok 😀 😀 👍🏽 ❤\ufe0f 👨\u200d👩\u200d👧 🇬🇧 🇫🇷 1\ufe0f\u20e3"),
    # Signs, and what cannot be seen.
    ("!!?! *a* _b_ snake_case “q”", "! ! ? ! * a * _ b _ snake _ case “ q ”"),
    ("so\xadft a\x85b\x00c\u200bd\ufeffe \u0301", "soft a b c d e"),
])  # fmt: skip
def test_words(text, expected):
    assert WordTokenizer()(text) == expected.split(" ")


def test_words_keep_their_case_if_asked():
    assert WordTokenizer(lowercase=False)("DON'T You CANNOT It'S") == [
        "DO",
        "N'T",
        "You",
        "CAN",
        "NOT",
        "It",
        "'S",
    ]


def test_words_without_punctuation():
    tokenizer = WordTokenizer(punctuation=False)
    text = "Don't... (it's) 3.5/5 -- well-known, u.s. <url> www.x.org! 👍🏽 ★ _a_ $ 好。"
    kept = "do n't it 's 3.5 5 well-known u.s. <url> www.x.org 👍🏽 ★ a 好"
    assert tokenizer(text) == kept.split(" ")
    assert tokenizer("... !?") == []


def test_words_with_zeroed_digits():
    assert WordTokenizer(digits="zero")("In 1994, 3.5 mp3 ３ ٣") == [
        "in",
        "0000",
        ",",
        "0.0",
        "mp0",
        "0",
        "0",
    ]


@pytest.mark.parametrize("bad", ["drop", None, True, ["zero"]])
def test_digits_is_checked(bad):
    with pytest.raises(ArgumentError, match=r"`digits` must be 'keep' or 'zero'\. Received: "):
        WordTokenizer(digits=bad)


def test_words_leave_html_if_asked():
    assert WordTokenizer(strip_html=False)("a<br />&amp;") == ["a", "<", "br", "/", ">", "&", "amp", ";"]


# Working by pieces; test_cuts.py has the promise that no token changes.


@pytest.mark.parametrize(("tokenizer", "expected"), [
    (WordTokenizer(), True),
    (WhitespaceTokenizer(lowercase=True), True),
    (CharTokenizer(), False),
    (JiebaTokenizer(), False),
    (str.split, False),
    (lambda text: [text], False),
])  # fmt: skip
def test_which_work_by_pieces(tokenizer, expected):
    assert works_by_pieces(tokenizer) is expected


def test_a_class_that_changes_the_call_alone_does_not_work_by_pieces():
    class Backwards(WordTokenizer):
        def __call__(self, text, /):
            return super().__call__(text)[::-1]

    assert not works_by_pieces(Backwards())


def test_cleaned_is_what_is_split():
    assert WordTokenizer(digits="zero").cleaned("Ａ<br />1’S\xad ٣") == "a 0's 0"
    assert WordTokenizer(strip_html=False, lowercase=False).cleaned("Ａ&lt;") == "A&lt;"
    assert WhitespaceTokenizer(lowercase=True).cleaned("Ａ B") == "ａ b"
    assert CharTokenizer(normalize="NFKC").cleaned("Ａ B") == "A B"
