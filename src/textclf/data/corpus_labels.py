"""The labels of an encoded corpus: of texts, of tokens, any number a text, or of several heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.data.arrays import integers, parts
from textclf.data.buffer import IdBuffer
from textclf.errors import must_be
from textclf.text.labels import Label

__all__ = ["LabelNames", "checked_labels", "checked_names", "flat_token_labels"]

LabelNames = Sequence[Label] | Mapping[str, Sequence[Label]] | None
"""The name of each class, or those of the classes of each head by its name."""


def checked_labels(
    labels: npt.ArrayLike | None, count: int, what: str, names: LabelNames
) -> npt.NDArray[Any] | None:
    """Return labels as a view that cannot be written to.

    Args:
        labels: Class ids from 0, shape (count,); or booleans of shape (count, C), one for each class; or,
            where there are names of several heads, class ids of shape (count, heads).
        count: How many texts or tokens there are.
        what: ``"texts"`` or ``"tokens"``; tokens have one label each.
        names: Of the classes, or None.

    Raises:
        ArgumentError: They are something else, too many or too few, or not as many as the names.

    Example:
        >>> checked_labels([1, 0], 2, "texts", None)
        array([1, 0])
        >>> checked_labels([[True, False]], 1, "texts", ["a", "b"])
        array([[ True, False]])
    """
    if labels is None:
        return None
    if isinstance(names, Mapping):
        return _of_heads(labels, count, what, names)
    hot = _multi_hot(labels) if what == "texts" else None
    checked = integers("labels", labels, np.int64) if hot is None else hot
    if len(checked) != count:
        raise must_be("labels", f"as many as there are {what}, {count}", f"{len(checked)} labels")
    if names is None:
        return checked
    if hot is not None and hot.shape[1] != len(names):
        raise must_be("labels", f"of {len(names)} classes, the number of names", hot.shape[1])
    if hot is None and len(checked) and checked.max() >= len(names):
        raise must_be("labels", f"below {len(names)}, the number of names", int(checked.max()))
    return checked


def _of_heads(
    labels: npt.ArrayLike, count: int, what: str, names: Mapping[str, Sequence[Label]]
) -> npt.NDArray[Any]:
    """Return a view of class ids (count, heads), one column a head."""
    given = np.asarray(labels)
    if given.ndim != 2 or given.shape[1] != len(names):
        expected = f"of shape (N, {len(names)}), one column for each of the heads {', '.join(names)}"
        raise must_be("labels", expected, given.shape)
    ids = integers("labels", given.reshape(-1), np.int64).reshape(given.shape)
    if len(ids) != count:
        raise must_be("labels", f"as many as there are {what}, {count}", f"{len(ids)} labels")
    for column, (head, known) in enumerate(names.items()):
        largest = int(ids[:, column].max()) if len(ids) else -1
        if largest >= len(known):
            raise must_be("labels", f"below {len(known)}, the number of names of {head!r}", largest)
    return ids


def _multi_hot(labels: npt.ArrayLike) -> npt.NDArray[np.bool_] | None:
    """Return a view of booleans (N, C), or None if that is not what the labels are."""
    try:
        given = np.asarray(labels)
    except ValueError:
        return None
    if given.ndim != 2 or given.dtype != np.bool_:
        return None
    view = given.view()
    view.flags.writeable = False
    for part in parts(
        len(view), 8192
    ):  # a damaged file may have other bytes, which would count more than once
        if view[part].size and int(view[part].view(np.uint8).max()) > 1:
            raise must_be("labels", "booleans", "bytes above 1", "The saved corpus is damaged.")
    return view


def checked_names(names: LabelNames) -> tuple[Label, ...] | dict[str, tuple[Label, ...]] | None:
    """Return the names of classes as a tuple, if there are any; of several heads, by the name of each.

    Raises:
        ArgumentError: They are not a list of strings or integers, or the heads are not two or more with
            names of their own.
    """
    if names is None:
        return None
    if isinstance(names, Mapping):
        plain = all(isinstance(head, str) and head and "/" not in head for head in names)
        if len(names) < 2 or not plain:
            expected = "the names of the classes of two or more heads, each of a name without a slash"
            raise must_be("label_names", expected, names)
        return {head: _plain_names(its) for head, its in names.items()}
    return _plain_names(names)


def _plain_names(names: object) -> tuple[Label, ...]:
    listed = tuple(names) if isinstance(names, Iterable) and not isinstance(names, str) else (None,)
    if not all(isinstance(name, str | int) for name in listed):
        raise must_be("label_names", "a list of strings or integers", names)
    return listed


def flat_token_labels(
    labels: Iterable[npt.ArrayLike], offsets: npt.NDArray[np.int64], memory_map_above: int
) -> npt.NDArray[Any]:
    """Join one sequence of labels a text into one array, after checking their lengths.

    Raises:
        ArgumentError: They do not fit the texts.

    Example:
        >>> flat_token_labels([[0, 1], [2]], np.array([0, 2, 3]), 1000).tolist()
        [0, 1, 2]
    """
    buffer = IdBuffer(np.int64, memory_map_above=memory_map_above)
    count = 0
    for index, tags in enumerate(labels):
        new = integers(f"labels[{index}]", tags, np.int64)
        buffer.extend(new)
        if index + 1 < len(offsets) and len(buffer) != offsets[index + 1]:
            length = offsets[index + 1] - offsets[index]
            raise must_be(f"labels[{index}]", f"as long as the text, {length}", f"{len(new)} labels")
        count += 1
    if count != len(offsets) - 1:
        raise must_be("labels", f"as many as there are texts, {len(offsets) - 1}", f"{count} sequences")
    return buffer.finish()
