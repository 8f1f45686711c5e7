from __future__ import annotations

import numpy as np
import pytest

from textclf.metrics.outcomes import ratios


@pytest.mark.parametrize(
    ("score", "expected"), [("precision", 0.75), ("recall", 0.6), ("f1", 2 * 0.75 * 0.6 / (0.75 + 0.6))]
)
def test_of_one(score, expected):
    assert float(ratios(np.array([3, 1, 2]), score)) == pytest.approx(expected)


@pytest.mark.parametrize("score", ["precision", "recall", "f1"])
def test_nothing_below_the_line_is_0(score):
    assert ratios(np.zeros((2, 4, 3), dtype=np.int64), score).tolist() == [[0.0] * 4] * 2
