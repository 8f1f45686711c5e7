"""Checks of single texts: empty, too short, cut by the length, with HTML or lost characters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from textclf.doctor.checks import DATA_CHECKS
from textclf.doctor.data_set import DataSet
from textclf.findings import Finding, percent

__all__ = ["empty_texts", "html_leftovers", "one_token_texts", "truncated_texts", "undecodable_characters"]

_MANY = 0.01
_MANY_SHORT = 0.05
_MUCH_CUT = 0.05
_KEPT = 0.95
_MANY_LOST = 0.001


@DATA_CHECKS.register("empty-texts")
def empty_texts(data: DataSet) -> Iterator[Finding]:
    """Find texts without a token."""
    for split in data.splits:
        rows = split.start + np.flatnonzero(data.lengths[split.rows] == 0)
        if len(rows):
            yield Finding(
                "empty-texts",
                "warning" if len(rows) >= _MANY * len(split) else "note",
                f"{split.part(len(rows))} have no token.",
                "The wrong column is read as text, or texts were lost when the file was made.",
                "Check the `text` column; then drop the rows: [row for row in data if row[0].strip()].",
                {"empty": len(rows), "rows": len(split)},
                data.rows(rows),
            )


@DATA_CHECKS.register("one-token-texts")
def one_token_texts(data: DataSet) -> Iterator[Finding]:
    """Find texts of a single token, where they are many."""
    for split in data.splits:
        rows = split.start + np.flatnonzero(data.lengths[split.rows] == 1)
        if len(rows) >= _MANY * len(split):
            yield Finding(
                "one-token-texts",
                "warning" if len(rows) >= _MANY_SHORT * len(split) else "note",
                f"{split.part(len(rows))} have a single token.",
                "The tokenizer does not split this language, or the column holds words and no texts.",
                'Try another tokenizer, such as tokenizer="char" or "word", and look at the rows.',
                {"one_token": len(rows), "rows": len(split)},
                data.rows(rows),
            )


@DATA_CHECKS.register("truncated-texts")
def truncated_texts(data: DataSet) -> Iterator[Finding]:
    """Find how much ``max_length`` cuts off, and the length that would keep 95 % of the tokens."""
    lengths = data.lengths[data.train.rows]
    if data.max_length is None or not (lengths > data.max_length).any():
        return
    total = int(lengths.sum())
    cut = int(np.maximum(lengths - data.max_length, 0).sum())
    long = int((lengths > data.max_length).sum())
    enough = _length_for(lengths, _KEPT)
    little = cut < _MUCH_CUT * total
    yield Finding(
        "truncated-texts",
        "note" if little else "warning",
        f"max_length={data.max_length} cuts {percent(cut, total)} of the tokens of train, from {long:,} of "
        f"{len(lengths):,} texts; {enough:,} would keep 95 %.",
        "The length was chosen for shorter texts.",
        "Nothing need be done."
        if little
        else f'Pass max_length={enough}; or keep="both", or answer long texts whole with '
        f"windows={data.max_length}.",
        {"cut_tokens": cut, "tokens": total, "cut_texts": long, "length_for_95": enough},
    )


def _length_for(lengths: np.ndarray[tuple[int], np.dtype[np.int64]], share: float) -> int:
    """Return the least length that keeps a share of all tokens."""
    texts = np.bincount(lengths)
    longer = len(lengths) - np.cumsum(texts)  # texts that have a token after place l
    kept = np.cumsum(np.concatenate([[len(lengths) - texts[0]], longer[1:]]))
    return 1 + int(np.argmax(kept >= share * lengths.sum()))


@DATA_CHECKS.register("html-leftovers")
def html_leftovers(data: DataSet) -> Iterator[Finding]:
    """Find HTML tags and entities in the texts."""
    for split in data.splits:
        rows = split.start + np.flatnonzero(data.marks["html"][split.rows])
        if len(rows):
            stripped = getattr(data.tokenizer, "strip_html", False)
            many = len(rows) >= _MANY * len(split)
            yield Finding(
                "html-leftovers",
                "warning" if many and not stripped else "note",
                f"{split.part(len(rows))} "
                f"have HTML tags or entities, which the tokenizer {'takes out' if stripped else 'keeps'}.",
                "The texts were scraped from pages and not cleaned.",
                "Nothing need be done with this tokenizer."
                if stripped
                else 'Use tokenizer="word", which takes HTML out, or clean the texts with '
                "textclf.text.cleaning.strip_html.",
                {"html": len(rows), "rows": len(split)},
                data.rows(rows),
            )


@DATA_CHECKS.register("undecodable-characters")
def undecodable_characters(data: DataSet) -> Iterator[Finding]:
    """Find texts with U+FFFD, which stands where a character could not be decoded."""
    for split in data.splits:
        rows = split.start + np.flatnonzero(data.marks["undecodable"][split.rows])
        if len(rows):
            yield Finding(
                "undecodable-characters",
                "warning" if len(rows) >= _MANY_LOST * len(split) else "note",
                f"{split.part(len(rows))} have the character U+FFFD.",
                "The file was once decoded in the wrong encoding, and what could not be read was replaced.",
                "Make the file anew from its source with the right encoding; LabelledFile(path, "
                'encoding="latin-1") reads another one than UTF-8.',
                {"undecodable": len(rows), "rows": len(split)},
                data.rows(rows),
            )
