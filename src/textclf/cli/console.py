"""What a command says, and where: people on one stream, programs on the other."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import IO, Any

__all__ = ["Console", "coloured", "warnings_shown"]


class Console:
    """Where a command's words go.

    Args:
        as_json: The result is one JSON object on standard output, and all else goes to standard error.
        quiet: Nothing is said but the result, warnings and errors.
    """

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet

    @property
    def progress(self) -> bool:
        """Whether to show progress bars: where somebody sees them."""
        return not self.quiet and sys.stderr.isatty()

    def say(self, text: str = "") -> None:
        """Say something on the way to the result."""
        if not self.quiet:
            print(text, file=sys.stderr if self.as_json else sys.stdout, flush=True)

    def result(self, fields: dict[str, Any], text: str = "") -> None:
        """Give the result, as one JSON object or as text.

        Args:
            fields: Of the object.
            text: For people.
        """
        print(json.dumps(fields, ensure_ascii=False) if self.as_json else text, flush=True)


def coloured(stream: IO[str]) -> bool:
    """Say whether colours are welcome: on a terminal, unless ``NO_COLOR`` is set (see no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def warnings_shown(say: Callable[[str], None]) -> Iterator[None]:
    """Hand each warning of the library to ``say``, those that are logged and the others."""
    logger = logging.getLogger("textclf")
    handler = _Handler(say)
    logger.addHandler(handler)
    propagates, logger.propagate = logger.propagate, False
    before = warnings.showwarning
    warnings.showwarning = lambda message, *rest, **more: say(str(message))
    try:
        yield
    finally:
        warnings.showwarning = before
        logger.propagate = propagates
        logger.removeHandler(handler)


class _Handler(logging.Handler):
    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage())
