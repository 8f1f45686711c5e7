from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import textclf.layers.convolution as module
import textclf.layers.windows as windows
from textclf.layers.convolution import ConvMaxPool


@pytest.fixture(params=["convolved", "by windows"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Test every way to compute it, whatever the number of tokens."""
    monkeypatch.setattr(windows, "_FEWEST", 1 if request.param == "by windows" else 10**9)
    monkeypatch.setattr(module, "_FEW", 10**9 if request.param == "by windows" else 0)
    return request.param


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
    expected = naive(layer, texts)
    assert torch.allclose(layer(*batch_of(texts, extra)), expected, atol=1e-5)
    with torch.no_grad():
        assert torch.allclose(layer(*batch_of(texts, extra)), expected, atol=1e-5)


def test_gradients_equal_those_of_each_window_by_itself():
    layer = made((2, 5), (3, 3))
    texts = [torch.randn(length, 4) for length in (4, 1, 0, 3)]
    parameters = list(layer.parameters())
    fast = torch.autograd.grad(layer(*batch_of(texts, 3)).square().sum(), parameters)
    slow = torch.autograd.grad(naive(layer, texts).square().sum(), parameters)
    for ours, theirs in zip(fast, slow, strict=True):
        assert theirs.any()
        assert torch.allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("tokens", [1, 8, 30])
def test_gradients_of_texts_equal_those_of_each_window_by_itself(tokens, monkeypatch):
    monkeypatch.setattr(module, "_TOKENS", tokens)
    layer = made((2, 5), (3, 3))
    texts = [torch.randn(length, 4, requires_grad=True) for length in (4, 1, 3, 6)]
    fast = torch.autograd.grad(layer(*batch_of(texts, 2)).square().sum(), texts)
    slow = torch.autograd.grad(naive(layer, texts).square().sum(), texts)
    for ours, theirs in zip(fast, slow, strict=True):
        assert theirs.any()
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_which_way_is_gone(way):
    def nodes(node) -> set[str]:
        return {type(node).__name__}.union(*(nodes(its) for its, _ in node.next_functions if its))

    found = nodes(made()(*batch_of([torch.randn(9, 4)] * 30)).grad_fn)
    assert any("Convolution" in name for name in found) == (way == "convolved")
    assert any("MaxOverWindows" in name for name in found) == (way == "by windows")


@pytest.mark.parametrize("widths", [(1,), (2, 5), (9, 6)])
@pytest.mark.parametrize("extra", [0, 3])
def test_distinct_vectors_are_pooled_as_the_texts_that_they_make(widths, extra):
    layer = made(widths, (3,) * len(widths))
    vectors = nn.functional.pad(torch.randn(6, 4), (0, 0, 1, 0)).requires_grad_()
    sentences = [[1, 2, 1, 1, 3], [6], [], [5, 5, 5, 2, 4, 1, 6]]
    lengths = torch.tensor([len(places) for places in sentences])
    places = torch.zeros(4, 7 + extra, dtype=torch.int64)
    for row, its in enumerate(sentences):
        places[row, : len(its)] = torch.tensor(its, dtype=torch.int64)
    leaves = [vectors, *layer.parameters()]
    pooled = layer.pool_distinct(vectors, places, lengths)
    usual = layer(vectors[places], lengths)
    assert torch.allclose(pooled, usual, atol=1e-5)
    for ours, theirs in zip(
        torch.autograd.grad(pooled.square().sum(), leaves),
        torch.autograd.grad(usual.square().sum(), leaves),
        strict=True,
    ):
        some = slice(1, None) if theirs.shape == vectors.shape else slice(None)  # all but padding
        assert torch.allclose(ours[some], theirs[some], atol=1e-4)


def test_can_be_exported(way):
    layer = made().eval()
    batch = batch_of([torch.randn(9, 4), torch.randn(5, 4)])
    exported = torch.export.export(layer, batch).module()
    assert torch.allclose(exported(*batch), layer(*batch), atol=1e-6)


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
