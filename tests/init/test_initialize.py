from __future__ import annotations

import pytest
import torch
from torch import nn

from textclf.errors import ArgumentError, UnknownNameError, UnknownOptionError
from textclf.init import initialize_, list_initializers

SCHEMES = [name for name in list_initializers() if not name.startswith("example")]


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
        assert model.embedding.weight[1:].std().item() == pytest.approx(3.0, rel=0.2)
        gate = model.lstm.weight_hh_l1_reverse[:5]
        torch.testing.assert_close(gate @ gate.T, torch.eye(5), atol=1e-5, rtol=1e-5)
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
