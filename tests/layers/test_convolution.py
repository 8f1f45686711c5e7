from __future__ import annotations

import pytest
import torch
from torch import Tensor

from textclf.layers.convolution import ConvMaxPool


def naive(layer: ConvMaxPool, texts: list[Tensor]) -> Tensor:
    """Slide each filter over each text by itself, window by window, with zeros beyond its ends."""
    rows = []
    for text in texts:
        values = []
        for convolution in layer.convolutions:
            width = convolution.kernel_size[0]
            for weight, bias in zip(convolution.weight, convolution.bias, strict=True):  # (D, width), ()
                best = torch.zeros(())  # ReLU, and the answer for no token
                for centre in range(len(text)):
                    response = bias
                    for offset in range(width):
                        place = centre - width // 2 + offset
                        if 0 <= place < len(text):
                            response = response + (weight[:, offset] * text[place]).sum()
                    best = torch.maximum(best, response)
                values.append(best)
        rows.append(torch.stack(values))
    return torch.stack(rows)


def batch_of(texts: list[Tensor], extra: int = 0) -> tuple[Tensor, Tensor]:
    lengths = torch.tensor([len(text) for text in texts])
    embedded = torch.zeros(len(texts), max([1, *lengths.tolist()]) + extra, texts[0].shape[1])
    for row, text in enumerate(texts):
        embedded[row, : len(text)] = text
    return embedded, lengths


def made(widths=(2, 3), filters=(3, 2), features: int = 4) -> ConvMaxPool:
    torch.manual_seed(0)
    return ConvMaxPool(features, kernel_widths=widths, num_filters=filters)


@pytest.mark.parametrize("widths", [(1,), (2,), (3,), (4,), (5, 2), (9, 6), (3, 3)])
@pytest.mark.parametrize("extra", [0, 1, 7])
def test_equals_each_window_of_each_text_by_itself(widths, extra):
    layer = made(widths, (3,) * len(widths))
    texts = [torch.randn(length, 4) for length in (5, 1, 0, 2, 8, 3)]
    with torch.no_grad():
        assert torch.allclose(layer(*batch_of(texts, extra)), naive(layer, texts), atol=1e-5)


def test_gradients_equal_those_of_each_window_by_itself():
    layer = made((2, 5), (3, 3))
    texts = [torch.randn(length, 4) for length in (4, 1, 0, 3)]
    parameters = list(layer.parameters())
    fast = torch.autograd.grad(layer(*batch_of(texts, 3)).square().sum(), parameters)
    slow = torch.autograd.grad(naive(layer, texts).square().sum(), parameters)
    for ours, theirs in zip(fast, slow, strict=True):
        assert theirs.any()
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_features_come_width_by_width():
    layer = made((2, 3), (3, 2))
    batch = batch_of([torch.randn(6, 4)])
    before = layer(*batch)
    with torch.no_grad():
        for parameter in layer.convolutions[0].parameters():
            parameter.zero_()
    after = layer(*batch)
    assert before[0, :3].any()
    assert not after[0, :3].any()
    assert torch.equal(after[0, 3:], before[0, 3:])


def test_responses_are_rectified():
    layer = made((3,), (4,))
    with torch.no_grad():
        layer.convolutions[0].weight.zero_()
        layer.convolutions[0].bias.copy_(torch.tensor([-1.0, 0.0, 0.5, 2.0]))
    assert layer(*batch_of([torch.randn(3, 4)])).tolist() == [[0.0, 0.0, 0.5, 2.0]]


def test_empty_text_gives_zeros_even_with_a_positive_bias():
    layer = made((2, 3), (3, 2))
    with torch.no_grad():
        for convolution in layer.convolutions:
            convolution.bias.fill_(1.0)
    pooled = layer(*batch_of([torch.randn(0, 4), torch.randn(3, 4)]))
    assert pooled[0].tolist() == [0.0] * 5
    assert pooled[1].all()


def test_empty_texts_alone_leave_gradients_finite():
    layer = made()
    layer(*batch_of([torch.randn(0, 4)] * 2)).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in layer.parameters())


def test_a_pattern_is_found_wherever_it_stands():
    layer = made((2,), (1,), features=1)
    with torch.no_grad():
        layer.convolutions[0].weight.copy_(torch.tensor([[[1.0, -1.0]]]))
        layer.convolutions[0].bias.zero_()
    found = []
    for place in range(4):
        text = torch.zeros(5, 1)
        text[place] = 3.0
        found.append(layer(*batch_of([text])).item())
    assert found == [3.0] * 4


def test_widths_and_counts_must_be_as_many():
    with pytest.raises(ValueError, match="zip"):
        ConvMaxPool(4, kernel_widths=(2, 3), num_filters=(5,))
