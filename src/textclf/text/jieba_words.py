"""Chinese words, by jieba."""

from __future__ import annotations

import dataclasses
import functools
import logging
import warnings
from typing import Any

from textclf.errors import MissingDependencyError
from textclf.text.cleaning import Form, checked_form, checked_text, plain_form
from textclf.text.tokenizers import TOKENIZERS
from textclf.validation import require_bool

__all__ = ["JiebaTokenizer"]


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
    normalize: Form = "NFKC"
    hmm: bool = True

    def __post_init__(self) -> None:
        require_bool("lowercase", self.lowercase)
        require_bool("hmm", self.hmm)
        checked_form(self.normalize)
        _import_jieba()

    def __call__(self, text: str, /) -> list[str]:
        """Return the tokens of ``text`` in order.

        Raises:
            ArgumentError: ``text`` is not a string.
        """
        text = plain_form(checked_text(text), self.lowercase, self.normalize)
        words = _jieba().cut(text, HMM=self.hmm)
        return [word for word in words if not word.isspace()]


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
