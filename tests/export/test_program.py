from __future__ import annotations

import pytest
import torch

from textclf.errors import ArgumentError
from textclf.export.program import traced
from textclf.models import Classifier, create_model, list_models
from textclf.models.base import records_options

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")

OTHERS = [
    ("rnn", {"nonlinearity": "relu", "pooling": "mean"}),
    ("bigru", {"num_layers": 2, "pooling": "last", "ngrams": 0}),
    ("lstm", {"pooling": "attention", "ngrams": 0}),
    ("bilstm", {"initial_state": "gaussian", "ngrams": 0}),
    ("textrnn", {"cell": "gru_by_hand", "initial_state": "xavier_tanh", "ngrams": 0}),
    ("textcnn", {"kernel_widths": (1, 8), "ngrams": 0, "embedding_mode": "multichannel"}),
    ("mlp", {"max_length": 3, "ngrams": 3}),
    ("dpcnn", {"num_blocks": 1, "ngrams": 0}),
    ("dpcnn", {"num_blocks": 6, "ngrams": 0}),
    ("transformer", {"max_length": 16, "ngrams": 0, "pooling": "cls"}),
    ("transformer", {"max_length": 16, "positions": "sinusoidal", "pooling": "attention"}),
]


def model_of(name, options):
    torch.manual_seed(0)
    if "embedding_mode" in options:
        options = {**options, "embedding": torch.randn(40, 6)}
    model = create_model(name, vocab_size=40, num_classes=3, **options).eval()
    for key, tensor in model.state_dict().items():
        if "embedding" not in key and tensor.dtype == torch.float32:
            tensor.uniform_(0.2, 0.9)
    return model


@pytest.mark.parametrize(("name", "options"), [*((name, {}) for name in list_models()), *OTHERS])
@torch.no_grad()
def test_every_model_can_be_traced_for_any_size(name, options):
    model = model_of(name, options)
    program = traced(model, temperature=2.0).module()
    for texts, width in [(1, 1), (1, 0), (2, 1), (3, 40), (40, 9)]:
        token_ids = torch.randint(2, 40, (texts, width))
        lengths = torch.randint(0, width + 1, (texts,))
        found, wanted = program(token_ids, lengths), model(token_ids, lengths) / 2.0
        torch.testing.assert_close(found, wanted, rtol=2e-5, atol=1e-4)


def test_the_model_is_left_as_it_is():
    model = model_of("fasttext", {}).train()
    traced(model)
    assert model.training
    assert "Plain" not in repr(model)


class Peeks(Classifier):
    @records_options
    def __init__(self, *, vocab_size, num_classes):
        super().__init__(vocab_size=vocab_size, num_classes=num_classes)
        self.bias = torch.nn.Parameter(torch.zeros(num_classes))

    def forward(self, token_ids, lengths):
        if lengths.sum() > 3:
            return self.bias.expand(lengths.shape[0], -1)
        return -self.bias.expand(lengths.shape[0], -1)


class Counts(Peeks):
    def forward(self, token_ids, lengths):
        return self.bias.expand(len(lengths), -1)


@pytest.mark.parametrize("made", [Peeks, Counts])
def test_what_cannot_be_traced_is_said(made):
    with pytest.raises(
        ArgumentError, match=f"`model` must be one that torch.export can trace .*'{made.__name__}'"
    ):
        traced(made(vocab_size=9, num_classes=2))
