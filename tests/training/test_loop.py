"""What the loop keeps from epoch to epoch; what it learns, and when it stops, is tested with the Trainer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from textclf.data import EncodedCorpus
from textclf.device import seed_everything
from textclf.metrics import Report
from textclf.models import create_model
from textclf.training import Callback, Trainer, loop


def corpus(count=12):
    return EncodedCorpus.from_lists([[2 + i % 3] for i in range(count)], np.arange(count) % 2)


class Scripted(Trainer):
    """Answers to validation with accuracies that are known beforehand."""

    script = (5, 7, 6, 8)

    def evaluate(self, corpus):
        right = self.script[self.state.epoch - 1]
        return Report.from_confusion([[right, 10 - right], [0, 0]], loss=10 - right)


def scripted(**options):
    seed_everything(0)
    model = create_model("dan", vocab_size=9, num_classes=2, embed_dim=4, hidden_dim=4, ngrams=0)
    given = {"epochs": 4, "batch_size": 4, "device": "cpu", "precision": "fp32", "patience": None}
    return Scripted(model, progress=False, **{**given, **options})


@pytest.fixture
def copies(monkeypatch):
    """The number of copies of the weights, counted."""
    made, copied = [], loop._copied
    monkeypatch.setattr(loop, "_copied", lambda model: (made.append(1), copied(model))[1])
    return made


class TestCopies:
    def test_one_at_the_start_and_one_of_each_best_epoch(self, copies):
        scripted().fit(corpus(), corpus())
        assert len(copies) == 1 + 3

    def test_one_an_epoch_without_validation(self, copies):
        scripted().fit(corpus())
        assert len(copies) == 4

    def test_none_where_no_step_is_made(self, copies):
        model = create_model("fasttext", vocab_size=9, num_classes=2, buckets=8)
        Trainer(model, progress=False).fit(corpus())
        assert not copies

    def test_that_of_the_start_stays_as_it_was(self):
        trainer, kept = scripted(epochs=1), []

        class Keep(Callback):
            def on_step_start(self, trainer, batches):
                if trainer.state.step == 0:
                    kept.extend(value.clone() for value in trainer.model.state_dict().values())

            def on_step_end(self, trainer, result):
                start = trainer.epoch_start
                assert start.keys() == trainer.model.state_dict().keys()
                assert all(torch.equal(*pair) for pair in zip(start.values(), kept, strict=True))

        trainer.callbacks.append(Keep())
        trainer.fit(corpus())
        changed = trainer.model.state_dict().values()
        assert kept
        assert not all(torch.equal(*pair) for pair in zip(changed, kept, strict=True))

    def test_one_an_epoch_until_there_is_a_best(self, copies):
        trainer = scripted(monitor="roc_auc")
        trainer.fit(corpus(), corpus())
        assert trainer.best_weights is None
        assert len(copies) == 4

    def test_none_is_left_behind(self):
        trainer = scripted()
        trainer.fit(corpus(), corpus())
        assert trainer.epoch_start is None
        assert trainer.averaged is None
        assert all(parameter.grad is None for parameter in trainer.model.parameters())


def test_seconds_are_those_of_the_steps_alone():
    class Wait(Callback):
        def on_step_end(self, trainer, result):
            trainer.state.seconds -= 100

    assert scripted(callbacks=[Wait()], epochs=1).fit(corpus())[0]["seconds"] == pytest.approx(-300, abs=50)


def test_the_best_weights_are_those_of_their_epoch():
    seen = []

    class Keep(Callback):
        def on_epoch_end(self, trainer, row):
            seen.append(trainer.model.classifier.weight.detach().clone())

    trainer = scripted(callbacks=[Keep()], epochs=3)
    trainer.fit(corpus(), corpus())
    assert trainer.history.best_epoch == 2
    assert torch.equal(trainer.model.classifier.weight, seen[1])
    assert not torch.equal(trainer.model.classifier.weight, seen[2])
