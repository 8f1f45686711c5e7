"""Spans of tokens, such as names and keyphrases, written as BIO or BIOES tags; and how many are found.

A tag is ``"O"``, outside every span, or one of ``"B"`` (begins a span), ``"I"`` (is inside it), ``"E"``
(ends it) and ``"S"`` (is a span of one token), alone or with the type of the span: ``"B-person"``.

Any sequence of tags has spans, well formed or not, by the rule of conlleval, the script of the CoNLL shared
tasks: a tag other than O begins a span if it is B or S, or stands first, or after O, E, S or a tag of
another type; else it goes on with the span of the tag before. So ``O I I`` has one span, as ``O B I`` has.
A span counts as found if its first token, its last token and its type are all right.

References:
    Ramshaw and Marcus, Text Chunking using Transformation-Based Learning, 1995 (tags for spans); Tjong Kim
    Sang and Buchholz, Introduction to the CoNLL-2000 Shared Task: Chunking, 2000 (conlleval).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textclf.errors import must_be
from textclf.metrics.checks import check_range, checked_ids
from textclf.metrics.outcomes import ratios
from textclf.validation import require_choice, require_int

__all__ = [
    "TagScheme",
    "checked_offsets",
    "phrase_spans",
    "span_f1",
    "span_precision",
    "span_recall",
    "span_tags",
]

_TAG = re.compile(r"(?P<place>[BIES])(?:-(?P<type>.+))?", re.DOTALL)

# The first token of a span, those between, the last, and the only one.
_PLACES = {"BIO": ("B", "I", "I", "B"), "BIOES": ("B", "I", "E", "S")}


@dataclass(frozen=True, eq=False)
class TagScheme:
    """What each tag says of spans. Make one with :meth:`from_names`.

    Attributes:
        span_types: The types of spans, sorted; ``("",)`` if the tags have none.
        begins: Whether each tag always begins a span, (C,): B and S.
        closed: Whether no tag after it can go on with its span, (C,): E, S and O.
        types: The number of the type of each tag, (C,); -1 of O.

    Example:
        >>> scheme = TagScheme.from_names(["O", "B-name", "I-name"])
        >>> scheme.spans([0, 1, 2, 2, 1]).tolist()  # first token, one after the last, type
        [[1, 4, 0], [4, 5, 0]]
    """

    span_types: tuple[str, ...]
    begins: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    types: NDArray[np.int64]

    @classmethod
    def from_names(cls, names: Sequence[object]) -> TagScheme:
        """Read the names of the tags.

        Args:
            names: The C tags, O among them, in the order of their ids.

        Raises:
            ArgumentError: They are not BIO or BIOES tags.
        """
        scheme = cls.find(names)
        if scheme is None:
            cure = "Name them O, and B-, I-, E- or S- and the type of the span."
            raise must_be("label_names", "BIO or BIOES tags, for metrics of spans", list(names), cure)
        return scheme

    @classmethod
    def find(cls, names: Sequence[object]) -> TagScheme | None:
        """Return the scheme of these names, or None if they are not BIO or BIOES tags.

        Example:
            >>> TagScheme.find(["noun", "verb"]) is None, TagScheme.find(["O", "B", "I"]).span_types
            (True, ('',))
        """
        found = [_TAG.fullmatch(name) if isinstance(name, str) else None for name in names]
        inside = [match for match in found if match is not None]
        if "O" not in names or not inside or len(inside) != len(names) - 1:
            return None
        types = sorted({match["type"] or "" for match in inside})
        return cls(
            tuple(types),
            np.array([match is not None and match["place"] in "BS" for match in found]),
            np.array([match is None or match["place"] in "ES" for match in found]),
            np.array([-1 if match is None else types.index(match["type"] or "") for match in found]),
        )

    def spans(self, tags: ArrayLike, offsets: ArrayLike | None = None) -> NDArray[np.int64]:
        """Return the spans of some texts, by the rule above.

        Args:
            tags: The ids of the tags of all tokens, text after text, (T,).
            offsets: Where each text begins, and the end, (N + 1,); None if it is one text.

        Returns:
            The first token, the one after the last, and the number of the type of each span, (S, 3), in
            the order of the tokens.

        Raises:
            ArgumentError: An id is not that of a tag, or the offsets do not fit.
        """
        ids = checked_ids("tags", tags)
        check_range("tags", ids, len(self.types), np.ones(len(ids), dtype=np.bool_))
        first = np.zeros(len(ids) + 1, dtype=np.bool_)
        first[checked_offsets(offsets, len(ids))] = True  # of a text; and the end
        types = self.types[ids]
        inside = types >= 0
        before = np.roll(ids, 1)  # what stands before the first token is of no account
        new = first[:-1] | self.begins[ids] | self.closed[before] | (types != self.types[before])
        starts = inside & new
        following = np.append(starts | ~inside, True)[1:] | first[1:]
        return np.stack(
            [np.flatnonzero(starts), np.flatnonzero(inside & following) + 1, types[starts]], axis=1
        )

    def outcomes(
        self, labels: ArrayLike, predictions: ArrayLike, offsets: ArrayLike | None = None
    ) -> NDArray[np.int64]:
        """Count the spans of each text that were found, found wrongly, and missed.

        Args:
            labels: The ids of the true tags, text after text, (T,).
            predictions: The ids of the predicted ones, (T,).
            offsets: Where each text begins, and the end, (N + 1,); None if it is one text.

        Returns:
            Counts, int64 (N, K, 3), for K types. Sums over texts, types or both are counts too.

        Raises:
            ArgumentError: An id is not that of a tag, the shapes differ, or the offsets do not fit.

        Example:
            >>> scheme = TagScheme.from_names(["O", "B", "I"])
            >>> scheme.outcomes([1, 2, 0, 1], [1, 2, 1, 0]).tolist()
            [[[1, 1, 1]]]
        """
        true, predicted = self.spans(labels, offsets), self.spans(predictions, offsets)
        tokens = len(np.asarray(labels))
        if len(np.asarray(predictions)) != tokens:
            raise must_be("predictions", f"as many as the labels, {tokens}", len(np.asarray(predictions)))
        starts = checked_offsets(offsets, tokens)
        found = _same(true, predicted)
        kinds = (true[found], predicted[~_same(predicted, true)], true[~found])
        counts = np.zeros((len(starts) - 1, len(self.span_types), 3), dtype=np.int64)
        for kind, spans in enumerate(kinds):
            texts = np.searchsorted(starts, spans[:, 0], side="right") - 1
            np.add.at(counts[..., kind], (texts, spans[:, 2]), 1)
        return counts


def _same(spans: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each span whether it is among the others; no two of these begin at one token."""
    if not len(others):
        return np.zeros(len(spans), dtype=np.bool_)
    places = np.searchsorted(others[:, 0], spans[:, 0]).clip(max=len(others) - 1)
    same: NDArray[np.bool_] = (others[places] == spans).all(axis=1)
    return same


def phrase_spans(tokens: Sequence[str], phrase: Sequence[str]) -> list[tuple[int, int]]:
    """Find where a phrase stands in a text, from the left and without overlaps.

    Args:
        tokens: The tokens of the text.
        phrase: Those of the phrase, at least one.

    Returns:
        The first token of each span, and the one after the last, for :func:`span_tags`.

    Raises:
        ArgumentError: The phrase has no token.

    Example:
        >>> phrase_spans(["a", "a", "a", "b", "a", "a"], ["a", "a"])
        [(0, 2), (4, 6)]
    """
    size, wanted = len(phrase), list(phrase)
    if not size:
        raise must_be("phrase", "of one token or more", phrase)
    found: list[tuple[int, int]] = []
    end = 0
    for first in range(len(tokens) - size + 1):
        if first >= end and list(tokens[first : first + size]) == wanted:
            end = first + size
            found.append((first, end))
    return found


def span_tags(spans: Iterable[Sequence[Any]], length: int, *, scheme: str = "BIOES") -> list[str]:
    """Write the spans of a text as tags; :meth:`TagScheme.spans` reads them again.

    Args:
        spans: The first token of each span and the one after the last, such as ``(2, 4)``, and its type if
            it has one, such as ``(2, 4, "person")``; in any order.
        length: The number of tokens of the text.
        scheme: ``"BIOES"``, or ``"BIO"``, in which a span of one token is B and the last token is I.

    Returns:
        The tag of each token.

    Raises:
        ArgumentError: A span has no token, goes beyond the text or has a token of another span, or there is
            no such scheme.

    Example:
        >>> span_tags([(0, 1), (2, 5)], 6)
        ['S', 'O', 'B', 'I', 'E', 'O']
        >>> span_tags([(0, 1, "person"), (2, 4, "place")], 4, scheme="BIO")
        ['B-person', 'O', 'B-place', 'I-place']
    """
    begin, inside, end, single = _PLACES[require_choice("scheme", scheme, _PLACES)]
    tags = ["O"] * require_int("length", length, at_least=0)
    for number, span in enumerate(spans):
        name = f"spans[{number}]"
        first, after, kind = _checked_span(name, span, len(tags))
        size = after - first
        if tags[first:after] != ["O"] * size:
            raise must_be(name, "apart from the spans before it", span)
        places = [single] if size == 1 else [begin, *[inside] * (size - 2), end]
        tags[first:after] = [f"{place}-{kind}" if kind else place for place in places]
    return tags


def _checked_span(name: str, span: object, length: int) -> tuple[int, int, str]:
    """Return the first token of a span, the one after the last, and its type, "" if it has none."""
    match span.tolist() if isinstance(span, np.ndarray) else span:
        case [first, after]:
            kind: object = ""
        case [first, after, kind]:
            pass
        case _:
            raise must_be(name, "the first token, the one after the last, and perhaps the type", span)
    if not isinstance(kind, str):
        raise must_be(f"{name}[2]", "the name of a type", kind)
    first = require_int(f"{name}[0]", first, at_least=0)
    after = require_int(f"{name}[1]", after, at_least=1)
    if not first < after <= length:
        raise must_be(name, f"a span of one or more of the {length} tokens", span)
    return first, after, kind


def checked_offsets(offsets: ArrayLike | None, tokens: int) -> NDArray[np.int64]:
    """Return where the texts begin, and the end, (N + 1,), or raise if that does not fit the tokens.

    Example:
        >>> checked_offsets(None, 3).tolist()
        [0, 3]
    """
    if offsets is None:
        return np.array([0, tokens])
    starts: NDArray[Any] = np.asarray(offsets)
    whole = starts.ndim == 1 and starts.size > 0 and np.issubdtype(starts.dtype, np.integer)
    if not whole or starts[0] != 0 or starts[-1] != tokens or (np.diff(starts) < 0).any():
        raise must_be("offsets", f"integers from 0 to {tokens}, the number of tokens, rising", offsets)
    return starts.astype(np.int64)


def span_precision(outcomes: NDArray[np.int64]) -> float:
    """Return the share of the spans found that are right; 0 if none is found.

    Args:
        outcomes: Counts (..., 3) of :meth:`TagScheme.outcomes`, over which the sum is taken.

    Example:
        >>> span_precision(np.array([[3, 1, 0], [0, 0, 2]]))
        0.75
    """
    return float(ratios(outcomes.reshape(-1, 3).sum(axis=0), "precision"))


def span_recall(outcomes: NDArray[np.int64]) -> float:
    """Return the share of the true spans that are found; 0 if there is none.

    Args:
        outcomes: As in :func:`span_precision`.

    Example:
        >>> span_recall(np.array([[3, 1, 0], [0, 0, 2]]))
        0.6
    """
    return float(ratios(outcomes.reshape(-1, 3).sum(axis=0), "recall"))


def span_f1(outcomes: NDArray[np.int64]) -> float:
    """Return the harmonic mean of precision and recall over all spans together.

    Args:
        outcomes: As in :func:`span_precision`.

    Example:
        >>> round(span_f1(np.array([[3, 1, 0], [0, 0, 2]])), 4)
        0.6667
    """
    return float(ratios(outcomes.reshape(-1, 3).sum(axis=0), "f1"))
