"""Texts in memory, each with its label, and how a part of them is set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.data.bad_rows import BadRows
from textclf.data.file_format import FileFormat
from textclf.data.splitting import set_aside
from textclf.errors import must_be
from textclf.text.labels import LabelMap
from textclf.validation import require_bool

__all__ = ["LabelledTexts"]


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and the label of each.

    Args:
        texts: The texts; an empty one is allowed.
        labels: As many labels, none of them empty; or, if a text may have several, as many lists of
            labels, which may be empty.
        format: How the file was read, if they are of a file.
        bad_rows: The rows that were left out.

    Raises:
        ArgumentError: The lists differ in length, or hold something other than strings, or than lists
            of strings for the labels.

    Example:
        >>> data = LabelledTexts(["good film", "bad film"], ["pos", "neg"])
        >>> len(data)
        2
    """

    texts: list[str]
    labels: list[Any]
    format: FileFormat | None = field(default=None, kw_only=True, compare=False, repr=False)
    bad_rows: BadRows = field(default_factory=BadRows, kw_only=True, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name, values in [("texts", self.texts), ("labels", self.labels)]:
            if not isinstance(values, list):
                raise must_be(name, "a list of strings", values)
        for index, text in enumerate(self.texts):
            if not isinstance(text, str):
                raise must_be(f"texts[{index}]", "a string", text)
        if self.is_multi_label:
            for index, names in enumerate(self.labels):
                if not isinstance(names, list):
                    raise must_be(f"labels[{index}]", "a list of labels, as the first is", names)
                for at, name in enumerate(names):
                    _check_label(f"labels[{index}][{at}]", name)
        else:
            for index, label in enumerate(self.labels):
                _check_label(f"labels[{index}]", label)
        if len(self.texts) != len(self.labels):
            received = f"{len(self.texts)} texts and {len(self.labels)} labels"
            raise must_be("labels", "as many as the texts", received)

    @property
    def is_multi_label(self) -> bool:
        """Whether each text has a list of labels."""
        return bool(self.labels) and isinstance(self.labels[0], list)

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return zip(self.texts, self.labels, strict=True)

    @property
    def num_empty(self) -> int:
        """Number of texts that have nothing but white space."""
        return sum(not text.strip() for text in self.texts)

    def split(
        self, fraction: float, *, seed: int, stratify: bool = True
    ) -> tuple[LabelledTexts, LabelledTexts]:
        """Set a random part of the rows aside; both parts keep the order of the whole.

        With ``stratify``, each label gives the same share of its rows, rounded so that the part
        has the size asked for (largest remainders first), and keeps at least one row in the rest:
        a label with a single row is never set aside.

        Args:
            fraction: Share of the rows to set aside, in (0, 1).
            seed: Of the choice, 0 or more.
            stratify: Whether to take the same share of every label; with several labels a text, as
                nearly as that goes together, see :func:`textclf.data.splitting.set_aside`.

        Returns:
            The rest and the part, each with at least one row.

        Raises:
            ArgumentError: An argument cannot be used, or there are too few rows to split.

        Example:
            >>> data = LabelledTexts(list("abcdef"), ["x", "x", "x", "x", "y", "y"])
            >>> rest, part = data.split(0.5, seed=0)
            >>> rest.labels, part.labels
            (['x', 'x', 'y'], ['x', 'x', 'y'])
        """
        if len(self) < 2:
            raise must_be("texts", "two or more to be split", len(self))
        classes = None
        if require_bool("stratify", stratify):
            classes = LabelMap.build(self.labels).encode(self.labels)
        chosen = set_aside(len(self), fraction, seed=seed, classes=classes)
        return self._where(~chosen), self._where(chosen)

    def _where(self, chosen: npt.NDArray[np.bool_]) -> LabelledTexts:
        rows = chosen.tolist()
        return LabelledTexts([*compress(self.texts, rows)], [*compress(self.labels, rows)])


def _check_label(name: str, label: object) -> None:
    if not isinstance(label, str):
        raise must_be(name, "a string", label)
    if not label:
        raise must_be(name, "a label that is not empty", label)
