"""The labels of a task: which classes there are, and the number of each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf import atomic
from textclf.errors import ArgumentError, DataError, UnseenLabelError, must_be
from textclf.text.ids import checked_ids
from textclf.text.plain_labels import Label, is_several, label_rows, plain_label, plain_labels
from textclf.validation import require_bool

__all__ = ["Label", "LabelMap"]

_FORMAT = 1


class LabelMap:
    """The classes of a task in a fixed order, so that each has a number and each number a name.

    The labels are either all strings or all integers. They are taken exactly as they are:
    ``"good"`` and ``"good "`` are two classes.

    A text has one label, which becomes the id of its class, or with ``multi_label`` any number of them,
    which become a row of booleans, one for each class (multi-hot).

    Args:
        names: The labels in the order of their ids.
        multi_label: Whether a text may have several labels, or none.

    Raises:
        ArgumentError: There are none, one is not a string or an integer, both kinds occur, or one
            occurs twice.

    Example:
        >>> labels = LabelMap(["negative", "positive"])
        >>> labels.encode(["positive", "negative"])
        array([1, 0])
        >>> labels.decode([1])
        ['positive']
        >>> len(labels), "neutral" in labels
        (2, False)
        >>> topics = LabelMap(["art", "law", "war"], multi_label=True)
        >>> topics.encode([["war", "art"], []]).tolist()
        [[True, False, True], [False, False, False]]
        >>> topics.decode([[True, False, True]])
        [('art', 'war')]
    """

    def __init__(self, names: Sequence[Label], *, multi_label: bool = False) -> None:
        if isinstance(names, Set):
            raise must_be("names", "in a fixed order", names, "A set has none: use LabelMap.build(labels).")
        known = list(plain_labels(names, "names"))
        if not known:
            raise must_be("names", "at least one label", names)
        self._ids: dict[Label, int] = {}
        for index, name in enumerate(known):
            if name in self._ids:
                raise must_be("names", "all different", f"{name!r} at {self._ids[name]} and {index}")
            self._ids[name] = index
        self._names = tuple(known)
        self.multi_label = require_bool("multi_label", multi_label)

    @classmethod
    def build(cls, labels: Iterable[Any]) -> LabelMap:
        """Take the classes from the labels of a data set, sorted.

        Args:
            labels: The label of each row; or, where a row may have several, a list, tuple or set of
                labels for each. Strings are sorted by code points, integers as numbers.

        Returns:
            The label map; ``multi_label`` if the first row has a list.

        Raises:
            ArgumentError: A label is not a string or an integer, or both kinds occur; with its row.
            DataError: There are no labels.

        Example:
            >>> LabelMap.build(["pos", "neg", "pos"]).names
            ('neg', 'pos')
            >>> LabelMap.build([10, 9, 10]).names
            (9, 10)
            >>> LabelMap.build([["b"], [], ["a", "b"]])
            LabelMap('a', 'b', multi_label=True)
        """
        known: set[Label] = set()
        multi_label, labels = _looked_at(labels)
        if multi_label:
            for row in label_rows(labels, known=known):
                known.update(row)
        else:
            for label in plain_labels(labels, known=known):
                known.add(label)
        if not known:
            raise DataError("no labels were found, so there are no classes to learn.")
        return cls(sorted(known), multi_label=multi_label)

    @property
    def names(self) -> tuple[Label, ...]:
        """The labels in the order of their ids."""
        return self._names

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Label]:
        return iter(self._names)

    def __getitem__(self, label: Label) -> int:
        """Return the id of a label.

        Raises:
            UnseenLabelError: It is not among the classes; with the known ones.
        """
        found = plain_label(label)
        if found is None or found not in self._ids:
            raise self._unseen("label", label)
        return self._ids[found]

    def __contains__(self, label: object) -> bool:
        plain = plain_label(label)
        return plain is not None and plain in self._ids

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LabelMap):
            return NotImplemented
        return (self._names, self.multi_label) == (other._names, other.multi_label)

    def __hash__(self) -> int:
        return hash(self._names)

    def __repr__(self) -> str:
        return f"LabelMap({_shortened(self._names)}{', multi_label=True' if self.multi_label else ''})"

    def encode(self, labels: Iterable[Any], *, first: int = 0) -> npt.NDArray[Any]:
        """Turn the label of each row into the id of its class, or its labels into booleans.

        Args:
            labels: The N labels, or N lists of them if ``multi_label``; read once, so a generator will do.
            first: Row of the first label, for errors, where labels come in parts.

        Returns:
            The ids, int64 of shape ``(N,)``; with ``multi_label``, booleans of shape ``(N, C)``.

        Raises:
            ArgumentError: A label is not a string or an integer, or both kinds occur; with its row.
            UnseenLabelError: A label is not among the classes; with its row and the known ones.

        Example:
            >>> LabelMap(["neg", "pos"]).encode(["pos", "pos", "neg"])
            array([1, 1, 0])
        """
        if not self.multi_label:
            return np.fromiter(self._numbers(labels, first), dtype=np.int64)
        counts: list[int] = []
        ids = np.fromiter(self._numbers_of_rows(labels, first, counts), dtype=np.int64)
        found = np.zeros((len(counts), len(self)), dtype=np.bool_)
        found[np.repeat(np.arange(len(counts)), counts), ids] = True
        return found

    def decode(self, ids: npt.ArrayLike) -> list[Any]:
        """Turn the ids of classes, or rows of booleans, back into labels.

        Args:
            ids: The ids, integers of shape ``(N,)``; with ``multi_label``, booleans of shape ``(N, C)``.

        Returns:
            The N labels; with ``multi_label``, N tuples of labels in the order of :attr:`names`.

        Raises:
            ArgumentError: The ids are not integers in one row, or one is not that of a class; or they
                are not such booleans.

        Example:
            >>> LabelMap([3, 1]).decode([0, 1, 1])
            [3, 1, 1]
        """
        if not self.multi_label:
            return [self._names[number] for number in checked_ids(ids, len(self), "classes").tolist()]
        chosen = np.asarray(ids)
        if chosen.dtype != np.bool_ or chosen.shape != (len(chosen), len(self)):
            received = f"{chosen.dtype} of shape {chosen.shape}"
            raise must_be("ids", f"booleans of shape (N, {len(self)})", received)
        return [tuple(self._names[place] for place in np.flatnonzero(row).tolist()) for row in chosen]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the labels to a JSON file, whole or not at all. Strings stay strings, integers integers.

        Args:
            path: The file to make or replace.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     LabelMap(["neg", "pos"]).save(Path(folder) / "labels.json")
            ...     LabelMap.load(Path(folder) / "labels.json").names
            ('neg', 'pos')
        """
        content: dict[str, Any] = {"format": _FORMAT, "names": self._names}
        if self.multi_label:
            content["multi_label"] = True
        atomic.write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LabelMap:
        """Read the labels that :meth:`save` wrote.

        Args:
            path: The file.

        Returns:
            A label map equal to the saved one.

        Raises:
            DataError: The file is not one of labels.
            FileNotFoundError: The file is not there.
        """
        try:
            content = json.loads(Path(path).read_bytes().decode("utf-8"))
        except json.JSONDecodeError as error:
            raise DataError(f"the file is not JSON: {error.msg}.", path=path, line=error.lineno) from None
        except (UnicodeDecodeError, RecursionError, ValueError) as error:
            raise DataError(f"the file is not JSON in UTF-8: {error}.", path=path) from None
        if not isinstance(content, dict) or not isinstance(content.get("names"), list):
            raise DataError(
                "the file must hold an object with 'format' and a list 'names'. "
                "Is this a file that LabelMap.save wrote?",
                path=path,
            )
        version = content.get("format")
        if isinstance(version, bool) or version != _FORMAT:
            raise DataError(
                f"the format must be {_FORMAT}. Received: {version!r}. Upgrade textclf if it is higher.",
                path=path,
            )
        try:
            return cls(content["names"], multi_label=content.get("multi_label", False))
        except ArgumentError as error:
            raise DataError(str(error), path=path) from None

    def _numbers(self, labels: Iterable[Label], first: int) -> Iterator[int]:
        for row, label in enumerate(plain_labels(labels, first=first, known=self._ids), first):
            number = self._ids.get(label)
            if number is None:
                raise self._unseen(f"labels[{row}]", label)
            yield number

    def _numbers_of_rows(self, labels: Iterable[Any], first: int, counts: list[int]) -> Iterator[int]:
        """Yield the ids of all labels of all rows, and note how many each row has."""
        for row, names in enumerate(label_rows(labels, first=first, known=self._ids), first):
            counts.append(len(names))
            for label in names:
                number = self._ids.get(label)
                if number is None:
                    raise self._unseen(f"labels[{row}]", label)
                yield number

    def _unseen(self, what: str, label: Label) -> UnseenLabelError:
        known, given = type(self._names[0]).__name__, type(label).__name__
        cure = f" The known labels are of type {known}, this one is {given}." if given != known else ""
        return UnseenLabelError(
            f"`{what}` must be a known label. Received: {_clipped(label)}. "
            f"Known: {_shortened(self._names)}.{cure}"
        )


def _looked_at(labels: Iterable[Any]) -> tuple[bool, Iterable[Any]]:
    """Say whether the first row has several labels; return all the rows again."""
    if getattr(labels, "ndim", 1) > 1 or hasattr(labels, "toarray"):
        return True, labels
    labels = labels.tolist() if hasattr(labels, "tolist") else labels
    if not isinstance(labels, Iterable) or isinstance(labels, str | bytes | Mapping):
        return False, labels  # which the check of labels refuses
    if isinstance(labels, Sequence | Set):
        return any(map(is_several, islice(labels, 1))), labels
    remaining = iter(labels)
    first = list(islice(remaining, 1))
    return any(map(is_several, first)), chain(first, remaining)


def _shortened(names: Sequence[Label]) -> str:
    """List the first labels, and say how many more there are."""
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"{', '.join(map(_clipped, names[:20]))}{more}"


def _clipped(name: Label) -> str:
    shown = repr(name)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
