"""The options of a training run, from a file, from the command line, and back into a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textclf.classifier import TextClassifier
from textclf.classifier.options import GROUPS, check_group
from textclf.cli.parser import UsageError
from textclf.cli.reading import READING
from textclf.cli.toml import NONE, line_of, typed_value, written
from textclf.errors import ArgumentError, DataError, MissingFileError, TextclfError, must_be, near_matches
from textclf.validation import require_bool

__all__ = ["FILES", "RUN_FILE", "classifier_options", "group_hint", "merge_run", "read_run", "run_text"]

RUN_FILE = "run.toml"
"""The file's name in the folder of a run."""

FILES = ("train", "valid", "test")
"""The options that are files of labelled texts."""

_PATHS = (*FILES, "out", "quarantine", "embedding")
_SWITCHES = ("overwrite", "json", "quiet")
_OWN = [name for name in TextClassifier().get_params(deep=False) if name != "progress"]
_KNOWN = (*_PATHS, *_SWITCHES, *READING, *_OWN)


def read_run(path: str, *, model: str | None = None) -> dict[str, Any]:
    """Read options from a TOML file; its paths are seen from the folder that it is in.

    Args:
        path: The file.
        model: Whose options the file has, if it is not the file that names the model.

    Raises:
        MissingFileError: It is not there.
        DataError: It is not TOML, or has an option that does not exist; with the line and the near
            matches.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
        options = tomllib.loads(text)
    except FileNotFoundError:
        raise MissingFileError("the file does not exist. Check the path.", path=path) from None
    except UnicodeDecodeError as error:
        raise DataError(f"the file is not UTF-8: {error}.", path=path) from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"the file is not TOML. {error}.", path=path) from None
    if model is None:
        model = options.get("model", "textcnn")
    for name, value in options.items():
        try:
            _check(name, value, model)
        except _InTableError as wrong:
            line = line_of(text, wrong.key, name)
            raise DataError(str(wrong), path=path, line=line) from None
        except TextclfError as error:
            raise DataError(str(error), path=path, line=line_of(text, name)) from None
    seen = {name: str(file.absolute().parent / options[name]) for name in _PATHS if name in options}
    return {**options, **seen}


def merge_run(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a run: those of ``--config``, then the command line's, then ``--set``'s.

    Raises:
        UsageError: A ``--set`` is not of the form GROUP.OPTION=VALUE.
        TextclfError: What :func:`read_run` raises.
    """
    options = {} if "config" not in given else read_run(given["config"], model=given.get("model"))
    options |= {name: value for name, value in given.items() if name not in ("config", "set")}
    for setting in given.get("set", []):
        name, mark, value = setting.partition("=")
        group, _, option = name.strip().partition(".")
        if not mark or group not in GROUPS or not option:
            raise UsageError(
                f"`--set` must be GROUP.OPTION=VALUE. Received: {setting!r}. "
                f"The groups are {', '.join(GROUPS)}."
            )
        options[group] = {**options.get(group, {}), option: typed_value(value.strip())}
    for group in GROUPS:
        check_group(group, options.get(group), options.get("model", "textcnn"), _OWN)
    return options


def classifier_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are a TextClassifier's, with None for "none"."""
    return {name: _none(options[name]) for name in _OWN if name in options}


def group_hint(flag: str) -> str:
    """Say how an option of a group is given, or nothing if no group has it.

    Args:
        flag: As it was tried on the command line.

    Example:
        >>> group_hint("--weight-decay"), group_hint("--nonsense")
        ('Pass --set trainer_options.weight_decay=VALUE.', '')
    """
    option = flag.removeprefix("--").replace("-", "_")
    for group in GROUPS:
        try:
            check_group(group, {option: None}, "textcnn", _OWN)
        except TextclfError:
            continue
        return f"Pass --set {group}.{option}=VALUE."
    return ""


def run_text(options: Mapping[str, Any], classifier: TextClassifier) -> str:
    """Return the file that makes the same run again.

    It has the paths in full, and all of the classifier's options, in case a default should change.

    Args:
        options: Of the run.
        classifier: Made with them.

    Raises:
        ArgumentError: A value cannot be written.
    """
    defaults = TextClassifier().get_params(deep=False)
    values: dict[str, Any] = {}
    for name in (*FILES, *READING):
        if name in options:
            values[name] = str(Path(options[name]).absolute()) if name in _PATHS else options[name]
    for name in _OWN:
        value = classifier.get_params(deep=False)[name]
        if name == "embedding" and value is not None:
            value = str(Path(value).absolute())
        if value is not None or defaults[name] is not None:
            values[name] = _written_none(value)
    head = "# Made by `textclf train`. To make it again: textclf train --config run.toml --out FOLDER\n"
    return head + written(values)


class _InTableError(ArgumentError):
    """An option within a table is wrong."""

    key: str


def _check(name: str, value: object, model: str) -> None:
    if name not in _KNOWN:
        raise ArgumentError(f"there is no option {name!r}. {near_matches(name, _KNOWN)}")
    if name in _PATHS and not isinstance(value, str):
        raise must_be(name, "a path, a string", value)
    if name in _SWITCHES:
        require_bool(name, value)
    if name in GROUPS:
        for key, inner in (value if isinstance(value, dict) else {}).items():
            try:
                check_group(name, {key: inner}, model, _OWN)
            except TextclfError as error:
                wrong = _InTableError(str(error))
                wrong.key = key
                raise wrong from None
        check_group(name, value, model, _OWN)


def _none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _none(inner) for key, inner in value.items()}
    return None if isinstance(value, str) and value == NONE else value


def _written_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _written_none(inner) for key, inner in value.items()}
    return NONE if value is None else value
