"""Parsers of arguments whose complaints are one line, with the near matches of a wrong name."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

from textclf.errors import TextclfError, near_matches

__all__ = ["Parser", "UsageError", "in_flags"]


class UsageError(TextclfError, ValueError):
    """The arguments of the command line cannot be used."""


class Parser(argparse.ArgumentParser):
    """The parser of one command.

    What is not given has no value, so that a file of options can give it, and no name may be cut
    short, so that a later option takes no meaning away from an earlier one.

    Args:
        prog: The words before the arguments, such as ``textclf train``.
        **options: Those of :class:`argparse.ArgumentParser`.

    Attributes:
        elsewhere: Says where an option that does not exist is to be found, or nothing.

    Example:
        >>> parser = Parser("textclf train")
        >>> _ = parser.add_argument("--epochs", type=int)
        >>> parser.read(["--epochs", "3"])
        {'epochs': 3}
        >>> try:
        ...     parser.read(["--epoch", "3"])
        ... except UsageError as error:
        ...     print(error)
        textclf train has no option --epoch. Did you mean '--epochs'?
    """

    def __init__(self, prog: str, **options: Any) -> None:
        self.elsewhere: Callable[[str], str] = lambda name: ""
        super().__init__(prog=prog, allow_abbrev=False, argument_default=argparse.SUPPRESS, **options)

    def read(self, arguments: Sequence[str]) -> dict[str, Any]:
        """Return what is given, by the names of the options.

        Raises:
            UsageError: An argument is wrong or missing.
        """
        found, rest = self.parse_known_intermixed_args(list(arguments))
        for word in rest:
            if word.startswith("-"):
                name = word.partition("=")[0]
                raise UsageError(f"{self.prog} has no option {name}. {self._hint(name)}")
            raise UsageError(f"{self.prog} has no place for {word!r}. See {self.prog} --help.")
        return vars(found)

    def flags(self) -> list[str]:
        """Return the names of the options, with their dashes."""
        return [name for name in self._option_string_actions if name.startswith("--")]

    def _hint(self, name: str) -> str:
        matches = near_matches(name, self.flags())
        return self.elsewhere(name) or (
            matches if "Did you mean" in matches else f"See {self.prog} --help."
        )

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong, in place of the usage and an exit."""
        raise UsageError(f"{message}. See {self.prog} --help.")


def in_flags(message: str, flags: Iterable[str]) -> str:
    """Return a message of the library with its arguments written as on the command line.

    Args:
        message: As the library writes it.
        flags: The options there are, such as ``--learning-rate``.

    Example:
        >>> in_flags("`on_bad_row` must be a word.", ["--on-bad-row"])
        '`--on-bad-row` must be a word.'
        >>> in_flags('Pass encoding="latin-1", or overwrite=True.', ["--encoding", "--overwrite"])
        'Pass --encoding latin-1, or --overwrite.'
        >>> in_flags("Pass label= to say which, and epochs=12.", ["--label", "--epochs"])
        'Pass --label to say which, and --epochs 12.'
    """
    for flag in flags:
        name = re.escape(flag.removeprefix("--").replace("-", "_"))
        message = message.replace(f"`{name}`", f"`{flag}`")
        message = re.sub(rf"(?<![\w`.]){name}=(?:True\b|(?=[\s,]))", flag, message)
        message = re.sub(rf'(?<![\w`.]){name}="([^"]*)"', rf"{flag} \1", message)
        message = re.sub(rf"(?<![\w`.]){name}=([-+.\w]*\d)", rf"{flag} \1", message)
    return message
