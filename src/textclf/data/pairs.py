"""Texts and labels that come together, one pair at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import Any

from textclf.errors import must_be

__all__ = ["texts_of"]

_TOGETHER = 4096


def texts_of(pairs: Iterable[Any], take: Callable[[int, tuple[Any, ...]], object]) -> Iterator[Any]:
    """Yield the texts of pairs of a text and its label; hand the labels on as they go by.

    Args:
        pairs: The pairs; read once, some thousands at a time.
        take: Called with the number of the first of some pairs, and their labels.

    Raises:
        ArgumentError: ``pairs`` is no list of pairs; with the index of what is none.

    Example:
        >>> list(texts_of([("a film", "pos"), ("a bore", "neg")], lambda first, labels: print(labels)))
        ('pos', 'neg')
        ['a film', 'a bore']
    """
    if not isinstance(pairs, Iterable) or isinstance(pairs, str | bytes | Mapping | Set):
        raise must_be("pairs", "a list of pairs of a text and its label", pairs)
    return _texts_of(iter(pairs), take)


def _texts_of(pairs: Iterator[Any], take: Callable[[int, tuple[Any, ...]], object]) -> Iterator[Any]:
    first = 0
    while some := list(islice(pairs, _TOGETHER)):
        for index, pair in enumerate(some, first):
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise must_be(f"pairs[{index}]", "a text and its label", pair)
        texts, labels = zip(*some, strict=True)
        take(first, labels)
        yield from texts
        first += len(some)
