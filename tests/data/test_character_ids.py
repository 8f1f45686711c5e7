from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.data.character_ids import CharacterIds
from textclf.data.numbering import Numbering
from textclf.text import CharTokenizer, Vocab

SPACES = ["\t", "\n", "\x1c", "\x1f", " ", "\x85", "\xa0", "\u1680", "\u2028", "\u2029", "\u3000"]
TEXTS = st.text(
    st.sampled_from([*SPACES, "a", "B", "é", "e", "\u0301", "好", "Ａ", "😀", "\ud800", "\x00", "Σ"])
    | st.characters()
)
VOCAB = Vocab(["a", "b", "é", "好", " ", "\ud800", "\x00", "好片", "σ", "A"])
TOKENIZERS = [
    CharTokenizer(),
    CharTokenizer(whitespace=True),
    CharTokenizer(lowercase=True, normalize="NFKC"),
    CharTokenizer(lowercase=True, whitespace=True),
]


def check(encoder, tokenizer, batch, ids_of=VOCAB.encode):
    ids, lengths = encoder.encode(batch)
    tokens = [tokenizer(text) for text in batch]
    assert (ids.dtype, lengths.dtype) == (np.int32, np.int64)
    assert lengths.tolist() == list(map(len, tokens))
    assert ids.tolist() == ids_of([token for row in tokens for token in row]).tolist()


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=repr)
@settings(deadline=None, max_examples=50)
@given(batches=st.lists(st.lists(TEXTS, min_size=1, max_size=5), min_size=1, max_size=3))
def test_the_ids_are_those_of_the_tokens(tokenizer, batches):
    encoder = CharacterIds(tokenizer, VOCAB.encode)
    for batch in batches:
        check(encoder, tokenizer, batch)


@pytest.mark.parametrize("batch", [[""], ["", " "], [" ", ""], ["\u3000好\n", "", "a"]])
def test_texts_without_tokens(batch):
    for tokenizer in TOKENIZERS:
        check(CharacterIds(tokenizer, VOCAB.encode), tokenizer, batch)


def test_every_kind_of_white_space_is_left_out():
    check(CharacterIds(CharTokenizer(), VOCAB.encode), CharTokenizer(), ["a".join(SPACES), "".join(SPACES)])


def test_each_character_is_asked_for_once():
    seen = []

    def ids_of(tokens):
        seen.extend(tokens)
        return VOCAB.encode(tokens)

    encoder = CharacterIds(CharTokenizer(), ids_of)
    encoder.encode(["好 片", "片"])
    encoder.encode(["好a "])
    assert sorted(seen) == ["a", "好", "片"]


def test_ids_can_be_exchanged():
    numbering = Numbering()
    encoder = CharacterIds(CharTokenizer(), numbering.encode)
    check(encoder, CharTokenizer(), ["好 片", "a片"], numbering.encode)
    encoder.exchange(VOCAB.encode(numbering.tokens), VOCAB.encode)
    check(encoder, CharTokenizer(), ["好 片 a b", "z"])
