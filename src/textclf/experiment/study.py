"""What a study found: a table, the tests between each two setups, and the sentences that say it."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from typing import Any, NamedTuple

import numpy as np

from textclf.atomic import write_text
from textclf.data.labelled_texts import LabelledTexts
from textclf.errors import MissingDependencyError, UnknownNameError, must_be, near_matches
from textclf.experiment import wording
from textclf.experiment.measure import Measure, MeasureLike
from textclf.experiment.runs import Run, report_of
from textclf.experiment.statistics import Estimate, estimate, holm, mcnemar, resampled_scores
from textclf.metrics import Report
from textclf.metrics.table import aligned_table
from textclf.text import LabelMap

__all__ = ["Pair", "Score", "Study"]

CONFIDENCE = 0.95


class Score(NamedTuple):
    """One line of the table.

    ``mean``, ``deviation`` and the interval from ``low`` to ``high`` are those of the measure; ``seeds`` is
    how many runs gave one, ``failed`` how many did not, ``rows`` how many each was measured on, and
    ``seconds`` the mean time of a run.
    """

    name: str
    mean: float
    deviation: float
    low: float
    high: float
    seeds: int
    failed: int
    rows: int
    seconds: float


class Pair(NamedTuple):
    """The difference of two setups, first minus second.

    ``p_value`` is that of one test, ``adjusted`` that after Holm's correction for all pairs of the study.
    """

    first: str
    second: str
    difference: float
    low: float
    high: float
    p_value: float
    adjusted: float
    test: str

    @property
    def is_told_apart(self) -> bool:
        """Whether the difference is more than chance, with one error in twenty for the whole study."""
        return self.adjusted < 1 - CONFIDENCE

    def swapped(self) -> Pair:
        """Return the difference the other way round."""
        return self._replace(
            first=self.second,
            second=self.first,
            difference=-self.difference,
            low=-self.high,
            high=-self.low,
        )


class Study:
    """The runs of :func:`~textclf.experiment.compare` or :func:`~textclf.experiment.sweep`.

    Printed, it is the table, and one sentence for each comparison. A run that failed has no score: it is
    counted, and said with its reason.

    Args:
        runs: The runs of each setup by its name.
        measure: What is compared.
        rows: What the runs were measured on, or None.
        options: Of a sweep, the options of each setup.
        part: ``"test"`` or ``"valid"``: which rows these are.
    """

    def __init__(
        self,
        runs: Mapping[str, Sequence[Run]],
        measure: Measure,
        *,
        rows: LabelledTexts | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        part: str = "test",
    ) -> None:
        self.runs = {name: list(found) for name, found in runs.items()}
        self.measure = measure
        self.rows = rows
        self.options = {} if options is None else {name: dict(of) for name, of in options.items()}
        self.part = part

    def measured_by(self, measure: MeasureLike, *, higher_is_better: bool | None = None) -> Study:
        """Return the same runs compared by another measure."""
        chosen = Measure.of(measure, higher_is_better)
        return Study(self.runs, chosen, rows=self.rows, options=self.options, part=self.part)

    @cached_property
    def table(self) -> list[Score]:
        """One line for each setup, in the order in which they were given."""
        return [self._score(name) for name in self.runs]

    @cached_property
    def pairs(self) -> list[Pair]:
        """The difference of each two setups, with its test."""
        found = [self._pair(*names) for names in itertools.combinations(self.runs, 2)]
        adjusted = holm([pair.p_value for pair in found])
        return [pair._replace(adjusted=p) for pair, p in zip(found, adjusted, strict=True)]

    @property
    def best(self) -> str:
        """The name of the setup with the best mean; the first of several.

        Raises:
            ArgumentError: No run has a score.
        """
        known = [score for score in self.table if not math.isnan(score.mean)]
        if not known:
            raise must_be(
                "runs", f"at least one with {self.measure.name}", wording.failures(self.runs, self._values)
            )
        sign = 1 if self.measure.higher_is_better else -1
        return max(known, key=lambda score: sign * score.mean).name

    @property
    def sentences(self) -> list[str]:
        """What the study says: of up to four setups each pair, of more the best against each other."""
        if all(math.isnan(score.mean) for score in self.table):
            return wording.failures(self.runs, self._values)
        shown = [pair for pair in self.pairs if not math.isnan(pair.difference)]
        if len(self.runs) > 4:
            shown = [pair for pair in shown if self.best in (pair.first, pair.second)]
            said = wording.best_sentences(self.best, shown, self.measure, self._basis)
        else:
            said = wording.pair_sentences(shown, self.measure, self._basis)
        if any(pair.p_value < pair.adjusted for pair in shown):
            tests = sum(not math.isnan(pair.p_value) for pair in self.pairs)
            said.append(f"The tests are corrected for {tests} comparisons (Holm).")
        return [*said, *wording.failures(self.runs, self._values)]

    def report(self, name: str, *, seed: int | None = None) -> Report:
        """Return the report on the predictions of one run, by default the first that has some.

        Raises:
            UnknownNameError: No setup has that name.
            ArgumentError: There is no such run, or it predicted nothing.
        """
        runs = [r for r in self._runs_of(name) if r.predictions and (seed is None or r.seed == seed)]
        if not runs or self.rows is None:
            raise must_be("seed", f"that of a run of {name!r} that predicted labels", seed)
        return report_of(self.rows, runs[0].predictions)

    def __str__(self) -> str:
        return "\n".join([aligned_table(self._cells()), "", *self.sentences])

    def to_markdown(self) -> str:
        """Return the table and the sentences in Markdown."""
        header, *lines = [
            [cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in self._cells()
        ]
        rule = ["---", *["---:"] * (len(header) - 1)]
        shown = [f"| {' | '.join(row)} |" for row in [header, rule, *lines]]
        return "\n".join([*shown, "", *(f"- {sentence}" for sentence in self.sentences)]) + "\n"

    def to_csv(self, path: str | PathLike[str] | None = None) -> str:
        """Return the table as CSV, with options of a sweep as columns; and write it, if a path is given."""
        records = self._records()
        content = io.StringIO()
        writer = csv.DictWriter(
            content, list(dict.fromkeys(k for r in records for k in r)), lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(records)
        if path is not None:
            write_text(path, content.getvalue())
        return content.getvalue()

    def to_frame(self) -> Any:
        """Return the table as a data frame of pandas.

        Raises:
            MissingDependencyError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise MissingDependencyError(
                "A data frame needs pandas. Install it with: pip install pandas."
            ) from None
        return pandas.DataFrame(self._records())

    def _runs_of(self, name: str) -> list[Run]:
        if name not in self.runs:
            raise UnknownNameError(
                f"`name` must be that of a setup. Received: {name!r}. {near_matches(str(name), self.runs)}"
            )
        return self.runs[name]

    def _values(self, run: Run) -> float | None:
        return self.measure.value(run)

    @cached_property
    def _scores(self) -> dict[str, dict[int, float]]:
        """The score of each run that has one, by name and seed."""
        found = {name: {run.seed: self._values(run) for run in runs} for name, runs in self.runs.items()}
        return {name: {s: v for s, v in of.items() if v is not None} for name, of in found.items()}

    @cached_property
    def _resampled(self) -> dict[tuple[str, int], Any]:
        """The score of each run that has predictions on the same drawings of the rows, (B,)."""
        if self.rows is None or not self.measure.of_rows:
            return {}
        made = {
            (name, run.seed): run.predictions
            for name, runs in self.runs.items()
            for run in runs
            if run.predictions and run.seed in self._scores[name]
        }
        if not made:
            return {}
        names = LabelMap.build([*self.rows.labels, *itertools.chain.from_iterable(made.values())])
        ids = np.stack([names.encode(labels) for labels in made.values()])
        drawn = resampled_scores(names.encode(self.rows.labels), ids, self.measure.name)
        return dict(zip(made, drawn, strict=True))

    def _drawn(self, name: str, seeds: Sequence[int]) -> Any:
        keys = [(name, seed) for seed in seeds]
        return (
            np.stack([self._resampled[k] for k in keys])
            if keys and all(k in self._resampled for k in keys)
            else None
        )

    def _score(self, name: str) -> Score:
        scores, runs = self._scores[name], self.runs[name]
        values = list(scores.values())
        found = estimate(values, self._drawn(name, list(scores)), confidence=CONFIDENCE)
        low, high = self.measure.within(found.low, found.high)
        return Score(
            name,
            found.value,
            float(np.std(values, ddof=1)) if len(values) > 1 else math.nan,
            low,
            high,
            seeds=len(values),
            failed=len(runs) - len(values),
            rows=0 if self.rows is None or not any(run.predictions for run in runs) else len(self.rows),
            seconds=float(np.mean([run.seconds for run in runs])) if runs else math.nan,
        )

    def _pair(self, first: str, second: str) -> Pair:
        """Compare by the seeds that both have; a setup of one run stands for itself beside each seed."""
        one, other = self._scores[first], self._scores[second]
        seeds = [(seed, seed) for seed in one if seed in other]
        if len(self.runs[first]) == 1 or len(self.runs[second]) == 1:
            seeds = list(itertools.product(one, other))
        difference = [one[a] - other[b] for a, b in seeds]
        drawn = self._drawn(first, [a for a, _ in seeds]), self._drawn(second, [b for _, b in seeds])
        known = drawn[0] is not None and drawn[1] is not None
        found = estimate(difference, drawn[0] - drawn[1] if known else None, confidence=CONFIDENCE)
        test = "paired bootstrap" if known else "paired t"
        if known and len(seeds) == 1 and self.measure.name == "accuracy":
            found, test = (
                self._tested_on_rows(found, (first, seeds[0][0]), (second, seeds[0][1])),
                "McNemar",
            )
        return Pair(first, second, *found, math.nan, test)

    def _tested_on_rows(self, found: Estimate, *keys: tuple[str, int]) -> Estimate:
        labels = [] if self.rows is None else self.rows.labels
        right = []
        for name, seed in keys:
            run = next(run for run in self.runs[name] if run.seed == seed)
            right.append([given == label for given, label in zip(run.predictions, labels, strict=True)])
        return found._replace(p_value=mcnemar(*right))

    def _basis(self, pair: Pair) -> str:
        """Say how much data a comparison rests on, as "369 test rows and 5 seeds"."""
        seeds = [len(self._scores[name]) for name in (pair.first, pair.second)]
        count = f"{max(seeds)} seed{'s' if max(seeds) != 1 else ''}"
        if pair.test == "paired t" or self.rows is None:
            return count
        kind = {"valid": "validation"}.get(self.part, self.part)
        return f"{len(self.rows)} {kind} rows and {count}"

    def _cells(self) -> list[list[str]]:
        header = ["", self.measure.name, "sd", "95% interval", "seeds", "rows", "seconds"]
        return [header, *(wording.score_cells(score, self.measure) for score in self.table)]

    def _records(self) -> list[dict[str, Any]]:
        records = []
        for score in self.table:
            figures = score._asdict()
            first = {"name": figures.pop("name"), **self.options.get(score.name, {})}
            records.append({**first, "measure": self.measure.name, **figures})
        return records
