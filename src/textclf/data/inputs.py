"""What may be passed as texts and as labels, checked with the index of what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, TypeVar

from textclf.data.row_values import is_missing
from textclf.errors import must_be
from textclf.text.tokenizers import Tokenizer
from textclf.validation import require_choice, require_int

__all__ = [
    "KEEP",
    "all_strings",
    "check_count",
    "checked_labels",
    "checked_texts",
    "checked_truncation",
    "tokens_of",
    "truncated",
]

KEEP = ("head", "tail", "both")
"""Which end of a text truncation keeps; ``"both"`` keeps half of the tokens from each."""

T = TypeVar("T")


def all_strings(values: Sequence[object]) -> bool:
    """Say whether all values are strings.

    Example:
        >>> all_strings(["a", "film"]), all_strings(["a", 5])
        (True, False)
    """
    return set(map(type, values)) <= {str} or all(isinstance(value, str) for value in values)


def checked_truncation(max_length: object, keep: object) -> tuple[int | None, str]:
    """Return what :func:`truncated` takes, or raise unless it can.

    Raises:
        ArgumentError: The length is neither None nor an integer from 1, or ``keep`` is not one of
            :data:`KEEP`.

    Example:
        >>> checked_truncation(None, "head")
        (None, 'head')
    """
    length = None if max_length is None else require_int("max_length", max_length, at_least=1)
    return length, require_choice("keep", keep, KEEP)


def truncated(values: Sequence[T], max_length: int | None, keep: str) -> Sequence[T]:
    """Keep ``max_length`` of the values, from the end or ends that ``keep`` names.

    Example:
        >>> truncated("abcdef", 3, "both")
        ['a', 'b', 'f']
    """
    if max_length is None or len(values) <= max_length:
        return values
    head = {"head": max_length, "tail": 0, "both": (max_length + 1) // 2}[keep]
    return [*values[:head], *values[len(values) - (max_length - head) :]]


def tokens_of(tokenizer: Tokenizer, index: int, text: object) -> Sequence[str]:
    """Return the tokens of a text, or the text itself if it is a list of tokens already.

    Args:
        tokenizer: For a text that is a string.
        index: Of the text, for the message.
        text: A string, or a list or tuple of strings.

    Returns:
        The tokens.

    Raises:
        ArgumentError: The text is neither, or the tokenizer returns something else.

    Example:
        >>> tokens_of(str.split, 0, "a film")
        ['a', 'film']
    """
    if isinstance(text, str):
        tokens = tokenizer(text)
        if not isinstance(tokens, list | tuple) or not all_strings(tokens):
            received = f"{tokens!r} for texts[{index}]"
            raise must_be("tokenizer", "a function that returns a list of strings", received)
        return tokens
    if not isinstance(text, list | tuple) or not all_strings(text):
        cure = "Write a missing text as an empty string." if is_missing(text) else ""
        raise must_be(f"texts[{index}]", "a string or a list of tokens", text, cure)
    return text


def checked_texts(texts: Iterable[Any]) -> Iterable[Any]:
    """Return ``texts`` if it can be gone through text by text, in a fixed order.

    Raises:
        ArgumentError: It is a single text, a set, a mapping, or a table of several columns.

    Example:
        >>> checked_texts(["a film"])
        ['a film']
    """
    if isinstance(texts, str | bytes):
        raise must_be("texts", "a list of texts", texts, "Put a single text into a list: [text].")
    ordered = isinstance(texts, Iterable) and not isinstance(texts, Mapping | Set)
    if len(getattr(texts, "shape", ())) > 1:
        received = f"a table, {type(texts).__name__}"
        raise must_be("texts", "a list of texts", received, "Pass one column of it.")
    if not ordered or getattr(texts, "ndim", 1) != 1:
        raise must_be("texts", "a list of texts", texts)
    return texts


def checked_labels(labels: Iterable[Any] | None, token_labels: Iterable[Any] | None) -> list[Any] | None:
    """Return the one kind of labels that is given, as a list, or ``None``.

    Raises:
        ArgumentError: Both are given, or one is not a list with an entry for each text.

    Example:
        >>> checked_labels(None, [("noun", "verb")])
        [['noun', 'verb']]
    """
    if labels is not None and token_labels is not None:
        raise must_be("token_labels", "None if `labels` are given", token_labels)
    if labels is not None:
        return _listed("labels", labels, "an entry")
    if token_labels is None:
        return None
    rows = _listed("token_labels", token_labels, "a list")
    return [_listed(f"token_labels[{index}]", tags, "a label") for index, tags in enumerate(rows)]


def check_count(name: str, given: Sequence[Any] | None, count: int) -> None:
    """Raise unless labels, if there are any, are as many as the texts.

    Raises:
        ArgumentError: They are not.

    Example:
        >>> check_count("labels", ["pos"], 1)
    """
    if given is not None and len(given) != count:
        raise must_be(name, f"as many as the texts, {count}", f"{len(given)} entries")


def _listed(name: str, given: Iterable[Any], entries: str) -> list[Any]:
    if isinstance(given, str | bytes | Mapping | Set) or not isinstance(given, Iterable):
        each = "token" if "[" in name else "text"
        raise must_be(name, f"a list with {entries} for each {each}", given)
    if isinstance(given, list):
        return given
    shared: dict[str, str] = {}  # one string for all that are equal, so that an entry costs 8 bytes
    return [shared.setdefault(entry, entry) if type(entry) is str else entry for entry in given]
