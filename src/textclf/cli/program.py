"""The program ``textclf``: finds the command, runs it, and turns every end into an exit code."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from textclf.cli.console import warnings_shown
from textclf.cli.parser import Parser, UsageError, in_flags
from textclf.errors import TextclfError, near_matches
from textclf.findings import SEVERITIES

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "check": "say what is wrong with labelled texts, before training",
    "train": "train a classifier on a file of labelled texts and save it",
    "evaluate": "measure a saved classifier on a file of labelled texts",
    "predict": "label texts: those given, those of a file, or those of standard input",
    "explain": "show which words of a text speak for its label",
    "report": "write a page on a saved classifier: scores, curves, confusion, worst errors",
    "inspect": "say what is in the folder of a saved classifier",
    "models": "list the models",
    "demo": "train on built-in text, compare, predict and save",
}
"""The commands, each with what it does. Each is a module beside this one, imported when it is asked for."""

_DONE, _OURS, _YOURS, _INTERRUPTED = 0, 1, 2, 130
_TRACEBACK = "TEXTCLF_TRACEBACK"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Those after the program's name; by default the process's own.

    Returns:
        0 when done, 2 when the input is at fault, 1 when the program is, 130 after Ctrl-C.

    Example:
        >>> main(["trian"])
        2
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a character is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    flags: list[str] = []  # of the command, once it is known
    try:
        code = _run(words, flags)
        sys.stdout.flush()
        return code
    except SystemExit as end:  # --help and --version
        return int(end.code or 0)
    except BrokenPipeError:  # whoever reads has all that was wanted, as in `textclf predict ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _DONE
    except KeyboardInterrupt as stop:  # a command that has saved something says so
        return _told(f"interrupted; {stop if stop.args else 'nothing was saved'}.", _INTERRUPTED)
    except (TextclfError, OSError) as error:
        return _told(in_flags(str(error), flags), _YOURS)
    except Exception as error:
        cure = f"This is a fault of textclf, not yours. {_TRACEBACK}=1 in the environment shows where."
        return _told(f"{type(error).__name__}: {error}. {cure}", _OURS)


def _run(words: list[str], flags: list[str]) -> int:
    top = _top_parser()
    if words and words[0].startswith("-") and words[0] not in (*top.flags(), "-h"):
        raise UsageError(f"there is no option {words[0]}. {near_matches(words[0], top.flags())}")
    given = top.parse_args(words[:1])
    if given.command not in COMMANDS:
        raise UsageError(f"there is no command {given.command!r}. {near_matches(given.command, COMMANDS)}")
    command: Any = importlib.import_module(f"textclf.cli.{given.command}")
    parser = Parser(f"textclf {given.command}", description=command.__doc__.partition("\n\n")[0])
    command.add_arguments(parser)
    flags += parser.flags()
    options = parser.read(words[1:])
    with warnings_shown(lambda text: _warn(in_flags(text, flags))):
        return int(command.run(options))


def _top_parser() -> Parser:
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:{width}}{what}" for name, what in COMMANDS.items()]
    parser = Parser(
        "textclf",
        description="Neural text classification. `textclf COMMAND --help` says more of each command.",
        epilog="commands:\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"textclf {_version()}")
    parser.add_argument("command", metavar="COMMAND", help="one of those below")
    return parser


def _version() -> str:
    try:
        return importlib.metadata.version("textclf-torch")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _told(message: str, code: int) -> int:
    if os.environ.get(_TRACEBACK) and code != _INTERRUPTED:
        traceback.print_exc()
    _say(message)
    return code


def _warn(message: str) -> None:
    """Show a warning; findings say their severity themselves, and have lines of their own."""
    if message.startswith(tuple(f"{severity}: " for severity in SEVERITIES)):
        print(f"textclf: {message}", file=sys.stderr, flush=True)
    else:
        _say(f"warning: {message}")


def _say(message: str) -> None:
    print(f"textclf: {' '.join(message.splitlines())}", file=sys.stderr, flush=True)
