from __future__ import annotations

import pytest
import torch
from safetensors.torch import load, save

from textclf.errors import ArgumentError, DataError
from textclf.models import create_model, list_models
from textclf.training.int8 import dequantized, quantized


def size(weights):
    return sum(tensor.numel() * tensor.element_size() for tensor in weights.values())


@pytest.mark.parametrize("name", list_models())
def test_the_weights_of_every_model_come_back_almost_the_same(name):
    torch.manual_seed(0)
    weights = create_model(name, vocab_size=500, num_classes=3).state_dict()
    for tensor in weights.values():
        if tensor.dtype == torch.float32:
            tensor.uniform_(-2, 2)
    back = dequantized(load(save(quantized(weights))))
    assert set(back) == set(weights)
    for key, tensor in weights.items():
        assert back[key].dtype == tensor.dtype
        assert back[key].shape == tensor.shape
        torch.testing.assert_close(back[key], tensor, atol=2 / 127 / 2 + 1e-6, rtol=0)


def test_a_row_has_its_own_scale_and_its_largest_number_is_exact():
    weight = torch.randn(50, 100) * torch.logspace(-4, 4, 50).unsqueeze(1)
    small = quantized({"weight": weight})
    assert small["weight"].dtype == torch.int8
    assert small["weight.scale"].shape == (50,)
    largest = weight.abs().argmax(dim=1, keepdim=True)
    back = dequantized(small)["weight"]
    torch.testing.assert_close(back.gather(1, largest), weight.gather(1, largest))
    assert ((back - weight).abs().amax(dim=1) <= small["weight.scale"] * 0.501).all()


def test_output_channels_of_a_convolution_have_a_scale_each():
    assert quantized({"weight": torch.randn(10, 20, 5)})["weight.scale"].shape == (10,)


def test_short_rows_share_a_scale():
    small = quantized({"table": torch.randn(1001, 2)})
    assert small["table"].shape == (1001, 2)
    assert small["table.scale"].shape == (32,)  # 32 rows of two make 64 numbers
    assert size(small) < 0.28 * 1001 * 2 * 4


def test_biases_norms_and_counts_stay_as_they_are():
    weights = {"bias": torch.randn(300), "n": torch.tensor(3), "half": torch.ones(9, 9).half()}
    assert quantized(weights) == weights


def test_long_vectors_are_tables_of_one_column():
    small = quantized({"rarity": torch.rand(1 << 16)})
    assert small["rarity.scale"].shape == (1 << 10,)


def test_zeros_stay_zeros():
    weight = torch.randn(4, 100)
    weight[1] = 0
    weight[2, 7] = 0
    back = dequantized(quantized({"w": weight}))["w"]
    assert not back[1].any()
    assert back[2, 7] == 0


def test_rounding_again_changes_nothing_more():
    once = dequantized(quantized({"w": torch.randn(70, 90)}))
    twice = dequantized(quantized(once))
    torch.testing.assert_close(once["w"], twice["w"], rtol=1e-6, atol=0)


def test_the_weights_themselves_are_left_alone():
    weight = torch.randn(9, 9)
    copy = weight.clone()
    quantized({"w": weight})
    assert torch.equal(weight, copy)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (1, 1), (2, 3, 4, 5)])
def test_odd_shapes(shape):
    back = dequantized(quantized({"w": torch.ones(shape)}))["w"]
    torch.testing.assert_close(back, torch.ones(shape))


def test_a_tensor_may_be_called_scale():
    weights = {"scale": torch.ones(2, 2), "norm.scale": torch.ones(3)}
    assert list(dequantized(quantized(weights))) == list(weights)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_weights_that_are_not_finite_are_refused(bad):
    with pytest.raises(
        ArgumentError, match=r"`weights` must be finite. Received: \"NaN or infinity in 'w'"
    ):
        quantized({"w": torch.full((2, 2), bad)})


def test_a_name_that_a_scale_would_take_is_refused():
    with pytest.raises(ArgumentError, match=r"without the name 'w\.scale', which a scale has"):
        quantized({"w": torch.ones(2, 2), "w.scale": torch.ones(1)})


@pytest.mark.parametrize("scale", [torch.ones(2), torch.ones(1).double(), torch.ones(1, 1)])
def test_a_scale_that_does_not_fit_is_refused(scale):
    with pytest.raises(DataError, match=r"'w\.scale' must be 1 numbers of 32 bits"):
        dequantized({"w": torch.ones(2, 3, dtype=torch.int8), "w.scale": scale})


def test_the_scale_of_nothing_is_refused():
    with pytest.raises(DataError, match="must be 0 numbers"):
        dequantized({"w": torch.ones(2, 0, dtype=torch.int8), "w.scale": torch.ones(0)})
