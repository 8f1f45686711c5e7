from __future__ import annotations

import pytest
import torch

from textclf import TextEncoder, create_model
from textclf.errors import ArgumentError
from textclf.saved_model.parts import check_kinds, check_sizes

ENCODER = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])


@pytest.fixture
def model():
    return create_model("dan", vocab_size=ENCODER.vocab_size, num_classes=2)


def test_what_they_are(model):
    check_kinds(ENCODER, model)
    with pytest.raises(ArgumentError, match="`encoder` must be a TextEncoder. Received: 'MLP'"):
        check_kinds(model, ENCODER)
    with pytest.raises(
        ArgumentError, match="`model` must be a textclf.models.Classifier. Received: 'Linear'. Make it with"
    ):
        check_kinds(ENCODER, torch.nn.Linear(1, 1))


def test_their_sizes(model):
    check_sizes(model, vocab_size=ENCODER.vocab_size, num_classes=2)
    with pytest.raises(
        ArgumentError,
        match="`model` must be made with num_classes=3, as the encoder has it. Received: 2. Use the encoder",
    ):
        check_sizes(model, vocab_size=ENCODER.vocab_size, num_classes=3)
    with pytest.raises(ArgumentError, match="made with vocab_size=99"):
        check_sizes(model, vocab_size=99)
