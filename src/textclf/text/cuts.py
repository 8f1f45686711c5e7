r"""Where a text may be cut into pieces that do not influence each other's tokens.

The encoder looks pieces up instead of finding the tokens of the same piece over and over. The finer
the pieces, the fewer different ones there are: ``film,`` and ``film.`` are two more, ``film``, ``,``
and ``.`` are not. The functions here find the pieces of many texts at once with numpy, on the bytes
of UTF-8. Only ASCII white space counts as such here; other white space stays inside a piece.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

__all__ = ["Bounds", "white_space_pieces", "word_pieces"]

Bounds = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Where each piece begins and ends, in bytes."""

_ASCII = bytes(range(128))
_SPACES = bytes(code for code in _ASCII if chr(code).isspace())
_DIGITS = b"0123456789"
_LETTERS = bytes(code for code in _ASCII if chr(code).isalpha())
# Punctuation that the pattern of words takes one by one, unless it stands in an address. The comma
# may stand in a number, the full stop in much else, and the others that are missing form tokens.
_ALONE = bytes(code for code in _ASCII[33:127] if chr(code) not in ",.'-<>" and not chr(code).isalnum())

_AFTER_SPACE, _BEFORE_SPACE, _AFTER_ALONE, _BEFORE_ALONE, _AFTER_COMMA, _BEFORE_COMMA = (
    1 << bit for bit in range(6)
)
_AT_SPACE = _AFTER_SPACE | _BEFORE_SPACE
_LETTER = 1 << 6

_SPACE = re.compile(rb"\s")


def _table(flags: dict[int, bytes]) -> bytes:
    """Return the table for ``bytes.translate`` that gives each byte its flags."""
    return bytes(sum(flag for flag, members in flags.items() if code in members) for code in range(256))


_ALL = bytes(range(256))
_NO_DIGITS = bytes(set(_ASCII) - set(_DIGITS))
# There is a cut between two bytes where the flags of the left one and of the right one meet. What
# attaches to the character before it, such as an accent, is never ASCII; so a cut that is not at
# white space needs ASCII on both sides.
_LEFT = _table(
    {
        _AFTER_SPACE: _SPACES,
        _BEFORE_SPACE: _ALL,
        _AFTER_ALONE: _ALONE,
        _BEFORE_ALONE: _ASCII,
        _AFTER_COMMA: b",",
        _BEFORE_COMMA: _NO_DIGITS,
        _LETTER: _LETTERS,
    }
)
_RIGHT = _table(
    {
        _AFTER_SPACE: _ALL,
        _BEFORE_SPACE: _SPACES,
        _AFTER_ALONE: _ASCII,
        _BEFORE_ALONE: _ALONE,
        _AFTER_COMMA: _NO_DIGITS,
        _BEFORE_COMMA: b",",
    }
)


def white_space_pieces(data: bytes) -> Bounds:
    r"""Cut at white space.

    Args:
        data: Text in UTF-8 that begins and ends with a line feed.

    Returns:
        Where each of the P pieces begins, and where it ends, both int64 of shape ``(P,)``.

    Example:
        >>> starts, ends = white_space_pieces(b"\nA film, \n")
        >>> starts.tolist(), ends.tolist()
        ([1, 3], [2, 8])
    """
    spaces = _flags(data, _RIGHT) & _BEFORE_SPACE
    return _after(spaces[:-1] > spaces[1:]), _after(spaces[:-1] < spaces[1:])


def word_pieces(data: bytes) -> Bounds:
    r"""Cut at white space, and beside punctuation where that changes no token of the word tokenizer.

    Args:
        data: Text in UTF-8 that begins and ends with a line feed.

    Returns:
        Where each of the P pieces begins, and where it ends, both int64 of shape ``(P,)``.

    Example:
        >>> starts, ends = word_pieces(b"\nA film, 3,5.\n")
        >>> starts.tolist(), ends.tolist()
        ([1, 3, 7, 9], [2, 7, 8, 13])
    """
    left, right = _flags(data, _LEFT), _flags(data, _RIGHT)
    meeting = left[:-1] & right[1:]
    _cut_before_full_stops(meeting, data, left, right)
    _keep_addresses_whole(meeting, data)
    cuts = meeting != 0
    inside = right & _BEFORE_SPACE == 0
    return _after(cuts & inside[1:]), _after(cuts & inside[:-1])


def _cut_before_full_stops(
    meeting: npt.NDArray[np.uint8],
    data: bytes,
    left: npt.NDArray[np.uint8],
    right: npt.NDArray[np.uint8],
) -> None:
    """Cut before the full stop of a sentence: it has two letters before it and white space behind it."""
    stops = np.flatnonzero(np.frombuffer(data, dtype=np.uint8)[2:-1] == ord(".")) + 2
    letters = left[stops - 1] & left[stops - 2] & _LETTER
    found = stops[(letters != 0) & (right[stops + 1] & _BEFORE_SPACE != 0)]
    meeting[found - 1] |= _BEFORE_ALONE


def _keep_addresses_whole(meeting: npt.NDArray[np.uint8], data: bytes) -> None:
    """Take back, from the mark of an address to the next white space, what is no cut at white space."""
    for mark in (b"://", b"www."):
        place = data.find(mark)
        while place >= 0:
            end = next(_SPACE.finditer(data, place)).start()
            meeting[place - 1 : end] &= _AT_SPACE
            place = data.find(mark, end)


def _flags(data: bytes, table: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(data.translate(table), dtype=np.uint8)


def _after(cuts: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the place of the byte after each cut."""
    return np.flatnonzero(cuts) + 1
