"""What is given to ``fit``, as texts and labels to train on and to validate with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any, NamedTuple

import numpy as np

from textclf.data.inputs import check_count, checked_texts
from textclf.data.splitting import set_aside
from textclf.errors import DataError, must_be
from textclf.text import LabelMap
from textclf.text.plain_labels import is_several, label_rows, plain_labels
from textclf.validation import require_number

__all__ = ["Labelled", "checked_share", "hold_out", "listed", "listed_texts"]

_AUTO_SHARE = 0.1
_AUTO_LEAST = 30  # texts to validate with; the accuracy on fewer says too little to stop by


class Labelled(NamedTuple):
    """Texts, each a string or a list of tokens, and the label or the list of labels of each."""

    texts: list[Any]
    labels: list[Any]

    @property
    def multi_label(self) -> bool:
        """Whether a text may have several labels."""
        return bool(self.labels) and is_several(self.labels[0])


def listed(texts: Iterable[Any], labels: Any) -> Labelled:
    """Return texts and labels as lists of the same length.

    Raises:
        ArgumentError: They cannot be that; labels with their index.

    Example:
        >>> listed(np.array(["a film", "a bore"]), (1, 0))
        Labelled(texts=['a film', 'a bore'], labels=[1, 0])
        >>> listed(["a film"], [{"art"}]).multi_label
        True
    """
    rows = listed_texts(texts)
    if labels is None:
        cure = "TextClassifier requires y to be passed, but the target y is None."
        raise must_be("labels", "given", labels, cure)
    table = len(getattr(labels, "shape", ())) > 1 or hasattr(labels, "toarray")  # which label_rows refuses
    names = labels if table else _listed(labels)
    several = table or (isinstance(names, list) and any(map(is_several, names[:1])))
    plain = list(label_rows(names) if several else plain_labels(names))
    check_count("labels", plain, len(rows))
    return Labelled(rows, plain)


def listed_texts(texts: Iterable[Any]) -> list[Any]:
    """Return texts as a list, from whatever array or column they come.

    Raises:
        ArgumentError: It is a single text, a set, a mapping, or a table of several columns.

    Example:
        >>> listed_texts(np.array(["a film"]))
        ['a film']
    """
    rows: list[Any] = _listed(checked_texts(texts))
    return rows


def checked_share(share: object) -> float | str | None:
    """Return a share of the texts to validate with, or raise unless it is one.

    Raises:
        ArgumentError: It is not ``"auto"``, None, or a number in (0, 1).
    """
    if share is None or (isinstance(share, str) and share == "auto"):
        return share
    if isinstance(share, str):
        raise must_be("validation_share", "'auto', None, or a number in (0, 1)", share)
    return require_number("validation_share", share, above=0, below=1)


def hold_out(data: Labelled, share: float | str | None, *, seed: int) -> tuple[Labelled, Labelled | None]:
    """Set a part of each class aside to validate with; of several labels a text, as nearly as can be.

    Args:
        data: All there is.
        share: Of the rows; ``"auto"`` is a tenth, and none of fewer than 300; None sets none aside.
        seed: Of the choice.

    Returns:
        What to train on, with at least one row of each class, and what to validate with or None.

    Raises:
        DataError: There are no rows, or rows of one class only.
        ArgumentError: No class has the two rows that a share of it needs.
    """
    names = LabelMap.build(data.labels)
    if len(names) < 2:
        raise DataError(
            f"`labels` must have at least two classes. Received: {len(names)} class, {names.names[0]!r}. "
            "There is nothing to tell apart: check which column holds the labels."
        )
    if share == "auto":
        share = _AUTO_SHARE if len(data.labels) * _AUTO_SHARE >= _AUTO_LEAST else None
    if share is None:
        return data, None
    chosen = set_aside(len(data.labels), float(share), seed=seed, classes=names.encode(data.labels))
    return _taken(data, ~chosen), _taken(data, chosen)


def _listed(values: Any) -> Any:
    """Return an array, a column or a generator as a list, and what is no list of values as it is."""
    if isinstance(values, list):
        return values
    if not hasattr(values, "tolist") and hasattr(values, "__array__"):
        values = np.asarray(values)
    if hasattr(values, "tolist"):
        return values.tolist()
    plain = isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping | Set)
    return list(values) if plain else values


def _taken(data: Labelled, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> Labelled:
    numbers = np.flatnonzero(rows).tolist()
    return Labelled([data.texts[n] for n in numbers], [data.labels[n] for n in numbers])
