"""Tokenizers by name, and their description in the folder of a trained model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from textclf.errors import UnknownOptionError, must_be
from textclf.text.tokenizers import TOKENIZERS, Tokenizer

__all__ = ["create_tokenizer", "list_tokenizers", "tokenizer_config", "tokenizer_from_config"]

_CUSTOM = "custom"


def create_tokenizer(tokenizer: str | Tokenizer, **options: Any) -> Tokenizer:
    """Make a tokenizer from its name and options; a callable is returned as it is.

    Args:
        tokenizer: A registered name, or a callable from a text to a list of tokens.
        **options: The options of the named tokenizer.

    Returns:
        The tokenizer.

    Raises:
        UnknownNameError: No tokenizer has this name; with the near matches.
        UnknownOptionError: The tokenizer has no such option, or options come with a callable.
        ArgumentError: ``tokenizer`` is neither a name nor a callable, or is a class.

    Example:
        >>> create_tokenizer("word", lowercase=False)("It's GOOD")
        ['It', "'s", 'GOOD']
        >>> create_tokenizer(str.split) is str.split
        True
    """
    if isinstance(tokenizer, str):
        return TOKENIZERS.create(tokenizer, **options)
    if isinstance(tokenizer, type) or not callable(tokenizer):
        raise must_be(
            "tokenizer",
            "a registered name or a callable from a text to its tokens",
            tokenizer,
            "Call the class first." if isinstance(tokenizer, type) else "",
        )
    if options:
        raise UnknownOptionError(
            f"options must come with the name of a tokenizer. Received: {options} with a callable. "
            "Set them on the callable itself."
        )
    return tokenizer


def list_tokenizers() -> list[str]:
    """Return the names of the registered tokenizers.

    Example:
        >>> list_tokenizers()
        ['char', 'jieba', 'whitespace', 'word']
    """
    return TOKENIZERS.names()


def tokenizer_config(tokenizer: Tokenizer) -> dict[str, Any]:
    """Describe a tokenizer, so that :func:`tokenizer_from_config` can make it again.

    Args:
        tokenizer: Any tokenizer.

    Returns:
        Its registered name under ``"name"``, and its options. A callable that is not an instance of
        a registered dataclass is ``{"name": "custom"}``.

    Example:
        >>> tokenizer_config(create_tokenizer("whitespace"))
        {'name': 'whitespace', 'lowercase': False, 'normalize': None}
        >>> tokenizer_config(str.split)
        {'name': 'custom'}
    """
    if dataclasses.is_dataclass(tokenizer) and not isinstance(tokenizer, type):
        for name in TOKENIZERS:
            if TOKENIZERS.get(name) is type(tokenizer):
                return {"name": name, **dataclasses.asdict(tokenizer)}
    return {"name": _CUSTOM}


def tokenizer_from_config(config: Mapping[str, Any], custom: Tokenizer | None = None) -> Tokenizer:
    """Make the tokenizer that :func:`tokenizer_config` described.

    Args:
        config: The description.
        custom: The callable to use where the description says ``"custom"``.

    Returns:
        The tokenizer.

    Raises:
        ArgumentError: The description has no name; it needs ``custom`` and none is given; or
            ``custom`` is given and is not the tokenizer described.
        UnknownNameError: No tokenizer has this name.
        UnknownOptionError: The tokenizer has no such option.

    Example:
        >>> tokenizer_from_config({"name": "whitespace", "lowercase": True})("Good FILM")
        ['good', 'film']
    """
    name = config.get("name") if isinstance(config, Mapping) else None
    if not isinstance(name, str):
        raise must_be("config", "a description of a tokenizer with its 'name'", config)
    if name == _CUSTOM:
        if custom is None:
            raise must_be(
                "tokenizer",
                "given, since a function of your own was used and cannot be saved",
                custom,
                "Pass the same function again.",
            )
        return create_tokenizer(custom)
    described = TOKENIZERS.create(name, **{key: value for key, value in config.items() if key != "name"})
    if custom is not None and custom != described:
        raise must_be("tokenizer", f"left out, since {described} is the one that was saved", custom)
    return described
