"""Tokenizers: from a text to its tokens.

A tokenizer is any callable from a string to a list of strings. Those here are frozen dataclasses:
their fields are their options, so they can be compared, copied to another process, and written
into the folder of a trained model.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from itertools import chain
from typing import Literal, Protocol, TypeGuard

from textclf.errors import must_be
from textclf.registry import Registry
from textclf.text.cleaning import Form, checked_form, checked_text, plain_form, straightened, strip_html
from textclf.text.cuts import Bounds, white_space_pieces, word_pieces
from textclf.text.words import word_pattern
from textclf.validation import require_bool

__all__ = [
    "TOKENIZERS",
    "CharTokenizer",
    "PieceTokenizer",
    "Tokenizer",
    "WhitespaceTokenizer",
    "WordTokenizer",
    "works_by_pieces",
]

_DIGIT = re.compile(r"\d")


class Tokenizer(Protocol):
    """Anything that turns a text into its tokens when called."""

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order."""
        ...


class PieceTokenizer(Tokenizer, Protocol):
    """A tokenizer that can also work piece by piece, so that each different piece is split once.

    Take any texts, each :meth:`cleaned`, with a line feed before and after each: the tokens of
    their :meth:`pieces`, one after another, are the tokens that a call with each text gives.
    """

    def cleaned(self, text: str, /) -> str:
        """Return the text as it is before it is split."""
        ...

    def pieces(self, data: bytes, /) -> Bounds:
        """Return where the pieces of cleaned texts begin and end.

        Args:
            data: Cleaned texts in UTF-8, with a line feed before and after each.
        """
        ...

    def tokens_of(self, pieces: Sequence[str], /) -> tuple[list[str], list[int]]:
        """Return the tokens of pieces one after another, and how many each piece has."""
        ...


def works_by_pieces(tokenizer: Tokenizer) -> TypeGuard[PieceTokenizer]:
    """Say whether a tokenizer is a :class:`PieceTokenizer`.

    A class that inherits its pieces but splits texts in its own way is none: the class that defines
    ``__call__`` must define the rest as well.

    Example:
        >>> works_by_pieces(WordTokenizer()), works_by_pieces(str.split)
        (True, False)
    """
    defined = vars(type(tokenizer))
    return all(name in defined for name in ("__call__", "cleaned", "pieces", "tokens_of"))


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
    normalize: Form = None

    def __post_init__(self) -> None:
        require_bool("lowercase", self.lowercase)
        checked_form(self.normalize)

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order.

        Raises:
            ArgumentError: ``text`` is not a string.
        """
        return self.cleaned(text).split()

    def cleaned(self, text: str, /) -> str:
        """Return the text as it is before it is split."""
        return plain_form(checked_text(text), self.lowercase, self.normalize)

    def pieces(self, data: bytes, /) -> Bounds:
        """Return where the pieces of cleaned texts begin and end; see :class:`PieceTokenizer`."""
        return white_space_pieces(data)

    def tokens_of(self, pieces: Sequence[str], /) -> tuple[list[str], list[int]]:
        """Return the tokens of pieces one after another, and how many each piece has."""
        # A piece may hold white space that is not ASCII.
        found = [piece.split() for piece in pieces]
        return list(chain.from_iterable(found)), list(map(len, found))


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
    normalize: Form = "NFKC"

    def __post_init__(self) -> None:
        for name in ("lowercase", "punctuation", "strip_html"):
            require_bool(name, getattr(self, name))
        checked_form(self.normalize)
        if self.digits not in ("keep", "zero"):
            raise must_be("digits", "'keep' or 'zero'", self.digits)

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order.

        Raises:
            ArgumentError: ``text`` is not a string.
        """
        return word_pattern(punctuation=self.punctuation).findall(self.cleaned(text))

    def cleaned(self, text: str, /) -> str:
        """Return the text as it is before it is split."""
        text = checked_text(text)
        if self.strip_html:
            text = strip_html(text)
        text = plain_form(straightened(text), self.lowercase, self.normalize)
        return _DIGIT.sub("0", text) if self.digits == "zero" else text

    def pieces(self, data: bytes, /) -> Bounds:
        """Return where the pieces of cleaned texts begin and end; see :class:`PieceTokenizer`."""
        return word_pieces(data)

    def tokens_of(self, pieces: Sequence[str], /) -> tuple[list[str], list[int]]:
        """Return the tokens of pieces one after another, and how many each piece has."""
        find = word_pattern(punctuation=self.punctuation).findall
        tokens: list[str] = []
        counts = []
        for piece in pieces:
            # Most pieces are plain words and need no pattern; "cannot" is the only one to be split.
            if piece.isalpha() and piece.isascii() and piece.lower() != "cannot":
                tokens.append(piece)
                counts.append(1)
            else:
                found = find(piece)
                tokens += found
                counts.append(len(found))
        return tokens, counts


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
    normalize: Form = None
    whitespace: bool = False

    def __post_init__(self) -> None:
        require_bool("lowercase", self.lowercase)
        require_bool("whitespace", self.whitespace)
        checked_form(self.normalize)

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order.

        Raises:
            ArgumentError: ``text`` is not a string.
        """
        text = self.cleaned(text)
        return list(text if self.whitespace else "".join(text.split()))

    def cleaned(self, text: str, /) -> str:
        """Return the text as it is before it is split."""
        return plain_form(checked_text(text), self.lowercase, self.normalize)
