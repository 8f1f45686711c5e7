"""Texts and labels on their way into an encoded corpus."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.data.buffer import IdBuffer
from textclf.data.corpus import EncodedCorpus
from textclf.data.inputs import check_count, checked_labels, checked_texts, truncated
from textclf.data.text_ids import TextReader
from textclf.errors import ArgumentError, UnseenLabelError, must_be
from textclf.text.labels import Label, LabelMap

__all__ = ["GivenTexts", "TextIds", "read_ids"]


@dataclass(frozen=True)
class GivenTexts:
    """Texts and their labels, checked as far as that can be done before the texts are read.

    Attributes:
        texts: The texts, to be read once.
        labels: One label or one list of labels a text, or for tagging one list of labels of its tokens,
            or None.
        tagging: Whether the labels are those of tokens.
    """

    texts: Iterable[Any]
    labels: list[Any] | None
    tagging: bool

    @classmethod
    def checked(cls, texts: Iterable[Any], labels: Any, token_labels: Any) -> GivenTexts:
        """Check what a user has passed.

        Raises:
            ArgumentError: It cannot be texts and labels, or their numbers differ.

        Example:
            >>> GivenTexts.checked(["a film"], ["good"], None).labels
            ['good']
        """
        given = cls(checked_texts(texts), checked_labels(labels, token_labels), token_labels is not None)
        if isinstance(texts, Sized):
            given.check_count(len(texts))
        return given

    @property
    def name(self) -> str:
        """What the labels are called in messages."""
        return "token_labels" if self.tagging else "labels"

    def check_count(self, count: int) -> None:
        """Raise unless the labels, if there are any, are for ``count`` texts."""
        check_count(self.name, self.labels, count)

    def label_map(self) -> LabelMap | None:
        """Return the labels by number, or None if there are none."""
        if self.labels is None:
            return None
        return LabelMap.build(chain.from_iterable(self.labels) if self.tagging else self.labels)


@dataclass(frozen=True)
class TextIds:
    """What texts and labels have become.

    Attributes:
        ids: The ids of all texts, shape (T,).
        offsets: Where each text begins and the last one ends, shape (N + 1,).
        labels: The class ids, shape (N,), or (T,) for tagging; booleans (N, C) of several a text; or None.
        dropped_share: The share of the tokens that truncation dropped.
    """

    ids: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    labels: npt.NDArray[Any] | None
    dropped_share: float

    def corpus(self, label_map: LabelMap | None, *, tagging: bool) -> EncodedCorpus:
        """Return the corpus of these arrays."""
        names = None if self.labels is None or label_map is None else label_map.names
        return EncodedCorpus(
            self.ids,
            self.offsets,
            self.labels,
            token_labels=tagging,
            label_names=names,
            dropped_share=self.dropped_share,
        )


def read_ids(
    given: GivenTexts,
    reader: TextReader,
    label_map: LabelMap | None,
    *,
    max_length: int | None,
    keep: str,
    memory_map_above: int,
) -> TextIds:
    """Turn texts into ids, and their labels into class ids.

    Args:
        given: The texts and the labels.
        reader: Turns the texts into ids.
        label_map: The known labels, if labels are given.
        max_length: How many tokens of a text are kept; None keeps all.
        keep: Which: ``"head"``, ``"tail"`` or ``"both"``.
        memory_map_above: Bytes of ids, or of where texts begin, above which they go to a temporary file.

    Returns:
        The arrays of a corpus; that of the ids may be written to.

    Raises:
        ArgumentError: A text cannot be used, or the labels do not fit the texts; with the index.
        UnseenLabelError: A label is not a known one.

    Example:
        >>> from textclf.text import Vocab
        >>> given = GivenTexts.checked(["a film", "film"], None, None)
        >>> reader = TextReader(str.split, Vocab(["film"]).encode)
        >>> found = read_ids(given, reader, None, max_length=None, keep="head", memory_map_above=100)
        >>> found.ids.tolist(), found.offsets.tolist()
        ([1, 2, 2], [0, 2, 3])
    """
    labels = None
    if given.labels is not None and label_map is not None and not given.tagging:
        labels = label_map.encode(given.labels)
    ids = IdBuffer(np.int32, memory_map_above=memory_map_above)
    tags = IdBuffer(np.int64, memory_map_above=memory_map_above)
    offsets = IdBuffer(np.int64, memory_map_above=memory_map_above)
    offsets.extend([0])
    count = total = 0
    for batch in reader.batches(given.texts, max_length=max_length, keep=keep):
        if given.tagging and given.labels is not None:
            # With too few labels, the texts are counted to the end before that is said.
            for index, text in enumerate(batch.texts[: max(0, len(given.labels) - count)], count):
                new = _tag_ids(index, text, given.labels[index], label_map)
                tags.extend(truncated(new, max_length, keep))
        offsets.extend(len(ids) + np.cumsum(batch.lengths))
        ids.extend(batch.ids)
        count += len(batch.texts)
        total += batch.num_tokens
    given.check_count(count)
    dropped = (total - len(ids)) / total if total else 0.0
    return TextIds(ids.finish(), offsets.finish(), tags.finish() if given.tagging else labels, dropped)


def _tag_ids(index: int, text: object, tags: Iterable[Label], label_map: LabelMap | None) -> list[int]:
    """Return the class ids of the tokens of one text."""
    if label_map is None or isinstance(text, str):
        cure = "Its tokens must be those that the labels were given for."
        raise must_be(f"texts[{index}]", "a list of tokens if `token_labels` are given", text, cure)
    try:
        ids: list[int] = label_map.encode(tags).tolist()
    except (ArgumentError, UnseenLabelError) as error:
        raise type(error)(f"`token_labels[{index}]`: {error}") from None
    if len(ids) != len(text):  # type: ignore[arg-type]  # tokens_of() has seen that it is a list
        expected = f"as long as its text, {len(text)}"  # type: ignore[arg-type]
        raise must_be(f"token_labels[{index}]", expected, f"{len(ids)} labels")
    return ids
