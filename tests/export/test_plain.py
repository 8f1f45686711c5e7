from __future__ import annotations

import copy

import pytest
import torch

from textclf.export.plain import PlainNgramScores, PlainRecurrence, make_plain_
from textclf.layers.ngrams import NgramScores
from textclf.layers.recurrence import Recurrence
from textclf.models import create_model

LENGTHS = torch.tensor([6, 1, 3, 0])

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")


@pytest.mark.parametrize(
    "options",
    [
        {"cell": "lstm", "num_layers": 2, "bidirectional": True},
        {"cell": "gru", "bidirectional": True},
        {"cell": "rnn"},
        {"cell": "rnn", "nonlinearity": "relu", "num_layers": 2},
    ],
)
@torch.no_grad()
def test_a_recurrence_gives_what_torch_gives(options):
    torch.manual_seed(0)
    layer = Recurrence(5, hidden_dim=4, **options).eval()
    embedded = torch.randn(4, 6, 5)
    real = torch.arange(6) < LENGTHS.unsqueeze(1)
    for found, wanted in zip(
        PlainRecurrence(layer)(embedded, LENGTHS), layer(embedded, LENGTHS), strict=True
    ):
        if wanted is None:
            assert found is None
        else:
            torch.testing.assert_close(found[real], wanted[real])
            assert not found[~real].any()


@torch.no_grad()
def test_ngram_scores_without_a_bag():
    torch.manual_seed(0)
    layer = NgramScores(50, 3, longest=3).eval()
    for tensor in (layer.table.weight, layer.bias, layer.rarity):
        tensor.uniform_(0.5, 2)
    ids = torch.randint(2, 50, (4, 6))
    torch.testing.assert_close(PlainNgramScores(layer)(ids, LENGTHS), layer(ids, LENGTHS))


def test_the_layers_of_a_model_are_replaced_wherever_they_are():
    model = create_model("bilstm", vocab_size=9, num_classes=2)
    plain = make_plain_(copy.deepcopy(model))
    assert isinstance(plain.recurrence, PlainRecurrence)
    assert isinstance(plain.ngrams, PlainNgramScores)
    assert isinstance(model.recurrence, Recurrence)
    nested = torch.nn.Sequential(torch.nn.ModuleList([NgramScores(9, 2)]))
    assert isinstance(make_plain_(nested)[0][0], PlainNgramScores)
