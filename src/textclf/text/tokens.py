"""Checks on the tokens of texts, before they are counted or turned into ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from textclf.errors import must_be

__all__ = ["checked_tokens", "token_rows"]


def checked_tokens(name: str, tokens: Iterable[str]) -> Sequence[str]:
    """Return the tokens of one text as a sequence, having made sure that each is a string.

    Args:
        name: Name of the argument, for the error.
        tokens: The tokens.

    Raises:
        ArgumentError: They are a string or no sequence, or one is not a string; with its place.

    Example:
        >>> checked_tokens("tokens", iter(["good", "film"]))
        ['good', 'film']
    """
    if isinstance(tokens, str | bytes):
        raise must_be(name, "a list of tokens", tokens, "Tokenize the text first.")
    try:
        listed = tokens if isinstance(tokens, list | tuple) else list(tokens)
    except TypeError:
        raise must_be(name, "a list of tokens", tokens) from None
    if set(map(type, listed)) - {str}:
        for place, token in enumerate(listed):
            if not isinstance(token, str):
                raise must_be(f"{name}[{place}]", "a string", token)
    return listed


def token_rows(tokenized: Iterable[Iterable[str]]) -> Iterator[Sequence[str]]:
    """Yield the checked tokens of each text.

    Args:
        tokenized: The texts, each a sequence of tokens.

    Raises:
        ArgumentError: Something is not a token; with the index of its text.

    Example:
        >>> list(token_rows([["good", "film"], []]))
        [['good', 'film'], []]
    """
    if isinstance(tokenized, str | bytes):
        raise must_be("tokenized", "a list of token lists", tokenized, "Tokenize the texts first.")
    for index, tokens in enumerate(tokenized):
        yield checked_tokens(f"tokenized[{index}]", tokens)
