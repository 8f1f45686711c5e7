from __future__ import annotations

import pytest

from textclf.training.watch.chance import standard_error, times_chance


def test_a_few_rows_that_are_all_right_are_not_certain():
    assert standard_error(1.0, 4) > 0.1
    assert standard_error(0.5, 10_000) == pytest.approx(0.005, rel=0.01)


def test_the_same_difference_says_more_of_more_rows():
    assert times_chance(0.8, 1000, 0.7, 1000) > 3 > times_chance(0.8, 50, 0.7, 50) > 0
    assert times_chance(0.7, 100, 0.7, 100) == 0
    assert times_chance(0.6, 100, 0.7, 100) < 0
