from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textclf.text.cuts import white_space_pieces, word_pieces
from textclf.text.tokenizers import WhitespaceTokenizer, WordTokenizer

# Fragments that meet in every combination: the edges of each rule of the tokenizers and of the cuts.
FRAGMENTS = st.sampled_from(
    ["don't", "n't", "N'T", "'t", "'s", "'", "’", "´", "can", "cannot", "not", "CANNOT", "U.S.", "e.g", ".g.",
     "www.", "WWW.", "ww", "http", "http://", "https://", "://", ":/", "//", "x/y", "3.5", "1,000", ",5", "3,",
     "7", ",", ".", "..", "...", "-", "--", "_", "a", "n", "good", "Film", "fi", "Ä", "e\u0301", "\u0301",
     "好", "々", "한국어", "カナ", "می\u200cخواهم", "½", "٣", "\ud800", "Σ", "ΣΑΣ", "İ", "ŉ", "\ufb01",
     "😀", "👍🏽", "👨\u200d👩", "🇬🇧", "❤\ufe0f", "\u200d", "\ufe0f", "\u20e3", "\U000e0041",
     "<url>", "<br />", "<br", "<i>", "</", "<!--", "-->", "<", ">", "&amp;", "&#60;", "&nbsp;", "&",
     "!", "?", "(", ")", '"', ";", ":", "/", "*", "$", "%", "#", "=", "+", "[", "]", "{", "|", "\\", "^", "~",
     "`", "@", " ", "\n", "\r\n", "\t", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680",
     "\u2028", "\u2029", "\u3000", "\x00", "\x01", "\x7f", "\xad", "\u200b", "\ufeff"]
)  # fmt: skip
TEXTS = st.lists(FRAGMENTS, max_size=12).map("".join) | st.text()
WORDS = [
    WordTokenizer(),
    WordTokenizer(punctuation=False),
    WordTokenizer(lowercase=False, strip_html=False, normalize=None),
    WordTokenizer(lowercase=False, digits="zero"),
    WordTokenizer(strip_html=False, normalize=None, punctuation=False),
]
SPACES = [WhitespaceTokenizer(), WhitespaceTokenizer(lowercase=True, normalize="NFKC")]


def pieces(tokenizer, text):
    """Return the pieces of one text."""
    data = f"\n{tokenizer.cleaned(text)}\n".encode("utf-8", "surrogatepass")
    starts, ends = tokenizer.pieces(data)
    assert (starts < ends).all()
    assert (ends[:-1] <= starts[1:]).all()
    return [
        data[start:end].decode("utf-8", "surrogatepass") for start, end in zip(starts, ends, strict=True)
    ]


@pytest.mark.parametrize("tokenizer", WORDS + SPACES, ids=repr)
@settings(deadline=None)
@given(text=TEXTS)
@example(text="1,000 1,a a,1 ,1 1, x,,y 3.5,4 don,5n't an't,5n't 5,5n't")
@example(text="The end. Mr. U.S. a.b. ab. 3.5. it's. x.ab. x.y.ab. www.x.com. http://a.b/c,d;e!. ok.\x1c")
@example(text="(http://a,b) see,www.a;b xhttp://c?d wwww.e;f ww;w w/o :/ ://;g ht;tp://h;i")
@example(text="😀\u200d,! ;\u0301 ,\ufe0f !\u20e3 a\u200d;b \u0301,\u0301")
@example(text='<url>! "<b>" &amp;amp; <!-- , --> a_b__c cannot, CANNOT! can;not')
def test_the_tokens_of_the_pieces_are_those_of_the_text(tokenizer, text):
    tokens, counts = tokenizer.tokens_of(pieces(tokenizer, text))
    assert tokens == tokenizer(text)
    assert sum(counts) == len(tokens)


@settings(deadline=None)
@given(texts=st.lists(TEXTS, max_size=5))
def test_texts_do_not_meet_across_a_line_feed(texts):
    for tokenizer in (WORDS[0], SPACES[0]):
        joined = "\n".join(tokenizer.cleaned(text) for text in texts)
        data = f"\n{joined}\n".encode("utf-8", "surrogatepass")
        starts, ends = tokenizer.pieces(data)
        together = [data[start:end] for start, end in zip(starts, ends, strict=True)]
        alone = itertools.chain.from_iterable(pieces(tokenizer, text) for text in texts)
        assert together == [piece.encode("utf-8", "surrogatepass") for piece in alone]


@pytest.mark.parametrize(("text", "expected"), [
    ("", ""),
    (" \n\x1c\x1f\t", ""),
    ("film, film; (film) \"film\" film.", "film , film ; ( film ) \" film \" film ."),
    ("3.5, 1,000 x,5 5,x", "3.5, 1,000 x ,5 5, x"),
    ("U.S. i.e. Mr. a. it's. 5. é. ok.) ...", "U.S. i.e. Mr . a. it's. 5. é. ok. ) ..."),
    ("see http://a.com/b;c, www.x;y. a;b", "see http://a.com/b;c, www.x;y. a ; b"),
    ("é,é a,é é,a ;\u0301", "é,é a ,é é, a ;\u0301"),
    ("well-made don't <url>", "well-made don't <url>"),
    ("a\x85b\xa0c\u3000d\x00", "a\x85b\xa0c\u3000d\x00"),
])  # fmt: skip
def test_word_pieces(text, expected):
    data = f"\n{text}\n".encode()
    starts, ends = word_pieces(data)
    found = [data[start:end].decode() for start, end in zip(starts, ends, strict=True)]
    assert found == [piece for piece in expected.split(" ") if piece]


def test_white_space_pieces():
    data = " a, b.\x1fc\x1cd\u3000e\x85 \x00\n".encode()
    starts, ends = white_space_pieces(b"\n" + data)
    found = [(b"\n" + data)[start:end].decode() for start, end in zip(starts, ends, strict=True)]
    assert found == ["a,", "b.", "c", "d\u3000e\x85", "\x00"]
    assert all(bounds.dtype == "int64" and len(bounds) == 0 for bounds in white_space_pieces(b"\n\n"))


@pytest.mark.parametrize("text", ["www." * 50_000, "://" * 60_000, "ww" * 100_000, "w/" * 100_000])
def test_hostile_repetition_ends(text):
    # Looking for the end of the same address from each of its parts would take hours here.
    assert "".join(pieces(WordTokenizer(), text)) == text
