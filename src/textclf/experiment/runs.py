"""One run of a study: a setup with a seed, what came of it, and the file that keeps it."""

from __future__ import annotations

import contextlib
import inspect
import json
import math
import numbers
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from textclf.atomic import write_text
from textclf.data.labelled_texts import LabelledTexts
from textclf.device import seed_everything
from textclf.errors import DataError, must_be
from textclf.experiment.setups import is_estimator, seeded
from textclf.experiment.split import Split
from textclf.metrics import METRICS, Report, confusion_matrix
from textclf.text import LabelMap
from textclf.text.plain_labels import Label, plain_labels
from textclf.training import History
from textclf.training.history import Row

__all__ = ["Job", "Run", "finished_run", "kept_run", "report_of"]

_FORMAT = 1
_ALONE = threading.Lock()  # runs in threads of one process would share its random numbers
_OF_TWO_CLASSES = ("f1", "precision", "recall")


@dataclass(frozen=True)
class Run:
    """What came of one run.

    Attributes:
        seed: Its seed.
        measures: Numbers by name, all of them finite.
        predictions: The label given to each measured row, or empty if there are no rows.
        history: What happened in training, one row an epoch or step, or empty.
        seconds: Time to train; of a function, all its time.
        failure: Why there is no result, or None.
        lasting: Whether the failure is a result, as a loss that is not finite is, and not to be tried
            again.
    """

    seed: int
    measures: dict[str, float] = field(default_factory=dict)
    predictions: list[Label] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)
    seconds: float = 0.0
    failure: str | None = None
    lasting: bool = False


@dataclass(frozen=True)
class Job:
    """A run to be made.

    Attributes:
        key: Stands for all that the result depends on.
        name: Of the setup, for the reader of the file.
        setup: An estimator or a function.
        data: What it is given.
        part: ``"test"`` or ``"valid"``, the rows that are measured on.
        seed: Of the run.
        threads: Of torch and of the numerical libraries.
    """

    key: str
    name: str
    setup: Any
    data: Any
    part: str
    seed: int
    threads: int

    def run(self, folder: Path | None) -> tuple[str, Run]:
        """Make the run, write it to its file in the folder, and return the key with it."""
        with _ALONE, _few_threads(self.threads):
            run = self._made()
        if folder is not None:
            content = {"format": _FORMAT, "key": self.key, "name": self.name, **asdict(run)}
            text = json.dumps(_finite(content), ensure_ascii=False)
            write_text(folder / f"{self.key}.json", text + "\n")
        return self.key, run

    def _made(self) -> Run:
        started = time.perf_counter()
        try:
            seed_everything(self.seed)
            if is_estimator(self.setup):
                return _of_estimator(self.setup, self.data, self.part, self.seed)
            return _of_function(self.setup, self.data, self.part, self.seed)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            seconds = time.perf_counter() - started
            return Run(
                self.seed, seconds=seconds, failure=reason, lasting=isinstance(error, ArithmeticError)
            )


def finished_run(folder: Path | None, key: str) -> Run | None:
    """Return a run that was made before, or None if it is yet to be made, or made again.

    Raises:
        DataError: The file is not what :meth:`Job.run` wrote.
    """
    run = None if folder is None else kept_run(folder, key)
    return run if run is None or run.failure is None or run.lasting else None


def kept_run(folder: Path, key: str) -> Run | None:
    """Return a run as its file has it, or None if there is no such file.

    Raises:
        DataError: The file is not what :meth:`Job.run` wrote.
    """
    path = folder / f"{key}.json"
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
        if content.pop("format") != _FORMAT or content.pop("key") != key or not content.pop("name"):
            raise ValueError("it is another run's")
        run = Run(**content)
        if not all(
            isinstance(value, int | float) for value in [run.seed, run.seconds, *run.measures.values()]
        ):
            raise ValueError("a measure is no number")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        cure = "Delete it, and the run is made again."
        raise DataError(
            f"the file does not hold the run that it is named after: {error}. {cure}", path=path
        ) from None
    return run


def report_of(rows: LabelledTexts, predictions: list[Label]) -> Report:
    """Return the report on the labels that a run gave, from counts."""
    names = LabelMap.build([*rows.labels, *predictions])
    matrix = confusion_matrix(names.encode(rows.labels), names.encode(predictions), num_classes=len(names))
    return Report.from_confusion(matrix, label_names=names.names)


def _of_estimator(setup: Any, data: Split, part: str, seed: int) -> Run:
    rows: LabelledTexts = getattr(data, part)
    estimator = seeded(setup, seed)
    takes_valid = "valid" in inspect.signature(estimator.fit).parameters
    extra = {"valid": (data.valid.texts, data.valid.labels)} if takes_valid and data.valid else {}
    started = time.perf_counter()
    fitted = estimator.fit(data.train.texts, data.train.labels, **extra)
    seconds = time.perf_counter() - started
    fitted = estimator if fitted is None else fitted
    history = getattr(fitted, "history_", None)
    _check_not_interrupted(history)
    predictions = list(plain_labels(np.asarray(fitted.predict(rows.texts), dtype=object).tolist()))
    if len(predictions) != len(rows):
        raise must_be("predict", f"a function that gives {len(rows)} labels", f"{len(predictions)} of them")
    measures = _measures(report_of(rows, predictions)) | _of_probabilities(fitted, data.train, rows)
    return Run(seed, measures, predictions, _history_rows(history), seconds)


def _of_function(setup: Any, data: Any, part: str, seed: int) -> Run:
    started = time.perf_counter()
    found = setup(data, seed)
    seconds = time.perf_counter() - started
    if not isinstance(found, Mapping):
        raise must_be("setup", "a function that returns a dictionary of measures", found)
    measures = dict(found)
    history = measures.pop("history", None)
    _check_not_interrupted(history)
    predictions = list(plain_labels(list(measures.pop("predictions", []))))
    rows = getattr(data, part) if isinstance(data, Split) else None
    if predictions:
        if rows is None or len(predictions) != len(rows):
            count = "no rows to predict" if rows is None else f"{len(rows)} of them"
            raise must_be("predictions", f"one label for each {part} row, {count}", len(predictions))
        measures = _measures(report_of(rows, predictions)) | measures
    for name, value in measures.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise must_be(f"measures[{name!r}]", "a number", value)
    kept = {str(name): float(value) for name, value in measures.items() if math.isfinite(value)}
    return Run(seed, kept, predictions, _history_rows(history), seconds)


def _measures(report: Report) -> dict[str, float]:
    """Return the metrics of counts."""
    names = [name for name, metric in METRICS.items() if metric.of_counts is not None]
    if report.num_classes != 2:
        names = [name for name in names if name not in _OF_TWO_CLASSES]
    return {name: report[name] for name in names if math.isfinite(report[name])}


def _of_probabilities(fitted: Any, train: LabelledTexts, rows: LabelledTexts) -> dict[str, float]:
    """Return the metrics that need probabilities, if the estimator gives some for every true label."""
    if not hasattr(fitted, "predict_proba") or not hasattr(fitted, "classes_"):
        return {}
    names = LabelMap(tuple(plain_labels(list(fitted.classes_))))
    if not set(rows.labels) <= set(names.names):
        return {}
    report = Report.from_predictions(names.encode(rows.labels), fitted.predict_proba(rows.texts))
    found = {name: report[name] for name in ("log_loss", "roc_auc", "calibration_error")}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _history_rows(history: Any) -> list[Row]:
    rows = [] if history is None else [dict(row) for row in history]
    return [{str(k): v if isinstance(v, int) else float(v) for k, v in row.items()} for row in rows]


def _check_not_interrupted(history: Any) -> None:
    """Raise Ctrl-C again, which ends a training run as if it were done."""
    if isinstance(history, History) and history.stopped == "interrupted":
        raise KeyboardInterrupt


def _finite(value: Any) -> Any:
    """Leave out of dictionaries the numbers that JSON has no word for."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items() if not isinstance(v, float) or math.isfinite(v)}
    return [_finite(part) for part in value] if isinstance(value, list) else value


@contextlib.contextmanager
def _few_threads(threads: int) -> Iterator[None]:
    """Keep a run to so many threads, since their number changes the last digits of a sum."""
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with threadpool_limits(threads):
            yield
    finally:
        torch.set_num_threads(before)
