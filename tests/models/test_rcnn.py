from __future__ import annotations

import pytest
import torch

from textclf.errors import ArgumentError, UnknownOptionError
from textclf.models import RCNN, create_model

SIZES = {"vocab_size": 20, "num_classes": 3, "embed_dim": 4, "hidden_dim": 5, "feature_dim": 6}
IDS = torch.tensor([[5, 3, 2, 9, 0], [4, 7, 0, 0, 0], [8, 0, 0, 0, 0]])
LENGTHS = torch.tensor([4, 2, 1])


def made(**options) -> RCNN:
    torch.manual_seed(0)
    return RCNN(**{**SIZES, **options}).eval()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_token_stands_between_the_states_of_its_neighbours(cell):
    model = made(cell=cell)
    found = model.token_features(IDS, LENGTHS)
    forward, backward = model.recurrence(model.embedding(IDS, LENGTHS), LENGTHS)
    embedded, nothing = model.embedding(IDS, LENGTHS), torch.zeros(5)
    for row, length in enumerate(LENGTHS.tolist()):
        responses = []
        for place in range(length):
            left = forward[row, place - 1] if place > 0 else nothing
            right = backward[row, place + 1] if place + 1 < length else nothing
            responses.append(torch.tanh(model.project(torch.cat([left, embedded[row, place], right]))))
        assert torch.allclose(found[row], torch.stack(responses).amax(dim=0), atol=1e-6)


def test_empty_text_gets_the_bias():
    model = made()
    logits = model(torch.zeros(1, 3, dtype=torch.int64), torch.tensor([0]))
    assert torch.allclose(logits[0], model.classifier.bias)


@pytest.mark.parametrize("option", ["hidden_dim", "feature_dim"])
@pytest.mark.parametrize("bad", [0, -1, 2.0, "3", None, True])
def test_sizes(option, bad):
    with pytest.raises(ArgumentError, match=f"`{option}` must be an integer of at least 1. Received: "):
        made(**{option: bad})


def test_cell():
    with pytest.raises(ArgumentError, match="`cell` must be one of rnn, lstm, gru"):
        made(cell="cnn")


def test_misspelt_option():
    with pytest.raises(UnknownOptionError, match="option of model 'rcnn'.*Did you mean 'feature_dim'"):
        create_model("rcnn", **SIZES, features_dim=2)
