from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import textclf.layers.windows as windows
from textclf.layers.windows import max_over_windows, takes_windows

WIDTHS = [1, 2, 3, 4, 5, 9]


def some(
    lengths: list[int], *, width: int = 3, distinct: int = 12, features: int = 4, filters: int = 5, extra=0
) -> dict[str, Tensor]:
    """Return texts of these lengths, in double precision, and filters."""
    random = torch.Generator().manual_seed(len(lengths) * 100 + width)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random, dtype=torch.float64)

    vectors = normal(distinct, features)
    vectors[0] = 0.0
    padded = max([1, *lengths]) + extra
    places = torch.randint(1, distinct, (len(lengths), padded), generator=random)
    sizes = torch.tensor(lengths)
    places[torch.arange(padded) >= sizes[:, None]] = 0
    return {
        "vectors": vectors,
        "places": places,
        "lengths": sizes,
        "weight": normal(filters, features, width),
        "bias": normal(filters),
    }


def convolved(vectors: Tensor, places: Tensor, lengths: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return what the function promises, as a convolution of the embedded texts."""
    channels_first = vectors[places].transpose(1, 2)
    responses = nn.functional.conv1d(channels_first, weight, bias, padding=weight.shape[2] // 2)
    responses = responses[:, :, : places.shape[1]]
    beyond = torch.arange(places.shape[1]) >= lengths[:, None]
    return responses.masked_fill(beyond[:, None], -torch.inf).max(dim=2).values


def gradients(function, texts: dict[str, Tensor], names=("vectors", "weight", "bias")) -> list[Tensor]:
    leaves = {name: texts[name].clone().requires_grad_() for name in names}
    pooled = function(**{**texts, **leaves})
    toward = torch.linspace(-1, 2, pooled.numel(), dtype=pooled.dtype).view_as(pooled)
    toward = toward * torch.isfinite(pooled)
    return list(torch.autograd.grad(pooled, list(leaves.values()), toward))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("extra", [0, 1, 9])
@pytest.mark.parametrize("lengths", [[5, 1, 0, 2, 8, 3], [1], [0], [20, 64, 33]])
class TestEqualsAConvolution:
    def test_in_value(self, lengths, extra, width):
        texts = some(lengths, width=width, extra=extra)
        with torch.no_grad():
            bare = max_over_windows(**texts)
        assert torch.allclose(bare, convolved(**texts), atol=1e-12)
        texts["bias"].requires_grad_()
        assert torch.equal(max_over_windows(**texts), bare)

    def test_in_gradient(self, lengths, extra, width):
        texts = some(lengths, width=width, extra=extra)
        fast, slow = gradients(max_over_windows, texts), gradients(convolved, texts)
        slow[0][0] = 0.0  # padding is no parameter
        for ours, theirs in zip(fast, slow, strict=True):
            assert torch.allclose(ours, theirs, atol=1e-12)
            assert theirs.any() or not sum(lengths)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_gradients_are_those_of_finite_differences(width):
    texts = some([6, 1, 3], width=width, filters=3)
    words = texts["vectors"][1:].requires_grad_()
    leaves = [words, *(texts[name].requires_grad_() for name in ("weight", "bias"))]

    def function(words: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        vectors = nn.functional.pad(words, (0, 0, 1, 0))
        return max_over_windows(vectors, texts["places"], texts["lengths"], weight, bias)

    assert torch.autograd.gradcheck(function, leaves)


@pytest.mark.parametrize("length", [3, 8, 9, 40])
def test_among_equal_windows_the_first_gets_the_gradient(length):
    places = torch.arange(1, length + 1)[None]
    vectors = torch.ones(length + 1, 1)
    vectors[0] = 0.0
    vectors.requires_grad_()
    weight, bias = torch.ones(1, 1, 1), torch.zeros(1)
    max_over_windows(vectors, places, torch.tensor([length]), weight, bias).sum().backward()
    assert vectors.grad is not None
    assert vectors.grad.flatten().tolist() == [0.0, 1.0] + [0.0] * (length - 1)


def test_an_empty_text_has_minus_infinity_and_no_part_in_the_gradient_of_another():
    texts = some([4, 0])
    alone = {**texts, "places": texts["places"][:1], "lengths": texts["lengths"][:1]}
    assert torch.isneginf(max_over_windows(**texts)[1]).all()

    def of_the_first(**its: Tensor) -> Tensor:
        return max_over_windows(**its)[:1]

    for both, one in zip(gradients(of_the_first, texts), gradients(max_over_windows, alone), strict=True):
        assert torch.allclose(both, one, atol=1e-12)


@pytest.mark.parametrize("kind", [torch.int32, torch.int64])
def test_places_of_both_types(kind):
    texts = some([9, 4])
    assert torch.equal(
        max_over_windows(**{**texts, "places": texts["places"].to(kind)}), max_over_windows(**texts)
    )


def test_what_is_frozen_gets_no_gradient():
    texts = some([9, 4])
    everything = dict(zip(("vectors", "weight", "bias"), gradients(max_over_windows, texts), strict=True))
    for name, gradient in everything.items():
        assert torch.equal(gradients(max_over_windows, texts, (name,))[0], gradient)
    texts["bias"].requires_grad_()
    pooled = max_over_windows(**texts)
    assert [type(edge[0]).__name__ for edge in pooled.grad_fn.next_functions if edge[0]] == [
        "AccumulateGrad"
    ]


def test_a_second_derivative_is_refused():
    texts = some([9, 4])
    texts["weight"].requires_grad_()
    (first,) = torch.autograd.grad(
        max_over_windows(**texts).square().sum(), texts["weight"], create_graph=True
    )
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


@pytest.mark.parametrize("size", [1, 300, 5000])
def test_the_size_of_tiles_changes_no_bit(size, monkeypatch):
    texts = some([30, 12, 0, 25, 30, 7], filters=8)
    before = [max_over_windows(**texts), *gradients(max_over_windows, texts)]
    monkeypatch.setattr(windows, "_TILE", size)
    after = [max_over_windows(**texts), *gradients(max_over_windows, texts)]
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("rows", [1, 5, 12])
def test_products_made_some_rows_at_a_time(rows, monkeypatch):
    texts = some([30, 12, 0])
    before = max_over_windows(**texts)
    monkeypatch.setattr(windows, "_ROWS", rows)
    assert torch.allclose(max_over_windows(**texts), before, atol=1e-12)


def test_the_same_bits_each_time():
    texts = {name: t.float() if t.is_floating_point() else t for name, t in some([200] * 20).items()}
    first = gradients(max_over_windows, texts)
    for _ in range(3):
        again = gradients(max_over_windows, texts)
        assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize("lower", [torch.bfloat16, torch.float16])
def test_under_autocast_products_are_of_its_type_and_gradients_are_not(lower):
    texts = {name: t.float() if t.is_floating_point() else t for name, t in some([20, 7, 0]).items()}
    exact = max_over_windows(**texts)
    leaves = {name: texts[name].clone().requires_grad_() for name in ("vectors", "weight", "bias")}
    with torch.autocast("cpu", dtype=lower):
        rounded = max_over_windows(**{**texts, **leaves})
        with torch.no_grad():
            assert torch.equal(max_over_windows(**texts), rounded)
    assert rounded.dtype == lower
    assert torch.allclose(rounded.float()[:2], exact[:2], rtol=0.02, atol=0.05)
    rounded[:2].float().sum().backward()
    for leaf in leaves.values():
        assert leaf.grad is not None
        assert leaf.grad.dtype == torch.float32
        assert torch.isfinite(leaf.grad).all()


@pytest.mark.parametrize("place", [0, 7, 8, 30])
def test_nan_is_not_hidden(place):
    texts = some([31])
    texts["vectors"] = texts["vectors"].clone()
    texts["vectors"][5] = torch.nan
    texts["places"][texts["places"] == 5] = 4
    texts["places"][0, place] = 5
    assert torch.isnan(max_over_windows(**texts)).all()
    texts["bias"].requires_grad_()
    assert torch.isnan(max_over_windows(**texts)).all()


class TestWhereItIsTaken:
    def test_on_a_cpu_for_a_batch_that_is_large_enough(self):
        assert takes_windows(torch.zeros(2, 100))
        assert takes_windows(torch.zeros(200, 1, 7))
        assert not takes_windows(torch.zeros(1, 199, 7))

    def test_not_elsewhere(self):
        assert not takes_windows(torch.zeros(20, 100, device="meta"))

    def test_not_while_a_model_is_exported(self):
        class Asks(nn.Module):
            def forward(self, tokens: Tensor) -> Tensor:
                return tokens + (1 if takes_windows(tokens) else 2)

        tokens = torch.zeros(20, 100)
        assert Asks()(tokens)[0, 0] == 1
        assert torch.export.export(Asks(), (tokens,)).module()(tokens)[0, 0] == 2
