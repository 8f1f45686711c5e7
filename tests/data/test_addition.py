from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textclf.data.addition import AdditionCorpus, addition_corpus
from textclf.errors import ArgumentError


def number(digits: list[str]) -> int:
    """Return the number that least-significant-first digits spell, by schoolbook place values."""
    return sum(int(digit) * 10**place for place, digit in enumerate(digits))


@given(
    num_examples=st.integers(1, 4),
    length=st.integers(1, 300),
    seed=st.integers(0, 2**32),
)
@example(num_examples=1, length=1, seed=0)
@example(num_examples=2, length=300, seed=1)
@settings(deadline=None)
def test_the_labels_are_the_digits_of_the_sum_of_what_the_tokens_show(
    num_examples: int, length: int, seed: int
) -> None:
    corpus = addition_corpus(num_examples, length=length, seed=seed)
    assert len(corpus) == len(corpus.tokens) == len(corpus.labels) == num_examples
    for i, (tokens, labels) in enumerate(zip(corpus.tokens, corpus.labels, strict=True)):
        lefts, rights = zip(*(token.split("+") for token in tokens), strict=True)
        total = number(list(lefts)) + number(list(rights))
        assert number(labels) == total
        assert corpus.operands(i) == (number(list(lefts)), number(list(rights)))
        assert corpus.sum_of(i) == total
        assert len(tokens) == len(labels) == length + 1
        assert tokens[-1] == "0+0"
        assert labels[-1] in ("0", "1")


def test_a_carry_runs_through_the_whole_number() -> None:
    corpus = addition_corpus(2000, length=2)
    found = [corpus.labels[i] for i in range(2000) if sum(corpus.operands(i)) == 100]
    assert found
    assert all(labels == ["0", "0", "1"] for labels in found)


def test_all_hundred_tokens_and_all_ten_labels_occur() -> None:
    corpus = addition_corpus(50, length=200)
    assert len(set(itertools.chain(*corpus.tokens))) == 100
    assert set(itertools.chain(*corpus.labels)) == set("0123456789")


def test_digits_are_uniform_and_the_two_numbers_independent() -> None:
    digits = addition_corpus(200, length=500).digits
    counts = np.bincount((digits[:, 0] * 10 + digits[:, 1]).ravel(), minlength=100)
    assert counts.sum() == 100_000
    assert np.abs(counts - 1000).max() < 160  # five standard deviations


def test_tokens_and_labels_are_plain_strings_in_plain_lists() -> None:
    corpus = addition_corpus(1, length=2)
    assert type(corpus.tokens) is type(corpus.tokens[0]) is list
    assert {type(value) for value in [*corpus.tokens[0], *corpus.labels[0]]} == {str}


def test_the_same_seed_gives_the_same_corpus_and_another_seed_another() -> None:
    first, again, other = (addition_corpus(20, length=9, seed=seed) for seed in (3, 3, 4))
    assert first.tokens == again.tokens
    assert first.labels == again.labels
    assert first.tokens != other.tokens


def test_numbers_longer_than_python_converts_from_a_string_work() -> None:
    corpus = addition_corpus(1, length=10_001)
    assert sum(corpus.operands(0)) == corpus.sum_of(0)
    assert corpus.sum_of(0) % 10**9 == number(corpus.labels[0][:9])
    assert corpus.length == 10_001


def test_positions_count_from_the_end_too() -> None:
    corpus = addition_corpus(3, length=4)
    assert corpus.operands(-1) == corpus.operands(2)
    assert corpus.sum_of(np.int64(-3)) == corpus.sum_of(0)


@pytest.mark.parametrize("position", [3, -4])
def test_a_position_out_of_range_is_an_index_error(position: int) -> None:
    corpus = addition_corpus(3, length=4)
    for method in (corpus.operands, corpus.sum_of):
        with pytest.raises(IndexError, match=rf"one of 3 additions\. Received: {position}"):
            method(position)


def test_numpy_integers_are_integers() -> None:
    corpus = addition_corpus(np.int64(2), length=np.int32(3), seed=np.int8(1))
    assert isinstance(corpus, AdditionCorpus)
    assert corpus.tokens == addition_corpus(2, length=3, seed=1).tokens


@pytest.mark.parametrize("bad", [0, -1, True, 2.0, "2", None])
def test_the_number_of_examples_is_checked(bad: object) -> None:
    with pytest.raises(ArgumentError, match=r"`num_examples` must be an integer of at least 1\. Received"):
        addition_corpus(bad, length=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [0, -1, True, 2.0, "2", None])
def test_the_length_is_checked(bad: object) -> None:
    with pytest.raises(ArgumentError, match=r"`length` must be an integer of at least 1\. Received"):
        addition_corpus(1, length=bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [-1, False, 0.0, "0", None])
def test_the_seed_is_checked(bad: object) -> None:
    with pytest.raises(ArgumentError, match=r"`seed` must be an integer of at least 0\. Received"):
        addition_corpus(1, length=3, seed=bad)  # type: ignore[arg-type]
