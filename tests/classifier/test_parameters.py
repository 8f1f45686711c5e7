from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from textclf import Windows
from textclf.classifier.parameters import (
    PARAMETERS_FILE,
    plain_parameters,
    read_parameters,
    write_parameters,
)
from textclf.errors import DataError, MissingFileError


def test_round_trip(tmp_path):
    params = {"model": "dan", "epochs": None, "model_options": {"dropout": 0.1, "widths": [3, 4]}}
    write_parameters(tmp_path, params)
    assert read_parameters(tmp_path, [0, 1]) == params


def test_arrays_and_paths_become_plain():
    params = {"class_weight": np.array([1.0, 2.0]), "seed": np.int64(3), "embedding": Path("vectors")}
    assert plain_parameters(params) == {"class_weight": [1.0, 2.0], "seed": 3, "embedding": "vectors"}


def test_windows_become_their_options():
    found = plain_parameters({"windows": Windows(9, pool="max")})
    assert found == {"windows": {"length": 9, "stride": None, "pool": "max", "over": "probabilities"}}


def test_what_json_cannot_hold_is_named():
    params = {"trainer_options": {"loss": str.split}, "patience": float("nan"), "epochs": 3}
    with pytest.warns(UserWarning, match=r"trainer_options, patience cannot be written to classifier.json"):
        assert plain_parameters(params) == {"epochs": 3}


def test_a_tokenizer_is_left_to_the_encoder():
    with warnings.catch_warnings(action="error"):
        assert plain_parameters({"tokenizer": str.split}) == {}


def test_class_weights_by_integer_labels_keep_their_type(tmp_path):
    write_parameters(tmp_path, {"class_weight": {1: 2.0, 0: 1.0}})
    assert read_parameters(tmp_path, [0, 1]) == {"class_weight": {1: 2.0, 0: 1.0}}


def test_nothing_there(tmp_path):
    with pytest.raises(MissingFileError, match=r"classifier.json: there is no saved TextClassifier here"):
        read_parameters(tmp_path, [0, 1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "not JSON in UTF-8"),
        (b"{", "not JSON in UTF-8"),
        (b"[" * 100_000, "JSON of moderate depth"),
        (b"[]", r"must hold a JSON object. Received: \[\]"),
        (b'{"format": 2}', "`format` must be 1. Received: 2. Upgrade"),
        (b'{"format": 1}', "must hold an object 'parameters'"),
        (b'{"format": 1, "parameters": [1]}', "must hold an object 'parameters'"),
    ],
)
def test_damage(tmp_path, content, message):
    (tmp_path / PARAMETERS_FILE).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_parameters(tmp_path, [0, 1])


def test_the_file_can_be_read_by_eye(tmp_path):
    write_parameters(tmp_path, {"class_weight": {"标签": 2.0}})
    assert "标签" in (tmp_path / PARAMETERS_FILE).read_text(encoding="utf-8")
    assert json.loads((tmp_path / PARAMETERS_FILE).read_bytes())["format"] == 1
