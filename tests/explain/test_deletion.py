from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from textclf.errors import ArgumentError, DataError
from textclf.explain import METHODS, deletion, deletion_test, explain

TEXTS = [
    "what a good film , they say it is",
    "it was a bad , bad film for all of us",
    "very dull and then some more of it",
    "there was fun in it and that was good",
] * 5


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["fasttext", "textcnn", "bilstm", "dan"])
def test_the_attribution_is_better_than_chance(make, name, method):
    result = deletion_test(make(name), TEXTS, method=method)
    assert result.interval[0] > 0
    assert result.interval[0] <= result.difference <= result.interval[1]
    assert result.difference == pytest.approx((result.random_areas - result.areas).mean())


def test_the_wrong_way_round_it_is_worse(make, monkeypatch):
    def reversed_explain(*arguments, **options):
        why = explain(*arguments, **options)
        return dataclasses.replace(why, scores=-why.scores)

    monkeypatch.setattr(deletion, "explain", reversed_explain)
    assert deletion_test(make(), TEXTS).interval[1] < 0


def test_random_scores_are_no_better_than_chance(make, monkeypatch):
    random = np.random.default_rng(0)

    def random_explain(*arguments, **options):
        why = explain(*arguments, **options)
        return dataclasses.replace(why, scores=random.normal(size=len(why.tokens)))

    monkeypatch.setattr(deletion, "explain", random_explain)
    low, high = deletion_test(make(), TEXTS).interval
    assert low < 0 < high


def test_the_curve_of_one_text(make):
    its = make()
    tokens = ["a", "good", "dull", "film"]
    why = explain(its, tokens)
    column = its.classes.index(why.label)
    order = np.argsort(-why.scores)
    left = [
        [token for place, token in enumerate(tokens) if place not in order[:count]] for count in range(5)
    ]
    expected = its.predict_proba(left)[:, column]
    result = deletion_test(its, [tokens], points=4)
    np.testing.assert_allclose(result.curve, expected, atol=1e-6)
    assert result.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert result.areas[0] == pytest.approx(np.trapezoid(expected, result.shares))
    assert result.random_curve[[0, -1]] == pytest.approx(expected[[0, -1]], abs=1e-6)


def test_a_text_of_one_token_tells_nothing(make):
    result = deletion_test(make(), ["good", "", []])
    assert len(result.areas) == 1
    assert result.difference == pytest.approx(0)


def test_the_seed_and_the_words(make):
    results = [deletion_test(make(), TEXTS[:4], seed=seed) for seed in (1, 1, 2)]
    assert str(results[0]) == str(results[1])
    assert not np.array_equal(results[0].random_areas, results[2].random_areas)
    np.testing.assert_array_equal(results[0].areas, results[2].areas)
    assert str(results[0]).startswith("area under deletion 0.")
    assert str(results[0]).endswith(", n 4")


def test_the_encoder_of_a_saved_model_is_not_needed_twice(make):
    windowed = deletion_test(make("dan", windows=(3,)), TEXTS[:4])
    assert len(windowed.areas) == 4


@pytest.mark.parametrize("name", ["points", "orders"])
def test_numbers(make, name):
    with pytest.raises(ArgumentError, match=f"`{name}` must be an integer of at least 1"):
        deletion_test(make(), TEXTS, **{name: 0})


def test_no_text(make):
    for texts in ([], [""]):
        with pytest.raises(DataError, match="`texts` must have a text with a token"):
            deletion_test(make(), texts)
    with pytest.raises(ArgumentError, match="`texts` must be a list of texts"):
        deletion_test(make(), "good")
