from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from textclf.errors import NonFiniteLossError
from textclf.training import RunState
from textclf.training.finite import check_answers, check_step, check_weights


def stub(*, scaling=False, **gradients):
    """What the checks see of a trainer: after 6 steps, in its third epoch."""
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    for name, value in gradients.items():
        parameter = dict(model.named_parameters())[name.replace("_", ".", 1)]
        parameter.grad = torch.full_like(parameter, value)
    return SimpleNamespace(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.5),
        state=RunState(epoch=2, step=6),
        scaler=SimpleNamespace(is_enabled=lambda: scaling),
    )


class TestStep:
    @pytest.mark.parametrize(("loss", "norm"), [(0.0, 0.0), (1e30, 1e30), (-3.0, 2.0)])
    def test_finite(self, loss, norm):
        check_step(stub(), loss, norm)

    @pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
    def test_the_loss(self, loss):
        with pytest.raises(NonFiniteLossError) as caught:
            check_step(stub(**{"0_weight": 1.0, "0_bias": 5.0, "1_weight": 2.0}), loss, 1.0)
        message = str(caught.value)
        assert f"Received: {loss} at step 7 (epoch 3), with learning rate 0.5" in message
        assert "the largest gradient is that of 0.bias, with norm 8.66" in message
        assert "Try a learning rate of 0.05" in message

    @pytest.mark.parametrize("norm", [math.nan, math.inf])
    def test_the_gradient(self, norm):
        with pytest.raises(NonFiniteLossError, match="that of 1.weight, with norm nan"):
            check_step(stub(**{"0_weight": 9e9, "1_weight": math.nan}), 0.5, norm)

    def test_a_gradient_that_the_scaler_takes_care_of(self):
        check_step(stub(scaling=True), 0.5, math.inf)
        with pytest.raises(NonFiniteLossError):
            check_step(stub(scaling=True, **{"0_bias": 1.0}), math.nan, math.inf)


class TestWeights:
    def test_finite(self):
        check_weights(stub())

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize("name", ["0.weight", "0.bias", "1.running_var"])
    def test_spoilt(self, name, value):
        trainer = stub()
        trainer.model.state_dict()[name].view(-1)[-1] = value
        with pytest.raises(
            NonFiniteLossError, match=f"in {name} after step 6 .epoch 3., with learning rate 0.5"
        ):
            check_weights(trainer)

    @pytest.mark.parametrize("dtype", [torch.complex64, torch.bool, torch.int64, torch.bfloat16])
    @pytest.mark.parametrize("shape", [(0,), (), (3, 2)])
    def test_tensors_of_any_kind_may_be_finite(self, dtype, shape):
        trainer = stub()
        trainer.model.register_buffer("own", torch.ones(shape, dtype=dtype))
        check_weights(trainer)

    @pytest.mark.parametrize("value", [complex(0, math.nan), complex(math.inf, 0)])
    def test_a_spoilt_complex_number(self, value):
        trainer = stub()
        trainer.model.register_buffer("own", torch.tensor([1j, value]))
        with pytest.raises(NonFiniteLossError, match="in own after step"):
            check_weights(trainer)


class TestAnswers:
    def test_finite(self):
        check_answers(np.zeros((0, 3)), np.zeros((0, 3)))
        check_answers(np.array([[1.0, 2.0]]), np.array([[0.3, 0.7]]))

    def test_spoilt(self):
        logits = np.array([[1.0, 2.0], [math.inf, 0.0]])
        with pytest.raises(NonFiniteLossError, match=r"Received: \[inf, 0.0\] in row 1"):
            check_answers(logits, np.array([[0.3, 0.7], [math.nan, 0.0]]))
