"""Train on built-in text, compare with a linear model, predict and save."""

from __future__ import annotations

from typing import Any

from textclf.cli.console import Console
from textclf.cli.parser import Parser
from textclf.demo import run_demo

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    """Add the arguments of ``textclf demo``."""
    parser.add_argument(
        "--out", metavar="DIR", default="runs/demo", help="folder for the model (default: %(default)s)"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--epochs", metavar="N", type=int, default=6, help="default: %(default)s")
    parser.add_argument(
        "--overwrite", action="store_true", default=False, help="replace the folder if it is there"
    )
    parser.add_argument("--quiet", action="store_true", default=False, help="no progress bars")


def run(given: dict[str, Any]) -> int:
    """Run the demonstration.

    Args:
        given: The arguments.

    Returns:
        0.
    """
    run_demo(
        given["out"],
        seed=given["seed"],
        epochs=given["epochs"],
        progress=not given["quiet"],
        overwrite=given["overwrite"],
        say=lambda text: Console().say(f"{text}\n"),
    )
    return 0
