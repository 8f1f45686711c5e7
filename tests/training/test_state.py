from __future__ import annotations

import dataclasses
import json
import math

import pytest

from textclf.errors import UnknownNameError
from textclf.training import RunState, StepResult


def result(loss=1.0, correct=1, labels=2):
    return StepResult(loss=loss, correct=correct, labels=labels, gradient_norm=0.5)


class TestSteps:
    def test_sums_are_over_labels_and_not_over_steps(self):
        state = RunState()
        state.add(result(loss=1.0, correct=3, labels=4), batches=1, seconds=0.5)
        state.add(result(loss=4.0, correct=0, labels=1), batches=2, seconds=0.25)
        assert state == RunState(batch=3, step=2, loss_sum=8.0, correct=3, labels=5, seconds=0.75)

    def test_the_position_and_the_sums_may_move_apart(self):
        state = RunState()
        state.advance(batches=2, seconds=0.5)
        assert state == RunState(batch=2, step=1, seconds=0.5)
        state.tally(result(loss=1.5, correct=1, labels=2))
        assert state == RunState(batch=2, step=1, seconds=0.5, loss_sum=3.0, correct=1, labels=2)

    def test_the_next_epoch_starts_from_nothing_but_the_steps(self):
        state = RunState()
        state.watch("accuracy", 0.5)
        state.add(result(), batches=1, seconds=1.0)
        state.next_epoch()
        assert state == RunState(epoch=1, step=1, best_value=0.5, best_epoch=0)

    def test_a_result_cannot_be_changed(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            result().loss = 0.0

    def test_json_holds_it(self):
        state = RunState(epoch=2, loss_sum=0.1, best_value=None)
        assert RunState(**json.loads(json.dumps(dataclasses.asdict(state)))) == state


class TestWatch:
    def watched(self, metric, values):
        state, better = RunState(), []
        for value in values:
            state.next_epoch()
            better.append(state.watch(metric, value))
        return state, better

    def test_larger_is_better(self):
        state, better = self.watched("accuracy", [0.5, 0.7, 0.7, 0.6, 0.8, 0.1])
        assert better == [True, True, False, False, True, False]
        assert (state.best_value, state.best_epoch, state.waited) == (0.8, 5, 1)

    def test_smaller_is_better(self):
        state, better = self.watched("loss", [0.5, 0.7, 0.4, 0.4])
        assert better == [True, False, True, False]
        assert (state.best_value, state.best_epoch, state.waited) == (0.4, 3, 1)

    def test_nan_is_never_better(self):
        state, better = self.watched("loss", [math.nan, math.nan, 3.0, math.nan])
        assert better == [False, False, True, False]
        assert (state.best_epoch, state.waited) == (3, 1)

    def test_zero_and_negative_values(self):
        state, better = self.watched("mcc", [-0.5, 0.0, -0.1])
        assert better == [True, True, False]
        assert state.best_value == 0.0

    def test_a_lower_loss_breaks_ties(self):
        state = RunState()
        better = [state.watch("accuracy", *scores) for scores in [(0.5, 3.0), (0.5, 2.0), (0.5, 2.0)]]
        assert better == [True, True, False]
        assert not state.watch("accuracy", 0.4, 0.1)
        assert (state.best_value, state.best_loss, state.lowest_loss) == (0.5, 2.0, 0.1)
        assert state.watch("accuracy", 0.5, 1.9)

    def test_a_loss_that_falls_is_waited_for(self):
        state, waited = RunState(), []
        for value, loss in [(0.5, 3.0), (0.5, 4.0), (0.4, 2.0), (0.4, 2.5), (0.4, math.nan), (0.6, 9.0)]:
            state.watch("accuracy", value, loss)
            waited.append(state.waited)
        assert waited == [0, 1, 0, 1, 2, 0]

    def test_a_misspelt_metric(self):
        with pytest.raises(UnknownNameError, match="Did you mean 'accuracy'"):
            RunState().watch("acuracy", 0.5)

    def test_among_equal_values_the_lowest_loss_is_best(self):
        state, better = RunState(), []
        for value, loss in [(0.5, 1.0), (0.5, 0.9), (0.5, 0.95), (0.4, 0.1)]:
            state.epoch += 1
            better.append(state.watch("accuracy", value, loss))
        assert better == [True, True, False, False]
        assert (state.best_epoch, state.best_loss, state.lowest_loss) == (2, 0.9, 0.1)

    def test_a_falling_loss_is_progress_while_the_metric_stands_still(self):
        state, waited = RunState(), []
        for value, loss in [(0.5, 1.0), (0.4, 0.9), (0.4, 0.95), (0.4, 0.95), (0.4, 0.8)]:
            state.epoch += 1
            state.watch("accuracy", value, loss)
            waited.append(state.waited)
        assert waited == [0, 0, 1, 2, 0]
