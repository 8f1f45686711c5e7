"""The confusion matrix as a picture: right is blue and wrong is orange, by the share of the row."""

from __future__ import annotations

import unicodedata

import numpy as np

from textclf.metrics import Report, display_width
from textclf.report.markup import Html, tag

__all__ = ["confusion_chart", "most_confused"]

_LETTER = 6.6  # the usual width of a character of 12 pixels
_MOST_LETTERS = 20
_MOST_NUMBERED = 20  # classes whose cells have room for a number


def confusion_chart(report: Report) -> Html:
    """Return the matrix: rows are true labels, columns predicted ones; the stronger, the more of its row.

    Args:
        report: Of the predictions.
    """
    count = report.num_classes
    numbered = count <= _MOST_NUMBERED
    cell = (64 if count <= 4 else 40) if numbered else 14
    names = [_shortened(str(name)) for name in report.label_names]
    margin = 30 + _LETTER * max(map(display_width, names))
    upright = 30 + (14 if count <= 4 else _LETTER * max(map(display_width, names)))
    side = cell * count
    parts = [
        tag("text", "predicted", x=margin + side / 2, y=12, class_="middle soft"),
        tag("text", "true", x=0, y=0, class_="middle soft",
            transform=f"translate(12 {upright + side / 2:.1f}) rotate(-90)"),
    ]  # fmt: skip
    for number, name in enumerate(names):
        middle = cell * (number + 0.5)
        parts.append(tag("text", name, x=margin - 7, y=upright + middle + 4, class_="end"))
        if count <= 4:
            parts.append(tag("text", name, x=margin + middle, y=upright - 8, class_="middle"))
        else:
            turned = f"translate({margin + middle + 4:.1f} {upright - 7:.1f}) rotate(-90)"
            parts.append(tag("text", name, x=0, y=0, transform=turned))
    parts += _cells(report, cell, margin, upright, numbered=numbered)
    parts.append(tag("rect", x=margin, y=upright, width=side, height=side, class_="grid", fill="none"))
    width, height = margin + side + 2, upright + side + 2
    view = f"0 0 {width:.0f} {height:.0f}"
    name = "Confusion matrix"
    drawn = tag("svg", *parts, viewBox=view, width=width, height=height, role="img", aria_label=name)
    return tag("div", drawn, class_="scroll")


def most_confused(report: Report, count: int = 10) -> list[tuple[str | int, str | int, int, float]]:
    """Return the most frequent mistakes: the true label, the predicted one, texts, and share of the true.

    Args:
        report: Of the predictions.
        count: How many.

    Example:
        >>> most_confused(Report.from_confusion([[3, 1], [0, 4]], label_names=["a", "b"]))
        [('a', 'b', 1, 0.25)]
    """
    wrong = report.confusion * (1 - np.eye(report.num_classes, dtype=np.int64))
    order = np.argsort(-wrong, axis=None, kind="stable")[:count]
    rows, columns = np.unravel_index(order, wrong.shape)
    totals = report.confusion.sum(axis=1)
    names = report.label_names
    return [
        (names[row], names[column], int(wrong[row, column]), float(wrong[row, column] / totals[row]))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if wrong[row, column]
    ]


def _cells(report: Report, cell: int, left: float, top: float, *, numbered: bool) -> list[Html]:
    """Return a square for each count above 0, strongest where it has all texts of its row."""
    parts = []
    totals = report.confusion.sum(axis=1)
    for row, column in np.argwhere(report.confusion).tolist():
        count = int(report.confusion[row, column])
        share = count / totals[row]
        x, y = left + cell * column, top + cell * row
        title = f"{report.label_names[row]} → {report.label_names[column]}: {count:,} ({share:.1%})"
        parts.append(
            tag("rect", tag("title", title), x=x + 0.5, y=y + 0.5, width=cell - 1, height=cell - 1,
                class_="fill-1" if row == column else "fill-2", fill_opacity=max(0.14, share))
        )  # fmt: skip
        if numbered:
            middle = {"x": x + cell / 2, "y": y + cell / 2 + 4}
            parts.append(tag("text", f"{count}", **middle, class_="middle on" if share > 0.6 else "middle"))
    return parts


def _shortened(name: str) -> str:
    """Cut a name to what has room beside the matrix."""
    width = 0
    for at, character in enumerate(name):
        width += display_width(character)
        if width > _MOST_LETTERS and len(name) > at + 1:
            return name[:at].rstrip() + "…"
    return unicodedata.normalize("NFC", name)
