"""From a docstring to paragraphs of prose, without markup, code, tables and names of libraries."""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence

__all__ = ["LIBRARIES", "is_prose", "masker", "paragraphs_of", "without_markup"]

LIBRARIES = ("gensim", "numpy", "scipy", "sklearn", "torch")
"""The core dependencies whose docstrings make the built-in corpus; their names are masked."""

_DIRECTIVE = re.compile(r"\.\.(?:\s|$)")
_PROSE_DIRECTIVE = re.compile(
    r"\.\. (?:note|warning|seealso|versionadded|versionchanged|deprecated|tip|important|hint|caution"
    r"|attention|danger|error|admonition)::"
)
_UNDERLINE = re.compile(r"([=\-~^\"#*+`])\1{2,}$")
_TABLE = re.compile(r"(={2,}|-{2,})( +(={2,}|-{2,}))+$|\+[-=+]+\+$|\|.*\|$")
_ITEM = re.compile(
    r"(?:[-*+•]|\(?\d{1,2}[.)]|\[\d+\]|:\w+(?: [^:`]*)?:(?!`)|\.\. \w+::(?:\s*v?\d[\w.]*)?)(?:\s+|$)"
)
_NAME_AND_TYPE = re.compile(
    r"(?::\w+:)?\*{0,2}[\w.`~]+(?:, \*{0,2}[\w.`~]+)*\s*(?:\((?:[^()]|\([^()]*\))*\))?\s*:\s+(?=\S)"
)


def _prose_lines(docstring: str) -> Iterator[tuple[int, str]]:
    """Yield (indent, line), with a blank line for code, tables, headings and directives."""
    lines = inspect.cleandoc(docstring).expandtabs().split("\n")
    skip_deeper = math.inf  # A literal block or a directive: all lines that are indented deeper.
    skip_to_blank = fenced = in_references = False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        plain = text[:1].isalnum()
        if text and indent <= skip_deeper:
            skip_deeper = math.inf
        directive = None if plain else _DIRECTIVE.match(text)
        heading = _UNDERLINE.match(following.strip())
        if not text:
            skip_to_blank = False
        elif text.startswith("```") and text.count("```") == 1:
            fenced = not fenced
        elif not plain and (text.startswith(">>>") or _TABLE.match(text)):
            skip_to_blank = True
        elif fenced or skip_to_blank or skip_deeper < math.inf:
            pass
        elif heading:
            in_references = text.lower() in ("reference", "references")
        elif directive and not _PROSE_DIRECTIVE.match(text):
            skip_deeper = indent
        elif not in_references and (plain or not _UNDERLINE.match(text)):
            if text.endswith("::") and not directive:
                skip_deeper = indent
            yield indent, text
            continue
        yield 0, ""


def paragraphs_of(docstring: str) -> Iterator[str]:
    """Yield the paragraphs of prose in a docstring in the Google, NumPy or Sphinx style.

    The description of each parameter, and each item of a list, is a paragraph of its own.
    """
    current: list[str] = []
    first = rest = 0  # The indent of the first line of the paragraph, and of the others.
    hanging = False  # An item of a list: the others are indented deeper.
    lines = [*_prose_lines(docstring), (0, "")]
    for (indent, line), (next_indent, following) in itertools.pairwise(lines):
        continues = (
            current and line and (indent == rest or (hanging and len(current) == 1 and indent > first))
        )
        mark = _ITEM.match(line)
        if not mark and (not continues or (hanging and indent <= first)):
            mark = _NAME_AND_TYPE.match(line)
        if continues and not mark:
            current.append(line)
            rest = indent
            continue
        if current:
            yield " ".join(current)
            current = []
        is_head = following and next_indent > indent and (not mark or " : " in mark[0])
        if line and not (is_head and line[-1] not in ".:,"):  # "x : int", and below it what x is
            current = [line[mark.end() :] if mark else line]
            first = rest = indent
            hanging = mark is not None
    if current:
        yield " ".join(current)


_MARKUP = re.compile(r"[`$*{|%\[/]|::")
_ROLE = re.compile(r"(?::[\w+-]+)+:`~?([^`<]*?)(?:\s*<[^>`]*>)?`")
_LINK = re.compile(r"`([^`<]*?)\s*<[^>`]*>`_*")
_MATH = re.compile(r":math:`[^`]*`|\$[^$]+\$")
_NOISE = re.compile(
    r"\[[\w.-]+\]_|<?\b(?:https?://|ftp://|www\.)[^\s>)]*[^\s>).,;]>?|%\(\w+\)s|\{\w*\}|\|\w+\|"
)
_QUOTES = re.compile(r"`+_*|\*\*")
_EMPHASIS = re.compile(r"(?<!\w)\*(\w[^*]*)\*(?!\w)")


def without_markup(text: str) -> str:
    """Return the text without the markup of reStructuredText; a formula becomes ``X``."""
    if not _MARKUP.search(text):
        return " ".join(text.split())
    text = _LINK.sub(r"\1", _ROLE.sub(r"\1", _MATH.sub("X", text)))
    text = _EMPHASIS.sub(r"\1", _QUOTES.sub("", _NOISE.sub(" ", text))).replace("::", ":")
    return re.sub(r"\s+(?=[.,;:)]( |$))", "", " ".join(text.split()))


def masker(libraries: Sequence[str]) -> Callable[[str], str]:
    """Return the function that replaces library names and dotted paths by ``LIBRARY``.

    The names of the default libraries are masked inside of words too, as in "PyTorch".
    """
    parts = "|".join([*LIBRARIES, "scikit"])
    wholes = "|".join(["np", *(library for library in libraries if library not in LIBRARIES)])
    suspect = re.compile(rf"\w\.\w|\b(?:{wholes})\b|{parts}", re.IGNORECASE)
    two_words = re.compile(r"\bscikit[\s-]+learn", re.IGNORECASE)
    named = re.compile(
        rf"(?<![\w.-])[\w.-]*?(?:{parts})[\w-]*(?:\.\w[\w-]*)*|(?<![\w.])(?:{wholes})(?!\w)(?:\.\w+)*",
        re.IGNORECASE,
    )
    dotted = re.compile(r"(?<![\w.])(?!(?:e\.g|i\.e)\b)[a-z_]\w*(?:\.[a-z_]\w+)+", re.IGNORECASE)

    def mask(text: str) -> str:
        if not suspect.search(text):
            return text
        text = named.sub("LIBRARY", two_words.sub("LIBRARY", text))
        return dotted.sub("LIBRARY", text.replace("self.", ""))

    return mask


_FUNCTION_WORD = re.compile(
    r"\b(?:the|an?|of|to|is|are|be|in|for|and|or|that|this|with|by|if|it|as|on|from|not|can|will|should"
    r"|when|which|used|was|must)\b",
    re.IGNORECASE,
)
_LICENCE = re.compile("copyright|redistribut", re.IGNORECASE)
_PLAIN_WORD = re.compile(r"[(\"']*[A-Za-z][A-Za-z'/-]*[)\"'.,;:!?]*$")


def is_prose(text: str, min_words: int) -> bool:
    """Say whether a text is enough English words, and not a list of names, a formula or a licence."""
    words = text.split()
    plain = sum(map(bool, map(_PLAIN_WORD.match, words)))
    return (
        plain >= max(min_words, 0.7 * len(words))
        and _FUNCTION_WORD.search(text) is not None
        and not _LICENCE.search(text)
    )
