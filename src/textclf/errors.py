"""The errors that textclf raises, and the one form in which their messages are written.

Every error derives from :class:`TextclfError` and also from the builtin that a caller would
already be catching, so ``except ValueError`` keeps working for those who never heard of this
module.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from os import PathLike

__all__ = [
    "ArgumentError",
    "DataError",
    "DeviceError",
    "MissingDependencyError",
    "MissingFileError",
    "NonFiniteLossError",
    "OutputExistsError",
    "TextclfError",
    "UnknownNameError",
    "UnknownOptionError",
    "UnseenLabelError",
    "must_be",
    "near_matches",
]


class TextclfError(Exception):
    """Base class of every error that textclf raises on purpose."""


class ArgumentError(TextclfError, ValueError):
    """An argument has a value that cannot be used."""


class UnknownNameError(TextclfError, ValueError):
    """A name is not in a registry."""


class UnknownOptionError(TextclfError, TypeError):
    """A keyword argument is not an option of the thing that is called."""


class UnseenLabelError(TextclfError, ValueError):
    """A label does not occur among the labels that were seen in training."""


class DeviceError(TextclfError, RuntimeError):
    """A device or precision was asked for that this machine does not have."""


class MissingDependencyError(TextclfError, ImportError):
    """An optional package is needed and not installed."""


class OutputExistsError(TextclfError, FileExistsError):
    """Writing would replace a file or folder that the caller did not agree to lose."""


class NonFiniteLossError(TextclfError, ArithmeticError):
    """The training loss became NaN or infinite."""


class DataError(TextclfError, ValueError):
    """A file or data set cannot be read as what it is said to be.

    Args:
        message: What is wrong, and the cure.
        path: The file at fault, if there is one.
        line: The line in that file, counted from 1.

    Example:
        >>> str(DataError("the label is empty.", path="train.tsv", line=3))
        'train.tsv, line 3: the label is empty.'
    """

    def __init__(
        self, message: str, *, path: str | PathLike[str] | None = None, line: int | None = None
    ) -> None:
        self.path = path
        self.line = line
        place = "" if path is None else str(path)
        if line is not None:
            place = f"{place}, line {line}" if place else f"line {line}"
        super().__init__(f"{place}: {message}" if place else message)


class MissingFileError(DataError, FileNotFoundError):
    """A file that was to be read is not there.

    Example:
        >>> error = MissingFileError("the file does not exist.", path="train.tsv")
        >>> isinstance(error, FileNotFoundError), str(error)
        (True, 'train.tsv: the file does not exist.')
    """


def must_be(argument: str, expected: str, received: object, cure: str = "") -> ArgumentError:
    """Build the error for an unusable argument, in the one form the library uses.

    Args:
        argument: Name of the argument, as the caller wrote it.
        expected: What it must be, to follow the words "must be".
        received: The value that came; long ones are shortened.
        cure: One sentence that says what to do, if that is not plain already.

    Returns:
        The error, for the caller to raise.

    Example:
        >>> print(must_be("dropout", "in [0, 1)", 1.5))
        `dropout` must be in [0, 1). Received: 1.5.
    """
    shown = repr(received)
    if len(shown) > 200:
        shown = f"{shown[:197]}..."
    return ArgumentError(f"`{argument}` must be {expected}. Received: {shown}. {cure}".rstrip())


def near_matches(name: str, known: Iterable[str]) -> str:
    """Say which of the known names the caller may have meant, or list them all.

    Capital letters make no difference to what is near.

    Example:
        >>> near_matches("TexCNN", ["mlp", "textcnn"])
        "Did you mean 'textcnn'?"
        >>> near_matches("zebra", ["mlp", "textcnn"])
        'Known: mlp, textcnn.'
    """
    names = sorted(known)
    folded: dict[str, list[str]] = {}
    for known_name in names:
        folded.setdefault(known_name.casefold(), []).append(known_name)
    matches = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    close = [known_name for match in matches for known_name in folded[match]]
    if close:
        return f"Did you mean {' or '.join(map(repr, close))}?"
    return f"Known: {', '.join(names)}." if names else "None is known."
