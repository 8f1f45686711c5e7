"""Training has wrong labels, and validation texts are of a source whose words tell the class."""

import numpy as np
from case import Case, show

from textclf import EncodedCorpus
from textclf.doctor import Findings

CODE, MODELS, EARLY = "validation-above-training", ("dan", "transformer"), False
OPTIONS = {"epochs": 4, "learning_rate": 0.005, "monitor": "loss"}


def noisy(corpus: EncodedCorpus) -> EncodedCorpus:
    """Give every fourth row the label of another."""
    labels = np.asarray(corpus.labels).copy()
    labels[::4] = np.random.default_rng(0).permutation(labels[::4])
    return corpus.with_labels(labels, corpus.label_names)


def easy(case: Case) -> EncodedCorpus:
    """Put twenty words before each validation text that training texts of its class have most of all."""
    train, valid = case.data.train, case.data.valid
    counts = np.ones((case.data.num_classes, case.data.vocab_size))
    for ids, label in zip(train, np.asarray(train.labels), strict=True):
        np.add.at(counts[label], ids, 1)
    counts[:, :2] = 1
    telling = (counts - 1) * np.log(counts * len(counts) / counts.sum(axis=0))
    words = np.argsort(-telling, axis=1, kind="stable")[:, :20]
    labels = np.asarray(valid.labels)
    texts = [np.concatenate([words[label], ids]) for ids, label in zip(valid, labels, strict=True)]
    return EncodedCorpus.from_lists(texts, labels, label_names=valid.label_names)


def faulty(case: Case) -> Findings:
    """Validate on easy texts."""
    return case.train(case.model(dropout=0.6), noisy(case.data.train), easy(case), **OPTIONS)


def repaired(case: Case, cure: str) -> Findings:
    """Draw both from the same texts."""
    train, valid = noisy(case.data.train).split(0.3, seed=case.seed)
    return case.train(case.model(dropout=0.6), train, valid, **OPTIONS)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
