"""All models on all sets in one place, for ``zoo.py``: tables of the sets in a folder, and a picture."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib.figure
import numpy as np
from tables import markdown_table

from textclf.experiment import Study

__all__ = ["draw_overview", "keep_table", "kept_tables", "write_overview"]

BASELINE = "TF-IDF + logistic regression"
Row = Mapping[str, str]
Tables = Mapping[str, Mapping[str, Row]]


def keep_table(folder: Path, name: str, study: Study, millions: Mapping[str, float]) -> None:
    """Write the table of a set to ``models_NAME.csv``, with the size of each model."""
    rows = list(csv.DictReader(study.to_csv().splitlines()))
    with (folder / f"models_{name}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, [*rows[0], "millions"])
        table.writeheader()
        table.writerows({**row, "millions": millions.get(row["name"], "")} for row in rows)


def kept_tables(folder: Path, names: Sequence[str]) -> Tables:
    """Read the tables of those sets that have one: of each set, the row of each model."""
    found = {}
    for name in names:
        file = folder / f"models_{name}.csv"
        if file.exists():
            with file.open(encoding="utf-8", newline="") as lines:
                found[name] = {row["name"]: row for row in csv.DictReader(lines)}
    return found


def write_overview(path: Path, tables: Tables) -> None:
    """Write accuracies with their intervals, the seconds and the sizes, a table each."""
    means = _means(tables)

    def table(title: str, cell: Callable[[Row], str], last: Callable[[str], str] | None = None) -> str:
        heads = [f"{name} ({_seeds(rows)})" if last else name for name, rows in tables.items()]
        lines = []
        for model in means:
            cells = [cell(rows[model]) if model in rows else "-" for rows in tables.values()]
            lines.append([model, *cells, *([last(model)] if last else [])])
        return markdown_table([title, *heads, *(["mean"] if last else [])], lines)

    kinds = [
        table(
            "accuracy, % (seeds)",
            _accuracy,
            lambda model: f"{100 * means[model]:.2f}" if means[model] else "-",
        ),
        table("seconds", lambda row: f"{float(row['seconds']):.0f}"),
        table("million numbers", lambda row: f"{float(row['millions']):.1f}" if row["millions"] else "-"),
    ]
    path.write_text("\n".join(kinds), encoding="utf-8")


def draw_overview(tables: Tables) -> matplotlib.figure.Figure:
    """Draw how many points each model is ahead of the baseline on each set."""
    models = [model for model in _means(tables) if model != BASELINE]
    ahead = np.full((len(models), len(tables)), np.nan)
    for column, rows in enumerate(tables.values()):
        for row, model in enumerate(models):
            if model in rows:
                ahead[row, column] = 100 * (float(rows[model]["mean"]) - float(rows[BASELINE]["mean"]))
    figure = matplotlib.figure.Figure(
        figsize=(2.6 + 0.95 * len(tables), 1.5 + 0.36 * len(models)), layout="constrained"
    )
    axes = figure.subplots()
    most = max(1.0, float(np.nanmax(np.abs(ahead))))
    image = axes.imshow(ahead, cmap="PuOr", vmin=-most, vmax=most, aspect="auto")
    for (row, column), value in np.ndenumerate(ahead):
        color = "white" if abs(value) > 0.7 * most else "black"
        shown = "-" if np.isnan(value) else f"{round(value, 1) + 0:+.1f}"
        axes.text(column, row, shown, ha="center", va="center", color=color, fontsize=9)
    axes.set_xticks(range(len(tables)), list(tables), rotation=30, ha="right")
    axes.set_yticks(range(len(models)), models)
    figure.colorbar(image, label=f"points ahead of\n{BASELINE}")
    return figure


def _means(tables: Tables) -> dict[str, float]:
    """Return the mean over the sets of each model, the best first; 0 and last if it is not in all."""
    sets = list(tables.values())
    names = dict.fromkeys(name for rows in sets for name in rows)
    means = dict.fromkeys(names, 0.0)
    for name in names:
        if all(name in rows for rows in sets):
            means[name] = float(np.mean([float(rows[name]["mean"]) for rows in sets]))
    return dict(sorted(means.items(), key=lambda item: -item[1]))


def _seeds(rows: Mapping[str, Row]) -> str:
    return max((row["seeds"] for row in rows.values()), key=int)


def _accuracy(row: Row) -> str:
    """Write mean, standard deviation and interval in points, as "82.9 ± 0.3 (81.3 to 84.6)"."""
    mean, low, high = (f"{100 * float(row[kind]):.1f}" for kind in ("mean", "low", "high"))
    spread = f" ± {100 * float(row['deviation']):.1f}" if int(row["seeds"]) > 1 else ""
    return f"{mean}{spread} ({low} to {high})"
