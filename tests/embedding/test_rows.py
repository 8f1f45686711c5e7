from __future__ import annotations

import numpy as np
import pytest

from textclf.embedding.rows import NeededRows, Rows, word_bytes


def filled(tokens: list[str], rows: list[str], *, lowercase: bool = True, together: int = 1) -> NeededRows:
    """Place rows whose vectors are their numbers, counted from 1."""
    needed = NeededRows(["<pad>", "<unk>", *tokens], first=2, lowercase_fallback=lowercase)
    found = [(word.encode(), i) for i, word in enumerate(rows, 1) if word.encode() in needed.wanted]
    for start in range(0, len(found), together):
        words, numbers = zip(*found[start : start + together], strict=True)
        vectors = np.array([[number, -number] for number in numbers], dtype=np.float32)
        needed.place(Rows(words, numbers, vectors))
    return needed


def test_vectors_go_to_their_words():
    needed = filled(["good", "film"], ["the", "film", "good"])
    assert needed.matrix.tolist() == [[0, 0], [0, 0], [3, -3], [2, -2]]
    assert needed.found.tolist() == [False, False, True, True]
    assert needed.missing_ids().tolist() == []


@pytest.mark.parametrize("together", [1, 3])
def test_the_first_row_of_a_word_wins(together):
    needed = filled(["a"], ["a", "a", "a"], together=together)
    assert needed.matrix[2, 0] == 1
    assert needed.repeated == 2


@pytest.mark.parametrize("together", [1, 2])
@pytest.mark.parametrize("rows", [["Film", "film"], ["film", "Film"]])
def test_an_own_row_wins_over_the_lower_case_form_wherever_it_stands(rows, together):
    needed = filled(["Film", "film", "FILM"], rows, together=together)
    own = {word: number for number, word in enumerate(rows, start=1)}
    assert needed.matrix[2:, 0].tolist() == [own["Film"], own["film"], own["film"]]
    assert needed.lowered.tolist() == [False, False, False, False, True]


def test_rows_that_all_came_before_change_nothing():
    needed = filled(["a"], ["a"])
    needed.place(Rows([b"a"], [2], np.full((1, 2), 7, dtype=np.float32)))
    assert needed.matrix[2].tolist() == [1, -1]
    assert needed.origin[2] == 1


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
