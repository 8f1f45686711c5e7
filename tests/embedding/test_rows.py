from __future__ import annotations

import numpy as np
import pytest

from textclf.embedding.rows import NeededRows, word_bytes


def filled(tokens: list[str], rows: list[str], *, lowercase: bool = True) -> NeededRows:
    """Place rows whose vectors are their numbers, counted from 1."""
    needed = NeededRows(["<pad>", "<unk>", *tokens], first=2, lowercase_fallback=lowercase)
    for number, word in enumerate(rows, start=1):
        if word.encode() in needed.wanted:
            needed.place((word.encode(), np.array([number, -number], dtype=np.float32), number))
    return needed


def test_vectors_go_to_their_words():
    needed = filled(["good", "film"], ["the", "film", "good"])
    assert needed.matrix.tolist() == [[0, 0], [0, 0], [3, -3], [2, -2]]
    assert needed.found.tolist() == [False, False, True, True]
    assert needed.missing_ids().tolist() == []


def test_the_first_row_of_a_word_wins():
    needed = filled(["a"], ["a", "a", "a"])
    assert needed.matrix[2, 0] == 1
    assert needed.repeated == 2


@pytest.mark.parametrize("rows", [["Film", "film"], ["film", "Film"]])
def test_an_own_row_wins_over_the_lower_case_form_wherever_it_stands(rows):
    needed = filled(["Film", "film", "FILM"], rows)
    own = {word: number for number, word in enumerate(rows, start=1)}
    assert needed.matrix[2:, 0].tolist() == [own["Film"], own["film"], own["film"]]
    assert needed.lowered.tolist() == [False, False, False, False, True]


def test_without_the_fallback_other_cases_are_missing():
    needed = filled(["Film", "b"], ["film", "b"], lowercase=False)
    assert needed.missing_ids().tolist() == [2]


def test_special_tokens_are_not_looked_for():
    assert set(filled(["a"], []).wanted) == {b"a"}


def test_a_value_that_is_not_finite_is_found():
    needed = filled(["a", "b"], ["a", "b"])
    assert needed.first_not_finite() is None
    needed.matrix[3, 1] = np.inf
    assert needed.first_not_finite() == 3


def test_mean_and_spread_are_those_of_the_found_rows():
    needed = filled(["a", "none", "b"], ["a", "b"])
    mean, spread = needed.mean_and_spread()
    found = np.array([[1, -1], [2, -2]])
    assert mean.tolist() == found.mean(axis=0).tolist()
    assert spread == pytest.approx(found.std())


def test_a_lone_surrogate_has_bytes():
    assert word_bytes("\ud800") == b"\xed\xa0\x80"
