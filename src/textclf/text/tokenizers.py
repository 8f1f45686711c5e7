"""Tokenizers: from a text to its tokens.

A tokenizer is any callable from a string to a list of strings. Those here are frozen dataclasses:
their fields are their options, so they can be compared, copied to another process, and written
into the folder of a trained model.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import re
import unicodedata
import warnings
from collections.abc import Mapping
from typing import Any, Literal, Protocol

from textclf.errors import MissingDependencyError, UnknownOptionError, must_be
from textclf.registry import Registry
from textclf.text.words import straightened, strip_html, word_pattern

__all__ = [
    "TOKENIZERS",
    "CharTokenizer",
    "JiebaTokenizer",
    "Tokenizer",
    "WhitespaceTokenizer",
    "WordTokenizer",
    "create_tokenizer",
    "list_tokenizers",
    "tokenizer_config",
    "tokenizer_from_config",
]

_CUSTOM = "custom"
_DIGIT = re.compile(r"\d")


class Tokenizer(Protocol):
    """Anything that turns a text into its tokens when called."""

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order."""
        ...


TOKENIZERS: Registry[Tokenizer] = Registry("tokenizer")


@TOKENIZERS.register("whitespace")
@dataclasses.dataclass(frozen=True, kw_only=True)
class WhitespaceTokenizer:
    """Split at white space and nowhere else; for texts that are tokenised already.

    White space is what Unicode says it is, with the no-break space, the ideographic space and
    U+0085. Case, digits and full-width forms stay as they are unless the options say otherwise.
    HTML is not touched: ``<br />`` gives the tokens ``<br`` and ``/>``.

    Args:
        lowercase: Make the text lower case.
        normalize: ``"NFKC"`` to turn full-width and other compatibility forms into the plain ones.

    Raises:
        ArgumentError: An option has a value that it cannot have.

    Example:
        >>> WhitespaceTokenizer()("A well-made film , really .")
        ['A', 'well-made', 'film', ',', 'really', '.']
    """

    lowercase: bool = False
    normalize: Literal["NFKC"] | None = None

    def __post_init__(self) -> None:
        _check_flags(self, "lowercase")
        _check_normalize(self.normalize)

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order.

        Raises:
            ArgumentError: ``text`` is not a string.
        """
        return _plain(_checked(text), self.lowercase, self.normalize).split()


@TOKENIZERS.register("word")
@dataclasses.dataclass(frozen=True, kw_only=True)
class WordTokenizer:
    """Split running text into words, numbers and punctuation, near the Penn Treebank's way.

    The text is changed first, in this order:

    * HTML (``strip_html``): tags such as ``<br />`` become a space; entities such as ``&amp;``
      become their character. Only the names of HTML elements make a tag.
    * Curly single quotes and the accent ``´`` become the straight ``'``; soft hyphens vanish.
    * Full-width and other compatibility forms become plain (``normalize="NFKC"``): ``Ａ１！`` is ``A1!``.
    * Letters become lower case (``lowercase``); each digit becomes ``0`` (``digits="zero"``).

    Then these are one token each, and white space and characters that cannot be seen are none:

    * A word: letters and digits of any script with their accents. Hyphens and apostrophes inside a
      word stay (``well-known``, ``o'clock``), and so do the letters of a number (``1990s``).
    * The end of an English contraction: ``do n't``, ``it 's``, ``we 'll``; and ``can not`` for cannot.
    * A number with its points and commas: ``3.5``, ``1,000``. A sign, currency or per cent is apart.
    * Letters with a full stop after each (``u.s.``), and an address that begins with ``http://``,
      ``https://`` or ``www.``, without the punctuation at its end.
    * A name in angle brackets that is no HTML element, as placeholders are written: ``<url>``.
    * Each Chinese character. Runs of kana or of Hangul are words, since they are letters; scripts
      that put no spaces between words, such as Thai, come out as long words.
    * Each emoji or other pictograph, with its skin tone, joined parts or flag letters.
    * Each other sign, ``_`` included (``#fun`` is ``#`` and ``fun``), but ``...`` and ``--`` whole.

    With ``punctuation=False`` the last group is left out, so that words, numbers and emoji remain.

    Args:
        lowercase: Make the text lower case.
        punctuation: Keep punctuation and symbols as tokens.
        digits: ``"keep"``, or ``"zero"`` to write each digit as ``0``.
        strip_html: Take out HTML tags and resolve HTML entities.
        normalize: ``"NFKC"``, or None to leave compatibility forms as they are.

    Raises:
        ArgumentError: An option has a value that it cannot have.

    References:
        Marcus, Santorini and Marcinkiewicz, "Building a Large Annotated Corpus of English: The Penn
        Treebank", Computational Linguistics 19(2), 1993, for contractions, numbers and ``--``.

    Example:
        >>> WordTokenizer()("I don't care: it's 3.5 stars!<br />好片")
        ['i', 'do', "n't", 'care', ':', 'it', "'s", '3.5', 'stars', '!', '好', '片']
        >>> WordTokenizer(punctuation=False, digits="zero")("A must-see :-) 10/10")
        ['a', 'must-see', '00', '00']
    """

    lowercase: bool = True
    punctuation: bool = True
    digits: Literal["keep", "zero"] = "keep"
    strip_html: bool = True
    normalize: Literal["NFKC"] | None = "NFKC"

    def __post_init__(self) -> None:
        _check_flags(self, "lowercase", "punctuation", "strip_html")
        _check_normalize(self.normalize)
        if self.digits not in ("keep", "zero"):
            raise must_be("digits", "'keep' or 'zero'", self.digits)

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order.

        Raises:
            ArgumentError: ``text`` is not a string.
        """
        text = _checked(text)
        if self.strip_html:
            text = strip_html(text)
        text = _plain(straightened(text), self.lowercase, self.normalize)
        if self.digits == "zero":
            text = _DIGIT.sub("0", text)
        return word_pattern(punctuation=self.punctuation).findall(text)


@TOKENIZERS.register("char")
@dataclasses.dataclass(frozen=True, kw_only=True)
class CharTokenizer:
    """Split into single characters, that is Unicode code points.

    An accent or emoji that is written with several code points gives several tokens. Digits,
    punctuation and the characters of HTML tags such as ``<br />`` are tokens like all others.
    Case and full-width forms stay as they are unless the options say otherwise.

    Args:
        lowercase: Make the text lower case.
        normalize: ``"NFKC"`` to turn full-width and other compatibility forms into the plain ones.
        whitespace: Keep each white-space character as a token, instead of leaving it out.

    Raises:
        ArgumentError: An option has a value that it cannot have.

    Example:
        >>> CharTokenizer()("好 片!")
        ['好', '片', '!']
        >>> CharTokenizer(lowercase=True, whitespace=True)("A b")
        ['a', ' ', 'b']
    """

    lowercase: bool = False
    normalize: Literal["NFKC"] | None = None
    whitespace: bool = False

    def __post_init__(self) -> None:
        _check_flags(self, "lowercase", "whitespace")
        _check_normalize(self.normalize)

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order.

        Raises:
            ArgumentError: ``text`` is not a string.
        """
        text = _plain(_checked(text), self.lowercase, self.normalize)
        return list(text if self.whitespace else "".join(text.split()))


@TOKENIZERS.register("jieba")
@dataclasses.dataclass(frozen=True, kw_only=True)
class JiebaTokenizer:
    """Split Chinese text into words with jieba and its own dictionary, without the white space.

    Words that a program adds to jieba's shared dictionary are not used, so that a saved model
    splits a text in the same way everywhere. Punctuation marks are tokens; Latin words and
    numbers such as 3.5 stay whole. HTML is not touched: tags such as ``<br />`` are split as text.

    Args:
        lowercase: Make the text lower case; digits are kept either way.
        normalize: ``"NFKC"`` to turn full-width and other compatibility forms into the plain ones
            before splitting, or None.
        hmm: Find words that are not in the dictionary with jieba's hidden Markov model.

    Raises:
        ArgumentError: An option has a value that it cannot have.
        MissingDependencyError: jieba is not installed. It comes with the extra ``zh``.

    Example:
        >>> JiebaTokenizer()("这部电影很好看！")
        ['这部', '电影', '很', '好看', '!']
    """

    lowercase: bool = False
    normalize: Literal["NFKC"] | None = "NFKC"
    hmm: bool = True

    def __post_init__(self) -> None:
        _check_flags(self, "lowercase", "hmm")
        _check_normalize(self.normalize)
        _import_jieba()

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order.

        Raises:
            ArgumentError: ``text`` is not a string.
        """
        text = _plain(_checked(text), self.lowercase, self.normalize)
        words = _jieba().cut(text, HMM=self.hmm)
        return [word for word in words if not word.isspace()]


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
        >>> tokenizer_config(WhitespaceTokenizer())
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


def _check_flags(tokenizer: object, *names: str) -> None:
    for name in names:
        value = getattr(tokenizer, name)
        if not isinstance(value, bool):
            raise must_be(name, "True or False", value)


def _check_normalize(normalize: object) -> None:
    if normalize is not None and normalize != "NFKC":
        raise must_be("normalize", "'NFKC' or None", normalize)


def _checked(text: str) -> str:
    if not isinstance(text, str):
        cure = "Decode the bytes first." if isinstance(text, bytes) else "Turn missing texts into ''."
        raise must_be("text", "a string", text, cure)
    return text


def _plain(text: str, lowercase: bool, normalize: Literal["NFKC"] | None) -> str:
    """Apply the options that all tokenizers share."""
    if normalize is not None and not text.isascii():
        text = unicodedata.normalize(normalize, text)
    return text.lower() if lowercase else text


def _import_jieba() -> Any:
    try:
        with warnings.catch_warnings():
            # Its old-fashioned escapes and imports make newer versions of Python complain.
            warnings.simplefilter("ignore")
            import jieba
    except ImportError as error:
        raise MissingDependencyError(
            "JiebaTokenizer needs the package jieba. Install it with: pip install 'textclf-torch[zh]'"
        ) from error
    return jieba


@functools.cache
def _jieba() -> Any:
    """Return one loaded jieba tokenizer for the whole process, made without a word to the log."""
    jieba = _import_jieba()
    logger = logging.getLogger("jieba")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            segmenter = jieba.Tokenizer()
            segmenter.initialize()
    finally:
        logger.setLevel(level)
    return segmenter
