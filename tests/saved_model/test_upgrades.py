"""Folders of format 1 load, with the answers that they gave; the one here was written by that version."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from textclf import Predictor, TextClassifier
from textclf.errors import DataError
from textclf.saved_model.run_facts import RunFacts
from textclf.saved_model.upgrades import FORMAT, upgraded

TEXTS = ["a good film", "really bad acting", "unknown words"]
THEN = [
    [0.4141516549071177, 0.5858483450928823],
    [0.4940489509665729, 0.5059510490334271],
    [0.5072782048629144, 0.4927217951370855],
]


@pytest.fixture
def old(tmp_path):
    shutil.copytree(Path(__file__).parent / "format_1", tmp_path / "old")
    return tmp_path / "old"


def test_format_1_answers_as_it_did(old):
    predictor = Predictor.load(old, device="cpu", precision="fp32")
    np.testing.assert_allclose(predictor.predict_proba(TEXTS), THEN, atol=1e-6)
    assert (predictor.temperature, predictor.encoder.max_length) == (1.25, 8)


def test_format_1_is_a_classifier(old):
    loaded = TextClassifier.load(old, device="cpu", precision="fp32")
    np.testing.assert_allclose(loaded.predict_proba(TEXTS), THEN, atol=1e-6)
    assert len(loaded.history_) == 12
    assert loaded.run_ == RunFacts()


@pytest.mark.row("format 1, of the first versions")
def test_saving_it_again_upgrades_it(old, tmp_path):
    TextClassifier.load(old, device="cpu", precision="fp32").save(tmp_path / "new")
    assert json.loads((tmp_path / "new" / "config.json").read_bytes())["format"] == FORMAT == 2
    again = TextClassifier.load(tmp_path / "new", device="cpu", precision="fp32")
    np.testing.assert_allclose(again.predict_proba(TEXTS), THEN, atol=1e-6)
    assert "without knowledge of the training data" in (tmp_path / "new" / "README.md").read_text()


def test_it_may_hold_other_files_as_it_could_then(old):
    (old / "learning-curve.png").write_bytes(b"png")
    Predictor.load(old, device="cpu")


@pytest.mark.parametrize("name", ["weights.safetensors", "vocab.txt", "labels.json", "encoder.json"])
def test_its_digests_are_checked(old, name):
    content = bytearray((old / name).read_bytes())
    content[len(content) // 2] ^= 1
    (old / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{name}: the file must be the one that was saved"):
        Predictor.load(old)


def test_the_first_folders_had_no_temperature(old):
    config = json.loads((old / "config.json").read_bytes())
    del config["temperature"]
    (old / "config.json").write_text(json.dumps(config))
    assert Predictor.load(old, device="cpu").temperature == 1.0


@pytest.mark.row("a later format")
def test_a_later_format(old):
    with pytest.raises(
        DataError, match="a.json: `format` must be at most 2. Received: 3. .*upgrade textclf to load it"
    ):
        upgraded({"format": 3}, "a.json")


@pytest.mark.parametrize("version", [None, 0, -1, "2", 2.0, True, [1], {}])
def test_what_is_no_format(version):
    with pytest.raises(DataError, match="`format` must be a number from 1 to 2. Received"):
        upgraded({"format": version}, "a.json")


def test_the_present_format_stays_as_it_is():
    config = {"format": 2, "files": {"a": {"bytes": 1, "sha256": "x"}}}
    assert upgraded(config, "a.json") == config


@pytest.mark.parametrize("files", [None, [], "x"])
def test_what_is_no_list_of_files_is_left_to_the_check(files):
    assert upgraded({"format": 1, "files": files}, "a.json")["files"] == files
