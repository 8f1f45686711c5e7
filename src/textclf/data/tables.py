"""Tables in memory, as labelled texts: data frames, data sets of Hugging Face, mappings of columns.

They are known by what they can do, so that none of their packages is needed here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from textclf.data.bad_rows import BadRows
from textclf.data.columns import choose_columns
from textclf.data.file_format import FileFormat
from textclf.data.labelled_texts import LabelledTexts
from textclf.data.row_values import is_listed, label_name, label_names, text_value
from textclf.errors import DataError, must_be, near_matches

__all__ = ["is_table", "labelled_table", "table_texts"]

_LOG = logging.getLogger(__name__)
_SAMPLED_ROWS = 2000


def is_table(source: object) -> bool:
    """Say whether a source has named columns.

    Example:
        >>> is_table({"text": ["a"]}), is_table("a.csv")
        (True, False)
    """
    if isinstance(source, str | os.PathLike):
        return False
    return isinstance(source, Mapping) or hasattr(source, "column_names") or hasattr(source, "columns")


def labelled_table(
    table: Any,
    *,
    text: int | str | None = None,
    label: int | str | None = None,
    multi_label: bool | None = None,
    on_bad_row: str = "error",
    quarantine: str | os.PathLike[str] | None = None,
) -> LabelledTexts:
    """Return the columns of text and label of a table; what is not given is recognised.

    Args:
        table: A data frame, a data set, or a mapping of names to columns.
        text: Column of the text, by name or number.
        label: That of the label.
        multi_label: Whether a text may have several labels.
        on_bad_row: ``"error"``, ``"skip"`` or ``"quarantine"``; rows are counted from 1.
        quarantine: The file for bad rows that are set aside.

    Returns:
        The texts and labels. Where a data set knows the names of its labels, they are used.

    Raises:
        ArgumentError: There is no such column.
        DataError: A row cannot be used, or the columns cannot be told.

    Example:
        >>> labelled_table({"stars": [5, 1], "review": ["a good film", "a bad one"]})
        LabelledTexts(texts=['a good film', 'a bad one'], labels=['5', '1'])
    """
    names = _names(table)
    at_text, at_label = _columns(table, names, text, label, labelled=True)
    texts, labels = _values(table, names[at_text]), _values(table, names[at_label])
    known = _label_names(table, names[at_label])
    if multi_label is None:
        multi_label = any(map(is_listed, islice(labels, _SAMPLED_ROWS)))
    good_texts: list[str] = []
    good_labels: list[Any] = []
    with BadRows(_shown(table), on_bad_row, quarantine) as bad:
        for number, (its, found) in enumerate(zip(texts, labels, strict=True), 1):
            try:
                row_text = text_value(its)
                found = _named(found, known)
                row_label = label_names(found) if multi_label else label_name(found)
            except ValueError as error:
                bad.add(number, str(error), repr((its, found)))
            else:
                good_texts.append(row_text)
                good_labels.append(row_label)
    if not good_texts:
        raise bad.none_is_good() if bad.count else DataError("the table has no rows.")
    form = FileFormat("table", text=names[at_text], label=names[at_label], multi_label=multi_label)
    return LabelledTexts(good_texts, good_labels, format=form, bad_rows=bad)


def table_texts(
    table: Any,
    *,
    text: int | str | None = None,
    on_bad_row: str = "error",
    quarantine: str | os.PathLike[str] | None = None,
) -> list[str]:
    """Return the column of text of a table.

    Args:
        table: A data frame, a data set, or a mapping of names to columns.
        text: The column, by name or number.
        on_bad_row: ``"error"``, ``"skip"`` or ``"quarantine"``.
        quarantine: The file for bad rows that are set aside.

    Returns:
        The texts.

    Raises:
        ArgumentError: There is no such column.
        DataError: A row cannot be used, or the column cannot be told.

    Example:
        >>> table_texts({"text": ["a good film"]})
        ['a good film']
    """
    names = _names(table)
    at_text, _ = _columns(table, names, text, None, labelled=False)
    texts: list[str] = []
    with BadRows(_shown(table), on_bad_row, quarantine) as bad:
        for number, value in enumerate(_values(table, names[at_text]), 1):
            try:
                texts.append(text_value(value))
            except ValueError as error:
                bad.add(number, str(error), repr(value))
    return texts


def _names(table: Any) -> list[Any]:
    if hasattr(table, "collect"):
        raise must_be("source", "in memory", _shown(table), "Pass source.collect().")
    names = getattr(table, "column_names", None)
    if isinstance(names, Mapping):
        splits = ", ".join(map(repr, names))
        raise must_be("source", "one split of the data set", sorted(names), f"Choose one of {splits}.")
    if names is None:
        names = list(table) if isinstance(table, Mapping) else list(table.columns)
    if not names:
        raise must_be("source", "a table with columns", _shown(table))
    if len(set(names)) < len(names):
        raise must_be("source", "a table with columns of different names", list(names), "Rename one.")
    return list(names)


def _columns(
    table: Any, names: Sequence[Any], text: int | str | None, label: int | str | None, *, labelled: bool
) -> tuple[int, int]:
    at_text, at_label = _position("text", text, names), _position("label", label, names)
    if at_text is None or (labelled and at_label is None):
        heads = [[_cell(v) for v in islice(_values(table, name), _SAMPLED_ROWS)] for name in names]
        words = [str(name) for name in names]
        choice = choose_columns(words, heads, text=at_text, label=at_label, labelled=labelled)
        for doubt in choice.doubts("column", words):
            _LOG.warning("the table: %s", doubt)
        at_text, at_label = choice.text, choice.label
    for what, found in [("text", at_text), ("label", at_label)]:
        if found is None and (labelled or what == "text"):
            raise must_be(what, f"given: it cannot be told which of {list(names)!r} it is", None)
    if at_text == at_label:
        raise must_be("label", "another column than `text`", label)
    return at_text or 0, at_label or 0


def _position(what: str, column: int | str | None, names: Sequence[Any]) -> int | None:
    if column is None:
        return None
    if column in names and not isinstance(column, bool):
        return names.index(column)
    if isinstance(column, int) and not isinstance(column, bool) and 0 <= column < len(names):
        return column
    raise must_be(what, "a column of the table", column, near_matches(str(column), map(str, names)))


def _values(table: Any, name: Any) -> list[Any]:
    column = table[name]
    for method in ("to_list", "tolist", "to_pylist"):
        if hasattr(column, method):
            return list(getattr(column, method)())
    return list(column)


def _label_names(table: Any, name: Any) -> Sequence[str] | None:
    """Return the names that a data set of Hugging Face has for the numbers of its labels."""
    features = getattr(table, "features", None)
    feature = features.get(name) if isinstance(features, Mapping) else None
    names = getattr(getattr(feature, "feature", feature), "names", None)
    return None if names is None else list(names)


def _named(label: Any, names: Sequence[str] | None) -> Any:
    if names is None:
        return label
    if is_listed(label):
        return [_named(one, names) for one in label]
    if isinstance(label, int) and not isinstance(label, bool):
        if 0 <= label < len(names):
            return names[label]
        raise ValueError(f"the label {label} has no name: the data set names {len(names)}.")
    return label


def _cell(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _shown(table: object) -> str:
    return f"the {type(table).__name__}"
