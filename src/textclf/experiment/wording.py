"""The sentences and cells in which a study says what it found."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textclf.experiment.measure import Measure
from textclf.experiment.runs import Run

if TYPE_CHECKING:
    from textclf.experiment.study import Pair, Score

__all__ = ["best_sentences", "failures", "pair_sentences", "score_cells"]

_LONGEST_REASON = 160


def pair_sentences(pairs: Sequence[Pair], measure: Measure, basis: Callable[[Pair], str]) -> list[str]:
    """Say of each pair which is better and by how much, or that nobody can tell.

    Args:
        pairs: The differences and their tests.
        measure: What they are differences of.
        basis: How many rows and seeds a pair rests on, as "369 test rows and 5 seeds".
    """
    said = []
    for pair in map(_better_first, pairs, [measure] * len(pairs)):
        names = f"{pair.first} and {pair.second}"
        if not pair.is_told_apart:
            said.append(
                f"{names} cannot be told apart with {basis(pair)} (difference {_amount(pair, measure)})."
            )
        else:
            by, spread = _amount(pair, measure).split(", ", 1)
            said.append(
                f"{pair.first} is better than {pair.second} by {by} ({spread}), with {basis(pair)}."
            )
    return said


def best_sentences(
    best: str, pairs: Sequence[Pair], measure: Measure, basis: Callable[[Pair], str]
) -> list[str]:
    """Say which of the others the best setup can be told apart from; shorter than a sentence for each."""
    turned = [_better_first(pair, measure) for pair in pairs]
    turned = [pair if pair.first == best else pair.swapped() for pair in turned]
    clear = [pair for pair in turned if pair.is_told_apart]
    unclear = [pair for pair in turned if not pair.is_told_apart]
    said = []
    for start, part in (("is better than", clear), ("cannot be told apart from", unclear)):
        if part:
            shown = "; ".join(f"{pair.second} ({_amount(pair, measure)})" for pair in part)
            count = f"{len(part)} of {len(turned)}"
            said.append(f"{best} {start} {count}, with {basis(part[0])} (by, from, to): {shown}.")
    return said


def failures(runs: Mapping[str, Sequence[Run]], value: Callable[[Run], float | None]) -> list[str]:
    """Say which setups have runs without a score, and why the first of them has none."""
    said = []
    for name, of in runs.items():
        without = [run for run in of if value(run) is None]
        if without:
            reason = without[0].failure
            reason = "it gave no finite figure of this kind" if reason is None else reason
            shown = textwrap.shorten(reason, _LONGEST_REASON, placeholder=" ...").removesuffix(".")
            said.append(f"{name} has no score in {len(without)} of {len(of)} runs: {shown}.")
    return said


def score_cells(score: Score, measure: Measure) -> list[str]:
    """Return a line of the table."""
    interval = "-"
    if not math.isnan(score.low):
        interval = f"{measure.shown(score.low)} to {measure.shown(score.high)}"
    seeds = f"{score.seeds} of {score.seeds + score.failed}" if score.failed else str(score.seeds)
    rows = str(score.rows) if score.rows else "-"
    seconds = "-" if math.isnan(score.seconds) else f"{score.seconds:.1f}"
    return [
        score.name,
        measure.shown(score.mean),
        measure.shown(score.deviation),
        interval,
        seeds,
        rows,
        seconds,
    ]


def _better_first(pair: Pair, measure: Measure) -> Pair:
    return (
        pair
        if pair.difference == 0 or (pair.difference > 0) == measure.higher_is_better
        else pair.swapped()
    )


def _amount(pair: Pair, measure: Measure) -> str:
    """Return a difference as "1.2 points, 0.4 to 2.0"; how much better, whichever way that is."""
    value, low, high = pair.difference, pair.low, pair.high
    if not measure.higher_is_better:
        value, low, high = -value, -high, -low
    shown, *ends = measure.differences(value, low, high)
    return f"{shown} {measure.unit}" + ("" if math.isnan(low) else f", {ends[0]} to {ends[1]}")
