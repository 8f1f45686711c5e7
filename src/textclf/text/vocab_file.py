r"""The file format of a vocabulary: text that people can read, and that any token survives.

The file is UTF-8. Its first line is ``# textclf vocabulary, format 1, tokens N``; then come N
lines, each a token, a tab and how often the token was counted. Lines end in ``\n`` and in nothing
else. In a token, a backslash is written ``\\``, a tab ``\t``, a line feed ``\n``, a carriage return
``\r``, and any other character that an editor may change or not show (controls, the no-break
space, the line and paragraph separators, the byte order mark, lone surrogates) ``\u`` and four
hexadecimal digits.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from textclf import atomic
from textclf.errors import DataError

__all__ = ["read_tokens", "write_tokens"]

_HEADER = re.compile(r"# textclf vocabulary, format ([0-9]{1,9}), tokens ([0-9]{1,12})")
_COUNT = re.compile(r"[0-9]{1,18}")
_TO_ESCAPE = re.compile("[\\\\\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.?))")
_WRITTEN = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_MEANT = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


def write_tokens(path: str | os.PathLike[str], tokens: Iterable[str], counts: Iterable[int]) -> None:
    r"""Write tokens and their counts to a file, whole or not at all.

    Args:
        path: The file to make or replace.
        tokens: The tokens, all different.
        counts: How often each was seen.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_tokens(f"{folder}/vocab.txt", ["film", "a\tb"], [7, 5])
        ...     print(Path(f"{folder}/vocab.txt").read_text(encoding="utf-8").expandtabs(), end="")
        # textclf vocabulary, format 1, tokens 2
        film    7
        a\tb    5
    """
    lines = [
        f"{_TO_ESCAPE.sub(_escaped, token)}\t{count}\n" for token, count in zip(tokens, counts, strict=True)
    ]
    atomic.write_text(path, f"# textclf vocabulary, format 1, tokens {len(lines)}\n{''.join(lines)}")


def read_tokens(path: str | os.PathLike[str]) -> tuple[list[str], list[int]]:
    """Read what :func:`write_tokens` wrote.

    Args:
        path: The file.

    Returns:
        The tokens and their counts, in the order of the file.

    Raises:
        DataError: The header is wrong, tokens are missing or too many, or a line is not a token and
            its count, has a bad escape or repeats a token; with the line.
        FileNotFoundError: The file is not there.
    """
    lines = Path(path).read_bytes().split(b"\n")
    expected = _read_header(_decoded(lines[0], path, 1), path)
    _check_whole(lines, expected, path)
    seen: dict[str, int] = {}
    counts = []
    for number, raw in enumerate(lines[1:-1], start=2):
        token, count = _read_entry(_decoded(raw, path, number), path, number)
        if token in seen:
            raise DataError(
                f"the token {token!r} already stands in line {seen[token]}.", path=path, line=number
            )
        seen[token] = number
        counts.append(count)
    return list(seen), counts


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return _WRITTEN[character] if character in _WRITTEN else f"\\u{ord(character):04x}"


def _decoded(raw: bytes, path: str | os.PathLike[str], line: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"the line is not UTF-8 ({error.reason}).", path=path, line=line) from None


def _read_header(line: str, path: str | os.PathLike[str]) -> int:
    """Return the number of tokens that the first line announces."""
    header = _HEADER.fullmatch(line)
    if header is None:
        raise DataError(
            "the line must be '# textclf vocabulary, format 1, tokens N', ended by a line feed alone. "
            f"Received: {line[:80]!r}. Is this a file that Vocab.save wrote?",
            path=path,
            line=1,
        )
    if int(header[1]) != 1:
        raise DataError(
            f"the format must be 1. Received: {header[1]}. Upgrade textclf to read it.", path=path, line=1
        )
    return int(header[2])


def _check_whole(lines: list[bytes], expected: int, path: str | os.PathLike[str]) -> None:
    """Raise if the last line was cut off, or if there are not as many tokens as announced."""
    cure = "The file was cut off or edited; save it again."
    if lines[-1] != b"":
        raise DataError(f"the last line does not end in a line feed. {cure}", path=path, line=len(lines))
    found = len(lines) - 2
    if found != expected:
        raise DataError(
            f"the file must hold {expected} tokens, as its first line says. Received: {found}. {cure}",
            path=path,
            line=1,
        )


def _read_entry(line: str, path: str | os.PathLike[str], number: int) -> tuple[str, int]:
    """Return the token and the count of one line."""
    written, tab, count = line.rpartition("\t")
    if not tab or "\t" in written or not _COUNT.fullmatch(count):
        raise DataError(
            f"the line must be a token, a tab and a count. Received: {line[:80]!r}.", path=path, line=number
        )

    def meant(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] not in _MEANT:
            raise DataError(
                f"a backslash must begin one of \\\\ \\t \\n \\r \\uXXXX. Received: {written[:80]!r}.",
                path=path,
                line=number,
            )
        return _MEANT[match[2]]

    return _ESCAPE.sub(meant, written) if "\\" in written else written, int(count)
