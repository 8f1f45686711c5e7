from __future__ import annotations

import numpy as np

from textclf.registry import Registry
from textclf.training.watch.experiments import make_experiments, sample_rows


def test_the_training_score_is_measured_at_the_end(run):
    figures = run("mlp").callbacks[-1].record.experiments["train-score"]
    assert figures["rows"] == 512
    assert figures["accuracy"] > 0.9
    assert figures["loss"] < 0.4


def test_rows_are_spread_evenly(data):
    part = sample_rows(data.train, 3)
    assert [part[i].tolist() for i in range(3)] == [data.train[i].tolist() for i in (0, 319, 639)]
    assert sample_rows(data.train, 640) is data.train
    assert sample_rows(None, 3) is None


def test_one_that_fails_leaves_the_others_and_none_is_made_twice(run):
    registry, failed, figures = Registry("experiment"), [], {"done": {"n": 1.0}}
    registry.register("fails")(lambda trainer: 1 / 0)
    registry.register("done")(lambda trainer: {"n": 2.0})
    registry.register("draws")(lambda trainer: {"n": float(np.float64(3))})
    make_experiments(registry, run("dan", epochs=1), figures, on_error=lambda *its: failed.append(its))
    assert figures == {"done": {"n": 1.0}, "draws": {"n": 3.0}}
    assert [name for name, _ in failed] == ["fails"]
