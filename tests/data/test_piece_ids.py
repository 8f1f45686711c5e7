from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textclf.data import piece_ids
from textclf.data.numbering import Numbering
from textclf.data.piece_ids import PieceIds
from textclf.text import Vocab, WhitespaceTokenizer, WordTokenizer

FRAGMENTS = st.sampled_from(
    ["a", "film", "film.", "well-made", "don't", "cannot", "can", ",", "...", "1,000", " ", "\n", "\x00", "\x00\x00",
     "fifteen-bytes--", "sixteen-bytes---", "seventeen-bytes--", "a" * 8, "a" * 9, "é" * 4, "é" * 8, "好片",
     "\ud800", "\u3000", "<br />", "www.x.org/a,b", "x" * 70, "y" * 300]
)  # fmt: skip
TEXTS = st.lists(FRAGMENTS, max_size=20).map("".join) | st.text(max_size=30)
BATCHES = st.lists(st.lists(TEXTS, min_size=1, max_size=5), min_size=1, max_size=4)
VOCAB = Vocab(["a", "film", "well-made", "\x00", "a\x00", "n't", "好", "fifteen-bytes", "x" * 70])
TOKENIZERS = [WordTokenizer(), WordTokenizer(punctuation=False), WhitespaceTokenizer()]


def check(encoder, tokenizer, batch, ids_of=VOCAB.encode):
    ids, lengths = encoder.encode(batch)
    tokens = [tokenizer(text) for text in batch]
    assert (ids.dtype, lengths.dtype) == (np.int32, np.int64)
    assert lengths.tolist() == list(map(len, tokens))
    assert ids.tolist() == ids_of([token for row in tokens for token in row]).tolist()


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=repr)
@settings(deadline=None)
@given(batches=BATCHES)
@example(batches=[["a", "a\x00", "a\x00\x00"], ["\x00", "", "aaaaaaa\x00 aaaaaaaa\x00 aaaaaaaa"]])
def test_the_ids_are_those_of_the_tokens(tokenizer, batches):
    encoder = PieceIds(tokenizer, VOCAB.encode)
    for batch in batches:
        check(encoder, tokenizer, batch)


@pytest.mark.parametrize("slot_bits", [1, 4])
@settings(deadline=None)
@given(batches=BATCHES)
def test_pieces_that_share_a_slot_stay_apart(slot_bits, batches):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(piece_ids, "_SLOT_BITS", slot_bits)
        encoder = PieceIds(TOKENIZERS[0], VOCAB.encode)
        for batch in batches:
            check(encoder, TOKENIZERS[0], batch)


@pytest.mark.parametrize(("limit", "value"), [("_MOST_PIECES", 10), ("_MOST_IDS", 10)])
def test_what_is_kept_is_limited(limit, value, monkeypatch):
    monkeypatch.setattr(piece_ids, limit, value)
    encoder = PieceIds(WordTokenizer(), VOCAB.encode)
    asked = []
    encoder._ids_of = lambda tokens: (asked.extend(tokens), VOCAB.encode(tokens))[1]
    for round_ in range(5):
        check(encoder, WordTokenizer(), [" ".join(f"word{round_}{letter}" for letter in "abcdefghijkl")])
        assert encoder._count <= 25
    check(encoder, WordTokenizer(), ["worda a film"])
    check(encoder, WordTokenizer(), ["a film"])
    assert asked.count("film") == 1


def test_each_piece_is_split_once():
    seen = []

    def ids_of(tokens):
        seen.extend(tokens)
        return VOCAB.encode(tokens)

    encoder = PieceIds(WhitespaceTokenizer(), ids_of)
    encoder.encode(["a film a " + "b" * 20, "film " + "b" * 20])
    encoder.encode(["film a c"])
    assert sorted(seen) == ["a", "b" * 20, "c", "film"]


def test_very_long_pieces_are_not_kept():
    encoder = PieceIds(WhitespaceTokenizer(), VOCAB.encode)
    check(encoder, WhitespaceTokenizer(), ["x" * 70 + " " + "y" * 64 + " " + "x" * 70])
    assert list(encoder._known) == [b"y" * 64]


@pytest.mark.parametrize("batch", [[""], ["", " ", "\n"], ["a"], ["", "a"], ["a", ""]])
def test_texts_without_tokens(batch):
    check(PieceIds(WordTokenizer(), VOCAB.encode), WordTokenizer(), batch)


def test_ids_can_be_exchanged():
    numbering = Numbering()
    encoder = PieceIds(WordTokenizer(), numbering.encode)
    texts = ["a good film", "don't film"]
    check(encoder, WordTokenizer(), texts, numbering.encode)
    encoder.exchange(VOCAB.encode(numbering.tokens), VOCAB.encode)
    check(encoder, WordTokenizer(), [*texts, "a well-made film, isn't it"])
