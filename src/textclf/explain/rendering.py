"""Tokens and their scores as text for a terminal and as HTML.

What speaks for a label is blue on a line, what speaks against it orange on dots (in a terminal: in
italics), the stronger the darker and thicker. Blue and orange are told apart by all common kinds of
colour blindness; the lines without any colour, and on paper, where backgrounds are not printed.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Piece", "html_of", "pieces_of", "terminal_text", "visible"]

_LEAST = 0.1  # a change of the log-odds that is worth the full colour
_LEVELS = 4
# Of the 256 colours of a terminal, from pale to strong, and the black or white that is read on each.
_BLUES = ("195;38;5;16", "153;38;5;16", "75;38;5;16", "25;38;5;231")
_ORANGES = ("230;38;5;16", "223;38;5;16", "215;38;5;16", "166;38;5;231")
_BLUE, _ORANGE = "33,102,172", "230,97,1"


@dataclass(frozen=True)
class Piece:
    """A piece of a text: a token with its score, or what stands between tokens.

    Args:
        text: As it is to be shown.
        strength: From -4 (strongly against) over 0 (nothing) to 4 (strongly for).
        score: Of the token; None between tokens.
    """

    text: str
    strength: int = 0
    score: float | None = None


_LEGEND = (Piece("for", _LEVELS), Piece(" "), Piece("against", -_LEVELS))


def pieces_of(
    tokens: Sequence[str],
    scores: Sequence[float],
    text: str | None = None,
    spans: Sequence[tuple[int, int]] | None = None,
) -> list[Piece]:
    """Cut a text into its tokens and what is between them.

    Args:
        tokens: The tokens.
        scores: One for each.
        text: The text, if the places of the tokens in it are known.
        spans: Those places. Without them the tokens stand side by side, with a space between two
            unless both are written without, such as Chinese.

    Example:
        >>> [piece.text for piece in pieces_of(["a", "好", "片"], [0, 1, 0])]
        ['a', ' ', '好', '片']
        >>> [piece.text for piece in pieces_of(["a"], [0], "An A.", [(3, 4)])]
        ['An ', 'A', '.']
    """
    most = max([_LEAST, *map(abs, scores)])
    pieces: list[Piece] = []
    end = 0
    for index, (token, score) in enumerate(zip(tokens, scores, strict=True)):
        if text is not None and spans is not None:
            begin, after = spans[index]
            between, token = text[end:begin], text[begin:after]
            end = after
        else:
            joined = not index or (_spaceless(tokens[index - 1][-1:]) and _spaceless(token[:1]))
            between = "" if joined else " "
        if between:
            pieces.append(Piece(visible(between)))
        pieces.append(Piece(visible(token), round(_LEVELS * score / most), score))
    if text is not None and spans is not None and text[end:]:
        pieces.append(Piece(visible(text[end:])))
    return pieces


def terminal_text(head: str, pieces: Sequence[Piece]) -> str:
    r"""Return a text in the colours of a terminal that has 256 of them.

    Args:
        head: A line above the text; what the colours mean is said behind it.
        pieces: Of the text.

    Example:
        >>> terminal_text("pos:", [Piece("good", 1), Piece(" film")]).splitlines()[1]
        '\x1b[48;5;195;38;5;16;4mgood\x1b[0m film'
    """
    lines = ([Piece(f"{visible(head)} "), *_LEGEND], pieces)
    return "".join("".join(map(_coloured, line)) + "\n" for line in lines)


def html_of(head: str, pieces: Sequence[Piece]) -> str:
    """Return a piece of HTML that needs no style sheet, no script and no other file.

    Args:
        head: A line above the text; what the colours mean is said behind it.
        pieces: Of the text.

    Example:
        >>> print(html_of("pos:", [Piece("<b>", 0, 0.0), Piece("!")]))
        <div ...>pos: ...<span title="+0.00">&lt;b&gt;</span>!</div></div>
    """
    style = "background:#fff;color:#000;padding:0.8em;line-height:1.9;font-family:sans-serif"
    legend = "".join(map(_marked, [Piece(f"{visible(head)} "), *_LEGEND]))
    body = "".join(map(_marked, pieces))
    return (
        f'<div style="{style}"><div style="font-weight:bold">{legend}</div>'
        f'<div style="white-space:pre-wrap;overflow-wrap:anywhere">{body}</div></div>'
    )


def visible(text: str) -> str:
    r"""Put a mark for characters that would move the cursor, turn the text around, or cannot be written.

    Example:
        >>> visible("good\x1b[2J film")
        'good�[2J film'
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_visible_character, text))


def _coloured(piece: Piece) -> str:
    if piece.strength == 0:
        return piece.text
    colours, line = (_BLUES, "4") if piece.strength > 0 else (_ORANGES, "3")
    return f"\x1b[48;5;{colours[abs(piece.strength) - 1]};{line}m{piece.text}\x1b[0m"


def _marked(piece: Piece) -> str:
    title = "" if piece.score is None else f' title="{piece.score:+.2f}"'
    style = ""
    if piece.strength:
        colour, line = (_BLUE, "solid") if piece.strength > 0 else (_ORANGE, "dotted")
        size = abs(piece.strength)
        background, border = f"rgba({colour},{0.15 * size:.2f})", f"{size}px {line} rgb({colour})"
        style = f' style="background:{background};border-bottom:{border}"'
    shown = html.escape(piece.text, quote=True)
    return f"<span{title}{style}>{shown}</span>" if title or style else shown


def _visible_character(character: str) -> str:
    turns = "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069"
    if character in "\n\t" or not (turns or unicodedata.category(character) in ("Cc", "Cs")):
        return character
    return "\ufffd"


def _spaceless(character: str) -> bool:
    """Say whether a character is of a script that puts no spaces between words, or its punctuation."""
    return character != "" and unicodedata.east_asian_width(character) in ("W", "F")
