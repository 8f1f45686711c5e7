"""The arguments that say which saved classifier is asked, and how it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textclf.cli.parser import Parser
from textclf.cli.toml import NONE, typed_value

__all__ = ["add_loading_arguments", "loading_options"]


def add_loading_arguments(parser: Parser, *, folder: str = "where the classifier was saved") -> None:
    """Add the folder, with what it is, and the options of how it is loaded."""
    parser.add_argument("folder", metavar="DIR", help=folder)
    parser.add_argument(
        "--windows",
        metavar="N",
        type=typed_value,
        help="read long texts by windows of N tokens, or none; default: as in training",
    )
    parser.add_argument("--device", metavar="NAME", default="auto", help="cpu, cuda or mps; default: auto")


def loading_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a command's arguments that ``load`` takes.

    Example:
        >>> loading_options({"folder": "model", "device": "cpu", "windows": "none"})
        {'device': 'cpu', 'windows': None}
    """
    options = {name: given[name] for name in ("device", "windows") if name in given}
    return {name: None if value == NONE else value for name, value in options.items()}
