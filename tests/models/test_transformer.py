from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from textclf.errors import ArgumentError, UnknownOptionError
from textclf.models import Transformer, create_model

SIZES = {"vocab_size": 20, "num_classes": 3, "embed_dim": 4, "hidden_dim": 8, "num_heads": 2, "ngrams": 0}
IDS = torch.tensor([[5, 3, 2, 9, 0], [4, 7, 0, 0, 0], [8, 0, 0, 0, 0]])
LENGTHS = torch.tensor([4, 2, 1])
POSITIONS = ["learned", "sinusoidal"]
POOLINGS = ["mean", "max", "attention", "cls"]


def made(**options) -> Transformer:
    torch.manual_seed(0)
    return Transformer(**{**SIZES, **options}).eval()


def logits(model: Transformer, texts: list[list[int]]) -> Tensor:
    with torch.no_grad():
        return torch.cat([model(torch.tensor([text]), torch.tensor([len(text)])) for text in texts])


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("positions", POSITIONS)
class TestEvery:
    def test_the_order_of_the_words_matters(self, positions, pooling):
        one, other = logits(made(positions=positions, pooling=pooling), [[5, 3, 2, 9], [9, 2, 3, 5]])
        assert not torch.allclose(one, other, atol=1e-4)

    def test_every_token_looks_at_every_other(self, positions, pooling):
        model = made(positions=positions, pooling=pooling, num_layers=1)
        embedded = model.embedding(IDS[:1, :4], LENGTHS[:1]).detach().requires_grad_()
        model.features(embedded, LENGTHS[:1])[0, 0].backward()
        assert embedded.grad.abs().sum(dim=2).gt(0).all()

    def test_the_fast_way_of_evaluation_gives_the_same(self, positions, pooling):
        model = made(positions=positions, pooling=pooling)
        slow = model(IDS, LENGTHS)
        with torch.no_grad():
            assert torch.allclose(model(IDS, LENGTHS), slow, atol=1e-5)
        with torch.inference_mode():
            assert torch.allclose(model(IDS, LENGTHS), slow, atol=1e-5)

    def test_later_tokens_than_it_holds_change_nothing(self, positions, pooling):
        model = made(positions=positions, pooling=pooling, max_length=3)
        assert model.reads_at_most == 3
        one, other, short = logits(model, [[5, 3, 2, 9], [5, 3, 2, 7, 7, 7], [5, 3, 2]])
        assert torch.allclose(one, short, atol=1e-6)
        assert torch.allclose(other, short, atol=1e-6)

    def test_is_made_again_from_config_and_weights(self, positions, pooling):
        model = made(positions=positions, pooling=pooling)
        torch.manual_seed(1)
        again = Transformer(**model.config).eval()
        again.load_state_dict(model.state_dict())
        assert torch.equal(again(IDS, LENGTHS), model(IDS, LENGTHS))


def test_the_linear_path_sees_what_the_network_does_not():
    assert made(max_length=3, ngrams=2).reads_at_most is None


@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_empty_text_gets_the_bias(pooling):
    model = made(pooling=pooling)
    assert torch.allclose(model(IDS[:1], torch.tensor([0]))[0], model.classifier.bias)


def test_empty_text_with_a_token_before_it():
    model = made(pooling="cls")
    empty = model(IDS[:1], torch.tensor([0]))
    assert torch.isfinite(empty).all()
    assert not torch.allclose(empty[0], model.classifier.bias, atol=1e-3)


def test_the_layers_do_not_begin_alike():
    first, second = made(num_layers=2).layers
    assert not torch.equal(first.linear1.weight, second.linear1.weight)


def test_waves():
    waves = made(positions="sinusoidal", max_length=100).positions
    assert waves.shape == (100, 8)
    assert waves[0].tolist() == [0.0, 1.0] * 4
    assert waves[7, 2].item() == pytest.approx(math.sin(7 / 10000 ** (2 / 8)), abs=1e-5)
    assert waves[7, 3].item() == pytest.approx(math.cos(7 / 10000 ** (2 / 8)), abs=1e-5)
    assert torch.cdist(waves, waves).fill_diagonal_(1).min() > 0.1


def test_sinusoidal_positions_are_neither_trained_nor_saved():
    model = made(positions="sinusoidal")
    assert "positions" not in model.state_dict()
    assert "positions" in dict(made(positions="learned").named_parameters())


def test_dropout_in_the_layers_acts_in_training_only():
    model = made(layer_dropout=0.5, dropout=0.0, embedding_dropout=0.0)
    assert torch.equal(model(IDS, LENGTHS), model(IDS, LENGTHS))
    model.train()
    assert not torch.equal(model(IDS, LENGTHS), model(IDS, LENGTHS))


class TestOptions:
    @pytest.mark.parametrize("option", ["hidden_dim", "num_layers", "num_heads", "max_length"])
    @pytest.mark.parametrize("bad", [0, -1, 2.0, "3", None, True])
    def test_sizes(self, option, bad):
        with pytest.raises(ArgumentError, match=f"`{option}` must be an integer of at least 1. Received: "):
            made(**{option: bad})

    def test_heads_share_the_features(self):
        with pytest.raises(ArgumentError, match="`hidden_dim` must be a multiple of num_heads, 3. Rec"):
            made(num_heads=3)

    @pytest.mark.parametrize("bad", ["last", "", None])
    def test_pooling(self, bad):
        with pytest.raises(ArgumentError, match="`pooling` must be one of 'mean', 'max', 'attention', 'c"):
            made(pooling=bad)

    @pytest.mark.parametrize("bad", ["sine", "", None])
    def test_positions(self, bad):
        with pytest.raises(ArgumentError, match="`positions` must be one of 'learned', 'sinusoidal'"):
            made(positions=bad)

    @pytest.mark.parametrize("bad", [1, -0.1, "0.5", None, True])
    def test_layer_dropout(self, bad):
        with pytest.raises(ArgumentError, match="`layer_dropout` must be a finite number of at least 0"):
            made(layer_dropout=bad)

    def test_misspelt(self):
        with pytest.raises(UnknownOptionError, match="option of model 'transformer'.*'num_heads'"):
            create_model("transformer", **SIZES, num_head=2)
