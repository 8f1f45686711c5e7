"""Labels as plain Python strings or integers, whatever array or column they come from."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, TypeAlias

import numpy as np

from textclf.errors import must_be

__all__ = ["Label", "is_several", "label_rows", "plain_label", "plain_labels"]

Label: TypeAlias = str | int

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def plain_label(label: object) -> Label | None:
    """Return a label as a Python str or int, or None if it is neither.

    Example:
        >>> plain_label(np.int64(3)), plain_label(3.0)
        (3, None)
    """
    if isinstance(label, str):
        return str.__str__(label)
    if isinstance(label, int | np.integer) and not isinstance(label, bool):
        return int(label)
    return None


def plain_labels(
    labels: Iterable[Label],
    name: str = "labels",
    *,
    first: int = 0,
    like: Label | None = None,
    known: Container[Label] = (),
) -> Iterator[Label]:
    """Yield labels as Python strings or as Python integers, having checked each.

    Args:
        labels: The label of each row.
        name: Of the argument, for errors.
        first: Row of the first label, where labels come in parts.
        like: A label of an earlier part, whose type these must have.
        known: Labels that were checked before, and need not be again.

    Raises:
        ArgumentError: A label is not a string or an integer, or both kinds occur; with its row.

    Example:
        >>> list(plain_labels(np.array([3, 1])))
        [3, 1]
    """
    kind = None if like is None else type(like)
    for row, label in enumerate(_listed(labels, name), first):
        if type(label) is kind and label in known:
            yield label
            continue
        value = plain_label(label)
        if value is None:
            raise must_be(f"{name}[{row}]", "a string or an integer", label)
        if kind is not None and type(value) is not kind:
            wanted = "a string" if kind is str else "an integer"
            raise must_be(
                f"{name}[{row}]", f"{wanted}, like those before it", label, "Use one type for all."
            )
        if isinstance(value, str) and _LONE_SURROGATE.search(value):
            raise must_be(f"{name}[{row}]", "text that UTF-8 can hold", label, "Check the file's encoding.")
        kind = type(value)
        yield value


def is_several(label: object) -> bool:
    """Say whether what a text is labelled with is a list, tuple, set or array of labels, and not one label.

    Example:
        >>> is_several(["pos"]), is_several(()), is_several("pos")
        (True, True, False)
    """
    return isinstance(label, list | tuple | Set) or getattr(label, "ndim", 0) == 1


def label_rows(
    labels: Iterable[Any],
    name: str = "labels",
    *,
    first: int = 0,
    like: Label | None = None,
    known: Container[Label] = (),
) -> Iterator[Sequence[Label]]:
    """Yield the labels of each text as Python strings or as Python integers, having checked each.

    Args:
        labels: A list, tuple or set of labels for each text; an empty one where it has none.
        name: Of the argument, for errors.
        first: Row of the first text, where texts come in parts.
        like: A label of an earlier part, whose type these must have.
        known: Labels that were checked before, and need not be again.

    Raises:
        ArgumentError: A row is no list of labels, holds one twice, or both kinds occur; with its number.

    Example:
        >>> list(label_rows([["pos", "long"], [], {"neg"}]))
        [['pos', 'long'], [], ['neg']]
    """
    if len(getattr(labels, "shape", ())) > 1 or hasattr(labels, "toarray"):
        cure = "MultiLabelBinarizer.inverse_transform makes them from an indicator matrix."
        raise must_be(name, "lists of labels", f"an array of shape {getattr(labels, 'shape', '?')}", cure)
    rows: Iterable[Any] = _listed(labels, name)
    for row, given in enumerate(rows, first):
        if not is_several(given):
            raise must_be(f"{name}[{row}]", "a list of labels, as a text may have several", given)
        found = list(plain_labels(given, f"{name}[{row}]", like=like, known=known))
        if len(set(found)) != len(found):
            cure = "Each label is written once; an indicator matrix is not a list of labels."
            raise must_be(f"{name}[{row}]", "different labels", found, cure)
        if found:
            like = found[0]
        yield found


def _listed(labels: Iterable[Label], name: str) -> Iterable[Label]:
    """Return what can be gone through label by label, once."""
    if not isinstance(labels, str | bytes | Mapping):
        listed = labels.tolist() if hasattr(labels, "tolist") else labels
        if isinstance(listed, Iterable):
            return listed
    raise must_be(name, "a list of labels", labels)
