"""Medians, ratios and Markdown tables of what the speed benchmarks measured."""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from measuring import last_runs

from textclf.atomic import write_text

__all__ = ["make_table", "markdown_table", "median_of", "number", "origin", "publish", "ratio"]

Row = dict[str, Any]


def median_of(rows: Iterable[Row], key: str) -> float | None:
    """Return the median of a figure over the rows that have it, or None if none has.

    Example:
        >>> median_of([{"s": 1.0}, {"s": 9.0}, {"s": 2.0}, {}], "s")
        2.0
    """
    values = [row[key] for row in rows if key in row]
    return statistics.median(values) if values else None


def ratio(above: float | None, below: float | None) -> str:
    """Write a quotient as it stands in the tables, or a dash where a figure is missing.

    Example:
        >>> ratio(7.0, 2.0), ratio(250.0, 2.0), ratio(None, 2.0)
        ('3.5', '125', '–')
    """
    if above is None or not below:
        return "–"
    return f"{above / below:.0f}" if above / below >= 100 else f"{above / below:.2g}"


def number(value: float | None) -> str:
    """Write a figure that is not negative, with three digits that count, or a dash.

    Example:
        >>> number(1234.5), number(12.345), number(0.5), number(0.0123), number(None)
        ('1,234', '12.3', '0.50', '0.012', '–')
    """
    if value is None:
        return "–"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3
    return f"{value:,.{digits}f}"


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown, the first column left and the others right.

    Example:
        >>> print(markdown_table(["a", "b"], [["x", "1"]]), end="")
        | a | b |
        |---|--:|
        | x | 1 |
    """
    lines = [f"| {' | '.join(columns)} |", "|---" + "|--:" * (len(columns) - 1) + "|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def origin(rows: Sequence[Row]) -> str:
    """Write where figures come from: a paragraph for each machine, number of threads, commit, command."""
    keys = ("machine", "threads", "commit", "command")
    sources: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        sources.setdefault(tuple(row["settings"][key] for key in keys), []).append(row)
    paragraphs = []
    for (machine, threads, commit, command), its in sources.items():
        versions: dict[str, str] = {}
        for row in its:
            versions |= row.get("versions", {})
        shown = ", ".join(f"{name} {value}" for name, value in sorted(versions.items()))
        groups = f"{', '.join(dict.fromkeys(row['group'] for row in its))}: " if len(sources) > 1 else ""
        paragraphs.append(
            f"{groups}Medians of {len({row['repeat'] for row in its})} interleaved runs on {machine}; "
            f"threads: {threads}; commit {commit}; {shown}. Command: `{command}`.\n"
        )
    return "\n".join(paragraphs)


def publish(path: Path, text: str) -> None:
    """Write a page of tables, and print it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    print(f"\n{text}\nwritten: {path}")


def make_table(
    options: argparse.Namespace,
    names: Iterable[str],
    measure: Callable[[str, argparse.Namespace], bool],
    write: Callable[[dict[str, list[Row]]], str],
) -> None:
    """Measure what is missing, publish the table of all, and exit with 1 if a program failed.

    Args:
        options: The command line.
        names: What to measure.
        measure: Makes the runs of one name, and says whether all programs ended well.
        write: Writes the table of the last runs.
    """
    failed = [name for name in names if not options.table_only and not measure(name, options)]
    publish(options.table, write(last_runs(options.results)))
    sys.exit(f"a program failed, see above: {', '.join(failed)}" if failed else 0)
