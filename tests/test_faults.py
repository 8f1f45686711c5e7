"""The planted faults of ``examples/faults``: each is found by its code, and gone when it is repaired.

Here each runs once, on made sentences; ``benchmarks/faults.py`` runs all of them as the table says.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS, BENCHMARKS = ROOT / "examples" / "faults", ROOT / "benchmarks"
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.py") if path.stem != "case")


@pytest.fixture
def load(monkeypatch):
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield importlib.import_module
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and Path(file).parent in (SCRIPTS, BENCHMARKS):
            del sys.modules[name]


@pytest.fixture(scope="module")
def texts():
    return {}


@pytest.fixture
def case_of(load, texts):
    case = load("case")
    if not texts:
        data = case.Data.of("sentences", case.sentences(640), case.sentences(320, seed=1))
        texts.update(vars(data))

    def case_of(model):
        data = case.Data(**{name: texts[name] for name in ("name", "train", "valid", "vocab_size")})
        return case.Case(data, model)

    return case_of


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_is_found_and_its_cure_removes_it(load, case_of, name):
    fault = load(name)
    case = case_of(fault.MODELS[0])
    [finding] = [its for its in fault.faulty(case) if its.code == fault.CODE]
    assert fault.CODE not in fault.repaired(case, finding.cure).codes


def test_each_fault_stands_in_the_table_and_has_two_models(load):
    faults = load("faults")
    assert sorted(name for its in faults.LINES.values() for name in its) == NAMES
    assert len(faults.LINES) == 13
    for name in NAMES:
        assert len(load(name).MODELS) >= 2


def test_a_script_shows_both_runs(load, monkeypatch, capsys):
    case = load("case")
    monkeypatch.setattr(case, "sentences", lambda count, seed=0, made=case.sentences: made(200, seed=seed))
    runpy.run_path(str(SCRIPTS / "frozen_by_name.py"), run_name="__main__")
    faulty, repaired = capsys.readouterr().out.split("--- repaired")
    assert "[frozen-but-changed]" in faulty
    assert "[frozen-but-changed]" not in repaired


def test_numbers_are_taken_from_a_cure(load):
    number = load("case").number
    assert number("Pass learning_rate=2e-05, and epochs=6.", "learning_rate") == 2e-5
    assert number("Pass learning_rate=2e-05, and epochs=6.", "epochs") == 6
    with pytest.raises(ValueError, match="no clip_norm= in"):
        number("Pass epochs=6.", "clip_norm")


def planted(fault, model, found, removed, seed=0):
    row = {"set": "sentences", "fault": fault, "model": model, "seed": seed, "code": "c", "found": found}
    return {**row, "codes": {"one-class": "stop"}, **({"removed": removed} if found else {})}


def test_the_table_counts_and_lists_what_is_below_nine_of_ten(load):
    faults = load("faults")
    rows = [planted("zero_start", "mlp", True, True), planted("zero_start", "mlp", True, True, 1)]
    rows += [planted("low_rate", "mlp", True, False), planted("low_rate", "mlp", False, None, 1)]
    page = faults.tables(rows, [])
    assert "4 runs with a fault, of 2 seeds" in page
    assert "3 of 4 found; of these, 2 of 3 removed by the cure" in page
    assert "| 1. Symmetric start | `zero_start` | `c` | 2 of 2 | mlp | 1 | 2 of 2 |" in page
    assert "- `low_rate`, mlp on sentences: found in 1 of 2; instead: one-class (1)" in page
    assert "- `low_rate`, mlp on sentences: removed in 0 of 1" in page
    assert "`zero_start`, mlp" not in page


def test_healthy_runs_are_listed(load):
    sentences, healthy = load("case").sentences, load("healthy")
    [row] = healthy.healthy_runs(["sentences"], ["mlp"], 1, 200, None, (), sentences)
    assert (row["set"], row["model"], row["seed"], row["rows"]) == ("sentences", "mlp", 0, [200, 100])
    assert not any(its["severity"] == "stop" for its in row["findings"])
    done = {("sentences", None, "mlp", 0)}
    assert list(healthy.healthy_runs(["sentences"], ["mlp"], 1, 200, None, done, sentences)) == []
    bad = {**row, "findings": [{"code": "one-class", "severity": "stop", "seen": "One."}]}
    page = load("faults").tables([], [row, bad])
    assert "2 runs of 1 models on 1 sets" in page
    assert "1 with a finding of severity stop" in page
    assert "| stop | `one-class` | 1 | sentences: mlp | One. |" in page


@pytest.mark.parametrize("name", ["rnn_tagger", "joint_rnn"])
def test_healthy_taggers_run(load, name):
    [row] = load("healthy").healthy_runs(["addition"], [name], 1, 40, None, (), load("case").sentences)
    assert row["rows"] == [40, 20]
