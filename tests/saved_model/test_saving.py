from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from textclf import Predictor, TextClassifier
from textclf.errors import ArgumentError, DataError, MissingFileError, OutputExistsError
from textclf.saved_model.saving import read_model

TEXTS = ["a good film", "really bad", "nothing known"]


def load(folder):
    return TextClassifier.load(folder, device="cpu", precision="fp32")


def test_a_loaded_one_is_saved_with_the_same_facts(classifier, folder, tmp_path):
    loaded = load(folder)
    assert loaded.run_ == classifier.run_
    loaded.save(tmp_path / "again")
    again = load(tmp_path / "again")
    assert again.run_ == classifier.run_
    np.testing.assert_array_equal(again.predict_proba(TEXTS), classifier.predict_proba(TEXTS))


def test_reports_of_the_test_are_kept(classifier, tmp_path):
    report = classifier.evaluate(["a good film", "bad"], ["pos", "neg"])
    classifier.save(tmp_path / "saved", reports={"test": report})
    metrics = json.loads((tmp_path / "saved" / "metrics.json").read_bytes())
    assert metrics["reports"]["test"] == report.as_dict()
    assert [*metrics["reports"]] == ["validation", "test"]
    assert [*classifier.run_.reports] == ["validation"]


def test_the_parts(folder):
    saved = read_model(folder)
    assert saved.config["model"] == "mlp"
    assert saved.model.num_classes == len(saved.encoder.labels) == 2
    assert len(saved.probe.answers) == 6


def test_the_same_model_gives_the_same_bytes(classifier, folder, tmp_path):
    classifier.save(tmp_path / "other" / "saved")
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "other" / "saved" / path.name).read_bytes(), path.name


def test_what_is_no_report_leaves_nothing_behind(classifier, tmp_path):
    with pytest.raises(ArgumentError, match="`reports` must be"):
        classifier.save(tmp_path / "saved", reports={"test": 0.9})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["classifier.json", "history.jsonl"])
def test_a_classifier_without_one_of_its_own_files(folder, name, reseal):
    (folder / name).unlink()
    reseal(folder)
    with pytest.raises(MissingFileError, match=name):
        load(folder)
    Predictor.load(folder, device="cpu")


def test_options_that_are_not_finite(classifier, tmp_path, monkeypatch):
    config = {**classifier.predictor_.model.config, "dropout": float("nan")}
    monkeypatch.setattr(classifier.predictor_.model, "config", config)
    with pytest.raises(ArgumentError, match="`model` must be made with options that JSON can hold"):
        classifier.save(tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []


def test_a_tokenizer_option_of_a_stranger(folder, change):
    change(folder, "encoder.json", lambda e: {**e, "tokenizer": {**e["tokenizer"], "lowercase": [1]}})
    with pytest.raises(DataError, match=r"encoder.json: `lowercase` must be True or False"):
        load(folder)


def test_a_folder_that_is_there_is_kept(folder, classifier):
    before = (folder / "config.json").read_bytes()
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        classifier.save(folder)
    assert (folder / "config.json").read_bytes() == before


KILLED = """
import os, signal, sys
import textclf.atomic
from textclf import Predictor
from textclf.layers import ngrams

ngrams._TABLE = 1 << 12
folder = sys.argv[1]
predictor = Predictor.load(folder, device="cpu", precision="fp32")
moment = 0

def counted(function):
    def wrapper(*args, **options):
        global moment
        moment -= 1
        if moment == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)
    return wrapper

textclf.atomic._exchange = counted(textclf.atomic._exchange)
textclf.atomic._flush = counted(lambda path: None)
for name in ("chmod", "rename", "replace", "open", "mkdir", "unlink", "rmdir"):
    setattr(os, name, counted(getattr(os, name)))

def killed_at(number, temperature):
    global moment
    child = os.fork()
    if child == 0:
        moment, predictor.temperature = number, temperature
        predictor.save(folder, overwrite=True)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])

found, number = [], 1
while killed_at(number, 3.0):
    found.append(Predictor.load(folder, device="cpu", precision="fp32").temperature)
    number += 1
print(*found)
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere two folders cannot change places in one step"
)
def test_a_kill_at_any_moment_leaves_the_old_folder_or_the_new_one(folder):
    """Children save over the folder, each killed one call to the system later than the one before."""
    before = load(folder).predictor_.temperature
    command = [sys.executable, "-c", KILLED, str(folder)]
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}  # a fork of a process with threads may wait for ever
    done = subprocess.run(command, capture_output=True, text=True, env=alone, timeout=600)
    assert done.returncode == 0, done.stderr
    found = [float(temperature) for temperature in done.stdout.split()]
    assert len(found) > 50
    assert found == sorted(found, key=lambda temperature: temperature == 3.0)  # first the old, then the new
    assert {*found} == {before, 3.0}
