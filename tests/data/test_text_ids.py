from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.data import text_ids
from textclf.data.inputs import truncated
from textclf.data.text_ids import TextReader
from textclf.errors import ArgumentError
from textclf.text import CharTokenizer, Vocab, WhitespaceTokenizer, WordTokenizer

VOCAB = Vocab(["a", "good", "film", "好", "."])
TOKENIZERS = [WordTokenizer(), WhitespaceTokenizer(), CharTokenizer(), str.split]
TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "film.", "good", "好", "don't"]), max_size=9)
    | st.text(st.sampled_from("ag .好\n"), max_size=30),
    max_size=9,
)


@pytest.fixture(params=[0, 10**9], ids=["many", "few"])
def few(request, monkeypatch):
    """Take every batch for a large one, or for a small one."""
    monkeypatch.setattr(text_ids, "_FEW_CHARACTERS", request.param)


def joined(batches):
    batches = list(batches)
    ids = [number for batch in batches for number in batch.ids.tolist()]
    lengths = [length for batch in batches for length in batch.lengths.tolist()]
    return ids, lengths, sum(batch.num_tokens for batch in batches)


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=repr)
@settings(deadline=None)
@given(
    texts=TEXTS, max_length=st.none() | st.integers(1, 6), keep=st.sampled_from(["head", "tail", "both"])
)
def test_all_ways_give_the_ids_of_the_tokens(tokenizer, texts, max_length, keep):
    rows = [tokenizer(text) if isinstance(text, str) else text for text in texts]
    kept = [truncated(row, max_length, keep) for row in rows]
    expected = (
        [int(VOCAB[token]) for row in kept for token in row],
        list(map(len, kept)),
        sum(map(len, rows)),
    )
    for least, at_once in [(0, 1), (0, 2**20), (10**9, 5)]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text_ids, "_FEW_CHARACTERS", least)
            patch.setattr(text_ids, "_CHARACTERS_AT_ONCE", at_once)
            reader = TextReader(tokenizer, VOCAB.encode)
            assert joined(reader.batches(texts, max_length=max_length, keep=keep)) == expected
            assert joined(reader.batches(iter(texts), max_length=max_length, keep=keep)) == expected


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=repr)
def test_numpy_strings_are_strings(tokenizer, few):
    texts = ["a good film.", "好 片"]
    plain = TextReader(tokenizer, VOCAB.encode)
    assert joined(plain.batches(np.array(texts))) == joined(plain.batches(texts))


@pytest.mark.parametrize("bad", [None, 5, float("nan"), b"film", {"a": 1}])
@pytest.mark.parametrize("place", [0, 1, 40])
def test_what_is_no_text_is_named(bad, place, few):
    texts = ["a film"] * place + [bad] + ["good"] * 3
    with pytest.raises(ArgumentError, match=rf"`texts\[{place}\]` must be a string or a list of tokens"):
        list(TextReader(WordTokenizer(), VOCAB.encode).batches(texts))


def test_the_index_counts_on_from_batch_to_batch(few, monkeypatch):
    monkeypatch.setattr(text_ids, "_CHARACTERS_AT_ONCE", 10)
    batches = TextReader(WordTokenizer(), VOCAB.encode).batches(iter(["a film"] * 20 + [None]))
    with pytest.raises(ArgumentError, match=r"`texts\[20\]`"):
        list(batches)


def test_a_function_that_returns_no_tokens_is_named():
    with pytest.raises(ArgumentError, match=r"`tokenizer` must be a function that returns.*for texts\[1\]"):
        list(TextReader(lambda text: 5 if text == "b" else [text], VOCAB.encode).batches(["a", "b"]))


def test_batches_have_about_as_many_characters_as_they_should(monkeypatch):
    monkeypatch.setattr(text_ids, "_CHARACTERS_AT_ONCE", 1000)
    reader = TextReader(WhitespaceTokenizer(), VOCAB.encode)
    texts = ["film"] * 3000 + ["film " * 1000] * 5 + [["film"]] * 30
    batches = list(reader.batches(texts))
    assert [text for batch in batches for text in batch.texts] == texts
    sizes = [sum(map(len, batch.texts)) for batch in batches]
    assert min(sizes[:-1]) >= 1000
    assert max(sizes[:10]) < 1200
    assert sum(size > 5000 for size in sizes) <= 5
    assert list(reader.batches([])) == []


def test_texts_are_read_as_they_are_needed(monkeypatch):
    monkeypatch.setattr(text_ids, "_CHARACTERS_AT_ONCE", 100)
    read = []

    def texts():
        for number in range(1000):
            read.append(number)
            yield "a film"

    batches = TextReader(WordTokenizer(), VOCAB.encode).batches(texts())
    next(batches)
    assert len(read) < 60


def test_a_subclass_is_called_text_by_text(few):
    class Loud(CharTokenizer):
        def __call__(self, text, /):
            return ["good"]

    class Louder(WordTokenizer):
        def __call__(self, text, /):
            return ["film"]

    for tokenizer, number in [(Loud(), 3), (Louder(), 4)]:
        assert joined(TextReader(tokenizer, VOCAB.encode).batches(["a", "b"])) == ([number] * 2, [1, 1], 2)


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=repr)
def test_ids_can_be_exchanged(tokenizer, few):
    other = Vocab(["film", "好"])
    reader = TextReader(tokenizer, VOCAB.encode)
    joined(reader.batches(["a good film", "好"]))
    reader.exchange(other.encode(VOCAB.tokens), other.encode)
    assert joined(reader.batches(["a film", "好 b"])) == joined(
        TextReader(tokenizer, other.encode).batches(["a film", "好 b"])
    )
