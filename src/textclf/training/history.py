"""What happened in a training run: one row an epoch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

from textclf.atomic import write_file, write_text
from textclf.errors import (
    DataError,
    MissingDependencyError,
    MissingFileError,
    UnknownNameError,
    must_be,
    near_matches,
)
from textclf.findings import Findings

__all__ = ["History"]

Row = dict[str, float | int]


class History:
    """The rows of a training run, and how it ended.

    Each row has ``epoch`` and ``step`` (both counted from 1), ``learning_rate``, ``train_loss`` and
    ``train_accuracy`` (over the epoch's training batches, with dropout on and weights that change),
    ``seconds``, and with validation data ``valid_loss``, ``valid_accuracy``, ``valid_macro_f1`` and
    the watched metric.

    Attributes:
        rows: One dictionary an epoch.
        best_epoch: The epoch whose weights the model has, or None without validation data.
        stopped: Why training ended: ``"epochs"`` (all were run), ``"patience"``, ``"interrupted"``,
            ``"callback"``, ``"non-finite loss"``, or None while it runs.
        findings: What was found wrong with the run when it was over; see
            :class:`~textclf.training.watch.callback.Watch`.

    Example:
        >>> history = History([{"epoch": 1, "train_loss": 0.7}, {"epoch": 2, "train_loss": 0.5}])
        >>> history["train_loss"]
        [0.7, 0.5]
        >>> len(history), history[-1]["epoch"]
        (2, 2)
    """

    def __init__(
        self,
        rows: list[Row] | None = None,
        *,
        best_epoch: int | None = None,
        stopped: str | None = None,
        findings: Findings | None = None,
    ) -> None:
        self.rows = [] if rows is None else rows
        self.best_epoch = best_epoch
        self.stopped = stopped
        self.findings = Findings([]) if findings is None else findings

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, key: int | str) -> Any:
        """Return a row by its index, or a column by its name."""
        if isinstance(key, int):
            return self.rows[key]
        if not any(key in row for row in self.rows):
            raise UnknownNameError(
                f"`column` must be one of the history's. Received: {key!r}. "
                f"{near_matches(str(key), self.columns)}"
            )
        return [row[key] for row in self.rows if key in row]

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in the order in which they first appear."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def __repr__(self) -> str:
        return f"History({len(self)} epochs, best_epoch={self.best_epoch}, stopped={self.stopped!r})"

    def __str__(self) -> str:
        """Show the rows as an aligned table, the best epoch marked."""
        columns = self.columns
        lines = [[("*" if row.get("epoch") == self.best_epoch else "")] for row in self.rows]
        for line, row in zip(lines, self.rows, strict=True):
            line.extend(_shown(row.get(name)) for name in columns)
        table = [["", *columns], *lines]
        widths = [max(len(line[i]) for line in table) for i in range(len(columns) + 1)]
        shown = ["  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True)) for line in table]
        return "\n".join(line.rstrip() for line in shown)

    def to_jsonl(self, path: str | PathLike[str]) -> None:
        """Write the rows as JSON lines, and a last line that says how the run ended and what was found."""
        end: dict[str, Any] = {"best_epoch": self.best_epoch, "stopped": self.stopped}
        if self.findings:
            end["findings"] = json.loads(self.findings.to_json())
        lines = [json.dumps(row) for row in [*self.rows, end]]
        write_text(path, "\n".join(lines) + "\n")

    @classmethod
    def from_jsonl(cls, path: str | PathLike[str]) -> History:
        """Read what :meth:`to_jsonl` wrote.

        Raises:
            DataError: A line is not what it should be, or the last one is missing; with its number.
            MissingFileError: No such file. It is a ``FileNotFoundError`` too.
        """
        try:
            content = Path(path).read_bytes()
        except FileNotFoundError:
            raise MissingFileError("there is no history here.", path=path) from None
        lines = content.removesuffix(b"\n").split(b"\n")
        *rows, end = [_parsed(line, path, number) for number, line in enumerate(lines, start=1)]
        findings = end.pop("findings", {"findings": [], "remarks": []})
        whole = set(end) == {"best_epoch", "stopped"} and isinstance(end["best_epoch"], int | None)
        if not whole or not isinstance(end["stopped"], str | None):
            message = "the last line must have best_epoch and stopped; the file was cut off."
            raise DataError(message, path=path, line=len(lines))
        for number, row in enumerate(rows, start=1):
            if not all(isinstance(value, int | float) for value in row.values()):
                raise DataError("the line must be a row of numbers.", path=path, line=number)
        try:
            found = Findings.from_json(json.dumps(findings))
        except DataError as error:
            raise DataError(str(error), path=path, line=len(lines)) from error
        return cls(rows, best_epoch=end["best_epoch"], stopped=end["stopped"], findings=found)

    def plot(self, path: str | PathLike[str]) -> None:
        """Draw the learning curves, loss beside accuracy, and write them to a picture file.

        Args:
            path: A file whose ending names the format, such as ``curves.png``. It appears whole or not
                at all.

        Raises:
            ArgumentError: The history has no rows, or the ending is not that of a picture.
            MissingDependencyError: matplotlib is not installed.
        """
        if not self.rows:
            raise must_be("history", "of at least one epoch to be drawn", self)
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingDependencyError(
                "Drawing needs matplotlib. Install it with: pip install 'textclf-torch[plots]'."
            ) from None
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        ending = Path(path).suffix.removeprefix(".").lower()
        if ending not in figure.canvas.get_supported_filetypes():
            raise must_be("path", "a file that ends in .png, .svg or .pdf", str(path))
        for axes, metric in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
            for part, colour, marker in (("train", "#0072B2", "o"), ("valid", "#D55E00", "s")):
                name = f"{part}_{metric}"
                points = [(row["epoch"], row[name]) for row in self.rows if name in row]
                if points:
                    label = "training" if part == "train" else "validation"
                    axes.plot(*zip(*points, strict=True), color=colour, marker=marker, label=label)
            if self.best_epoch is not None:
                axes.axvline(self.best_epoch, color="0.6", linestyle="--", linewidth=1, label="best epoch")
            axes.set(xlabel="epoch", ylabel=metric, title=metric.capitalize())
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(alpha=0.3)
            if axes.get_legend_handles_labels()[0]:
                axes.legend()
        write_file(path, lambda temporary: figure.savefig(temporary, format=ending, dpi=150))


def _parsed(line: bytes, path: str | PathLike[str], number: int) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"the line must be JSON. {error}.", path=path, line=number) from error
    if not isinstance(row, dict):
        raise DataError("the line must be a JSON object.", path=path, line=number)
    return row


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4g}"
