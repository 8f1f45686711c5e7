"""The steps of the recurrent cells over a whole batch, and their gradients, for a CPU.

Each scan is called as ``apply(table, rows, weight)``, of which ``table (R, columns)`` has what the inputs
add to the cell, made before the first step; ``rows (L, d * B)`` says which row of it each text reads at
each step, in each of the d directions; and ``weight (d, H, columns)`` multiplies the states. It gives the
states ``(L, d, B, H)``. A step is one product for both directions and a handful of operations that
write into memory taken beforehand. The gradients are written by hand, and exact.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

__all__ = ["ElmanScan", "GRUScan", "LSTMScan"]

_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
_tanh_backward = torch.ops.aten.tanh_backward.grad_input


class ElmanScan(torch.autograd.Function):
    """``h = tanh(x + W h)`` at each step, of which the table has the x.

    References:
        Elman, Finding Structure in Time, 1990.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, weight: Tensor) -> Tensor:
        """Run all steps."""
        states, _ = _memory(table, rows, weight)
        h = states.unbind()
        for step, chosen in enumerate(rows.unbind()):
            torch.index_select(table, 0, chosen, out=h[step + 1].flatten(0, 1))
            h[step + 1].baddbmm_(h[step], weight).tanh_()
        ctx.save_for_backward(rows, weight, states)
        ctx.table_size = table.shape
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, Tensor]:
        """Go back through all steps."""
        rows, weight, states = ctx.saved_tensors
        of_table, of_weight = weight.new_zeros(ctx.table_size), torch.zeros_like(weight)
        of_h, of_sum = torch.zeros_like(states[0]), torch.empty_like(states[0])
        h, chosen, of_output = states.unbind(), rows.unbind(), grad.unbind()
        for step in reversed(range(len(rows))):
            of_h.add_(of_output[step])
            _tanh_backward(of_h, h[step + 1], grad_input=of_sum)
            of_table.index_add_(0, chosen[step], of_sum.flatten(0, 1))
            of_weight.baddbmm_(h[step].transpose(1, 2), of_sum)
            torch.bmm(of_sum, weight.transpose(1, 2), out=of_h)
        return of_table, None, of_weight


class LSTMScan(torch.autograd.Function):
    """Input gate i, forget gate f, candidate g and output gate o, in torch's order; cell c, state h.

    ``c = f c + i g`` and ``h = o tanh(c)`` at each step.

    References:
        Hochreiter and Schmidhuber, Long Short-Term Memory, 1997.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, weight: Tensor) -> Tensor:
        """Run all steps."""
        states, gates = _memory(table, rows, weight)
        cells, squashed = torch.empty_like(states), torch.empty_like(states[1:])
        cells[0] = 0.0
        h, c, tanh_c, sums = states.unbind(), cells.unbind(), squashed.unbind(), gates.unbind()
        i_and_f = gates[..., : 2 * weight.shape[1]].unbind()
        i, f, g, o = _parts(gates, 4)
        for step, chosen in enumerate(rows.unbind()):
            torch.index_select(table, 0, chosen, out=sums[step].flatten(0, 1))
            sums[step].baddbmm_(h[step], weight)
            i_and_f[step].sigmoid_()
            g[step].tanh_()
            o[step].sigmoid_()
            torch.mul(f[step], c[step], out=c[step + 1]).addcmul_(i[step], g[step])
            torch.tanh(c[step + 1], out=tanh_c[step])
            torch.mul(o[step], tanh_c[step], out=h[step + 1])
        ctx.save_for_backward(rows, weight, states, gates, cells, squashed)
        ctx.table_size = table.shape
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, Tensor]:
        """Go back through all steps."""
        rows, weight, states, gates, cells, squashed = ctx.saved_tensors
        of_table, of_weight = weight.new_zeros(ctx.table_size), torch.zeros_like(weight)
        of_h, of_c = torch.zeros_like(states[0]), torch.zeros_like(states[0])
        work = torch.empty_like(of_h)
        of_sums = gates.new_empty(gates.shape[1:])
        of_i, of_f, of_g, of_o = of_sums.chunk(4, dim=-1)
        of_i_and_f = of_sums[..., : 2 * weight.shape[1]]
        i_and_f = gates[..., : 2 * weight.shape[1]].unbind()
        i, f, g, o = _parts(gates, 4)
        h, c, tanh_c = states.unbind(), cells.unbind(), squashed.unbind()
        chosen, of_output = rows.unbind(), grad.unbind()
        for step in reversed(range(len(rows))):
            of_h.add_(of_output[step])
            torch.mul(of_h, tanh_c[step], out=of_o)
            torch.mul(of_h, o[step], out=work)
            of_c.add_(_tanh_backward(work, tanh_c[step], grad_input=work))
            torch.mul(of_c, g[step], out=of_i)
            torch.mul(of_c, c[step], out=of_f)
            torch.mul(of_c, i[step], out=of_g)
            of_c.mul_(f[step])
            _sigmoid_backward(of_i_and_f, i_and_f[step], grad_input=of_i_and_f)
            _tanh_backward(of_g, g[step], grad_input=of_g)
            _sigmoid_backward(of_o, o[step], grad_input=of_o)
            of_table.index_add_(0, chosen[step], of_sums.flatten(0, 1))
            of_weight.baddbmm_(h[step].transpose(1, 2), of_sums)
            torch.bmm(of_sums, weight.transpose(1, 2), out=of_h)
        return of_table, None, of_weight


class GRUScan(torch.autograd.Function):
    """Reset gate r, update gate z, candidate n and the state's share m in it; state h.

    ``n = tanh(x + r m)`` and ``h = (1 - z) n + z h`` at each step. The columns of the table are r, z, m
    and x. The bias of m stands in it, so that the weight has the first three and all products are one.

    References:
        Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, weight: Tensor) -> Tensor:
        """Run all steps."""
        states, gates = _memory(table, rows, weight)
        h, sums = states.unbind(), gates.unbind()
        products = gates[..., : weight.shape[2]].unbind()
        r_and_z = gates[..., : 2 * weight.shape[1]].unbind()
        r, z, m, n = _parts(gates, 4)
        for step, chosen in enumerate(rows.unbind()):
            torch.index_select(table, 0, chosen, out=sums[step].flatten(0, 1))
            products[step].baddbmm_(h[step], weight)
            r_and_z[step].sigmoid_()
            n[step].addcmul_(r[step], m[step]).tanh_()
            torch.lerp(n[step], h[step], z[step], out=h[step + 1])
        ctx.save_for_backward(rows, weight, states, gates)
        ctx.table_size = table.shape
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, Tensor]:
        """Go back through all steps."""
        rows, weight, states, gates = ctx.saved_tensors
        of_table, of_weight = weight.new_zeros(ctx.table_size), torch.zeros_like(weight)
        of_h, work = torch.zeros_like(states[0]), torch.empty_like(states[0])
        of_sums = gates.new_empty(gates.shape[1:])
        of_r, of_z, of_m, of_n = of_sums.chunk(4, dim=-1)
        of_r_and_z = of_sums[..., : 2 * weight.shape[1]]
        of_products = of_sums[..., : weight.shape[2]]
        r_and_z = gates[..., : 2 * weight.shape[1]].unbind()
        r, z, m, n = _parts(gates, 4)
        h, chosen, of_output = states.unbind(), rows.unbind(), grad.unbind()
        for step in reversed(range(len(rows))):
            of_h.add_(of_output[step])
            torch.sub(h[step], n[step], out=work)
            torch.mul(of_h, work, out=of_z)
            torch.mul(of_h, z[step], out=work)  # what goes to the state before, past the candidate
            torch.sub(of_h, work, out=of_n)
            _tanh_backward(of_n, n[step], grad_input=of_n)
            torch.mul(of_n, m[step], out=of_r)
            torch.mul(of_n, r[step], out=of_m)
            _sigmoid_backward(of_r_and_z, r_and_z[step], grad_input=of_r_and_z)
            of_table.index_add_(0, chosen[step], of_sums.flatten(0, 1))
            of_weight.baddbmm_(h[step].transpose(1, 2), of_products)
            torch.baddbmm(work, of_products, weight.transpose(1, 2), out=of_h)
        return of_table, None, of_weight


def _memory(table: Tensor, rows: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Take memory for the states, of which those before the first step are zeros, and the gates.

    Returns:
        ``(1 + L, d, B, H)`` and ``(L, d, B, columns)``.
    """
    directions, hidden, _ = weight.shape
    size = (directions, rows.shape[1] // directions)
    states = table.new_empty(1 + len(rows), *size, hidden)
    states[0] = 0.0
    return states, table.new_empty(len(rows), *size, table.shape[1])


def _parts(values: Tensor, count: int) -> list[tuple[Tensor, ...]]:
    """Cut the columns into equal parts; of each, give the steps."""
    return [part.unbind() for part in values.chunk(count, dim=-1)]
