from __future__ import annotations

import pytest


def failure(trainer):
    return trainer.callbacks[-1].record.failure


def test_a_run_that_goes_well_has_none(run):
    assert failure(run("mlp", epochs=1)) is None


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_a_gradient_that_breaks_is_named(run, name):
    def change(model):
        model.classifier.weight.register_hook(lambda gradient: gradient / 0)

    its = failure(run(name, change=change))
    assert (its.place, its.step, its.last_good_step) == ("the gradient of classifier.weight", 1, 0)
    assert its.loss == pytest.approx(0.69, abs=0.3)


def test_weights_that_a_step_spoils_are_named(run):
    its = failure(run("dan", clip_norm=None, optimizer="sgd", learning_rate=3e38))
    assert its.step - 1 == its.last_good_step
    assert its.what != "a number"
