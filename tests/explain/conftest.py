"""A small trained predictor of any model, made once for all tests of explanations."""

from __future__ import annotations

import functools

import pytest
from torch import nn

from textclf import Predictor, TextEncoder, Trainer, Windows, create_model, seed_everything
from textclf.models import Classifier, records_options

TEXTS = ["a good film", "a bad film", "fine acting", "dull , very dull", "good good fun", "bad"] * 4
LABELS = ["pos", "neg", "pos", "neg", "pos", "neg"] * 4
SIZES = {
    "fasttext": {},
    "textcnn": {"num_filters": 4, "embed_dim": 6},
    "dpcnn": {"num_filters": 4, "embed_dim": 6},
    "transformer": {"hidden_dim": 8, "embed_dim": 6},
}


class Own(Classifier):
    """A user's own model, of which nothing is known but how it is called."""

    @records_options
    def __init__(self, *, vocab_size, num_classes):
        super().__init__(vocab_size=vocab_size, num_classes=num_classes)
        self.table = nn.EmbeddingBag(vocab_size, num_classes, mode="mean", padding_idx=0)
        nn.init.zeros_(self.table.weight)

    def forward(self, token_ids, lengths):
        return self.table(token_ids)


@functools.cache
def trained(
    name="fasttext", labels=tuple(LABELS), windows=None, max_length=None, tokenizer="word", **options
):
    encoder = TextEncoder.build(TEXTS, labels, max_length=max_length, tokenizer=tokenizer)
    seed_everything(0)
    sizes = {"vocab_size": encoder.vocab_size, "num_classes": encoder.num_classes}
    if name == "own":
        model = Own(**sizes)
    else:
        model = create_model(
            name, **sizes, **{**SIZES.get(name, {"embed_dim": 6, "hidden_dim": 6}), **options}
        )
    training = Trainer(model, epochs=15, learning_rate=0.05, device="cpu", progress=False)
    training.fit(encoder.encode(TEXTS, labels))
    return Predictor(encoder, model, device="cpu", precision="fp32", windows=windows and Windows(*windows))


@pytest.fixture
def make():
    return trained
