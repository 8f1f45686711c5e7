from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import ConstantLR, ReduceLROnPlateau

from textclf.errors import ArgumentError, UnknownNameError, UnknownOptionError
from textclf.training import SCHEDULES, list_optimizers, make_optimizer, make_schedule


def linear():
    torch.manual_seed(0)
    return nn.Linear(3, 2)


def make(optimizer, model=None, **options):
    given = {"learning_rate": 0.1, "weight_decay": 0.01, **options}
    return make_optimizer(optimizer, linear() if model is None else model, **given)


def rates(schedule, *, epochs=2, steps_per_epoch=5, **options):
    """Return the rate of each step of a run, the first rate being 1."""
    optimizer = torch.optim.SGD(linear().parameters(), lr=1.0)
    its = make_schedule(
        schedule,
        optimizer,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        larger_is_better=True,
        options=options or None,
    )
    values = []
    for _ in range(epochs * steps_per_epoch):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        its.step()
    return values


class TestOptimizers:
    def test_names(self):
        names = list_optimizers()
        assert names == sorted(names)
        assert {"adam", "adamw", "sgd", "adagrad", "rmsprop", "nadam"} <= {*names}
        assert not {"lbfgs", "sparseadam", "muon", "rprop", "optimizer"} & {*names}

    @pytest.mark.parametrize("name", list_optimizers())
    def test_each_lowers_a_loss(self, name):
        model = linear()
        optimizer = make(name, model, learning_rate=0.01)
        before = None
        for _ in range(50):
            optimizer.zero_grad()
            loss = model(torch.ones(4, 3)).square().mean()
            loss.backward()
            optimizer.step()
            before = loss.item() if before is None else before
        assert loss.item() < before

    @pytest.mark.parametrize(
        ("given", "kind"),
        [
            ("adamw", torch.optim.AdamW),
            ("SGD", torch.optim.SGD),
            ("RMSprop", torch.optim.RMSprop),
            (torch.optim.Adam, torch.optim.Adam),
        ],
    )
    def test_settings_reach_it(self, given, kind):
        optimizer = make(given, learning_rate=0.3, weight_decay=0.2)
        assert type(optimizer) is kind
        assert optimizer.param_groups[0]["lr"] == 0.3
        assert optimizer.param_groups[0]["weight_decay"] == 0.2

    def test_options_reach_it(self):
        optimizer = make("sgd", options={"momentum": 0.9, "nesterov": True})
        assert optimizer.param_groups[0]["momentum"] == 0.9
        assert optimizer.param_groups[0]["nesterov"] is True

    def test_options_come_last(self):
        assert make("sgd", options={"lr": 7.0}).param_groups[0]["lr"] == 7.0

    def test_zero_decay_stays_zero(self):
        assert make("adamw", weight_decay=0.0).param_groups[0]["weight_decay"] == 0.0

    def test_only_what_is_trained(self):
        model = linear()
        model.bias.requires_grad_(False)
        assert [p is model.weight for p in make("sgd", model).param_groups[0]["params"]] == [True]

    def test_a_function(self):
        optimizer = make(lambda parameters: torch.optim.SGD(parameters, lr=5.0))
        assert optimizer.param_groups[0]["lr"] == 5.0

    def test_a_ready_one(self):
        model = linear()
        ready = torch.optim.SGD(model.parameters(), lr=5.0)
        assert make(ready, model) is ready
        assert ready.param_groups[0]["lr"] == 5.0

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("adamm", "Received: 'adamm'. Did you mean .*'adam'"),
            ("zzz", "Known: adadelta, adafactor, adagrad"),
            ("lbfgs", "Received: 'lbfgs'"),
            ("", "Received: ''"),
        ],
    )
    def test_unknown_names(self, name, message):
        with pytest.raises(UnknownNameError, match=f"`optimizer` must be a registered name. .*{message}"):
            make(name)

    def test_a_misspelt_option(self):
        with pytest.raises(
            UnknownOptionError, match="`momentun` must be an option of the optimiser SGD.*mean 'momentum'"
        ):
            make("sgd", options={"momentun": 0.9})

    def test_an_optimizer_without_weight_decay(self):
        with pytest.raises(
            UnknownOptionError, match="`weight_decay` must be an option of the optimiser Rprop"
        ):
            make(torch.optim.Rprop)

    @pytest.mark.parametrize(
        "options",
        [{"momentum": -1}, {"momentum": "0.9"}, {"nesterov": True}, {"fused": True, "foreach": True}],
        ids=lambda its: next(iter(its)),
    )
    def test_a_value_that_torch_refuses(self, options):
        with pytest.raises(ArgumentError, match="`optimizer_options` must be what SGD takes"):
            make("sgd", options=options)

    @pytest.mark.parametrize("given", [3, None, []])
    def test_no_optimizer(self, given):
        with pytest.raises(ArgumentError, match="`optimizer` must be a torch optimiser, its name, or a"):
            make(given)

    def test_a_function_that_makes_none(self):
        with pytest.raises(ArgumentError, match="`optimizer` must be a torch optimiser.*Received: 'sgd'"):
            make(lambda parameters: "sgd")

    @pytest.mark.parametrize(
        "given",
        [
            torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0),
            lambda parameters: torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0),
        ],
    )
    def test_the_parameters_of_another_model(self, given):
        with pytest.raises(
            ArgumentError, match="`optimizer` must be made for the parameters of this model"
        ):
            make(given)

    def test_options_for_one_that_has_its_own(self):
        model = linear()
        ready = torch.optim.SGD(model.parameters(), lr=1.0)
        with pytest.raises(ArgumentError, match="`optimizer_options` must be None for an optimiser with"):
            make(ready, model, options={"momentum": 0.9})

    def test_nothing_to_train(self):
        with pytest.raises(ArgumentError, match="`model` must be one with a trainable parameter"):
            make("sgd", nn.ReLU())


class TestSchedules:
    def test_names(self):
        assert SCHEDULES.names() == ["constant", "cosine", "multistep", "plateau", "warmup_linear"]

    def test_constant(self):
        assert rates("constant") == [1.0] * 10

    def test_multistep(self):
        given = rates("multistep", epochs=4, steps_per_epoch=2, milestones=[1, 3], gamma=0.5)
        assert given == [1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]

    def test_cosine(self):
        expected = [0.5 + 0.5 * math.cos(math.pi * step / 10) for step in range(10)]
        assert rates("cosine") == pytest.approx(expected)

    def test_cosine_with_a_warm_up_and_an_end(self):
        given = rates("cosine", warmup=0.4, final=0.2)
        assert given[:4] == pytest.approx([0.4, 0.6, 0.8, 1.0])
        expected = [0.2 + 0.8 * (0.5 + 0.5 * math.cos(math.pi * step / 6)) for step in range(6)]
        assert given[4:] == pytest.approx(expected)

    def test_warmup_linear(self):
        given = rates("warmup_linear", warmup=0.2)
        assert given == pytest.approx([0.5, 1.0, 1.0, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8])

    def test_warmup_linear_without_a_warm_up(self):
        assert rates("warmup_linear", warmup=0.0) == pytest.approx([1 - step / 10 for step in range(10)])

    @pytest.mark.parametrize("schedule", ["cosine", "warmup_linear"])
    def test_one_step_is_made_at_the_full_rate(self, schedule):
        assert rates(schedule, epochs=1, steps_per_epoch=1) == [1.0]

    @pytest.mark.parametrize("schedule", ["cosine", "warmup_linear"])
    def test_the_rate_never_leaves_the_range(self, schedule):
        given = rates(schedule, epochs=7, steps_per_epoch=3, warmup=0.99)
        assert all(0 < rate <= 1 for rate in given)

    @pytest.mark.parametrize(("larger", "values"), [(True, [0.5, 0.4, 0.3]), (False, [0.3, 0.4, 0.5])])
    def test_plateau(self, larger, values):
        optimizer = torch.optim.SGD(linear().parameters(), lr=1.0)
        schedule = make_schedule(
            "plateau",
            optimizer,
            epochs=3,
            steps_per_epoch=1,
            larger_is_better=larger,
            options={"factor": 0.1, "patience": 1},
        )
        assert isinstance(schedule, ReduceLROnPlateau)
        seen = []
        for value in values:
            optimizer.step()
            schedule.step(value)
            seen.append(optimizer.param_groups[0]["lr"])
        assert seen == pytest.approx([1.0, 1.0, 0.1])

    def test_a_function_gets_the_number_of_steps(self):
        totals = []

        def half(optimizer, total):
            totals.append(total)
            return ConstantLR(optimizer, 0.5, total_iters=3)

        assert rates(half) == [0.5] * 3 + [1.0] * 7
        assert totals == [10]

    @pytest.mark.parametrize(
        ("schedule", "options", "message"),
        [
            ("multistep", {}, "`milestones` must be a list of epochs for schedule='multistep'"),
            ("multistep", {"milestones": 5}, "`milestones` must be a list of epochs"),
            ("multistep", {"milestones": []}, "`milestones` must be a list of epochs"),
            ("multistep", {"milestones": [0]}, "`milestones` must be an integer of at least 1"),
            ("multistep", {"milestones": [1.5]}, "`milestones` must be an integer of at least 1"),
            ("multistep", {"milestones": [1], "gamma": 0}, "`gamma` must be a finite number above 0"),
            ("cosine", {"warmup": 1.0}, "`warmup` must be a finite number of at least 0 and below 1"),
            ("cosine", {"warmup": -0.1}, "`warmup` must be a finite number of at least 0 and below 1"),
            ("cosine", {"final": 1.0}, "`final` must be a finite number of at least 0 and below 1"),
            ("warmup_linear", {"warmup": 2}, "`warmup` must be a finite number of at least 0 and below 1"),
            ("plateau", {"factor": 1.0}, "`factor` must be a finite number above 0 and below 1"),
            ("plateau", {"factor": 0.0}, "`factor` must be a finite number above 0 and below 1"),
            ("plateau", {"patience": -1}, "`patience` must be an integer of at least 0"),
        ],
    )
    def test_values_that_are_refused(self, schedule, options, message):
        with pytest.raises(ArgumentError, match=message):
            rates(schedule, **options)

    def test_an_unknown_name(self):
        with pytest.raises(UnknownNameError, match="`schedule` must be .* 'cosin'. Did you mean 'cosine'"):
            rates("cosin")

    def test_a_misspelt_option(self):
        with pytest.raises(UnknownOptionError, match="`warm_up` must be an option .* mean 'warmup'"):
            rates("cosine", warm_up=0.1)

    def test_options_for_a_function(self):
        with pytest.raises(ArgumentError, match="`schedule_options` must be None for a schedule that is a"):
            rates(lambda optimizer, total: ConstantLR(optimizer), factor=0.5)

    @pytest.mark.parametrize("given", [3, None, lambda optimizer, total: "cosine"])
    def test_no_schedule(self, given):
        with pytest.raises(ArgumentError, match="`schedule` must be a name, or a function that makes"):
            rates(given)
