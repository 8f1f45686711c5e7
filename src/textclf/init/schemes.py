"""The schemes of initial weights by name; your own is registered beside them.

References:
    Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward neural
    networks" (xavier). He et al. (2015), "Delving deep into rectifiers" (kaiming). Saxe et al. (2014),
    "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks" (orthogonal).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from textclf.errors import must_be
from textclf.registry import Registry
from textclf.validation import require_choice, require_number

__all__ = [
    "INITIALIZERS",
    "Initializer",
    "list_initializers",
    "register_initializer",
]

Initializer: TypeAlias = Callable[[Tensor, torch.Generator | None], None]
"""Fills a tensor in place, drawing from the generator, or from PyTorch's global state if that is None."""

F = TypeVar("F", bound=Callable[..., object])

INITIALIZERS: Registry[Initializer] = Registry("scheme")
"""Factories of initialisers: ``INITIALIZERS.create("xavier", gain=2.0)`` gives an :data:`Initializer`."""

NONLINEARITIES = ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu")


def list_initializers() -> list[str]:
    """Return the names of the schemes in alphabetical order.

    Example:
        >>> "xavier" in list_initializers()
        True
    """
    return INITIALIZERS.names()


def register_initializer(name: str) -> Callable[[F], F]:
    """Register the decorated function as a scheme.

    The function is given a tensor on the CPU to fill in place, and the options of the scheme as
    keyword arguments. One that draws random numbers must take ``generator`` as a keyword argument and
    draw from it, or ``seed`` cannot reach it.

    Args:
        name: The name of the scheme.

    Returns:
        The decorator. It returns the function as it was.

    Raises:
        ArgumentError: The name is empty or taken.

    Example:
        >>> @register_initializer("example_signs")
        ... def example_signs(tensor, *, size=1.0, generator=None):
        ...     tensor.bernoulli_(0.5, generator=generator).mul_(2).sub_(1).mul_(size)
        >>> weights = torch.zeros(2, 2)
        >>> INITIALIZERS.create("example_signs", size=3.0)(weights, None)
        >>> weights.abs().tolist()
        [[3.0, 3.0], [3.0, 3.0]]
    """

    def add(function: F) -> F:
        parameters = list(inspect.signature(function).parameters.values())[1:]
        draws = any(p.name == "generator" or p.kind is p.VAR_KEYWORD for p in parameters)
        options = [p for p in parameters if p.name != "generator"]

        def create(**chosen: Any) -> Initializer:
            def fill(tensor: Tensor, generator: torch.Generator | None) -> None:
                function(tensor, **chosen, **({"generator": generator} if draws else {}))

            return fill

        create.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
        INITIALIZERS.register(name)(create)
        return function

    return add


@register_initializer("zero")
def _zero(tensor: Tensor) -> None:
    """All zero. The units of a layer then stay alike, which is what this scheme is for showing."""
    nn.init.zeros_(tensor)


@register_initializer("constant")
def _constant(tensor: Tensor, *, value: float = 0.1) -> None:
    """All the same value."""
    nn.init.constant_(tensor, require_number("value", value))


@register_initializer("gaussian")
def _gaussian(
    tensor: Tensor, *, mean: float = 0.0, std: float = 0.05, generator: torch.Generator | None = None
) -> None:
    """Draw from a normal distribution."""
    nn.init.normal_(
        tensor, require_number("mean", mean), require_number("std", std, at_least=0), generator=generator
    )


@register_initializer("uniform")
def _uniform(
    tensor: Tensor, *, low: float = -0.05, high: float = 0.05, generator: torch.Generator | None = None
) -> None:
    """Draw uniformly from ``low`` to ``high``."""
    lowest = require_number("low", low)
    nn.init.uniform_(tensor, lowest, require_number("high", high, at_least=lowest), generator=generator)


@register_initializer("xavier")
@register_initializer("xavier_uniform")
def _xavier_uniform(tensor: Tensor, *, gain: float = 1.0, generator: torch.Generator | None = None) -> None:
    """Draw uniformly with variance 2 gain^2 / (fan_in + fan_out), as in the paper."""
    nn.init.xavier_uniform_(_matrix(tensor), require_number("gain", gain, above=0), generator)


@register_initializer("xavier_normal")
def _xavier_normal(tensor: Tensor, *, gain: float = 1.0, generator: torch.Generator | None = None) -> None:
    """Draw from a normal distribution with variance 2 gain^2 / (fan_in + fan_out)."""
    nn.init.xavier_normal_(_matrix(tensor), require_number("gain", gain, above=0), generator)


@register_initializer("kaiming_uniform")
def _kaiming_uniform(
    tensor: Tensor,
    *,
    fan: str = "in",
    nonlinearity: str = "relu",
    negative_slope: float = 0.0,
    generator: torch.Generator | None = None,
) -> None:
    """Draw uniformly with variance gain^2 / fan, where the gain is that of the nonlinearity."""
    mode = _mode(fan, nonlinearity, negative_slope)
    nn.init.kaiming_uniform_(_matrix(tensor), negative_slope, mode, nonlinearity, generator)  # type: ignore[arg-type]


@register_initializer("kaiming")
@register_initializer("kaiming_normal")
def _kaiming_normal(
    tensor: Tensor,
    *,
    fan: str = "in",
    nonlinearity: str = "relu",
    negative_slope: float = 0.0,
    generator: torch.Generator | None = None,
) -> None:
    """Draw from a normal distribution with variance gain^2 / fan, as in the paper."""
    mode = _mode(fan, nonlinearity, negative_slope)
    nn.init.kaiming_normal_(_matrix(tensor), negative_slope, mode, nonlinearity, generator)  # type: ignore[arg-type]


@register_initializer("orthogonal")
def _orthogonal(tensor: Tensor, *, gain: float = 1.0, generator: torch.Generator | None = None) -> None:
    """Draw a random (semi-)orthogonal matrix; all dimensions but the first count as columns."""
    nn.init.orthogonal_(_matrix(tensor), require_number("gain", gain, above=0), generator)


def _matrix(tensor: Tensor) -> Tensor:
    """Return the tensor, or raise if it has no rows and columns to scale by."""
    if tensor.ndim < 2:
        cure = "For vectors use 'zero', 'constant', 'gaussian' or 'uniform'."
        raise must_be("tensor", "of two or more dimensions for this scheme", tuple(tensor.shape), cure)
    return tensor


def _mode(fan: str, nonlinearity: str, negative_slope: float) -> Literal["fan_in", "fan_out"]:
    """Check the options of kaiming, and return PyTorch's name for the fan."""
    require_choice("nonlinearity", nonlinearity, NONLINEARITIES)
    if require_number("negative_slope", negative_slope) != 0.0 and nonlinearity != "leaky_relu":
        raise must_be("negative_slope", "0 unless nonlinearity='leaky_relu'", negative_slope)
    return "fan_in" if require_choice("fan", fan, ["in", "out"]) == "in" else "fan_out"
