"""Checks of single arguments, so that each is written once and all errors read alike."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable

from textclf.errors import must_be

__all__ = ["require_bool", "require_choice", "require_int", "require_number", "require_share"]


def require_int(name: str, value: object, *, at_least: int) -> int:
    """Return ``value`` as a Python integer, or raise unless it is one of at least ``at_least``.

    Raises:
        ArgumentError: It is a boolean, not a whole number, or too small.

    Example:
        >>> require_int("batch_size", 64, at_least=1)
        64
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < at_least:
        raise must_be(name, f"an integer of at least {at_least}", value)
    return int(value)


def require_number(
    name: str,
    value: object,
    *,
    at_least: float | None = None,
    above: float | None = None,
    below: float | None = None,
) -> float:
    """Return ``value`` as a float, or raise unless it is a finite number within the bounds.

    Raises:
        ArgumentError: It is a boolean, not a number, not finite or out of bounds.

    Example:
        >>> require_number("learning_rate", 0.001, above=0)
        0.001
    """
    bounds = []
    if at_least is not None:
        bounds.append(f"of at least {at_least}")
    if above is not None:
        bounds.append(f"above {above}")
    if below is not None:
        bounds.append(f"below {below}")
    number = _as_float(value)
    good = (
        math.isfinite(number)
        and (at_least is None or number >= at_least)
        and (above is None or number > above)
        and (below is None or number < below)
    )
    if not good:
        raise must_be(name, " ".join(["a finite number", " and ".join(bounds)]).strip(), value)
    return number


def _as_float(value: object) -> float:
    """Return a number as a float: infinity if it is too large, NaN if it is no number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def require_share(name: str, value: object) -> float:
    """Return ``value`` as a float, or raise unless it is a number in [0, 1).

    Raises:
        ArgumentError: It is not such a number.

    Example:
        >>> require_share("dropout", 0.5)
        0.5
    """
    return require_number(name, value, at_least=0, below=1)


def require_bool(name: str, value: object) -> bool:
    """Return ``value``, or raise unless it is True or False.

    Raises:
        ArgumentError: It is anything else.

    Example:
        >>> require_bool("shuffle", True)
        True
    """
    if not isinstance(value, bool):
        raise must_be(name, "True or False", value)
    return value


def require_choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Return ``value``, or raise unless it is one of the choices.

    Raises:
        ArgumentError: It is anything else.

    Example:
        >>> require_choice("keep", "head", ["head", "tail"])
        'head'
    """
    names = list(choices)
    if not isinstance(value, str) or value not in names:
        raise must_be(name, f"one of {', '.join(map(repr, names))}", value)
    return value
