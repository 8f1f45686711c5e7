"""The report of studies: one page from the folder in which ``compare`` and ``sweep`` keep their runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from textclf.experiment import Study
from textclf.experiment.histories import mean_curve
from textclf.experiment.record import StudyRecord, kept_studies
from textclf.experiment.study import Score
from textclf.report.charts import Series, interval_bar, line_chart, nice_ticks
from textclf.report.markup import Html, facts, join, label, note, table, tag
from textclf.report.page import Section, page, tiles
from textclf.report.sections import figure, settings

__all__ = ["study_page"]

_MOST_LINES = 6
_CURVES = ("valid_accuracy", "valid_loss", "train_loss", "accuracy", "loss")
_MOST_PICTURES = 4


def study_page(folder: str | PathLike[str], *, title: str | None = None) -> str:
    """Return a report of the studies of a folder as one page of HTML that needs nothing else.

    Of each study it has the table and the interval of each setup with its seeds, the sentences, learning
    curves in bands over the seeds, the settings, and the environment. A study that is not finished is
    shown as far as it is. The same folder gives the same page.

    Args:
        folder: That which :func:`~textclf.experiment.compare` or :func:`~textclf.experiment.sweep` was
            given.
        title: Of the page; by default the name of the folder.

    Returns:
        The page.

    Raises:
        MissingFileError: The folder has no study.
        DataError: A file is damaged.

    Example:
        >>> import tempfile
        >>> from textclf.experiment import compare
        >>> def steps(data, seed):
        ...     return {"steps": 100 + seed}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = compare({"A": steps}, None, measure="steps", folder=folder, progress=False)
        ...     shown = study_page(folder)
        >>> "Settings" in shown, "<script" in shown
        (True, False)
    """
    records = kept_studies(folder)
    parts = []
    for number, record in enumerate(records, 1):
        extra = f" {number}" if len(records) > 1 else ""
        parts += _sections(record, extra)
    parts.append(Section("Environment", _environment(records)))
    return page(title or Path(folder).resolve().name, parts, lead=_lead(records))


def _sections(record: StudyRecord, extra: str) -> list[Section]:
    study = record.study
    made = sum(map(len, study.runs.values()))
    what = f"Measured by {study.measure.name}"
    if study.rows is not None:
        kind = {"valid": "validation"}.get(study.part, study.part)
        what += f" on {len(study.rows):,} {kind} rows"
    what += f". {made:,} runs." if made == record.planned else f". {made:,} of {record.planned:,} runs."
    curves = _curves(study)
    found = [Section(f"Scores{extra}", join([note(what), _scores(study)]))]
    if made and study.sentences:
        said = tag("ul", *(tag("li", sentence) for sentence in study.sentences))
        found.append(Section(f"In words{extra}", said))
    if curves is not None:
        found.append(Section(f"Learning curves{extra}", curves))
    return [*found, Section(f"Settings{extra}", _settings(record))]


def _lead(records: Sequence[StudyRecord]) -> Html:
    made = sum(len(runs) for record in records for runs in record.study.runs.values())
    failed = sum(score.failed for record in records for score in record.study.table)
    pairs = [("studies", str(len(records)), "")] if len(records) > 1 else []
    pairs.append(("setups", f"{sum(len(record.study.runs) for record in records):,}", ""))
    pairs.append(("runs", f"{made:,}", f"{failed:,} without a score" if failed else ""))
    if len(records) == 1 and any(not math.isnan(score.mean) for score in records[0].study.table):
        study = records[0].study
        best = next(score for score in study.table if score.name == study.best)
        pairs.insert(0, (study.measure.name, study.measure.shown(best.mean), f"the best: {best.name}"))
    return join([tag("p", "A comparison made with textclf.", class_="note"), tiles(pairs)])


def _scores(study: Study) -> Html:
    known = [score for score in study.table if not math.isnan(score.mean)]
    singles = {score.name: _singles(study, score.name) for score in known}
    ends = (0.0, 1.0)
    if known:
        every = [end for s in known for end in (*_reach(s), *singles[s.name])]
        ticks = nice_ticks(min(every), max(every))
        ends = (ticks[0], ticks[-1])
    best = next((score.mean for score in known if score.name == study.best), None)
    rows = []
    for score in study.table:
        bar: object = "no score"
        if score in known:
            bar = interval_bar(
                score.mean, *_reach(score), reference=best, ends=ends, singles=singles[score.name]
            )
        rows.append([label(score.name), *_cells(study, score), bar])
    measure = study.measure
    head = ["", measure.name, "sd", "95 % interval", "seeds", "seconds", f"{ends[0]:g} to {ends[1]:g}"]
    words = (
        "The dot is the mean, the line its interval, each stroke one seed, the dashed line the best mean. "
    )
    words += "Seconds are the mean time of a run."
    return join([table(head, rows), note(words)])


def _cells(study: Study, score: Score) -> list[str]:
    shown = study.measure.shown
    between = "-" if math.isnan(score.low) else f"{shown(score.low)} to {shown(score.high)}"
    seeds = f"{score.seeds} of {score.seeds + score.failed}" if score.failed else str(score.seeds)
    seconds = "-" if math.isnan(score.seconds) else f"{score.seconds:.1f}"
    return [shown(score.mean), shown(score.deviation), between, seeds, seconds]


def _reach(score: Score) -> tuple[float, float]:
    """Return the interval of a score, or the mean twice where one run has none."""
    return (score.mean, score.mean) if math.isnan(score.low) else (score.low, score.high)


def _singles(study: Study, name: str) -> list[float]:
    return [value for run in study.runs[name] if (value := study.measure.value(run)) is not None]


def _curves(study: Study) -> Html | None:
    """Return a picture of each column of the histories that is known to be of interest."""
    with_history = [name for name, runs in study.runs.items() if any(run.history for run in runs)]
    rows = [row for name in with_history for run in study.runs[name] for row in run.history]
    if not rows:
        return None
    over = "epoch" if any("epoch" in row for row in rows) else "step"
    columns = {key for row in rows for key in row}
    wanted = [study.measure.name, f"valid_{study.measure.name}", *_CURVES]
    wanted = [study.measure.steps.metric, *wanted] if study.measure.steps is not None else wanted
    shown = _best_of(study, with_history)
    pictures = []
    for metric in dict.fromkeys(column for column in wanted if column in columns):
        lines = []
        for name in shown:
            points = mean_curve(study.runs[name], metric, over)
            lines.append(Series(name, [(p.place, p.mean) for p in points], [p.deviation for p in points]))
        name = metric.replace("_", " ")
        pictures.append(figure(name.capitalize(), line_chart(lines, x=over, y=name)))
    if not pictures:
        return None
    words = (
        "A line is the mean over the seeds, in a band of one standard deviation to either side; where some "
    )
    words += "seeds have stopped, it is that of the others. "
    if len(shown) < len(with_history):
        words += f"Shown are the {len(shown)} best of {len(with_history)} setups."
    return join([tag("div", *pictures[:_MOST_PICTURES], class_="pair"), note(words)])


def _best_of(study: Study, names: Sequence[str]) -> list[str]:
    """Return the names of at most six setups, the best, in the order of the study."""
    sign = -1 if study.measure.higher_is_better else 1
    means = {score.name: sign * score.mean for score in study.table}
    ranked = sorted(names, key=lambda name: (math.isnan(means[name]), means[name]))
    return [name for name in names if name in ranked[:_MOST_LINES]]


def _settings(record: StudyRecord) -> Html:
    """Return the settings that all setups share, and a table of those in which they differ."""
    every = record.settings
    names = list(dict.fromkeys(option for of in every.values() for option in of))
    common = {o: values.pop() for o in names if len(values := {of.get(o) for of in every.values()}) == 1}
    differ = [option for option in names if option not in common]
    parts = [settings(common)] if common else []
    if differ:
        rows = [[label(name), *(of.get(option, "") for option in differ)] for name, of in every.items()]
        title = "In which the setups differ" if common else "Of each setup"
        parts.append(figure(title, table(["", *differ], rows, texts=len(differ) + 1)))
    return join(parts)


def _environment(records: Sequence[StudyRecord]) -> Html:
    """Return the versions and the machine of all studies, which may not be the same."""
    names = dict.fromkeys(name for record in records for name in record.environment)
    shown = {
        name: ", ".join(dict.fromkeys(record.environment.get(name, "not kept") for record in records))
        for name in names
    }
    return facts(shown)
