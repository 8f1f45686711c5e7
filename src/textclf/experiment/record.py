"""What the folder of runs also keeps: which runs make up a study, and all that a report says of it."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from textclf.atomic import write_text
from textclf.data.labelled_texts import LabelledTexts
from textclf.errors import DataError, MissingFileError
from textclf.experiment.measure import Measure
from textclf.experiment.runs import kept_run
from textclf.experiment.setups import is_estimator
from textclf.experiment.steps import StepsUntil
from textclf.experiment.study import Study

__all__ = ["StudyRecord", "has_studies", "keep_study", "kept_studies", "settings_of"]

_FORMAT = 1
_FOLDER = "studies"
_LONGEST = 200


@dataclass(frozen=True)
class StudyRecord:
    """A study as its folder has it.

    Attributes:
        study: Its runs so far, without the texts that they were measured on.
        planned: How many runs it is to have.
        settings: Of each setup by its name, what it was made with, as text.
        environment: Versions and machine, as :func:`~textclf.environment.environment_of` gives them.
    """

    study: Study
    planned: int
    settings: dict[str, dict[str, str]]
    environment: dict[str, str]


def keep_study(
    folder: Path,
    study: Study,
    keys: Mapping[str, list[str]],
    *,
    settings: Mapping[str, Mapping[str, str]],
    environment: Mapping[str, str],
) -> None:
    """Write which runs make up a study; one with the same setups and measure is replaced.

    Args:
        folder: That of the runs.
        study: Whose runs need not be made yet.
        keys: Of its runs, by setup.
        settings: As :class:`StudyRecord` has them.
        environment: Likewise.
    """
    identity = [list(keys), study.measure.name, study.part]
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:8]
    place = folder / _FOLDER
    before = sorted(path.name for path in place.glob("*.json"))
    known = [name for name in before if name.endswith(f"-{digest}.json")]
    last = int(before[-1].partition("-")[0]) if before else 0
    content = {
        "format": _FORMAT,
        "measure": asdict(study.measure),
        "part": study.part,
        "runs": dict(keys),
        "options": {name: {o: _plain(v) for o, v in of.items()} for name, of in study.options.items()},
        "settings": {name: dict(of) for name, of in settings.items()},
        "environment": dict(environment),
        "labels": None if study.rows is None else study.rows.labels,
    }
    name = known[0] if known else f"{last + 1:03}-{digest}.json"
    write_text(place / name, json.dumps(content, ensure_ascii=False) + "\n")


def has_studies(folder: str | PathLike[str]) -> bool:
    """Say whether a folder has runs of a study."""
    return any((Path(folder) / _FOLDER).glob("*.json"))


def kept_studies(folder: str | PathLike[str]) -> list[StudyRecord]:
    """Return the studies of a folder that :func:`~textclf.experiment.compare` was given, the oldest first.

    Args:
        folder: Of the runs.

    Raises:
        MissingFileError: It has no study.
        DataError: A file is damaged.

    Example:
        >>> import tempfile
        >>> from textclf.experiment import compare
        >>> def steps(data, seed):
        ...     return {"steps": 100 + seed}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = compare({"A": steps}, None, measure="steps", folder=folder, progress=False)
        ...     print(kept_studies(folder)[0].study.table[0].mean)
        102.0
    """
    place = Path(folder)
    paths = sorted((place / _FOLDER).glob("*.json"))
    if not paths:
        raise MissingFileError("the folder has no study; compare(..., folder=...) makes one.", path=place)
    return [_read(path, place) for path in paths]


def settings_of(setup: Any) -> dict[str, str]:
    """Return what a setup is made with, as text.

    Example:
        >>> def learn(data, seed, rate): ...
        >>> settings_of(functools.partial(learn, rate=0.1))
        {'setup': 'learn', 'rate': '0.1'}
    """
    if isinstance(setup, functools.partial):
        inner = settings_of(setup.func)
        return {**inner, **{str(name): _shown(value) for name, value in setup.keywords.items()}}
    if not is_estimator(setup):
        return {"setup": getattr(setup, "__name__", type(setup).__name__)}
    options = setup.get_params(deep=False) if hasattr(setup, "get_params") else vars(setup)
    shown = {name: _shown(value) for name, value in options.items() if value is not None}
    return {"setup": type(setup).__name__, **shown}


def _read(path: Path, folder: Path) -> StudyRecord:
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
        if content["format"] != _FORMAT:
            raise ValueError(f"its format is {content['format']!r}")
        measure = content["measure"]
        steps = None if measure["steps"] is None else StepsUntil(**measure["steps"])
        labels = content["labels"]
        runs = {name: [kept_run(folder, key) for key in keys] for name, keys in content["runs"].items()}
        study = Study(
            {name: [run for run in of if run is not None] for name, of in runs.items()},
            Measure(measure["name"], measure["higher_is_better"], steps),
            rows=None if labels is None else LabelledTexts([""] * len(labels), labels),
            options=content["options"],
            part=content["part"],
        )
        planned = sum(map(len, runs.values()))
        return StudyRecord(study, planned, content["settings"], content["environment"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, DataError):  # of one of the runs
            raise
        raise DataError(f"the file does not hold a study: {error!r}.", path=path) from None


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str | None) else _shown(value)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else getattr(value, "__name__", None) or repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
