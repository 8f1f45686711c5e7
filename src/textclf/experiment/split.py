"""The three parts of a data set: to learn from, to choose by, and to measure on at the end."""

from __future__ import annotations

from dataclasses import dataclass

from textclf.data.labelled_texts import LabelledTexts
from textclf.errors import DataError, must_be

__all__ = ["Split"]


@dataclass(frozen=True)
class Split:
    """Labelled texts in three parts, each with one label a text.

    Args:
        train: To learn from.
        test: Looked at once, for the figures of :func:`~textclf.experiment.compare`.
        valid: To stop by and to choose settings by; None where nothing is chosen.

    Raises:
        ArgumentError: A part is not :class:`~textclf.data.LabelledTexts`, or has several labels a text.
        DataError: A part is empty.

    Example:
        >>> rows = LabelledTexts(["good", "bad"] * 10, ["pos", "neg"] * 10)
        >>> rest, test = rows.split(0.2, seed=0)
        >>> train, valid = rest.split(0.25, seed=0)
        >>> data = Split(train, test, valid)
        >>> len(data.train), len(data.valid), len(data.test)
        (12, 4, 4)
    """

    train: LabelledTexts
    test: LabelledTexts
    valid: LabelledTexts | None = None

    def __post_init__(self) -> None:
        for name in ("train", "test", "valid"):
            part = getattr(self, name)
            if part is None and name == "valid":
                continue
            if not isinstance(part, LabelledTexts):
                raise must_be(name, "LabelledTexts", part, "read_labelled gives them.")
            if part.is_multi_label:
                raise must_be(name, "texts with one label each", "lists of labels")
            if not len(part):
                raise DataError(f"`{name}` must have at least one text. Received: none.")
