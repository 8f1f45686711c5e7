from __future__ import annotations

import copy
import dataclasses
import logging
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.errors import ArgumentError, MissingDependencyError, UnknownNameError, UnknownOptionError
from textclf.text import (
    TOKENIZERS,
    CharTokenizer,
    JiebaTokenizer,
    WhitespaceTokenizer,
    WordTokenizer,
    create_tokenizer,
    list_tokenizers,
    tokenizer_config,
    tokenizer_from_config,
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


def test_the_description_makes_an_equal_tokenizer(name):
    for options in ({}, {"lowercase": True, "normalize": None}, {"lowercase": False, "normalize": "NFKC"}):
        tokenizer = create_tokenizer(name, **options)
        config = tokenizer_config(tokenizer)
        assert config["name"] == name
        assert config.items() >= options.items()
        assert tokenizer_from_config(config) == tokenizer
        assert tokenizer_from_config(config, custom=tokenizer) == tokenizer


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


# JiebaTokenizer.


def test_jieba_segments():
    assert JiebaTokenizer()("我爱北京天安门，　3.5分 Good") == [
        "我",
        "爱",
        "北京",
        "天安门",
        ",",
        "3.5",
        "分",
        "Good",
    ]


def test_jieba_without_the_markov_model_leaves_unknown_words_in_characters():
    text = "他来到了网易杭研大厦"
    assert "杭研" in JiebaTokenizer()(text)
    assert JiebaTokenizer(hmm=False)(text)[-3:] == ["杭", "研", "大厦"]


def test_jieba_does_not_use_the_words_a_program_added():
    import jieba

    before = JiebaTokenizer()("石墨烯电影")
    jieba.setLogLevel(logging.WARNING)
    try:
        jieba.add_word("石墨烯电影", freq=10**6)
        assert jieba.lcut("石墨烯电影") == ["石墨烯电影"]
        assert JiebaTokenizer()("石墨烯电影") == before != ["石墨烯电影"]
    finally:
        jieba.del_word("石墨烯电影")
        jieba.setLogLevel(logging.DEBUG)


def test_jieba_is_silent_and_loaded_only_when_asked_for():
    script = (
        "import sys\n"
        "from textclf.text import JiebaTokenizer\n"
        "assert 'jieba' not in sys.modules\n"
        "assert JiebaTokenizer()('好看的电影') == ['好看', '的', '电影']\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_jieba_missing_names_the_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(MissingDependencyError, match=re.escape("pip install 'textclf-torch[zh]'")):
        create_tokenizer("jieba")


# create_tokenizer, tokenizer_config and tokenizer_from_config.


def test_a_callable_is_returned_as_it_is():
    def letters(text: str) -> list[str]:
        return list(text)

    assert create_tokenizer(letters) is letters
    tokenizer = WordTokenizer(lowercase=False)
    assert create_tokenizer(tokenizer) is tokenizer


def test_a_wrong_name_gets_the_near_match():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'word'\?"):
        create_tokenizer("words")


@pytest.mark.parametrize("bad", [None, 3, ["word"], WordTokenizer, list])
def test_neither_a_name_nor_a_callable(bad):
    with pytest.raises(ArgumentError, match="`tokenizer` must be a registered name or a callable"):
        create_tokenizer(bad)


def test_a_class_gets_the_cure():
    with pytest.raises(ArgumentError, match=r"Call the class first\.$"):
        create_tokenizer(WordTokenizer)


def test_options_do_not_go_with_a_callable():
    with pytest.raises(UnknownOptionError, match="options must come with the name of a tokenizer"):
        create_tokenizer(str.split, lowercase=True)


def test_the_description_of_a_function_is_custom():
    assert tokenizer_config(str.split) == {"name": "custom"}
    assert tokenizer_from_config({"name": "custom"}, custom=str.split) is str.split


def test_a_subclass_is_custom_because_its_name_would_not_bring_it_back():
    class Louder(WordTokenizer):
        pass

    assert tokenizer_config(Louder()) == {"name": "custom"}


def test_the_description_names_every_option():
    assert tokenizer_config(WordTokenizer(digits="zero")) == {
        "name": "word",
        "lowercase": True,
        "punctuation": True,
        "digits": "zero",
        "strip_html": True,
        "normalize": "NFKC",
    }


def test_a_custom_tokenizer_must_be_given_again():
    with pytest.raises(
        ArgumentError, match="`tokenizer` must be given, since a function of your own was used"
    ):
        tokenizer_from_config({"name": "custom"})


def test_another_tokenizer_than_the_saved_one_is_refused():
    with pytest.raises(ArgumentError, match="`tokenizer` must be left out, since WordTokenizer"):
        tokenizer_from_config({"name": "word"}, custom=str.split)


@pytest.mark.parametrize("bad", [{}, {"lowercase": True}, {"name": 3}, None, "word", ["word"]])
def test_a_description_needs_a_name(bad):
    with pytest.raises(
        ArgumentError, match="`config` must be a description of a tokenizer with its 'name'"
    ):
        tokenizer_from_config(bad)


def test_a_description_is_checked_like_a_call():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'word'\?"):
        tokenizer_from_config({"name": "wrod"})
    with pytest.raises(UnknownOptionError, match="`punct` must be an option of tokenizer 'word'"):
        tokenizer_from_config({"name": "word", "punct": True})
    with pytest.raises(ArgumentError, match="`digits` must be"):
        tokenizer_from_config({"name": "word", "digits": "drop"})


def test_the_description_does_not_change_and_is_not_kept():
    config = {"name": "word", "lowercase": False}
    tokenizer_from_config(config)
    assert config == {"name": "word", "lowercase": False}
