from __future__ import annotations

from textclf.experiment.histories import mean_curve
from textclf.experiment.runs import Run


def runs(*columns):
    return [
        Run(seed, history=[{"step": n, "loss": value} for n, value in enumerate(values)])
        for seed, values in enumerate(columns)
    ]


def test_it_is_the_mean_of_those_that_got_there():
    points = mean_curve(runs([1.0, 2.0, 5.0], [3.0, 2.0]), "loss", "step")
    assert [tuple(point) for point in points] == [(0, 2.0, 1.0), (1, 2.0, 0.0), (2, 5.0, 0.0)]


def test_nothing_of_the_kind():
    assert mean_curve(runs([1.0]), "accuracy", "step") == []
    assert mean_curve(runs([1.0]), "loss", "epoch") == []
    assert mean_curve([], "loss") == []
