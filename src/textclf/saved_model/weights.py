"""The model of a saved folder: its weights, and the architecture that they fit.

The options of a model say how large it is, and a stranger may have written them. The model is therefore
first made without memory, on PyTorch's meta device, and for real only if it then has the tensors that
are in the file, which are no larger than the file.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from textclf.errors import DataError, TextclfError
from textclf.models.base import Classifier, model_from_config
from textclf.training.checkpoint import load_weights
from textclf.training.int8 import dequantized

__all__ = ["load_model"]

_FAILURES = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)


def load_model(weights_file: Path, name: object, options: object, *, config_file: Path) -> Classifier:
    """Make the model that a name and options describe, with the weights of a file.

    A class of your own that cannot be made on the meta device is made without the check of its size.

    Args:
        weights_file: A safetensors file.
        name: The registered name of the model's class.
        options: Its options, as they were read.
        config_file: Where they were read, for errors.

    Raises:
        DataError: There is no such model, the weights are not its own, or it would be larger than they.
    """
    weights = _whole_weights(weights_file)
    if not isinstance(name, str) or len(name) > 100 or not isinstance(options, dict):
        raise DataError("`model` must be a name, and `options` its options.", path=config_file)
    what = f"{name!r} with the options in {config_file.name}"
    try:
        _check_vectors(options.get("embedding"), weights)
        with _no_more_than(weights):
            with contextlib.suppress(RuntimeError), torch.device("meta"):
                _check_fit(model_from_config(name, options), weights)
            model = model_from_config(name, options)
        _check_fit(model, weights)
        model.load_state_dict(weights)
    except _OtherSizes as error:
        raise DataError(f"the weights must be those of {what}. {error}", path=weights_file) from None
    except TextclfError as error:
        raise DataError(f"the model cannot be made. {error}", path=config_file) from error
    except _FAILURES as error:
        first = str(error).partition("\n")[0][:200]  # PyTorch may add how it came there
        raise DataError(
            f"the model cannot be made. {type(error).__name__}: {first}", path=config_file
        ) from error
    return model


def _whole_weights(path: Path) -> dict[str, Tensor]:
    """Read weights, and make 32-bit numbers of those that were written as 8-bit ones."""
    stored = load_weights(path)
    try:
        return dequantized(stored)
    except DataError as error:
        raise DataError(str(error), path=path) from None


class _OtherSizes(Exception):  # noqa: N818  it never leaves this module
    """The model does not have the tensors of the file."""


def _check_fit(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    wanted = model.state_dict()
    for name in sorted({*wanted, *weights}):
        own, its = _described(wanted.get(name)), _described(weights.get(name))
        if own != its:
            raise _OtherSizes(f"{name} must be {own}. Received: {its}.")


def _described(tensor: Tensor | None) -> str:
    return (
        "left out" if tensor is None else f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
    )


def _check_vectors(shape: object, weights: Mapping[str, Tensor]) -> None:
    """Raise if more vectors are described than there are weights: they alone are made for real twice."""
    sizes = shape if isinstance(shape, list) else []
    if math.prod(size for size in sizes if isinstance(size, int)) > 1 + _numbers(weights):
        raise _OtherSizes(f"The `embedding` must not be larger than they. Received: {str(shape)[:80]}.")


def _numbers(weights: Mapping[str, Tensor]) -> int:
    return sum(tensor.numel() for tensor in weights.values())


@contextlib.contextmanager
def _no_more_than(weights: Mapping[str, Tensor]) -> Iterator[None]:
    """Raise as soon as this thread makes many more or much larger parameters than these."""
    thread = threading.get_ident()
    room = {"parameters": 4 * len(weights) + 100}
    room["numbers"] = 4 * _numbers(weights) + 100_000

    def count(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        if parameter is None or threading.get_ident() != thread:
            return
        room["parameters"] -= 1
        room["numbers"] -= parameter.numel()
        if min(room.values()) < 0:
            raise _OtherSizes("The options make it many times as large.")

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()
