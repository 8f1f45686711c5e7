"""Steps that are read later, on a CPU that is made to behave like a GPU here."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from textclf.data import EncodedCorpus
from textclf.device import seed_everything
from textclf.errors import NonFiniteLossError
from textclf.models import create_model
from textclf.training import Callback, StepResult, Trainer, deferred
from textclf.training.deferred import DeferredResult

VOCAB, CLASSES = 20, 3


@pytest.fixture
def late(monkeypatch):
    """Let the CPU's steps be deferred."""
    monkeypatch.setattr(deferred, "_DEVICES", ("cpu",))
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


def corpus(count=24, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    texts = [[2 + int(label), *random.integers(5, VOCAB, random.integers(0, 7))] for label in labels]
    return EncodedCorpus.from_lists(texts, labels)


def trainer(kind=Trainer, **options):
    seed_everything(0)
    sizes = {"vocab_size": VOCAB, "num_classes": CLASSES, "embed_dim": 8, "hidden_dim": 8, "ngrams": 0}
    given = {"epochs": 4, "batch_size": 4, "learning_rate": 0.02, "device": "cpu", "precision": "fp32"}
    return kind(create_model("dan", **sizes), **{**given, "patience": None, "progress": False, **options})


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def spoilt_at(step):
    """A loss that is infinite at that step alone."""
    calls = []

    def loss(logits, labels):
        calls.append(1)
        return F.cross_entropy(logits, labels) * (math.inf if len(calls) == step else 1.0)

    return loss


class Watch(Callback):
    """Keeps the weights after each step, and how many steps were waiting."""

    def __init__(self):
        self.weights, self.waiting = [], []

    def on_step_end(self, trainer, result):
        self.weights.append(weights(trainer.model))
        self.waiting.append(len(trainer.deferred._waiting))


SETTINGS = {
    "adamw": {},
    "sgd": {"optimizer": "sgd", "optimizer_options": {"momentum": 0.9}, "clip_norm": None},
    "adagrad": {"optimizer": "adagrad"},
    "adam, accumulation": {"optimizer": "adam", "accumulate": 4},
    "average": {"ema_decay": 0.8},
    "class weights": {"class_weight": [1, 2, 3], "schedule": "plateau"},
}


class TestSameAsAtOnce:
    @pytest.mark.parametrize("options", SETTINGS.values(), ids=SETTINGS)
    @pytest.mark.parametrize("at_once", [1, 4, 50])
    def test_weights_and_history(self, late, monkeypatch, options, at_once):
        monkeypatch.setattr(deferred, "_AT_ONCE", at_once)
        watch = Watch()
        ours = trainer(callbacks=[watch], **options)
        ours.fit(corpus(), corpus(9, seed=1))
        monkeypatch.setattr(deferred, "_DEVICES", ())
        theirs = trainer(**options)
        theirs.fit(corpus(), corpus(9, seed=1))
        assert max(watch.waiting) == min(at_once - 1, ours.steps_per_epoch)
        assert same(weights(ours.model), weights(theirs.model))
        for left, right in zip(ours.history, theirs.history, strict=True):
            del left["seconds"], right["seconds"]
            assert left == pytest.approx(right, rel=1e-6)

    def test_a_checkpoint_waits_for_the_numbers(self, late, tmp_path):
        class Kill(Callback):
            def on_step_end(self, trainer, result):
                if trainer.state.step == 9:
                    raise ZeroDivisionError

        whole = trainer()
        whole.fit(corpus())
        options = {"run_folder": tmp_path / "run", "checkpoint_every": 2}
        with pytest.raises(ZeroDivisionError):
            trainer(callbacks=[Kill()], **options).fit(corpus())
        again = trainer(**options)
        again.fit(corpus(), resume=True)
        assert same(weights(again.model), weights(whole.model))
        assert again.history["train_loss"] == whole.history["train_loss"]

    def test_the_time_of_waiting_counts(self, late):
        assert trainer().fit(corpus())[0]["seconds"] > 0


class TestNonFinite:
    @pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd", "adagrad"])
    @pytest.mark.parametrize("at_once", [1, 3, 50])
    def test_no_weight_changes_from_the_spoilt_step_on(self, late, monkeypatch, optimizer, at_once):
        monkeypatch.setattr(deferred, "_AT_ONCE", at_once)
        watch = Watch()
        its = trainer(loss=spoilt_at(8), optimizer=optimizer, schedule="constant", callbacks=[watch])
        with pytest.raises(NonFiniteLossError) as caught:
            its.fit(corpus())
        assert "Received: inf at step 8 (epoch 2), with learning rate 0.02" in str(caught.value)
        assert "the largest gradient is that of " in str(caught.value)
        names = {name for name, _ in its.model.named_parameters()}
        after = [{name: its[name] for name in names} for its in watch.weights[6:]]
        assert all(same(after[0], other) for other in after)
        assert not same(weights(its.model), watch.weights[-1])  # those at the start of the epoch
        assert (its.history.stopped, its.state.step) == ("non-finite loss", 7)

    def test_the_rate_is_that_of_the_step(self, late):
        its = trainer(loss=spoilt_at(2), schedule="warmup_linear", schedule_options={"warmup": 0.5})
        with pytest.raises(
            NonFiniteLossError, match=r"at step 2 .epoch 1., with learning rate 0.00333333;"
        ):
            its.fit(corpus())

    def test_no_checkpoint_holds_what_came_after(self, late, tmp_path):
        options = {"run_folder": tmp_path / "run", "checkpoint_every": 3}
        with pytest.raises(NonFiniteLossError):
            trainer(loss=spoilt_at(8), **options).fit(corpus())
        again = trainer(loss=spoilt_at(0), **options)
        assert len(again.fit(corpus(), resume=True)) == 4


class TestResult:
    def test_it_is_read_when_it_is_looked_at(self, late):
        class Look(Callback):
            seen = None

            def on_step_end(self, trainer, result):
                self.seen = result

        look = Look()
        trainer(epochs=1, callbacks=[look]).fit(corpus())
        result = look.seen
        assert isinstance(result, DeferredResult)
        assert isinstance(result, StepResult)
        assert [type(value) for value in (result.loss, result.correct, result.labels)] == [float, int, int]
        assert result.gradient_norm > 0
        assert "loss=" in repr(result)

    def test_a_step_of_ones_own(self, late):
        class Still(Trainer):
            def train_step(self, batches):
                return StepResult(loss=2.0, correct=1, labels=2, gradient_norm=0.0)

        history = trainer(kind=Still, epochs=1).fit(corpus())
        assert (history[0]["train_loss"], history[0]["train_accuracy"]) == (2.0, 0.5)


class TestWhen:
    @pytest.mark.parametrize("optimizer", ["nadam", "rmsprop"])
    def test_an_optimizer_that_cannot_skip_a_step_is_read_at_once(self, late, optimizer):
        class Never(Callback):
            def on_step_end(self, trainer, result):
                assert trainer.deferred is None

        trainer(epochs=1, optimizer=optimizer, callbacks=[Never()]).fit(corpus())

    def test_a_cpu_is_read_at_once(self):
        its = trainer(epochs=1, callbacks=[])
        its.fit(corpus())
        assert not hasattr(its.optimizer, "found_inf")

    def test_the_optimizer_is_left_as_it_was(self, late):
        its = trainer(epochs=1)
        its.fit(corpus())
        assert its.deferred is None
        assert not hasattr(its.optimizer, "found_inf")
