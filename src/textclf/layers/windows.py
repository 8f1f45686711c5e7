"""The largest response of each filter to a text, for a CPU, at a fraction of a convolution's cost."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

__all__ = ["max_over_windows", "takes_windows"]

_FEWEST = 200  # tokens of a batch: for fewer, the convolution itself is faster
_ROWS = 256  # of a matrix product: MKL takes 1.4 times as long over 2,600 x 100 x 700 in one piece
_TILE = 1 << 18  # responses at a time on each thread: 1 MB, which stays in the cache
_BLOCK = 8  # windows whose maximum is taken before that of the blocks


def max_over_windows(
    vectors: Tensor, places: Tensor, lengths: Tensor, weight: Tensor, bias: Tensor
) -> Tensor:
    """Return the largest response of each filter to each text, before the ReLU.

    It equals a convolution over ``vectors[places]`` followed by a maximum over the real tokens, up to
    rounding, and costs less for two reasons. The products of a vector with the filters are made once
    for each of the U vectors, and a window's response is the sum of ``width`` of them; in a batch
    of reviews, U is a fifth of the tokens. And the maximum passes its gradient on to one window for each
    text and filter, so the backward pass looks at those ``B * filters`` windows alone.

    Args:
        vectors: ``(U, D)``; the first stands for padding: it is zeros and gets no gradient.
        places: ``(B, L)`` integers, which vector is where; 0 at padding.
        lengths: ``(B,)`` number of real tokens of each text; B is at least 1.
        weight: ``(filters, D, width)``, as that of ``nn.Conv1d``.
        bias: ``(filters,)``.

    Returns:
        ``(B, filters)``; minus infinity for a text of length 0. Among equal windows the gradient goes to
        the first.

    Example:
        >>> vectors, places = torch.tensor([[0.0], [3.0], [5.0]]), torch.tensor([[2, 1, 0]])
        >>> max_over_windows(
        ...     vectors, places, torch.tensor([2]), weight=torch.ones(1, 1, 2), bias=torch.ones(1)
        ... )
        tensor([[9.]])
    """
    arguments = (vectors, places, lengths, weight, bias)
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in arguments):
        pooled: Tensor = _MaxOverWindows.apply(*arguments)  # type: ignore[no-untyped-call]
        return pooled
    return _maxima(*arguments, with_position=False)[0]


def takes_windows(tokens: Tensor) -> bool:
    """Say whether :func:`max_over_windows` pays: on a CPU, and not for a few dozen tokens.

    Nor can it be used while a model is compiled or exported.

    Args:
        tokens: ``(B, L)`` or ``(B, L, D)``.

    Example:
        >>> takes_windows(torch.zeros(8, 20)), takes_windows(torch.zeros(8, 40))
        (False, True)
    """
    return (
        tokens.device.type == "cpu"
        and not torch.compiler.is_compiling()
        and tokens.shape[0] * tokens.shape[1] >= _FEWEST
    )


class _MaxOverWindows(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, vectors: Tensor, places: Tensor, lengths: Tensor, weight: Tensor, bias: Tensor
    ) -> Tensor:
        pooled, positions, padded = _maxima(vectors, places, lengths, weight, bias, with_position=True)
        ctx.save_for_backward(vectors, weight, positions, padded)
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        vectors, weight, positions, padded = ctx.saved_tensors
        filters, features, width = weight.shape
        gradient = gradient.to(weight.dtype)
        # Which vector is at each place of the window that won: (B, filters, width).
        windows = positions.unsqueeze(2) + torch.arange(width)
        winners = padded.gather(1, windows.flatten(1)).view(windows.shape)
        of_vectors = of_weight = None
        if ctx.needs_input_grad[0]:
            of_vectors = _scattered(gradient, winners, weight, len(vectors))
        if ctx.needs_input_grad[3]:
            shares = gradient.t().unsqueeze(1).expand(-1, width, -1).flatten(0, 1)
            bags = winners.permute(1, 2, 0).flatten(0, 1)
            sums = F.embedding_bag(bags, vectors, mode="sum", per_sample_weights=shares.contiguous())
            of_weight = sums.view(filters, width, features).transpose(1, 2)
        return of_vectors, None, None, of_weight, gradient.sum(0)


def _maxima(
    vectors: Tensor, places: Tensor, lengths: Tensor, weight: Tensor, bias: Tensor, *, with_position: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the maxima, which window has each of them (if wanted), and the padded places."""
    filters, _, width = weight.shape
    # The sums read 32-bit indices twice as fast as 64-bit ones.
    padded, bags = _bags(places.int(), lengths, len(vectors), width)
    table = _products(vectors, weight)
    per_tile = max(1, torch.get_num_threads() * _TILE // (bags.shape[1] * filters))
    values, positions = [], []
    for tile in torch.split(bags, per_tile):
        responses = F.embedding_bag(tile.reshape(-1, width), table, mode="sum")
        value, position = _maximum(responses.view(*tile.shape[:2], filters), with_position=with_position)
        values.append(value)
        positions.append(position)
    return torch.cat(values) + bias.to(table.dtype), torch.cat(positions), padded


def _bags(places: Tensor, lengths: Tensor, unseen: int, width: int) -> tuple[Tensor, Tensor]:
    """Say which rows of the table of products make up each response.

    Args:
        places: ``(B, L)``.
        lengths: ``(B,)``.
        unseen: U, the place of the row of minus infinities.
        width: Of the filters.

    Returns:
        ``places`` with zeros before and after, so that ``[b, i : i + width]`` is window i of text b; and
        the rows, ``(B, windows, width)``, of as many windows as there are tokens, or a few more for
        whole blocks. Those centred on no token have a row of minus infinities.
    """
    count = places.shape[1] + -places.shape[1] % _BLOCK
    before = width // 2
    padded = F.pad(places, (before, count - places.shape[1] + width - 1 - before))
    bags = padded.unfold(1, width, 1) * width + torch.arange(width, dtype=places.dtype)
    beyond = torch.arange(count) >= lengths.unsqueeze(1)
    bags[:, :, before].masked_fill_(beyond, unseen * width + before)
    return padded, bags


def _products(vectors: Tensor, weight: Tensor) -> Tensor:
    """Return the product of each vector with each filter at each place of its window.

    Under autocast the products are of its type.

    Returns:
        ``((U + 1) * width, filters)``, the last ``width`` rows minus infinity.
    """
    filters, features, width = weight.shape
    if torch.is_autocast_enabled("cpu"):
        lower = torch.get_autocast_dtype("cpu")
        vectors, weight = vectors.to(lower), weight.to(lower)
    flat = weight.permute(1, 2, 0).reshape(features, width * filters)
    table = vectors.new_empty(len(vectors) + 1, width * filters)
    tile = torch.get_num_threads() * _ROWS
    for rows, products in zip(torch.split(vectors, tile), torch.split(table[:-1], tile), strict=True):
        torch.mm(rows, flat, out=products)
    table[-1] = -torch.inf
    return table.view(-1, filters)


def _maximum(responses: Tensor, *, with_position: bool) -> tuple[Tensor, Tensor]:
    """Return the maximum of ``(B, windows, filters)`` over the windows, and where it is.

    Without ``with_position``, the second tensor is empty.
    """
    texts, windows, filters = responses.shape
    if not with_position:
        return responses.amax(dim=1), responses.new_empty(0)
    # A plain maximum uses the CPU's vector unit and one with the position does not: so first the plain
    # one of each block, then the block, then the place in that block alone.
    blocks = responses.view(texts, windows // _BLOCK, _BLOCK, filters)
    value, block = blocks.amax(dim=2).max(dim=1)
    best = block[:, None, None, :].expand(-1, 1, _BLOCK, -1)
    within = blocks.gather(1, best).squeeze(1).max(dim=1).indices
    return value, block * _BLOCK + within


def _scattered(gradient: Tensor, winners: Tensor, weight: Tensor, count: int) -> Tensor:
    """Give each of the ``count`` vectors its gradient, from all the windows that it is in.

    Args:
        gradient: ``(B, filters)`` of the maxima.
        winners: ``(B, filters, width)`` the vectors of the windows that won.
        weight: ``(filters, D, width)``.
        count: U.
    """
    filters, features, width = weight.shape
    flat = weight.transpose(1, 2).reshape(filters * width, features)
    # Sorted by vector, the uses of each are one bag of rows of `flat`, summed in a fixed order.
    uses, order = winners.flatten().sort(stable=True)
    sizes = torch.bincount(uses, minlength=count)
    sums = F.embedding_bag(
        order % (filters * width),
        flat,
        sizes.cumsum(0) - sizes,
        mode="sum",
        per_sample_weights=gradient.flatten()[order // width],
    )
    sums[0] = 0.0  # padding
    return sums
