from __future__ import annotations

import copy

import pytest
import torch

from textclf.export.plain import (
    PlainAttentionLayer,
    PlainFirstTokens,
    PlainHalving,
    PlainNgramScores,
    PlainRecurrence,
    make_plain_,
)
from textclf.layers.ngrams import NgramScores
from textclf.layers.recurrence import Recurrence
from textclf.models import create_model
from textclf.models.dpcnn import Halving
from textclf.models.transformer import FirstTokens

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


@pytest.mark.parametrize("width", [1, 2, 6, 7])
def test_halving_in_two_dimensions(width):
    torch.manual_seed(0)
    text, lengths = torch.randn(4, 5, width), LENGTHS.clamp(max=width)
    for found, wanted in zip(PlainHalving()(text, lengths), Halving()(text, lengths), strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=0)


@pytest.mark.parametrize("width", [0, 4, 9])
def test_tokens_beyond_the_last_position_get_that_one(width):
    embedded, positions = torch.randn(2, width, 3), torch.randn(4, 5)
    whole, its = PlainFirstTokens()(embedded, positions)
    cut, wanted = FirstTokens()(embedded, positions)
    torch.testing.assert_close(whole, embedded)
    torch.testing.assert_close(whole[:, :4], cut)
    torch.testing.assert_close(its[:4], wanted)
    assert (its[4:] == positions[3]).all()


@torch.no_grad()
def test_attention_without_the_fast_path():
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(
        8, 2, 16, activation="gelu", batch_first=True, norm_first=True
    ).eval()
    tokens, real = torch.randn(4, 6, 8), torch.arange(6) < LENGTHS.clamp(min=1).unsqueeze(1)
    found = PlainAttentionLayer(layer)(tokens, ~real)
    torch.testing.assert_close(found[real], layer(tokens, src_key_padding_mask=~real)[real])


def test_a_layer_of_attention_with_the_norms_last_is_left():
    its = torch.nn.Sequential(torch.nn.TransformerEncoderLayer(4, 2, batch_first=True))
    assert isinstance(make_plain_(its)[0], torch.nn.TransformerEncoderLayer)


def test_the_layers_of_a_model_are_replaced_wherever_they_are():
    model = create_model("bilstm", vocab_size=9, num_classes=2)
    plain = make_plain_(copy.deepcopy(model))
    assert isinstance(plain.recurrence, PlainRecurrence)
    assert isinstance(plain.ngrams, PlainNgramScores)
    assert isinstance(model.recurrence, Recurrence)
    nested = torch.nn.Sequential(torch.nn.ModuleList([NgramScores(9, 2)]))
    assert isinstance(make_plain_(nested)[0][0], PlainNgramScores)
