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


class Everything(nn.Module):
    """One of each kind of layer that a text model is made of."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 8, padding_idx=0)
        self.convolution = nn.Conv1d(8, 6, 3)
        self.norm = nn.LayerNorm(6)
        self.batch_norm = nn.BatchNorm1d(6)
        self.lstm = nn.LSTM(6, 5, num_layers=2, bidirectional=True)
        self.attention = nn.MultiheadAttention(10, 2)
        self.classifier = nn.Linear(10, 3)
        self.temperature = nn.Parameter(torch.tensor(0.7))
        self.query = nn.Parameter(torch.full((4,), 0.3))


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


@pytest.mark.parametrize("scheme", SCHEMES)
class TestEveryScheme:
    def test_vectors_have_their_defined_values(self, scheme):
        model = Everything()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(9.0) if parameter.ndim else parameter
            model.query.fill_(0.3)
        initialize_(model, scheme, seed=0)
        for name, parameter in model.named_parameters():
            if "bias" in name:
                assert not parameter.any(), name
            elif parameter.ndim > 1:
                assert (parameter != 9.0).any(), name
        assert (model.norm.weight == 1).all()
        assert (model.batch_norm.weight == 1).all()
        assert model.temperature.item() == pytest.approx(0.7)
        assert model.query.tolist() == pytest.approx([0.3] * 4)

    def test_all_matrices_change_but_those_of_zero_and_constant_alike(self, scheme):
        model = initialize_(Everything(), scheme, seed=0)
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1:
                rows = parameter[1:].flatten(1)
                alike = bool((rows == rows[0, 0]).all())
                assert alike == (scheme in ("zero", "constant")), name

    def test_padding_row_stays_zero(self, scheme):
        assert not initialize_(nn.Embedding(9, 4, padding_idx=3), scheme, seed=0).weight[3].any()
        assert not initialize_(nn.EmbeddingBag(9, 4, padding_idx=-1), scheme, seed=0).weight[8].any()

    def test_same_seed_same_weights_and_global_numbers_untouched(self, scheme):
        before = torch.get_rng_state()
        first = initialize_(Everything(), scheme, seed=5)
        torch.set_rng_state(before)
        second = Everything()
        state = torch.get_rng_state()
        initialize_(second, scheme, seed=5)
        assert torch.equal(torch.get_rng_state(), state)
        for a, b in zip(first.parameters(), second.parameters(), strict=True):
            assert torch.equal(a, b)

    def test_frozen_parameters_stay(self, scheme):
        model = Everything()
        model.embedding.weight.requires_grad_(False)
        vectors = model.embedding.weight.clone()
        initialize_(model, scheme, seed=0)
        assert torch.equal(model.embedding.weight, vectors)
        assert not model.embedding.weight.requires_grad

    @pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
    def test_other_types_keep_their_type(self, scheme, dtype):
        layer = initialize_(nn.Linear(4, 4, dtype=dtype), scheme, seed=0)
        assert layer.weight.dtype is dtype
        assert layer.weight.isfinite().all()
        assert bool(layer.weight.any()) == (scheme != "zero")

    def test_gradients_still_flow_and_no_graph_is_left(self, scheme):
        layer = initialize_(nn.Linear(3, 2), scheme, seed=0)
        assert layer.weight.is_leaf
        assert layer.weight.grad_fn is None
        layer(torch.ones(1, 3)).sum().backward()
        assert layer.weight.grad.abs().sum() == 6


class TestSeed:
    def test_other_seed_other_weights(self):
        first = initialize_(nn.Linear(3, 2), "gaussian", seed=1)
        assert not torch.equal(initialize_(nn.Linear(3, 2), "gaussian", seed=2).weight, first.weight)

    def test_without_seed_the_global_numbers_decide(self):
        weights = []
        for _ in range(2):
            torch.manual_seed(3)
            layer = nn.Linear(3, 2)
            weights.append(initialize_(layer, "gaussian").weight)
        assert torch.equal(*weights)
        assert not torch.equal(initialize_(nn.Linear(3, 2), "gaussian").weight, weights[0])

    @pytest.mark.parametrize("seed", [-1, 1.0, True, "1"])
    def test_bad_seed(self, seed):
        with pytest.raises(ArgumentError, match="`seed` must be an integer of at least 0"):
            initialize_(nn.Linear(3, 2), "zero", seed=seed)

    def test_seed_too_large(self):
        initialize_(nn.Linear(3, 2), "zero", seed=2**64 - 1)
        with pytest.raises(ArgumentError, match=r"`seed` must be less than 2\*\*64"):
            initialize_(nn.Linear(3, 2), "zero", seed=2**64)


class TestModule:
    def test_it_is_returned(self):
        layer = nn.Linear(3, 2)
        assert initialize_(layer, "zero") is layer

    def test_shared_parameter_is_filled_once(self):
        model = nn.ModuleDict({"embedding": nn.Embedding(9, 4, padding_idx=0), "output": nn.Linear(4, 9)})
        model["output"].weight = model["embedding"].weight
        initialize_(model, "gaussian", seed=0)
        assert not model["output"].weight[0].any()

    def test_norm_with_more_than_one_dimension_is_still_a_norm(self):
        layer = initialize_(nn.LayerNorm((3, 4)), "gaussian", seed=0)
        assert (layer.weight == 1).all()
        assert not layer.bias.any()

    def test_norm_without_weights_and_modules_without_parameters(self):
        initialize_(nn.Sequential(nn.LayerNorm(3, elementwise_affine=False), nn.ReLU()), "xavier")

    def test_empty_parameter(self):
        module = nn.ParameterDict({"weight": nn.Parameter(torch.zeros(3, 0))})
        assert initialize_(module, "xavier")["weight"].shape == (3, 0)

    def test_running_statistics_stay(self):
        layer = nn.BatchNorm1d(2)
        layer(torch.randn(8, 2) + 5)
        mean = layer.running_mean.clone()
        assert torch.equal(initialize_(layer, "zero").running_mean, mean)

    def test_lazy_layer(self):
        with pytest.raises(ArgumentError, match=r"`module` must be of known shapes.*'0.weight'"):
            initialize_(nn.Sequential(nn.LazyLinear(3)), "xavier")

    @pytest.mark.parametrize("module", [None, nn.Linear, torch.zeros(3)])
    def test_what_is_no_module(self, module):
        with pytest.raises(ArgumentError, match=r"`module` must be a torch\.nn\.Module"):
            initialize_(module, "zero")

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
    def test_same_seed_same_weights_on_another_device(self):
        here = initialize_(Everything(), "orthogonal", seed=0)
        there = initialize_(Everything().cuda(), "orthogonal", seed=0)
        for a, b in zip(here.parameters(), there.parameters(), strict=True):
            assert b.is_cuda
            if a.ndim > 1:
                assert torch.equal(a, b.cpu())


class TestRules:
    def test_a_rule_overrides_the_scheme_where_it_matches(self):
        rules = {"embedding.*": ("gaussian", {"std": 3.0}), "lstm.weight_hh*": "orthogonal"}
        model = initialize_(Everything(), "zero", rules=rules, seed=0)
        assert std(model.embedding.weight[1:]) == pytest.approx(3.0, rel=0.2)
        assert_orthogonal(model.lstm.weight_hh_l1_reverse[:5])
        assert not model.lstm.weight_ih_l0.any()
        assert not model.classifier.weight.any()
        assert not model.embedding.weight[0].any()

    def test_vectors_follow_a_rule_that_names_them(self):
        rules = {"*bias*": ["constant", {"value": 1.0}], "query": "zero", "norm.weight": "zero"}
        model = initialize_(Everything(), "zero", rules=rules)
        assert (model.classifier.bias == 1).all()
        assert (model.lstm.bias_hh_l0 == 1).all()
        assert not model.query.any()
        assert not model.norm.weight.any()

    def test_later_pattern_holds(self):
        rules = {"*": ("constant", {"value": 1.0}), "weight": ("constant", {"value": 2.0})}
        layer = initialize_(nn.Linear(2, 2), "zero", rules=rules)
        assert (layer.weight == 2).all()
        assert (layer.bias == 1).all()

    def test_none_leaves_the_parameter_as_it_is(self):
        model = Everything()
        vectors = model.embedding.weight.clone()
        initialize_(model, "zero", rules={"embedding.*": None})
        assert torch.equal(model.embedding.weight, vectors)
        assert not model.classifier.weight.any()

    @pytest.mark.parametrize("rules", [{}, None])
    def test_no_rules(self, rules):
        assert not initialize_(nn.Linear(2, 2), "zero", rules=rules).weight.any()

    @pytest.mark.parametrize(
        ("rules", "error", "message"),
        [
            ({"wieght": "zero"}, ArgumentError, "parameter. Received: 'wieght'. Did you mean 'weight'"),
            ({"Weight": "zero"}, ArgumentError, "Did you mean 'weight'"),
            ({"weight": "xaver"}, UnknownNameError, "Did you mean 'xavier'"),
            ({"weight": ("xavier", {"gian": 1})}, UnknownOptionError, "xavier.*Did you mean 'gain'"),
            ({"weight": 3}, ArgumentError, r"must be a scheme, \(scheme, options\) or None for each"),
            ({"weight": ("xavier",)}, ArgumentError, "`rules` must be a scheme"),
            ({"weight": ("xavier", {}, {})}, ArgumentError, "`rules` must be a scheme"),
            ({3: "zero"}, ArgumentError, "patterns, which are strings. Received: 3"),
            (["weight"], ArgumentError, "`rules` must be a mapping"),
            ({"bias": "orthogonal"}, ArgumentError, r"two or more dimensions for this.* \(2,\)"),
            ({"bias": "xavier"}, ArgumentError, "For vectors use 'zero'"),
            ({"bias": "kaiming"}, ArgumentError, "For vectors use 'zero'"),
        ],
    )  # fmt: skip
    def test_bad_rule_changes_nothing(self, rules, error, message):
        layer = nn.Linear(3, 2)
        before = [p.clone() for p in layer.parameters()]
        with pytest.raises(error, match=message):
            initialize_(layer, "gaussian", rules=rules)
        for a, b in zip(before, layer.parameters(), strict=True):
            assert torch.equal(a, b)

    def test_rule_for_a_frozen_parameter_only(self):
        layer = nn.Linear(3, 2)
        layer.bias.requires_grad_(False)
        with pytest.raises(ArgumentError, match="must be patterns that match a trainable parameter"):
            initialize_(layer, "zero", rules={"bias": "zero"})


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
