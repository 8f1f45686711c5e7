from __future__ import annotations

import pytest
import torch

from textclf import TextEncoder, create_model
from textclf.errors import ArgumentError
from textclf.saved_model.parts import labels_of_texts, labels_of_tokens

OF_TEXTS = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])
OF_TOKENS = TextEncoder.build([["in", "New", "York"]], token_labels=[["O", "B", "I"]])
HEADS = {"inside": ["no", "yes"], "tag": ["B", "I", "O"]}


def model(name, encoder, classes, **sizes):
    return create_model(name, **{"vocab_size": encoder.vocab_size, "num_classes": classes, **sizes})


def test_the_labels_of_texts():
    assert labels_of_texts(OF_TEXTS, model("dan", OF_TEXTS, 2)) is OF_TEXTS.labels
    with pytest.raises(
        ArgumentError, match="`model` must be one that gives a text one kind .* textclf.Tagger"
    ):
        labels_of_texts(OF_TOKENS, model("rnn_tagger", OF_TOKENS, 3))


def test_the_labels_of_tokens():
    assert labels_of_tokens(OF_TOKENS, model("rnn_tagger", OF_TOKENS, 3), None) == [OF_TOKENS.labels]
    found = labels_of_tokens(OF_TOKENS, model("joint_rnn", OF_TOKENS, {"inside": 2, "tag": 3}), HEADS)
    assert [labels.names for labels in found] == [("no", "yes"), ("B", "I", "O")]
    with pytest.raises(ArgumentError, match="`model` must be one that labels tokens.* textclf.Predictor"):
        labels_of_tokens(OF_TEXTS, model("dan", OF_TEXTS, 2), None)


@pytest.mark.parametrize(
    "labels", [labels_of_texts, lambda encoder, model: labels_of_tokens(encoder, model, None)]
)
def test_what_is_no_part(labels):
    with pytest.raises(ArgumentError, match="`encoder` must be a TextEncoder. Received: 'MLP'"):
        labels(model("dan", OF_TEXTS, 2), OF_TEXTS)
    with pytest.raises(
        ArgumentError, match="`model` must be a textclf.models.Classifier. Received: 'Linear'. Make it with"
    ):
        labels(OF_TEXTS, torch.nn.Linear(1, 1))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (
            {"num_classes": 4},
            "made with num_classes=., as the encoder has it. Received: 4. Use the encoder",
        ),
        ({"vocab_size": 99}, "`model` must be made with vocab_size=., as the encoder has it. Received: 99"),
    ],
)
def test_other_sizes(sizes, message):
    with pytest.raises(ArgumentError, match=message):
        labels_of_texts(OF_TEXTS, model("dan", OF_TEXTS, 2, **sizes))
    with pytest.raises(ArgumentError, match=message):
        labels_of_tokens(OF_TOKENS, model("rnn_tagger", OF_TOKENS, 3, **sizes), None)
