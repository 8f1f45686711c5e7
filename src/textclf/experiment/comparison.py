"""compare and sweep: many runs, each with a seed, each kept."""

from __future__ import annotations

import importlib.metadata
import itertools
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from textclf.environment import environment_of
from textclf.errors import must_be
from textclf.experiment.identity import described, digest
from textclf.experiment.measure import Measure, MeasureLike
from textclf.experiment.record import keep_study, settings_of
from textclf.experiment.runs import Job, Run, finished_run
from textclf.experiment.setups import Baseline, check_setup, is_estimator, with_options
from textclf.experiment.split import Split
from textclf.experiment.study import Study
from textclf.validation import require_bool, require_int

__all__ = ["compare", "sweep"]

BASELINE = "TF-IDF + logistic regression"


def compare(
    setups: Mapping[str, Any],
    data: Any,
    *,
    seeds: int | Sequence[int] = 5,
    measure: MeasureLike = "accuracy",
    higher_is_better: bool | None = None,
    baseline: bool = True,
    folder: str | PathLike[str] | None = None,
    n_jobs: int | None = None,
    threads: int = 1,
    progress: bool = True,
) -> Study:
    """Run each setup with each seed, and say on the test rows which is better.

    A setup is an estimator, such as :class:`~textclf.classifier.TextClassifier` or a pipeline of
    scikit-learn, which is trained on ``data.train`` (and given ``data.valid`` if its ``fit`` takes it); or
    a function of data and seed that returns a dictionary of measures. In that dictionary ``"history"`` may
    be a :class:`~textclf.training.History` or its rows, and ``"predictions"`` the labels of the rows.

    Args:
        setups: By name.
        data: A :class:`~textclf.experiment.Split`; if there are functions only, whatever they take.
        seeds: How many, from 0 on, or which.
        measure: What to compare by: a metric of the library, ``"seconds"``,
            :class:`~textclf.experiment.StepsUntil`, or a name that the functions return.
        higher_is_better: Which way that last is better.
        baseline: Add TF-IDF with logistic regression on the same split, where labels are predicted; with
            the tokenizer of the first setup that has one.
        folder: Where each finished run is written at once, and found again by what it is made of, so that a
            study that was stopped goes on where it was; ``textclf report`` makes a page of it. None keeps
            nothing.
        n_jobs: Runs at a time, as joblib counts; None takes what ``joblib.parallel_config`` says, or 1.
        threads: Of each run. Their number changes the last digits, so it does not follow ``n_jobs``.
        progress: Show a progress bar.

    Returns:
        The table, the tests and the sentences. A run that raised an error is there, with the reason.

    Raises:
        ArgumentError: A setup or option cannot be used; before any run.

    Example:
        >>> from sklearn.feature_extraction.text import CountVectorizer
        >>> from sklearn.naive_bayes import MultinomialNB
        >>> from sklearn.pipeline import make_pipeline
        >>> from textclf import LabelledTexts
        >>> rows = LabelledTexts(["good film", "good", "bad film", "bad"] * 5, ["+", "+", "-", "-"] * 5)
        >>> bayes = make_pipeline(CountVectorizer(), MultinomialNB())
        >>> print(compare({"naive Bayes": bayes}, Split(rows, rows), seeds=1, progress=False).sentences[0])
        naive Bayes and TF-IDF + logistic regression cannot be told apart with 20 test rows and 1 seed \
(difference 0.0 points, 0.0 to 0.0).
    """
    if not isinstance(setups, Mapping) or not setups or not all(isinstance(n, str) and n for n in setups):
        raise must_be("setups", "a dictionary of at least one setup, each with a name", setups)
    for name, setup in setups.items():
        check_setup(name, setup)
    plan = _Plan(data, "test", Measure.of(measure, higher_is_better), seeds, threads)
    made = plan.with_baseline(dict(setups), require_bool("baseline", baseline))
    return plan.run(made, folder=folder, n_jobs=n_jobs, progress=progress)


def sweep(
    setup: Any,
    grid: Mapping[str, Sequence[Any]],
    data: Any,
    *,
    seeds: int | Sequence[int] = 5,
    measure: MeasureLike = "accuracy",
    higher_is_better: bool | None = None,
    baseline: bool = True,
    folder: str | PathLike[str] | None = None,
    n_jobs: int | None = None,
    threads: int = 1,
    progress: bool = True,
) -> Study:
    """Run a setup with every combination of some options, and measure on the validation rows.

    The test rows are not looked at: choose here, then :func:`compare` what was chosen.

    Args:
        setup: An estimator, or a function of data, seed and the options.
        grid: The values of each option, by its name; of an option within a group as
            ``model_options__dropout``.
        data: As in :func:`compare`, with validation rows.
        seeds: As in :func:`compare`, like all that follows.
        measure: What to compare by.
        higher_is_better: Which way that is better.
        baseline: Add TF-IDF with logistic regression.
        folder: Where finished runs are kept.
        n_jobs: Runs at a time.
        threads: Of each run.
        progress: Show a progress bar.

    Returns:
        The table, with the options of each line in ``options``; ``best`` is the name of the best line.

    Raises:
        ArgumentError: A value cannot be used, or there are no validation rows; before any run.
        UnknownOptionError: The setup has no such option.

    Example:
        >>> def steps(data, seed, rate):
        ...     return {"steps": 100 / rate + seed}
        >>> found = sweep(steps, {"rate": [1, 2]}, None, seeds=3, measure="steps", progress=False)
        >>> found.best, found.options[found.best]
        ('rate=2', {'rate': 2})
    """
    if not isinstance(grid, Mapping) or not grid:
        raise must_be("grid", "a dictionary with the values of at least one option", grid)
    for name, values in grid.items():
        if isinstance(values, str | bytes) or not isinstance(values, Sequence) or not len(values):
            raise must_be(f"grid[{name!r}]", "a list of at least one value", values)
    plan = _Plan(data, "valid", Measure.of(measure, higher_is_better), seeds, threads)
    setups, options = {}, {}
    for values in itertools.product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        name = ", ".join(
            f"{option.rpartition('__')[2]}={_shown(value)}" for option, value in chosen.items()
        )
        if name in setups:
            raise must_be("grid", "values that differ in print", name)
        setups[name], options[name] = with_options(setup, chosen), chosen
        check_setup(name, setups[name])
    made = plan.with_baseline(setups, require_bool("baseline", baseline))
    return plan.run(made, options=options, folder=folder, n_jobs=n_jobs, progress=progress)


class _Plan:
    """What all runs of a study have in common."""

    def __init__(
        self, data: Any, part: str, measure: Measure, seeds: int | Sequence[int], threads: int
    ) -> None:
        self.data = data
        self.part = part
        self.measure = measure
        self.seeds = _checked_seeds(seeds)
        self.threads = require_int("threads", threads, at_least=1)
        self.rows = getattr(data, part) if isinstance(data, Split) else None
        if isinstance(data, Split) and self.rows is None:
            raise must_be("data", "a Split with valid", "one without", "A sweep chooses by it.")

    def with_baseline(self, setups: dict[str, Any], wanted: bool) -> dict[str, Any]:
        """Return the setups with the baseline, if it is wanted and can be measured likewise."""
        estimators = [name for name in setups if is_estimator(setups[name])]
        if estimators and self.rows is None:
            cure = f"{estimators[0]!r} is an estimator."
            raise must_be("data", "a Split of training and test texts", self.data, cure)
        if not wanted or self.rows is None or not (self.measure.of_rows or self.measure.name == "log_loss"):
            return setups
        if BASELINE in setups:
            raise must_be("setups", f"named other than {BASELINE!r}", BASELINE, "Or pass baseline=False.")
        own = [s.tokenizer for s in setups.values() if is_estimator(s) and _names_tokenizer(s)]
        return {**setups, BASELINE: Baseline(*own[:1])}

    def run(
        self,
        setups: Mapping[str, Any],
        *,
        folder: str | PathLike[str] | None,
        n_jobs: int | None,
        progress: bool,
        options: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Study:
        """Make the runs that are not there yet, and put all together."""
        place = None if folder is None else Path(folder)
        jobs = {name: self._jobs(name, setup) for name, setup in setups.items()}
        if place is not None:
            self._keep(place, setups, jobs, options)
        known = {job.key: finished_run(place, job.key) for of in jobs.values() for job in of}
        todo = {job.key: job for of in jobs.values() for job in of if known[job.key] is None}
        made = _made(list(todo.values()), place, n_jobs, require_bool("progress", progress))
        runs = {name: [made.get(job.key) or known[job.key] for job in of] for name, of in jobs.items()}
        whole = {name: [run for run in of if run is not None] for name, of in runs.items()}
        return Study(whole, self.measure, rows=self.rows, options=options, part=self.part)

    def _keep(
        self,
        place: Path,
        setups: Mapping[str, Any],
        jobs: Mapping[str, list[Job]],
        options: Mapping[str, Mapping[str, Any]] | None,
    ) -> None:
        """Write what the study is made of beside its runs, for a report of it."""
        planned = Study(
            {name: [] for name in setups}, self.measure, rows=self.rows, options=options, part=self.part
        )
        keep_study(
            place,
            planned,
            {name: [job.key for job in of] for name, of in jobs.items()},
            settings={name: settings_of(setup) for name, setup in setups.items()},
            environment={**environment_of(), "threads": str(self.threads)},
        )

    def _jobs(self, name: str, setup: Any) -> list[Job]:
        content = [described(setup), self._data_digest(), self.part, self.threads, _library_version()]
        seeds = self.seeds[:1] if isinstance(setup, Baseline) else self.seeds
        return [
            Job(digest([content, seed]), name, setup, self.data, self.part, seed, self.threads)
            for seed in seeds
        ]

    def _data_digest(self) -> str:
        if not hasattr(self, "_digest"):
            self._digest = digest(self.data)
        return self._digest


def _made(jobs: list[Job], folder: Path | None, n_jobs: int | None, progress: bool) -> dict[str, Run]:
    """Make runs, in whatever order they end."""
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend

    if not jobs:
        return {}
    streamed = get_active_backend()[0].supports_return_generator
    parallel = Parallel(
        n_jobs=n_jobs, batch_size=1, return_as="generator_unordered" if streamed else "list"
    )
    found: dict[str, Run] = {}
    with tqdm(total=len(jobs), desc="runs", unit="run", disable=not progress) as bar:
        for key, run in parallel(delayed(job.run)(folder) for job in jobs):
            found[key] = run
            bar.update(1)
    return found


def _checked_seeds(seeds: int | Sequence[int]) -> list[int]:
    if isinstance(seeds, Sequence) and not isinstance(seeds, str):
        listed = [require_int(f"seeds[{n}]", seed, at_least=0) for n, seed in enumerate(seeds)]
        if not listed or len(set(listed)) < len(listed):
            raise must_be("seeds", "at least one seed, each once", seeds)
        return listed
    return list(range(require_int("seeds", seeds, at_least=1)))


def _names_tokenizer(setup: Any) -> bool:
    tokenizer = getattr(setup, "tokenizer", None)
    return isinstance(tokenizer, str) or callable(tokenizer)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else getattr(value, "__name__", None) or repr(value)


def _library_version() -> str:
    try:
        return importlib.metadata.version("textclf-torch")
    except importlib.metadata.PackageNotFoundError:  # run from a source tree
        return ""
