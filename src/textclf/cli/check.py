"""Say what is wrong with labelled texts before a model is trained on them."""

from __future__ import annotations

import json
from typing import Any

from textclf.cli.console import Console
from textclf.cli.parser import Parser
from textclf.cli.reading import add_reading_arguments, reading_options
from textclf.data.readers import LabelledFile
from textclf.doctor import SEVERITIES, check_data

__all__ = ["add_arguments", "run"]

_SPLITS = ("train", "valid", "test")
_OF_CHECK = ("embedding", "max_length", "tokenizer", "silence")


def add_arguments(parser: Parser) -> None:
    """Add the arguments of ``textclf check``."""
    parser.add_argument("train", metavar="TRAIN", help="file or folder of labelled texts")
    parser.add_argument("--valid", metavar="FILE", help="the texts to stop by")
    parser.add_argument("--test", metavar="FILE", help="the texts to measure with")
    parser.add_argument("--embedding", metavar="FILE", help="the word vectors that training will use")
    parser.add_argument(
        "--max-length", metavar="N", type=int, help="tokens to which training will cut texts"
    )
    parser.add_argument("--tokenizer", metavar="NAME", help="that of the training; default: word")
    parser.add_argument("--silence", metavar="CODE", action="append", help="a finding that is not wanted")
    parser.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        default="stop",
        help="the lowest severity with an exit code of its own (3, 4 and 5); default: %(default)s",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    add_reading_arguments(parser)


def run(given: dict[str, Any]) -> int:
    """Check the files and say what was found.

    Args:
        given: The arguments.

    Returns:
        0, or the exit code of the gravest finding.
    """
    console = Console(as_json=given.get("json", False), quiet=given.get("quiet", False))
    reading = reading_options(given)
    options: dict[str, Any] = {name: given[name] for name in _OF_CHECK if name in given}
    for name in _SPLITS:
        if name in given:
            options[name] = LabelledFile(given[name], **reading)
    found = check_data(**options, progress=console.progress)
    console.result(json.loads(found.to_json()), str(found))
    return found.exit_code(given["fail_on"])
