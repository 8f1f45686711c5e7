from __future__ import annotations

import math

from textclf.experiment.measure import Measure
from textclf.experiment.runs import Run
from textclf.experiment.study import Pair, Score
from textclf.experiment.wording import best_sentences, failures, pair_sentences, score_cells

ACCURACY = Measure.of("accuracy")
CLEAR = Pair("A", "B", 0.012, 0.004, 0.02, 0.004, 0.004, "paired bootstrap")
UNCLEAR = Pair("A", "B", 0.003, -0.009, 0.015, 0.6, 0.6, "paired bootstrap")


def basis(pair):
    return "369 test rows and 5 seeds"


def test_better():
    assert pair_sentences([CLEAR], ACCURACY, basis) == [
        "A is better than B by 1.2 points (0.4 to 2.0), with 369 test rows and 5 seeds."
    ]


def test_the_better_one_is_named_first():
    assert pair_sentences([CLEAR.swapped()], ACCURACY, basis) == pair_sentences([CLEAR], ACCURACY, basis)
    assert CLEAR.swapped().swapped() == CLEAR


def test_cannot_be_told_apart():
    assert pair_sentences([UNCLEAR], ACCURACY, basis) == [
        "A and B cannot be told apart with 369 test rows and 5 seeds (difference 0.3 points, -0.9 to 1.5)."
    ]


def test_less_is_better():
    pair = Pair("A", "B", 12.0, 4.0, 20.0, 0.01, 0.01, "paired t")
    sentence = pair_sentences([pair], Measure.of("seconds"), lambda pair: "5 seeds")[0]
    assert sentence == "B is better than A by 12 seconds (4 to 20), with 5 seeds."


def test_without_an_interval():
    pair = Pair("A", "B", 2.0, math.nan, math.nan, math.nan, math.nan, "paired t")
    sentence = pair_sentences([pair], Measure.of("seconds"), lambda pair: "1 seed")[0]
    assert sentence == "B and A cannot be told apart with 1 seed (difference 2 seconds)."


def test_the_best_of_many():
    pairs = [CLEAR._replace(first="A", second="B"), UNCLEAR._replace(first="A", second="C").swapped()]
    assert best_sentences("A", pairs, ACCURACY, basis) == [
        "A is better than 1 of 2, with 369 test rows and 5 seeds (by, from, to): B (1.2 points, 0.4 to 2.0).",
        (
            "A cannot be told apart from 1 of 2, with 369 test rows and 5 seeds (by, from, to): "
            "C (0.3 points, -0.9 to 1.5)."
        ),
    ]


def test_failures():
    runs = {
        "A": [Run(0, {"accuracy": 1.0}), Run(1, failure="ValueError: no\nmore")],
        "B": [Run(0)],
        "C": [Run(0, {"accuracy": 1.0})],
    }
    assert failures(runs, ACCURACY.value) == [
        "A has no score in 1 of 2 runs: ValueError: no more.",
        "B has no score in 1 of 1 runs: it gave no finite figure of this kind.",
    ]


def test_a_long_reason_is_cut():
    assert len(failures({"A": [Run(0, failure="word " * 500)]}, ACCURACY.value)[0]) < 220


def test_cells():
    nan = math.nan
    full = Score("A", 0.81, 0.01, 0.8, 0.82, 4, 1, 369, 12.34)
    assert score_cells(full, ACCURACY) == [
        "A",
        "0.8100",
        "0.0100",
        "0.8000 to 0.8200",
        "4 of 5",
        "369",
        "12.3",
    ]
    empty = Score("A", nan, nan, nan, nan, 0, 2, 0, nan)
    assert score_cells(empty, ACCURACY) == ["A", "-", "-", "-", "0 of 2", "-", "-"]
