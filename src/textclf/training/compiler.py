"""Training without an import of torch's compiler, which takes longer than many a model does to train."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from torch.optim import Optimizer

__all__ = ["without_compiler"]

_COMPILER = "torch._dynamo"
_DISABLED = "__dynamo_disable"  # where torch keeps the form of a method that its compiler leaves alone
_METHODS = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")


@contextmanager
def without_compiler() -> Iterator[None]:
    """Keep torch's optimisers from importing its compiler.

    A step imports it to say that compiled code is to end there, and four other methods to say that they
    are not to be compiled: 1.5 seconds in each process that trains, for code that is not compiled anyway.
    Here a stand-in says nothing of the kind. It gives way to the compiler as soon as anything else of it
    is asked for, so that a model may still be compiled. Nothing is done if the compiler is there already.

    Example:
        >>> import torch
        >>> with without_compiler():
        ...     optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        >>> optimizer.state_dict()["param_groups"][0]["lr"]
        0.1
    """
    if _COMPILER in sys.modules:
        yield
        return
    stand_in = sys.modules[_COMPILER] = _StandIn(_COMPILER)
    plain = [getattr(getattr(Optimizer, name), "__wrapped__", None) for name in _METHODS]
    replaced = [method for method in plain if method is not None and not hasattr(method, _DISABLED)]
    for method in replaced:
        setattr(method, _DISABLED, method)
    try:
        yield
    finally:
        for method in replaced:
            delattr(method, _DISABLED)
        if sys.modules.get(_COMPILER) is stand_in:
            del sys.modules[_COMPILER]


class _StandIn(ModuleType):
    """What an eager step asks of the compiler, and the compiler itself for all else."""

    def graph_break(self) -> None:
        """Do nothing, as the compiler does where nothing is compiled."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(_COMPILER) is self:
            del sys.modules[_COMPILER]
        return getattr(importlib.import_module(_COMPILER), name)
