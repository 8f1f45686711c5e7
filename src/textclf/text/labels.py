"""The labels of a task: which classes there are, and the number of each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

import numpy as np
import numpy.typing as npt

from textclf import atomic
from textclf.errors import ArgumentError, DataError, UnseenLabelError, must_be
from textclf.text.ids import checked_ids
from textclf.text.plain_labels import Label, plain_label, plain_labels

__all__ = ["Label", "LabelMap"]

_FORMAT = 1


class LabelMap:
    """The classes of a task in a fixed order, so that each has a number and each number a name.

    The labels are either all strings or all integers. They are taken exactly as they are:
    ``"good"`` and ``"good "`` are two classes.

    Args:
        names: The labels in the order of their ids.

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
    """

    def __init__(self, names: Sequence[Label]) -> None:
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

    @classmethod
    def build(cls, labels: Iterable[Label]) -> LabelMap:
        """Take the classes from the labels of a data set, sorted.

        Args:
            labels: The label of each row. Strings are sorted by code points, integers as numbers.

        Returns:
            The label map.

        Raises:
            ArgumentError: A label is not a string or an integer, or both kinds occur; with its row.
            DataError: There are no labels.

        Example:
            >>> LabelMap.build(["pos", "neg", "pos"]).names
            ('neg', 'pos')
            >>> LabelMap.build([10, 9, 10]).names
            (9, 10)
        """
        known: set[Label] = set()
        for label in plain_labels(labels, known=known):
            known.add(label)
        if not known:
            raise DataError("no labels were found, so there are no classes to learn.")
        return cls(sorted(known))

    @property
    def names(self) -> tuple[Label, ...]:
        """The labels in the order of their ids."""
        return self._names

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Label]:
        return iter(self._names)

    def __contains__(self, label: object) -> bool:
        plain = plain_label(label)
        return plain is not None and plain in self._ids

    def __eq__(self, other: object) -> bool:
        return self._names == other._names if isinstance(other, LabelMap) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._names)

    def __repr__(self) -> str:
        return f"LabelMap({_shortened(self._names)})"

    def encode(self, labels: Iterable[Label], *, first: int = 0) -> npt.NDArray[np.int64]:
        """Turn the label of each row into the id of its class.

        Args:
            labels: The N labels; read once, so a generator will do.
            first: Row of the first label, for errors, where labels come in parts.

        Returns:
            The ids, int64 of shape ``(N,)``.

        Raises:
            ArgumentError: A label is not a string or an integer, or both kinds occur; with its row.
            UnseenLabelError: A label is not among the classes; with its row and the known ones.

        Example:
            >>> LabelMap(["neg", "pos"]).encode(["pos", "pos", "neg"])
            array([1, 1, 0])
        """
        return np.fromiter(self._numbers(labels, first), dtype=np.int64)

    def decode(self, ids: npt.ArrayLike) -> list[Label]:
        """Turn the ids of classes back into labels.

        Args:
            ids: The ids, integers of shape ``(N,)``.

        Returns:
            The N labels.

        Raises:
            ArgumentError: The ids are not integers in one row, or one is not that of a class.

        Example:
            >>> LabelMap([3, 1]).decode([0, 1, 1])
            [3, 1, 1]
        """
        return [self._names[number] for number in checked_ids(ids, len(self), "classes").tolist()]

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
        content = {"format": _FORMAT, "names": self._names}
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
            return cls(content["names"])
        except ArgumentError as error:
            raise DataError(str(error), path=path) from None

    def _numbers(self, labels: Iterable[Label], first: int) -> Iterator[int]:
        for row, label in enumerate(plain_labels(labels, first=first, known=self._ids), first):
            number = self._ids.get(label)
            if number is None:
                raise self._unseen(row, label)
            yield number

    def _unseen(self, row: int, label: Label) -> UnseenLabelError:
        known, given = type(self._names[0]).__name__, type(label).__name__
        cure = f" The known labels are of type {known}, this one is {given}." if given != known else ""
        return UnseenLabelError(
            f"`labels[{row}]` must be a known label. Received: {_clipped(label)}. "
            f"Known: {_shortened(self._names)}.{cure}"
        )


def _shortened(names: Sequence[Label]) -> str:
    """List the first labels, and say how many more there are."""
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"{', '.join(map(_clipped, names[:20]))}{more}"


def _clipped(name: Label) -> str:
    shown = repr(name)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
