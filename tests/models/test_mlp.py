from __future__ import annotations

import pytest
import torch
from torch import nn

from textclf.errors import ArgumentError, UnknownOptionError
from textclf.models import MLP, create_model

SIZES = {"vocab_size": 20, "num_classes": 3, "embed_dim": 4}
IDS, LENGTHS = torch.tensor([[5, 3, 2, 9], [4, 7, 0, 0]]), torch.tensor([4, 2])


def made(**options) -> MLP:
    torch.manual_seed(0)
    return MLP(**{**SIZES, "hidden_dim": 6, **options}).eval()


def test_concat_puts_the_first_vectors_side_by_side():
    model = made(max_length=3)
    embedded = model.embedding(IDS, LENGTHS)
    side_by_side = torch.cat([embedded[:, 0], embedded[:, 1], embedded[:, 2]], dim=1)
    assert torch.equal(model(IDS, LENGTHS), model.classifier(model.hidden(side_by_side)))


def test_concat_fills_a_short_text_with_zeros():
    model = made(max_length=6)
    embedded = model.embedding(IDS, LENGTHS)
    side_by_side = torch.cat([embedded.flatten(1), torch.zeros(2, 8)], dim=1)
    assert torch.equal(model(IDS, LENGTHS), model.classifier(model.hidden(side_by_side)))


def test_concat_sees_no_token_after_max_length():
    model = made(max_length=3)
    other = IDS.clone()
    other[0, 3] = 17
    assert torch.equal(model(other, LENGTHS), model(IDS, LENGTHS))
    other[0, 2] = 17
    assert not torch.allclose(model(other, LENGTHS), model(IDS, LENGTHS), atol=1e-4)


def test_mean_is_over_the_whole_text_in_no_order():
    model = made(combine="mean", max_length=1)
    embedded = model.embedding(IDS, LENGTHS)
    mean = torch.stack([embedded[0].mean(dim=0), embedded[1, :2].mean(dim=0)])
    assert torch.allclose(model(IDS, LENGTHS), model.classifier(model.hidden(mean)), atol=1e-6)
    one, length = IDS[:1], LENGTHS[:1]
    assert torch.allclose(model(one.flip(1), length), model(one, length), atol=1e-6)
    concat = made(max_length=4)
    assert not torch.allclose(concat(one.flip(1), length), concat(one, length), atol=1e-4)


def test_dan_is_the_mean_by_another_name():
    torch.manual_seed(0)
    dan = create_model("dan", **SIZES, hidden_dim=6).eval()
    assert type(dan) is MLP
    assert torch.equal(dan(IDS, LENGTHS), made(combine="mean")(IDS, LENGTHS))


@pytest.mark.parametrize(
    ("name", "layer"),
    [("relu", nn.ReLU), ("tanh", nn.Tanh), ("gelu", nn.GELU), ("sigmoid", nn.Sigmoid)],
)
def test_activation(name, layer):
    assert type(made(activation=name).hidden[-1]) is layer


def test_no_bias_stands_before_the_normalisation_that_would_take_it_away():
    assert made().hidden[0].bias is None
    assert made().hidden[1].bias is not None


def test_training_normalises_over_the_batch():
    model = made(dropout=0.0).train()
    before = model.hidden[1].running_mean.clone()
    together = model(IDS, LENGTHS)
    assert not torch.equal(model.hidden[1].running_mean, before)
    assert not torch.allclose(together, model.eval()(IDS, LENGTHS), atol=1e-3)


class TestOptions:
    def test_misspelt(self):
        with pytest.raises(
            UnknownOptionError, match=r"`maxlength` must be an option of MLP.*'max_length'\?"
        ):
            made(maxlength=3)

    def test_misspelt_by_another_name(self):
        with pytest.raises(
            UnknownOptionError, match=r"`hidden_dims` must be .* Did you mean 'hidden_dim'\?"
        ):
            create_model("dan", **SIZES, hidden_dims=3)

    @pytest.mark.parametrize("bad", ["sum", "Mean", "", None])
    def test_combine(self, bad):
        with pytest.raises(ArgumentError, match="`combine` must be one of 'concat', 'mean'. Received: "):
            made(combine=bad)

    @pytest.mark.parametrize("bad", ["swish", "ReLU", "", None, nn.ReLU])
    def test_activation(self, bad):
        with pytest.raises(
            ArgumentError, match="`activation` must be one of 'relu', 'tanh', 'gelu', 'sigmoid'"
        ):
            made(activation=bad)

    @pytest.mark.parametrize("option", ["max_length", "hidden_dim"])
    @pytest.mark.parametrize("bad", [0, -1, 2.0, "3", None, True])
    def test_sizes(self, option, bad):
        with pytest.raises(ArgumentError, match=f"`{option}` must be an integer of at least 1. Received: "):
            made(**{option: bad})
