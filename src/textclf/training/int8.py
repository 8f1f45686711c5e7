"""Weights as 8-bit integers with a scale for each row, for a file of about a quarter of the size.

Torch's own tools for 8 bits replace layers by ones that compute in 8 bits, and know linear and recurrent
layers alone. Here only what is stored is smaller, so every model of the zoo is loaded as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from textclf.errors import DataError, must_be

__all__ = ["dequantized", "quantized"]

_SCALE = ".scale"
_LARGEST = 127
_TOGETHER = 64  # numbers that share a scale, at least: it takes as much room as four of them did
_TABLE = 1 << 16  # numbers in a vector that is no bias: the rarities of n-grams, a table of one column


def quantized(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Round the weights of a ``state_dict`` to 8-bit integers.

    Matrices and larger tensors become integers from -127 to 127, with ``NAME.scale`` beside them: one
    number for each row, be it the vector of a token or the weights of an output channel. Rows of
    fewer than 64 numbers, such as the scores of an n-gram, share one among as many as make up 64.
    Biases, norms and all that is not of 32-bit numbers stay as they are.

    Args:
        weights: What a model's ``state_dict()`` gives.

    Returns:
        Tensors by name, for :func:`dequantized` or a safetensors file.

    Raises:
        ArgumentError: A weight is NaN or infinite, or has the name of another's scale.

    References:
        Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
        Inference, 2018; Dettmers et al., 8-bit Optimizers via Block-wise Quantization, 2022.

    Example:
        >>> small = quantized({"weight": torch.tensor([[1.27, -0.64]]), "bias": torch.zeros(1)})
        >>> small["weight"].tolist(), small["bias"].tolist()
        ([[127, -64]], [0.0])
        >>> round(small["weight.scale"].item(), 4)
        0.01
    """
    found: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if not _is_quantized(tensor):
            found[name] = tensor
            continue
        if name + _SCALE in weights:
            raise must_be(
                "weights", f"without the name {name + _SCALE!r}, which a scale has", list(weights)
            )
        if not bool(torch.isfinite(tensor).all()):
            raise must_be("weights", "finite", f"NaN or infinity in {name!r}")
        blocks = _in_blocks(tensor.detach())
        scale = blocks.abs().amax(dim=1) / _LARGEST
        steps = torch.where(scale > 0, scale, 1.0).unsqueeze(1)
        rounded = (blocks / steps).round_().clamp_(-_LARGEST, _LARGEST).to(torch.int8)
        found[name] = rounded.flatten()[: tensor.numel()].view(tensor.shape).contiguous()
        found[name + _SCALE] = scale
    return found


def dequantized(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the ``state_dict`` that :func:`quantized` rounded, as 32-bit numbers.

    What has no scale is left as it is, so that a ``state_dict`` that was not rounded stays itself.

    Args:
        weights: What :func:`quantized` gave.

    Raises:
        DataError: A scale does not fit its tensor.

    Example:
        >>> weights = {"weight": torch.tensor([[1.27, -0.64]])}
        >>> dequantized(quantized(weights))["weight"]
        tensor([[ 1.2700, -0.6400]])
        >>> dequantized(weights)["weight"] is weights["weight"]
        True
    """
    found: dict[str, Tensor] = {}
    scales = {name + _SCALE for name, tensor in weights.items() if tensor.dtype == torch.int8} & set(
        weights
    )
    for name, tensor in weights.items():
        if name + _SCALE in scales:
            found[name] = _scaled(name, tensor, weights[name + _SCALE])
        elif name not in scales:
            found[name] = tensor
    return found


def _is_quantized(tensor: Tensor) -> bool:
    many = tensor.dim() > 1 or tensor.numel() >= _TABLE
    return tensor.dtype == torch.float32 and many and tensor.numel() > 0


def _block_size(shape: torch.Size) -> int:
    """Return how many numbers share a scale: those of one row, or of several that are short."""
    row = math.prod(shape[1:])
    return row * -(-_TOGETHER // row)


def _in_blocks(tensor: Tensor) -> Tensor:
    """Return the numbers of a tensor, one block a row, and zeros to fill the last one."""
    size = _block_size(tensor.shape)
    return torch.nn.functional.pad(tensor.flatten(), (0, -tensor.numel() % size)).view(-1, size)


def _scaled(name: str, tensor: Tensor, scale: Tensor) -> Tensor:
    count = -(-tensor.numel() // _block_size(tensor.shape)) if tensor.numel() > 0 else 0
    if scale.dtype != torch.float32 or scale.shape != (count,) or count == 0:
        raise DataError(f"{name + _SCALE!r} must be {count} numbers of 32 bits, one for each row.")
    numbers = _in_blocks(tensor).to(torch.float32).mul_(scale.unsqueeze(1))
    return numbers.flatten()[: tensor.numel()].view(tensor.shape).contiguous()
