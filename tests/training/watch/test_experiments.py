from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from textclf.data import EncodedCorpus
from textclf.registry import Registry
from textclf.training.watch import experiments
from textclf.training.watch.experiments import (
    affordable_rows,
    evenly_spaced,
    make_experiments,
    sample_rows,
)


def test_the_training_score_is_measured_at_the_end(run):
    figures = run("mlp").callbacks[-1].record.experiments["train-score"]
    assert figures["rows"] == 512
    assert figures["accuracy"] > 0.9
    assert figures["loss"] < 0.4


@pytest.mark.parametrize(
    ("length", "steps", "rows"),
    [(400, 1, 10), (400, 50, 100), (400, 5000, 512), (8, 1, 512), (9000, 1, 2), (0, 1, 512)],
)
def test_a_short_run_of_long_texts_answers_few_rows_again(length, steps, rows):
    train = EncodedCorpus.from_lists([[2] * length] * 4, [0, 1, 0, 1])
    state = SimpleNamespace(step=steps)
    trainer = SimpleNamespace(train_data=train, state=state, batch_size=64, accumulate=2)
    assert affordable_rows(trainer, 512) == rows
    assert affordable_rows(SimpleNamespace(train_data=None), 512) == 0


def test_rows_are_answered_in_batches_of_the_run(run, monkeypatch):
    given, whole = [], experiments.predict_logits

    def spied(*its, **options):
        given.append(options["batch_size"])
        return whole(*its, **options)

    monkeypatch.setattr(experiments, "predict_logits", spied)
    run("dan", epochs=1, batch_size=16)
    assert set(given) == {16}


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


@pytest.mark.parametrize(("count", "most", "places"), [(0, 3, []), (3, 3, [0, 1, 2]), (7, 3, [0, 3, 6])])
def test_places_are_evenly_spaced_and_no_more_than_asked_for(count, most, places):
    assert evenly_spaced(count, most).tolist() == places
