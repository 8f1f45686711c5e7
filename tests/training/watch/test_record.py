from __future__ import annotations

import math

import pytest

from textclf.data import EncodedCorpus
from textclf.models import create_model
from textclf.training import Trainer
from textclf.training.watch.record import Record


def test_what_a_run_was_asked_to_do(run):
    record = run("textcnn", epochs=2, class_weight="balanced").callbacks[-1].record
    its = record.settings
    assert (its.model, its.optimizer, its.learning_rate, its.kind) == ("TextCNN", "AdamW", 0.002, "one")
    assert (its.steps, its.rows, its.validated, its.own_loss, its.plain_loss) == (
        40,
        640,
        True,
        False,
        False,
    )
    assert (its.labels, its.class_counts) == (("neg", "pos"), (320, 320))
    assert its.prior_entropy == pytest.approx(math.log(2))
    assert (record.steps, len(record.rows), record.final, record.stopped) == (40, 2, True, "epochs")
    assert [sum(counts.labels) for counts in record.valid_counts] == [200, 200]
    assert [c.correct / 200 for c in record.valid_counts] == [r["valid_accuracy"] for r in record.rows]


def test_several_labels_a_text_have_the_mean_entropy_of_each():
    corpus = EncodedCorpus.from_lists([[2], [3], [4], [5]], [[True, False], [False, False]] * 2)
    model = create_model("dan", vocab_size=8, num_classes=2, ngrams=0)
    trainer = Trainer(model, epochs=1, progress=False, device="cpu")
    trainer.fit(corpus)
    settings = trainer.callbacks[-1].record.settings
    assert (settings.kind, settings.class_counts) == ("many", (2, 0))
    assert settings.prior_entropy == pytest.approx(math.log(2) / 2)


def test_the_share_of_unknown_tokens():
    corpus = EncodedCorpus.from_lists([[1, 1], [1, 5]], [0, 1])
    model = create_model("dan", vocab_size=8, num_classes=2, ngrams=0)
    trainer = Trainer(model, epochs=1, progress=False, device="cpu")
    trainer.fit(corpus)
    assert trainer.callbacks[-1].record.settings.unknown == 0.75


def test_it_comes_back_from_a_checkpoint(run):
    record = run("textcnn", epochs=1).callbacks[-1].record
    again = Record(record.settings)
    again.load_state(record.state())
    again.rows, again.best_epoch = record.rows, record.best_epoch
    again.final, again.stopped = True, "epochs"
    assert again == record
