from __future__ import annotations

import csv
import io
import math
import sys

import numpy as np
import pytest
from scipy import stats

from textclf import LabelledTexts
from textclf.errors import ArgumentError, MissingDependencyError, UnknownNameError
from textclf.experiment import StepsUntil, Study
from textclf.experiment.measure import Measure
from textclf.experiment.runs import Run, report_of
from textclf.experiment.statistics import mcnemar
from textclf.metrics import bootstrap_interval

ACCURACY = Measure.of("accuracy")
ROWS = LabelledTexts([f"text {n}" for n in range(300)], ["a", "b", "c"] * 100)


def runs_of(share, seeds=3, start=0, seconds=1.0):
    """Return runs that answer so large a share of the rows right."""
    made = []
    for seed in range(start, start + seeds):
        random = np.random.default_rng([seed, int(100 * share)])
        right = random.random(len(ROWS)) < share
        guesses = [
            y if fine else "b" if y == "a" else "a" for y, fine in zip(ROWS.labels, right, strict=True)
        ]
        report = report_of(ROWS, guesses)
        measures = {"accuracy": report.accuracy, "macro_f1": report.macro_f1}
        history = [{"step": 10 * n, "valid_accuracy": share * n / 5} for n in range(1, 6)]
        made.append(Run(seed, measures, guesses, history, seconds=seconds))
    return made


@pytest.fixture(scope="module")
def study():
    runs = {"good": runs_of(0.9), "bad": runs_of(0.6), "same": runs_of(0.89, seconds=3.0)}
    return Study(runs, ACCURACY, rows=ROWS)


class TestTable:
    def test_figures(self, study):
        values = [run.measures["accuracy"] for run in study.runs["good"]]
        score = study.table[0]
        assert (score.name, score.seeds, score.failed, score.rows, score.seconds) == (
            "good",
            3,
            0,
            300,
            1.0,
        )
        assert score.mean == pytest.approx(np.mean(values))
        assert score.deviation == pytest.approx(np.std(values, ddof=1))
        assert score.low < score.mean < score.high <= 1.0

    def test_one_seed_has_the_interval_of_its_report(self):
        study = Study({"good": runs_of(0.9, seeds=1)}, ACCURACY, rows=ROWS)
        expected = bootstrap_interval(study.report("good").confusion)
        assert study.table[0][3:5] == pytest.approx(expected, abs=0.01)
        assert math.isnan(study.table[0].deviation)

    def test_failed_runs_are_counted_and_said(self):
        failed = Run(7, failure="NonFiniteLossError: nan", lasting=True)
        study = Study({"good": [*runs_of(0.9), failed], "bad": [failed]}, ACCURACY, rows=ROWS)
        assert [(score.seeds, score.failed) for score in study.table] == [(3, 1), (0, 1)]
        assert "3 of 4" in str(study)
        assert study.sentences == [
            "good has no score in 1 of 4 runs: NonFiniteLossError: nan.",
            "bad has no score in 1 of 1 runs: NonFiniteLossError: nan.",
        ]

    def test_nothing_but_failures(self):
        study = Study({"bad": [Run(0, failure="ValueError: no")]}, ACCURACY, rows=ROWS)
        assert study.sentences == ["bad has no score in 1 of 1 runs: ValueError: no."]
        with pytest.raises(ArgumentError, match="`runs` must be at least one with accuracy"):
            _ = study.best


class TestPairs:
    def test_told_apart(self, study):
        pairs = {(pair.first, pair.second): pair for pair in study.pairs}
        assert list(pairs) == [("good", "bad"), ("good", "same"), ("bad", "same")]
        assert pairs["good", "bad"].is_told_apart
        assert not pairs["good", "same"].is_told_apart
        assert {pair.test for pair in study.pairs} == {"paired bootstrap"}
        assert pairs["good", "bad"].low < pairs["good", "bad"].difference < pairs["good", "bad"].high

    def test_single_runs_are_tested_by_mcnemar(self):
        study = Study({"one": runs_of(0.9, seeds=1), "two": runs_of(0.8, seeds=1)}, ACCURACY, rows=ROWS)
        right = [
            [
                guess == label
                for guess, label in zip(study.runs[name][0].predictions, ROWS.labels, strict=True)
            ]
            for name in ("one", "two")
        ]
        assert study.pairs[0].test == "McNemar"
        assert study.pairs[0].p_value == mcnemar(*right)
        assert study.measured_by("macro_f1").pairs[0].test == "paired bootstrap"

    def test_without_rows_by_seeds(self):
        random = np.random.default_rng(0)
        values = random.normal(0, 1, (2, 6)) + np.array([[0], [0.5]])
        runs = {
            n: [Run(s, {"bits": v}) for s, v in enumerate(row)] for n, row in zip("ab", values, strict=True)
        }
        pair = Study(runs, Measure.of("bits", True)).pairs[0]
        assert pair.test == "paired t"
        assert pair.p_value == pytest.approx(stats.ttest_rel(*values).pvalue)

    def test_holm_for_all_pairs(self, study):
        for pair in study.pairs:
            assert pair.p_value <= pair.adjusted <= min(1, 3 * pair.p_value)
        assert "The tests are corrected for 3 comparisons (Holm)." in study.sentences

    def test_by_the_seeds_that_both_have(self):
        runs = {"one": runs_of(0.9, seeds=4), "two": runs_of(0.8, seeds=4, start=2)}
        pair = Study(runs, ACCURACY, rows=ROWS).pairs[0]
        common = [
            runs["one"][2 + n].measures["accuracy"] - runs["two"][n].measures["accuracy"] for n in (0, 1)
        ]
        assert pair.difference == pytest.approx(np.mean(common))

    def test_a_single_run_stands_beside_every_seed(self):
        runs = {"one": runs_of(0.9, seeds=3), "baseline": runs_of(0.8, seeds=1)}
        study = Study(runs, ACCURACY, rows=ROWS)
        assert study.pairs[0].difference == pytest.approx(study.table[0].mean - study.table[1].mean)
        assert "with 300 test rows and 3 seeds" in study.sentences[0]

    def test_no_seed_in_common(self):
        runs = {"one": runs_of(0.9, seeds=2), "two": runs_of(0.8, seeds=2, start=5)}
        pair = Study(runs, ACCURACY, rows=ROWS).pairs[0]
        assert math.isnan(pair.difference)
        assert not pair.is_told_apart


def test_false_positives_of_the_whole_study():
    """Of three setups that are equal in truth, one in twenty studies at most tells any two apart."""
    found = 0
    rows = LabelledTexts(["x"] * 100, ["a"] * 100)
    for trial in range(60):
        random = np.random.default_rng(trial)
        runs = {}
        for name in "abc":
            guesses = np.where(random.random((3, 100)) < 0.8, "a", "b").tolist()
            runs[name] = [Run(s, {"accuracy": g.count("a") / 100}, g) for s, g in enumerate(guesses)]
        found += any(pair.is_told_apart for pair in Study(runs, ACCURACY, rows=rows).pairs)
    assert found <= 8  # 3 expected; more than 8 in one of a hundred such tests


class TestMeasures:
    def test_another_measure_of_the_same_runs(self, study):
        other = study.measured_by("macro_f1")
        assert other.table[0].mean == pytest.approx(
            np.mean([r.measures["macro_f1"] for r in study.runs["good"]])
        )
        assert study.measured_by("seconds").best == "good"
        assert study.measured_by("seconds").pairs[0].test == "paired t"

    def test_steps(self, study):
        steps = study.measured_by(StepsUntil("valid_accuracy", 0.7, cap=99))
        assert [score.mean for score in steps.table] == [40.0, 99.0, 40.0]
        assert steps.best == "good"

    def test_best(self, study):
        assert study.best == "good"

    def test_many_setups_are_held_against_the_best(self):
        runs = {f"m{n}": runs_of(share) for n, share in enumerate((0.5, 0.55, 0.6, 0.65, 0.89, 0.9))}
        study = Study(runs, ACCURACY, rows=ROWS)
        assert study.best == "m5"
        assert [s.split(" of 5")[0] for s in study.sentences[:2]] == [
            "m5 is better than 4",
            "m5 cannot be told apart from 1",
        ]


class TestReport:
    def test_of_a_run(self, study):
        assert study.report("good").accuracy == study.runs["good"][0].measures["accuracy"]
        assert study.report("good", seed=2).accuracy == study.runs["good"][2].measures["accuracy"]

    def test_faults(self, study):
        with pytest.raises(UnknownNameError, match="Did you mean 'good'"):
            study.report("goood")
        with pytest.raises(ArgumentError, match="`seed` must be that of a run of 'good'"):
            study.report("good", seed=99)


class TestOutput:
    def test_text(self, study):
        lines = str(study).splitlines()
        assert lines[0].split() == ["accuracy", "sd", "95%", "interval", "seeds", "rows", "seconds"]
        assert lines[1].startswith("good")
        assert lines[4] == ""
        assert lines[5].startswith("good is better than bad by ")

    def test_markdown(self):
        runs = {"a|b": runs_of(0.9), "c": runs_of(0.5)}
        lines = Study(runs, ACCURACY, rows=ROWS).to_markdown().splitlines()
        assert lines[1] == "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        assert lines[2].startswith("| a\\|b | 0.")
        assert lines[5].startswith("- a|b is better than c by")

    def test_csv(self, study, tmp_path):
        text = study.to_csv(tmp_path / "study.csv")
        assert (tmp_path / "study.csv").read_text(encoding="utf-8") == text
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["name"] for row in rows] == ["good", "bad", "same"]
        assert float(rows[0]["mean"]) == study.table[0].mean

    def test_options_of_a_sweep_are_columns(self):
        runs = {"rate=1": runs_of(0.9), "rate=2": runs_of(0.5), "baseline": runs_of(0.7, seeds=1)}
        study = Study(runs, ACCURACY, rows=ROWS, options={"rate=1": {"rate": 1}, "rate=2": {"rate": 2}})
        rows = list(csv.DictReader(io.StringIO(study.to_csv())))
        assert [row["rate"] for row in rows] == ["1", "2", ""]

    def test_frame(self, study):
        pandas = pytest.importorskip("pandas")
        frame = study.to_frame()
        assert isinstance(frame, pandas.DataFrame)
        assert frame["name"].tolist() == ["good", "bad", "same"]

    def test_frame_without_pandas(self, study, monkeypatch):
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(
            MissingDependencyError, match="needs pandas. Install it with: pip install pandas"
        ):
            study.to_frame()

    def test_validation_rows_are_called_so(self):
        study = Study({"a": runs_of(0.9), "b": runs_of(0.9)}, ACCURACY, rows=ROWS, part="valid")
        assert "300 validation rows and 3 seeds" in study.sentences[0]
