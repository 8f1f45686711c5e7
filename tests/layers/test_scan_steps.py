from __future__ import annotations

import pytest
import torch
from torch import Tensor

from textclf.layers.scan_steps import ElmanScan, GRUScan, LSTMScan

H = 3
# Each scan, with how many of its columns the table has and how many the weight.
EVERY = pytest.mark.parametrize(
    ("scan", "inputs", "products"), [(ElmanScan, 1, 1), (LSTMScan, 4, 4), (GRUScan, 4, 3)]
)
# Three steps of two texts in each direction; row 0 is read several times and row 4 never.
ROWS = {1: [[0, 1], [0, 0], [2, 3]], 2: [[0, 1, 5, 6], [0, 0, 7, 7], [2, 3, 8, 0]]}


def drawn(inputs: int, products: int, directions: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draw a table, rows and a weight, in 64 bits."""
    made = torch.Generator().manual_seed(directions)
    options = {"generator": made, "dtype": torch.float64}
    table = torch.randn(9, inputs * H, **options).requires_grad_()
    weight = torch.randn(directions, H, products * H, **options).requires_grad_()
    return table, torch.tensor(ROWS[directions]), weight


def step(scan: type, x: Tensor, h: Tensor, c: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """One step of one text and direction, as the papers have it."""
    product = h @ weight
    if scan is ElmanScan:
        return torch.tanh(x + product), c
    if scan is LSTMScan:
        i, f, g, o = (x + product).chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
    r, z = (x[: 2 * H] + product[: 2 * H]).sigmoid().chunk(2)
    n = torch.tanh(x[3 * H :] + r * (x[2 * H : 3 * H] + product[2 * H :]))
    return (1 - z) * n + z * h, c


@EVERY
@pytest.mark.parametrize("directions", [1, 2])
class TestEveryScan:
    def test_states_are_those_of_the_formulas(self, scan, inputs, products, directions):
        table, rows, weight = drawn(inputs, products, directions)
        states = scan.apply(table, rows, weight)
        assert states.shape == (3, directions, 2, H)
        for direction in range(directions):
            for text in range(2):
                h = c = torch.zeros(H, dtype=torch.float64)
                for at in range(3):
                    h, c = step(scan, table[rows[at, direction * 2 + text]], h, c, weight[direction])
                    assert torch.allclose(states[at, direction, text], h, atol=1e-12)

    def test_gradients_are_exact(self, scan, inputs, products, directions):
        table, rows, weight = drawn(inputs, products, directions)
        assert torch.autograd.gradcheck(
            lambda *given: scan.apply(given[0], rows, given[1]), (table, weight)
        )

    def test_the_same_twice(self, scan, inputs, products, directions):
        table, rows, weight = drawn(inputs, products, directions)
        states = scan.apply(table, rows, weight)
        found = [
            torch.autograd.grad(states.sin().sum(), (table, weight), retain_graph=True) for _ in range(2)
        ]
        assert torch.equal(states, scan.apply(table, rows, weight))
        assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))

    def test_without_steps(self, scan, inputs, products, directions):
        table, _, weight = drawn(inputs, products, directions)
        states = scan.apply(table, torch.zeros(0, 2 * directions, dtype=torch.int64), weight)
        assert states.shape == (0, directions, 2, H)
        states.sum().backward()
        assert not table.grad.any()
        assert not weight.grad.any()

    def test_refuses_second_derivatives(self, scan, inputs, products, directions):
        table, rows, weight = drawn(inputs, products, directions)
        (grad,) = torch.autograd.grad(
            scan.apply(table, rows, weight).square().sum(), table, create_graph=True
        )
        with pytest.raises(RuntimeError, match="once_differentiable"):
            grad.sum().backward()
