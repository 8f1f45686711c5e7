from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from textclf.errors import ArgumentError, UnknownNameError, UnknownOptionError
from textclf.init import INITIALIZERS, initialize_, list_initializers, register_initializer

SCHEMES = [
    "constant", "gaussian", "kaiming", "kaiming_normal", "kaiming_uniform", "orthogonal",
    "uniform", "xavier", "xavier_normal", "xavier_uniform", "zero",
]  # fmt: skip


def std(tensor):
    return tensor.std(correction=0).item()


def bound_of(tensor):
    return tensor.abs().max().item()


def looks_normal(tensor):
    """A normal sample of this size reaches beyond 3 deviations; a uniform one never beyond 1.74."""
    return bound_of(tensor) > 3 * std(tensor)


def assert_orthogonal(matrix, gain=1.0):
    rows, columns = matrix.shape
    product = matrix @ matrix.T if rows <= columns else matrix.T @ matrix
    torch.testing.assert_close(product, gain**2 * torch.eye(min(rows, columns)), atol=1e-5, rtol=1e-5)


def test_the_schemes_there_are():
    assert [name for name in list_initializers() if not name.startswith("example")] == SCHEMES


class TestFixedSchemes:
    def test_zero(self):
        layer = initialize_(nn.Linear(4, 3), "zero")
        assert not layer.weight.any()
        assert not layer.bias.any()

    def test_constant(self):
        layer = initialize_(nn.Linear(4, 3), "constant", value=-0.25)
        assert (layer.weight == -0.25).all()
        assert not layer.bias.any()
        assert bound_of(initialize_(nn.Linear(4, 3), "constant").weight) == pytest.approx(0.1)


class TestSpread:
    """Each on 120,000 numbers or more, whose deviation is known to within one percent."""

    @pytest.mark.parametrize(("mean", "scale"), [(0.0, 0.05), (1.0, 0.1), (-3.0, 2.0)])
    def test_gaussian(self, mean, scale):
        weight = initialize_(nn.Linear(400, 300), "gaussian", mean=mean, std=scale, seed=0).weight
        assert weight.mean().item() == pytest.approx(mean, abs=0.02 * scale)
        assert std(weight) == pytest.approx(scale, rel=0.01)
        assert looks_normal(weight - mean)

    @pytest.mark.parametrize(("low", "high"), [(-0.05, 0.05), (1.0, 3.0)])
    def test_uniform(self, low, high):
        weight = initialize_(nn.Linear(400, 300), "uniform", low=low, high=high, seed=0).weight
        assert low <= weight.min() < low + 0.01 * (high - low)
        assert high >= weight.max() > high - 0.01 * (high - low)
        assert std(weight) == pytest.approx((high - low) / math.sqrt(12), rel=0.01)

    def test_defaults(self):
        assert std(initialize_(nn.Linear(400, 300), "gaussian", seed=0).weight) == pytest.approx(
            0.05, rel=0.01
        )
        assert bound_of(initialize_(nn.Linear(400, 300), "uniform", seed=0).weight) == pytest.approx(
            0.05, rel=0.01
        )

    @pytest.mark.parametrize("gain", [1.0, 2.5])
    @pytest.mark.parametrize("scheme", ["xavier", "xavier_uniform", "xavier_normal"])
    def test_xavier(self, scheme, gain):
        weight = initialize_(nn.Linear(500, 300), scheme, gain=gain, seed=0).weight
        expected = gain * math.sqrt(2 / 800)
        assert std(weight) == pytest.approx(expected, rel=0.01)
        assert looks_normal(weight) == (scheme == "xavier_normal")

    @pytest.mark.parametrize(
        ("options", "variance"),
        [
            ({}, 2 / 500),
            ({"fan": "out"}, 2 / 300),
            ({"nonlinearity": "linear"}, 1 / 500),
            ({"nonlinearity": "tanh"}, 25 / 9 / 500),
            ({"nonlinearity": "leaky_relu"}, 2 / 500),
            ({"nonlinearity": "leaky_relu", "negative_slope": 0.5}, 2 / 1.25 / 500),
        ],
    )
    @pytest.mark.parametrize("scheme", ["kaiming", "kaiming_uniform", "kaiming_normal"])
    def test_kaiming(self, scheme, options, variance):
        weight = initialize_(nn.Linear(500, 300), scheme, seed=0, **options).weight
        assert std(weight) == pytest.approx(math.sqrt(variance), rel=0.01)
        assert looks_normal(weight) == (scheme != "kaiming_uniform")

    def test_kaiming_uniform_has_the_bound_of_its_variance(self):
        weight = initialize_(nn.Linear(500, 300), "kaiming_uniform", seed=0).weight
        assert math.sqrt(6 / 500) * 0.999 < bound_of(weight) <= math.sqrt(6 / 500)

    @pytest.mark.parametrize(("fan", "size"), [("in", 64 * 5), ("out", 200 * 5)])
    def test_fans_of_a_convolution_count_the_kernel(self, fan, size):
        weight = initialize_(nn.Conv1d(64, 200, 5), "kaiming", fan=fan, seed=0).weight
        assert std(weight) == pytest.approx(math.sqrt(2 / size), rel=0.02)

    @pytest.mark.parametrize(("fan", "size"), [("in", 16 * 5), ("out", 50 * 5)])
    def test_fans_of_a_grouped_convolution_are_those_of_a_group(self, fan, size):
        weight = initialize_(nn.Conv1d(64, 200, 5, groups=4), "kaiming", fan=fan, seed=0).weight
        assert std(weight) == pytest.approx(math.sqrt(2 / size), rel=0.02)

    @pytest.mark.parametrize("rows", [100, 1000, 20_000])
    @pytest.mark.parametrize("scheme", ["xavier", "xavier_normal"])
    def test_scale_of_word_vectors_depends_on_their_size_alone(self, scheme, rows):
        weight = initialize_(nn.Embedding(rows, 200), scheme, seed=0).weight
        assert std(weight) == pytest.approx(math.sqrt(2 / 400), rel=0.02)


class TestOrthogonal:
    @pytest.mark.parametrize("gain", [1.0, 3.0])
    @pytest.mark.parametrize(("rows", "columns"), [(6, 6), (4, 9), (9, 4), (1, 5)])
    def test_linear(self, rows, columns, gain):
        layer = initialize_(nn.Linear(columns, rows), "orthogonal", gain=gain, seed=0)
        assert_orthogonal(layer.weight, gain)

    def test_convolution_counts_all_but_the_first_dimension_as_columns(self):
        layer = initialize_(nn.Conv1d(4, 6, 3), "orthogonal", seed=0)
        assert_orthogonal(layer.weight.flatten(1))

    def test_word_vectors_have_length_one(self):
        weight = initialize_(nn.Embedding(70, 16), "orthogonal", seed=0).weight
        torch.testing.assert_close(weight.norm(dim=1), torch.ones(70))
        assert_orthogonal(weight[16:32])

    @pytest.mark.parametrize(
        ("layer", "gates"),
        [
            (nn.RNN(7, 5, num_layers=2), 1),
            (nn.LSTM(7, 5, num_layers=2, bidirectional=True), 4),
            (nn.GRU(5, 5, bidirectional=True), 3),
            (nn.RNNCell(3, 5), 1),
            (nn.LSTMCell(3, 5), 4),
            (nn.GRUCell(7, 5), 3),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_each_gate_of_a_recurrent_layer_is_orthogonal(self, layer, gates):
        initialize_(layer, "orthogonal", seed=0)
        weights = [p for name, p in layer.named_parameters() if name.startswith("weight")]
        assert len(weights) >= 2
        for weight in weights:
            blocks = weight.split(5)
            assert len(blocks) == gates
            for block in blocks:
                assert_orthogonal(block)
            for i, block in enumerate(blocks[1:]):
                assert not torch.equal(block, blocks[i])

    def test_projection_of_an_lstm_is_one_map(self):
        layer = initialize_(nn.LSTM(7, 6, proj_size=3), "orthogonal", seed=0)
        assert_orthogonal(layer.weight_hr_l0)
        for block in [*layer.weight_ih_l0.split(6), *layer.weight_hh_l0.split(6)]:
            assert_orthogonal(block)

    def test_query_key_and_value_are_three_maps(self):
        layer = initialize_(nn.MultiheadAttention(8, 2), "orthogonal", seed=0)
        for block in layer.in_proj_weight.split(8):
            assert_orthogonal(block)
        assert_orthogonal(layer.out_proj.weight)
        assert not layer.in_proj_bias.any()


def test_each_gate_has_the_fan_of_a_gate():
    layer = initialize_(nn.LSTM(300, 200), "xavier_normal", seed=0)
    for block in layer.weight_ih_l0.split(200):
        assert std(block) == pytest.approx(math.sqrt(2 / 500), rel=0.02)
    for block in layer.weight_hh_l0.split(200):
        assert std(block) == pytest.approx(math.sqrt(2 / 400), rel=0.02)


class TestOptions:
    @pytest.mark.parametrize(
        ("scheme", "options", "message"),
        [
            ("constant", {"value": math.nan}, "`value` must be a finite number"),
            ("constant", {"value": "1"}, "`value` must be a finite number"),
            ("gaussian", {"mean": math.inf}, "`mean` must be a finite number"),
            ("gaussian", {"std": -1.0}, "`std` must be a finite number of at least 0"),
            ("gaussian", {"std": True}, "`std` must be a finite number of at least 0"),
            ("uniform", {"low": 1.0, "high": 0.0}, "`high` must be a finite number of at least 1.0"),
            ("uniform", {"low": None}, "`low` must be a finite number"),
            ("xavier", {"gain": 0.0}, "`gain` must be a finite number above 0"),
            ("xavier_normal", {"gain": -1}, "`gain` must be a finite number above 0"),
            ("orthogonal", {"gain": math.nan}, "`gain` must be a finite number above 0"),
            ("kaiming", {"fan": "fan_in"}, "`fan` must be one of 'in', 'out'"),
            ("kaiming_uniform", {"nonlinearity": "gelu"}, "`nonlinearity` must be one of 'linear'"),
            (
                "kaiming",
                {"negative_slope": 0.1},
                "`negative_slope` must be 0 unless nonlinearity='leaky_relu'",
            ),
            (
                "kaiming",
                {"negative_slope": "a", "nonlinearity": "leaky_relu"},
                "`negative_slope` must be a",
            ),
        ],
    )
    def test_bad_value_changes_nothing(self, scheme, options, message):
        layer = nn.Linear(3, 2)
        before = layer.weight.clone()
        with pytest.raises(ArgumentError, match=message):
            initialize_(layer, scheme, **options)
        assert torch.equal(layer.weight, before)

    @pytest.mark.parametrize(
        ("scheme", "option", "cure"),
        [
            ("xavier", "gian", "Did you mean 'gain'"),
            ("gaussian", "sdt", "Did you mean 'std'"),
            ("gaussian", "generator", r"Known: mean, std\."),
            ("gaussian", "tensor", r"Known: mean, std\."),
            ("zero", "value", "None is known"),
        ],
    )
    def test_unknown_option(self, scheme, option, cure):
        with pytest.raises(UnknownOptionError, match=f"option of scheme '{scheme}'.*{cure}"):
            initialize_(nn.Linear(3, 2), scheme, **{option: 1.0})

    @pytest.mark.parametrize(
        ("scheme", "cure"), [("Xavier", "'xavier'"), ("kaming", "'kaiming'"), ("ortogonal", "'orthogonal'")]
    )
    def test_misspelt_scheme(self, scheme, cure):
        with pytest.raises(
            UnknownNameError, match=f"`scheme` must be a registered name.*Did you mean {cure}"
        ):
            initialize_(nn.Linear(3, 2), scheme)

    def test_no_scheme(self):
        with pytest.raises(UnknownNameError, match="Received: None"):
            initialize_(nn.Linear(3, 2), None)


class TestRegisterInitializer:
    @pytest.fixture(autouse=True)
    def _own_registry(self, monkeypatch):
        monkeypatch.setattr(INITIALIZERS, "_factories", dict(INITIALIZERS._factories))

    def test_function_without_random_numbers(self):
        @register_initializer("mine")
        def mine(tensor, *, size=1.0):
            tensor.fill_(size)

        assert "mine" in list_initializers()
        assert (initialize_(nn.Linear(3, 2), "mine", size=4.0).weight == 4).all()
        tensor = torch.zeros(2)
        mine(tensor)
        assert tensor.tolist() == [1.0, 1.0]

    def test_function_with_random_numbers_is_reached_by_the_seed(self):
        @register_initializer("mine")
        def mine(tensor, *, generator=None):
            tensor.exponential_(generator=generator)

        first, second = (initialize_(nn.Linear(3, 2), "mine", seed=4).weight for _ in range(2))
        assert torch.equal(first, second)
        assert (first > 0).all()

    def test_its_options_are_checked(self):
        @register_initializer("mine")
        def mine(tensor, *, size=1.0):
            tensor.fill_(size)

        with pytest.raises(UnknownOptionError, match=r"option of scheme 'mine'.*Did you mean 'size'"):
            initialize_(nn.Linear(3, 2), "mine", sise=1.0)

    def test_it_is_given_one_gate_at_a_time(self):
        shapes = []

        @register_initializer("mine")
        def mine(tensor):
            shapes.append(tuple(tensor.shape))

        initialize_(nn.GRU(3, 2), "mine")
        assert shapes == [(2, 3)] * 3 + [(2, 2)] * 3

    def test_function_that_fails_changes_nothing(self):
        @register_initializer("mine")
        def mine(tensor):
            if tensor.shape[0] == 2:
                raise ZeroDivisionError
            tensor.fill_(1.0)

        model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 2))
        before = model[0].weight.clone()
        with pytest.raises(ZeroDivisionError):
            initialize_(model, "mine")
        assert torch.equal(model[0].weight, before)

    @pytest.mark.parametrize("name", ["", None, "xavier"])
    def test_bad_name(self, name):
        with pytest.raises(ArgumentError, match="`name` must be"):
            register_initializer(name)(lambda tensor: None)

    def test_factory_gives_a_function_of_a_tensor(self):
        tensor = torch.zeros(5, 5)
        INITIALIZERS.create("orthogonal", gain=2.0)(tensor, None)
        assert_orthogonal(tensor, 2.0)
