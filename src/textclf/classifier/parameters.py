"""The parameters of a TextClassifier in the folder of a saved one."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from textclf.errors import DataError, MissingFileError
from textclf.saved_model.plain_json import read_object, write_object
from textclf.text.plain_labels import Label
from textclf.windows import Windows

__all__ = ["PARAMETERS_FILE", "plain_parameters", "read_parameters", "write_parameters"]

PARAMETERS_FILE = "classifier.json"
_FORMAT = 1


def plain_parameters(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as JSON has them, without those that it cannot hold.

    A tokenizer is left to the encoder; of the rest, a warning says what the loaded classifier will
    have its default for. None of it is needed to predict.

    Example:
        >>> plain_parameters({"epochs": np.int64(3), "class_weight": {1: 2.0}})
        {'epochs': 3, 'class_weight': {'1': 2.0}}
    """
    kept, lost = {}, []
    for name, value in params.items():
        try:
            kept[name] = json.loads(json.dumps(value, default=_plain, allow_nan=False))
        except (TypeError, ValueError):
            if name != "tokenizer":
                lost.append(name)
    if lost:
        warnings.warn(
            f"{', '.join(lost)} cannot be written to {PARAMETERS_FILE}: it holds numbers, strings, lists "
            "and dictionaries only. The loaded classifier predicts the same, and has the default there.",
            stacklevel=3,
        )
    return kept


def write_parameters(folder: Path, params: Mapping[str, Any]) -> None:
    """Write what :func:`plain_parameters` returned."""
    write_object(folder / PARAMETERS_FILE, {"format": _FORMAT, "parameters": params})


def read_parameters(folder: Path, classes: Sequence[Label]) -> dict[str, Any]:
    """Read what :func:`write_parameters` wrote.

    Args:
        folder: Where the file is.
        classes: The labels, since JSON has made strings of those that are keys of ``class_weight``.

    Raises:
        MissingFileError: The file is not there.
        DataError: It does not hold parameters.
    """
    path = folder / PARAMETERS_FILE
    try:
        content = read_object(path)
    except FileNotFoundError:
        cure = "TextClassifier.save() writes one; what Predictor.save() wrote, Predictor.load() reads."
        raise MissingFileError(f"there is no saved TextClassifier here. {cure}", path=path) from None
    if (found := content.get("format")) != _FORMAT:
        raise DataError(
            f"`format` must be {_FORMAT}. Received: {found!r}. Upgrade textclf if it is higher.", path=path
        )
    if not isinstance(content.get("parameters"), dict):
        raise DataError("the file must hold an object 'parameters'.", path=path)
    params: dict[str, Any] = content["parameters"]
    if isinstance(weights := params.get("class_weight"), dict):
        params["class_weight"] = {name: weights[str(name)] for name in classes if str(name) in weights}
    return params


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Windows):
        return asdict(value)
    raise TypeError(f"JSON cannot hold {type(value).__name__}")
