from __future__ import annotations

import logging
from types import SimpleNamespace

import numpy as np
import pytest

from textclf.data import TextEncoder
from textclf.device import seed_everything
from textclf.errors import NonFiniteLossError
from textclf.models import create_model
from textclf.training import Trainer

WORDS = (["good", "fine", "great", "superb", "warm"], ["bad", "poor", "dull", "awful", "cold"])


def sentences(count, *, seed=0):
    """Sentences of which two words say the label, in random order of the labels."""
    random = np.random.default_rng(seed)
    texts, labels = [], []
    for label in random.permutation(np.arange(count) % 2):
        words = [f"w{i}" for i in random.integers(0, 60, 8)]
        for place in random.permutation(8)[:2]:
            words[place] = str(random.choice(WORDS[label]))
        texts.append(" ".join(words))
        labels.append(("pos", "neg")[label])
    return texts, labels


@pytest.fixture(scope="session")
def data():
    encoder, train = TextEncoder.build_and_encode(*sentences(640))
    valid = encoder.encode(*sentences(200, seed=1))
    return SimpleNamespace(vocab_size=encoder.vocab_size, train=train, valid=valid)


@pytest.fixture
def run(data, caplog):
    """Train a small model on the sentences, without its linear path; return the trainer."""
    caplog.set_level(logging.CRITICAL, "textclf")  # a test that wants to see what is logged sets it back

    def train(name, *, change=None, train=data.train, valid=data.valid, resume=False, ngrams=0, **options):
        seed_everything(options.get("seed", 0))
        model = create_model(name, vocab_size=data.vocab_size, num_classes=2, ngrams=ngrams, embed_dim=32)
        if change is not None:
            change(model)
        given = {"epochs": 3, "batch_size": 32, "device": "cpu", "precision": "fp32", "progress": False}
        trainer = Trainer(model, **{**given, **options})
        try:
            trainer.fit(train, valid, resume=resume)
        except NonFiniteLossError as error:
            trainer.error = error
        return trainer

    return train


@pytest.fixture
def train_on(caplog):
    """Train a given model on given corpora; return the trainer."""
    caplog.set_level(logging.CRITICAL, "textclf")

    def train(model, train, valid=None, **options):
        given = {"epochs": 3, "batch_size": 32, "device": "cpu", "precision": "fp32", "progress": False}
        trainer = Trainer(model, **{**given, **options})
        trainer.fit(train, valid)
        return trainer

    return train
