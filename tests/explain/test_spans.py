from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.explain.spans import find_spans
from textclf.text import CharTokenizer, JiebaTokenizer, WhitespaceTokenizer, WordTokenizer


def found(text, tokenizer):
    spans = find_spans(text, tokenizer(text))
    return None if spans is None else [text[begin:end] for begin, end in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n", []),
        ("A GOOD Film!", ["A", "GOOD", "Film", "!"]),
        ("I don’t, it´s so", ["I", "do", "n’t", ",", "it", "´s", "so"]),
        ("so <br /><b class='film'>film</b>", ["so", "film"]),
        ("Ｇｏｏｄ１！", ["Ｇｏｏｄ１", "！"]),
        ("café cafe\u0301 ΣΑΣ İstanbul Straße", ["café", "cafe\u0301", "ΣΑΣ", "İstanbul", "Straße"]),
        ("这部电影 好看", list("这部电影好看")),
        ("한국어 영화", ["한국어", "영화"]),
        ("cannot 👍🏽 a\xadb", ["can", "not", "👍🏽", "a\xadb"]),
        ("a\x85b", ["a", "b"]),
    ],
)
def test_words(text, expected):
    assert found(text, WordTokenizer()) == expected


def test_other_tokenizers():
    assert found("A  b\u3000好片", WhitespaceTokenizer()) == ["A", "b", "好片"]
    assert found("A 好\n片", CharTokenizer(whitespace=True)) == ["A", " ", "好", "\n", "片"]
    assert found("这部电影很好看！Ａ", JiebaTokenizer()) == ["这部", "电影", "很", "好看", "！", "Ａ"]
    assert found("In 1999, 10/10", WordTokenizer(digits="zero", punctuation=False)) == [
        "In",
        "1999",
        "10",
        "10",
    ]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a good film", ["a", "film"]),  # a word left out
        ("good films", ["good", "film", "x"]),  # one that is not there
        ("Q&amp;A", ["q", "&", "a"]),  # an entity
        ("½", ["1", "⁄", "2"]),  # several tokens of one character
        ("a b", ["b", "a"]),
        ("a", ["a", ""]),
    ],
)
def test_rather_nothing_than_something_wrong(text, tokens):
    assert find_spans(text, tokens) is None


@given(st.text(max_size=60))
def test_any_text(text):
    for tokenizer in (WordTokenizer(), WhitespaceTokenizer(), CharTokenizer()):
        tokens = tokenizer(text)
        spans = find_spans(text, tokens)
        if spans is not None:
            assert len(spans) == len(tokens)
            places = [place for span in spans for place in span]
            assert places == sorted(places)
            assert all(begin < end <= len(text) for begin, end in spans)


def test_a_long_text_takes_linear_time():
    text = "<" * 100_000 + "good " * 100_000
    spans = find_spans(text, ["<"] * 100_000 + ["good"] * 100_000)
    assert spans is not None
    assert spans[-1] == (599_995, 599_999)
