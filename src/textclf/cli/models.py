"""List the models, each with what it is."""

from __future__ import annotations

import inspect
from typing import Any

from textclf.cli.console import Console
from textclf.cli.parser import Parser
from textclf.models import MODELS, list_models

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    """Add the arguments of ``textclf models``: none."""


def run(given: dict[str, Any]) -> int:
    """Say the name and the first sentence of each model.

    Args:
        given: The arguments.

    Returns:
        0.
    """
    names = list_models()
    width = max(map(len, names)) + 2
    for name in names:
        said = (inspect.getdoc(MODELS.get(name)) or "").partition("\n\n")[0]
        Console().say(f"{name:{width}}{' '.join(said.split())}".rstrip())
    return 0
