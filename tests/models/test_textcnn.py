from __future__ import annotations

import math

import pytest
import torch

from textclf.errors import ArgumentError, UnknownOptionError
from textclf.models import TextCNN

SIZES = {"vocab_size": 20, "num_classes": 3, "embed_dim": 4}
IDS, LENGTHS = torch.tensor([[5, 3, 2, 9], [4, 7, 0, 0]]), torch.tensor([4, 2])


def made(**options) -> TextCNN:
    torch.manual_seed(0)
    return TextCNN(**SIZES, **options).eval()


def test_is_embedding_convolution_and_one_linear_layer():
    model = made(kernel_widths=(2, 3), num_filters=5)
    pooled = model.convolution(model.embedding(IDS, LENGTHS), LENGTHS)
    assert pooled.shape == (2, 10)
    assert torch.equal(model(IDS, LENGTHS), model.classifier(pooled))


def test_of_many_tokens_each_distinct_one_is_looked_up_once(monkeypatch):
    model = made(kernel_widths=(2, 3), num_filters=5)
    found = []
    distinct = model.embedding.distinct
    monkeypatch.setattr(
        model.embedding, "distinct", lambda *batch: found.append(distinct(*batch)) or found[-1]
    )
    together = model(IDS.repeat(50, 1), LENGTHS.repeat(50))
    assert torch.allclose(together, model(IDS, LENGTHS).repeat(50, 1), atol=1e-6)
    assert [len(vectors) for vectors, _ in found] == [7]  # and the two texts alone went the other way


def test_has_the_filters_of_the_paper_by_default():
    layers = made().convolution.convolutions
    assert [layer.kernel_size for layer in layers] == [(3,), (4,), (5,)]
    assert [layer.out_channels for layer in layers] == [100, 100, 100]
    assert made().dropout.p == 0.5


def test_as_many_filters_of_each_width_as_asked_for():
    layers = made(kernel_widths=[1, 6], num_filters=[7, 2]).convolution.convolutions
    assert [(layer.kernel_size, layer.out_channels) for layer in layers] == [((1,), 7), ((6,), 2)]


def test_multichannel_filters_see_both_channels():
    model = TextCNN(
        vocab_size=20, num_classes=3, embedding=torch.randn(20, 4), embedding_mode="multichannel"
    )
    assert {layer.in_channels for layer in model.convolution.convolutions} == {8}


def test_order_matters_to_wide_filters_and_not_to_narrow_ones():
    flipped = IDS[:1].flip(1)
    wide, narrow = made(kernel_widths=(3,)), made(kernel_widths=(1,))
    assert not torch.allclose(wide(flipped, LENGTHS[:1]), wide(IDS[:1], LENGTHS[:1]), atol=1e-4)
    assert torch.allclose(narrow(flipped, LENGTHS[:1]), narrow(IDS[:1], LENGTHS[:1]), atol=1e-5)


def test_empty_text_gets_the_bias():
    model = made()
    logits = model(torch.zeros(1, 3, dtype=torch.int64), torch.tensor([0]))
    assert torch.allclose(logits[0], model.classifier.bias)


@torch.no_grad()
def test_a_text_of_a_hundred_thousand_tokens_is_read_to_its_end():
    model = made(num_filters=4)
    model.embedding.channels[0].weight[19] = 50.0  # louder than all other words
    ids = torch.randint(2, 19, (1, 100_000))
    lengths = torch.tensor([100_000])
    before = model(ids, lengths)
    ids[0, -1] = 19
    after = model(ids, lengths)
    assert torch.isfinite(before).all()
    assert torch.isfinite(after).all()
    assert not torch.allclose(before, after, atol=1e-2)


class TestOptions:
    def test_misspelt(self):
        with pytest.raises(
            UnknownOptionError,
            match=r"`kernal_widths` must be an option of TextCNN\. Received: kernal_widths=\(3, 4\)\. "
            r"Did you mean 'kernel_widths'\?",
        ):
            made(kernal_widths=(3, 4))

    @pytest.mark.parametrize("bad", [3, None, 2.5, (), [], "", {3, 4}])
    def test_widths_must_be_a_list(self, bad):
        with pytest.raises(ArgumentError, match="`kernel_widths` must be at least one width, in a list"):
            made(kernel_widths=bad)

    @pytest.mark.parametrize("bad", [0, -1, 2.0, "3", None, True, math.nan])
    def test_each_width(self, bad):
        with pytest.raises(
            ArgumentError, match="`kernel_widths` must be an integer of at least 1. Received: "
        ):
            made(kernel_widths=(3, bad))

    @pytest.mark.parametrize("bad", [0, -1, 2.0, "3", None, True, [4, 0, 4], [4, 4, 2.5]])
    def test_number_of_filters(self, bad):
        with pytest.raises(
            ArgumentError, match="`num_filters` must be an integer of at least 1. Received: "
        ):
            made(num_filters=bad)

    @pytest.mark.parametrize("bad", [[], [4], [4, 4], [4, 4, 4, 4]])
    def test_one_number_a_width(self, bad):
        with pytest.raises(
            ArgumentError, match="`num_filters` must be one number, or 3, one a width. Received"
        ):
            made(num_filters=bad)

    def test_a_range_is_a_list_of_widths(self):
        assert made(kernel_widths=range(2, 5)).config["kernel_widths"] == [2, 3, 4]

    def test_all_by_keyword(self):
        with pytest.raises(TypeError, match="positional"):
            TextCNN(20, 3)
