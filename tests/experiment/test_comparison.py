from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import joblib
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from textclf import LabelledTexts, TextClassifier
from textclf.errors import ArgumentError, UnknownOptionError
from textclf.experiment import Split, StepsUntil, compare, sweep
from textclf.experiment.comparison import BASELINE

BAYES = make_pipeline(CountVectorizer(), MultinomialNB())


def dan(**options):
    small = {"embed_dim": 4, "hidden_dim": 4}
    made = {
        "epochs": 2,
        "learning_rate": 0.05,
        "device": "cpu",
        "precision": "fp32",
        "model_options": small,
    }
    return TextClassifier("dan", **{**made, **options})


def counted(calls, value=1.0):
    """Return a setup that notes each of its runs."""

    def run(data, seed):
        calls.append(seed)
        return {"steps": value + seed}

    return run


def quietly(*arguments, **options):
    return compare(*arguments, progress=False, **options)


class TestCompare:
    def test_estimators_of_every_kind(self, data):
        study = quietly({"DAN": dan(), "bayes": BAYES}, data, seeds=2)
        assert list(study.runs) == ["DAN", "bayes", BASELINE]
        assert [len(runs) for runs in study.runs.values()] == [2, 2, 1]
        assert [score.failed for score in study.table] == [0, 0, 0]
        assert study.part == "test"
        assert study.measured_by(StepsUntil("valid_accuracy", 2.0, cap=7)).table[0].mean == 7

    def test_a_function_that_needs_no_texts(self):
        study = quietly(
            {"slow": counted([], 9.0), "fast": counted([], 1.0)}, None, seeds=3, measure="steps"
        )
        assert study.sentences == ["fast is better than slow by 8 steps (8 to 8), with 3 seeds."]

    def test_a_function_and_texts(self, data):
        def majority(data, seed):
            return {"predictions": ["pos"] * len(data.test)}

        study = quietly({"majority": majority}, data, seeds=1)
        assert list(study.runs) == ["majority", BASELINE]

    @pytest.mark.parametrize("measure", ["seconds", StepsUntil("valid_accuracy", 0.5, cap=9)])
    def test_no_baseline_where_it_has_no_such_figure(self, data, measure):
        assert list(quietly({"DAN": dan()}, data, seeds=1, measure=measure).runs) == ["DAN"]

    def test_baseline_may_be_refused(self, data):
        assert list(quietly({"bayes": BAYES}, data, seeds=1, baseline=False).runs) == ["bayes"]

    def test_baseline_reads_as_the_first_setup_does(self):
        rows = LabelledTexts(["好看的", "难看的"] * 10, ["+", "-"] * 10)
        study = quietly({"DAN": dan(tokenizer="char")}, Split(rows, rows), seeds=1)
        assert study.table[1].mean == 1.0

    def test_seeds_may_be_listed(self):
        calls = []
        quietly({"a": counted(calls)}, None, seeds=[3, 8], measure="steps")
        assert calls == [3, 8]

    def test_the_same_setup_twice_is_run_once(self):
        calls = []
        run = counted(calls)
        study = quietly({"a": run, "b": run}, None, seeds=2, measure="steps")
        assert calls == [0, 1]
        assert study.runs["a"] == study.runs["b"]

    def test_one_failure_leaves_the_others(self):
        def fails(data, seed):
            if seed == 1:
                raise ValueError("no")
            return {"steps": 1}

        study = quietly({"a": fails}, None, seeds=3, measure="steps")
        assert (study.table[0].seeds, study.table[0].failed) == (2, 1)


class TestFolder:
    def test_finished_runs_are_not_made_again(self, tmp_path):
        def run(data, seed):
            with Path(data, "log").open("a") as log:
                log.write(f"{seed} ")
            return {"steps": seed}

        options = {"measure": "steps", "folder": tmp_path / "runs"}
        one = quietly({"a": run}, str(tmp_path), seeds=2, **options)
        two = quietly({"renamed": run}, str(tmp_path), seeds=3, **options)
        assert (tmp_path / "log").read_text() == "0 1 2 "
        assert one.runs["a"] == two.runs["renamed"][:2]

    def test_by_content_and_not_by_name(self, tmp_path, data):
        def made(setup, **options):
            before = set(tmp_path.glob("*.json"))
            quietly(
                {"x": setup}, options.pop("data", data), seeds=1, baseline=False, folder=tmp_path, **options
            )
            return len(set(tmp_path.glob("*.json")) - before)

        assert made(dan()) == 1
        assert made(dan()) == 0
        assert made(dan(learning_rate=0.06)) == 1
        assert made(dan(), threads=2) == 1
        assert made(dan(), data=Split(data.train, data.valid)) == 1
        assert made(dan(), measure="macro_f1") == 0

    def test_a_fault_that_may_pass_is_tried_again(self, tmp_path):
        def run(data, seed):
            with Path(data, "flag").open() as file:
                return {"steps": float(file.read())}

        where = str(tmp_path)
        first = quietly({"a": run}, where, seeds=1, measure="steps", folder=tmp_path / "runs")
        assert first.runs["a"][0].failure.startswith("FileNotFoundError")
        assert len(list((tmp_path / "runs").glob("*.json"))) == 1
        (tmp_path / "flag").write_text("3")
        second = quietly({"a": run}, where, seeds=1, measure="steps", folder=tmp_path / "runs")
        assert second.table[0].mean == 3.0

    def test_a_result_that_is_not_finite_is_not_tried_again(self, tmp_path):
        def run(data, seed):
            with Path(data, "log").open("a") as log:
                log.write("x")
            raise FloatingPointError("nan")

        for _ in range(2):
            quietly({"a": run}, str(tmp_path), seeds=1, measure="steps", folder=tmp_path / "runs")
        assert (tmp_path / "log").read_text() == "x"

    def test_a_killed_study_goes_on(self, tmp_path):
        script = tmp_path / "study.py"
        script.write_text(
            textwrap.dedent("""
            import os, sys
            from textclf.experiment import compare

            def run(data, seed):
                with open("log", "a") as log:
                    log.write(f"{seed} ")
                if seed == 2 and os.environ["DIES"] == "yes":
                    os._exit(9)
                return {"steps": seed}

            if __name__ == "__main__":
                study = compare({"a": run}, None, seeds=4, measure="steps", folder="runs", progress=False)
                print(study.table[0].mean)
            """)
        )

        def start(dies):
            environment = {**os.environ, "DIES": dies, "OMP_NUM_THREADS": "1"}
            command = [sys.executable, str(script)]
            return subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )

        assert start("yes").returncode == 9
        done = start("no")
        assert (done.stdout.strip(), done.stderr) == ("1.5", "")
        assert (tmp_path / "log").read_text() == "0 1 2 2 3 "


class TestParallel:
    @pytest.mark.full_size  # the other processes have tables of full size
    def test_results_are_equal_whatever_the_number_of_jobs(self, data, tmp_path):
        setups = {"DAN": dan(), "bayes": BAYES}
        alone = quietly(setups, data, seeds=2, n_jobs=1)
        together = quietly(setups, data, seeds=2, n_jobs=2, folder=tmp_path)
        for name, runs in alone.runs.items():
            for one, other in zip(runs, together.runs[name], strict=True):
                assert (one.measures, one.predictions) == (other.measures, other.predictions)
        assert len(list(tmp_path.glob("*.json"))) == 5
        assert alone.sentences == together.sentences

    def test_in_threads(self, data):
        alone = quietly({"DAN": dan()}, data, seeds=3, baseline=False)
        with joblib.parallel_config("threading", n_jobs=3):
            together = quietly({"DAN": dan()}, data, seeds=3, baseline=False)
        assert [r.measures for r in alone.runs["DAN"]] == [r.measures for r in together.runs["DAN"]]

    def test_a_backend_that_cannot_stream(self):
        with joblib.parallel_config("multiprocessing", n_jobs=1):
            study = quietly({"a": counted([])}, None, seeds=2, measure="steps")
        assert study.table[0].mean == 1.5

    @pytest.mark.full_size
    @pytest.mark.filterwarnings("default")  # of the cluster's own sockets
    def test_on_a_cluster_of_dask(self, data, tmp_path):
        distributed = pytest.importorskip("distributed")
        setups = {"DAN": dan(), "bayes": BAYES}
        alone = quietly(setups, data, seeds=2)
        options = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
        with (
            distributed.LocalCluster(**options) as cluster,
            distributed.Client(cluster),
            joblib.parallel_backend("dask"),
        ):
            spread = quietly(setups, data, seeds=2, folder=tmp_path)
        for name, runs in alone.runs.items():
            for one, other in zip(runs, spread.runs[name], strict=True):
                assert (one.measures, one.predictions) == (other.measures, other.predictions)
        assert len(list(tmp_path.glob("*.json"))) == 5


class TestSweep:
    def test_every_combination_on_the_validation_rows(self, data):
        grid = {"learning_rate": [0.01, 0.1], "model_options__dropout": [0.0, 0.5]}
        study = sweep(dan(), grid, data, seeds=1, progress=False)
        assert list(study.runs)[:2] == [
            "learning_rate=0.01, dropout=0.0",
            "learning_rate=0.01, dropout=0.5",
        ]
        assert len(study.runs) == 5
        assert study.options["learning_rate=0.1, dropout=0.5"] == {
            "learning_rate": 0.1,
            "model_options__dropout": 0.5,
        }
        assert {score.rows for score in study.table} == {len(data.valid)}
        assert "60 validation rows" in str(study)

    def test_a_function(self):
        def run(data, seed, length, cell="gru"):
            return {"steps": length + len(cell) + seed}

        study = sweep(
            run,
            {"length": (5, 10), "cell": ["rnn", "lstm"]},
            None,
            seeds=2,
            measure="steps",
            progress=False,
        )
        assert study.best == "length=5, cell=rnn"
        assert [score.mean for score in study.table] == [8.5, 9.5, 13.5, 14.5]

    def test_values_that_are_no_numbers(self):
        def run(data, seed, tokenizer):
            return {"steps": len(tokenizer("a b"))}

        study = sweep(run, {"tokenizer": [str.split, list]}, None, seeds=1, measure="steps", progress=False)
        assert list(study.runs) == ["tokenizer=split", "tokenizer=list"]

    @pytest.mark.parametrize(
        ("grid", "message"),
        [
            ({}, "`grid` must be a dictionary"),
            ([1], "`grid` must be a dictionary"),
            ({"epochs": []}, r"`grid\['epochs'\]` must be a list of at least one"),
            ({"epochs": 3}, r"`grid\['epochs'\]` must be a list"),
            ({"tokenizer": "word"}, r"`grid\['tokenizer'\]` must be a list"),
            ({"epochs": [3, 3]}, "`grid` must be values that differ"),
        ],
    )
    def test_bad_grids(self, data, grid, message):
        with pytest.raises(ArgumentError, match=message):
            sweep(dan(), grid, data, progress=False)

    def test_misspelt_option(self, data):
        with pytest.raises(UnknownOptionError, match="Did you mean 'epochs'"):
            sweep(dan(), {"epoch": [1, 2]}, data, progress=False)

    def test_needs_validation_rows(self, data):
        with pytest.raises(ArgumentError, match="`data` must be a Split with valid"):
            sweep(dan(), {"epochs": [1, 2]}, Split(data.train, data.test), progress=False)


@pytest.mark.parametrize(
    ("setups", "options", "message"),
    [
        ({}, {}, "`setups` must be a dictionary of at least one"),
        ([BAYES], {}, "`setups` must be a dictionary"),
        ({"": BAYES}, {}, "each with a name"),
        ({"a": 3}, {}, r"`setups\['a'\]` must be an estimator"),
        ({BASELINE: BAYES}, {}, "named other than"),
        ({"a": BAYES}, {"seeds": 0}, "`seeds` must be"),
        ({"a": BAYES}, {"seeds": []}, "`seeds` must be at least one seed, each once"),
        ({"a": BAYES}, {"seeds": [1, 1]}, "`seeds` must be at least one seed, each once"),
        ({"a": BAYES}, {"seeds": [1, -1]}, r"`seeds\[1\]` must be"),
        ({"a": BAYES}, {"threads": 0}, "`threads` must be"),
        ({"a": BAYES}, {"baseline": 1}, "`baseline` must be True or False"),
        ({"a": BAYES}, {"progress": 1}, "`progress` must be True or False"),
        ({"a": BAYES}, {"measure": "bits"}, "`higher_is_better` must be"),
    ],
)
def test_bad_arguments_are_found_before_any_run(data, setups, options, message, monkeypatch):
    monkeypatch.setattr("textclf.experiment.runs.Job.run", lambda *_: pytest.fail("ran"))
    with pytest.raises(ArgumentError, match=message):
        compare(setups, data, **{"progress": False, **options})


def test_an_estimator_needs_texts():
    with pytest.raises(
        ArgumentError, match="`data` must be a Split of training and test texts.*'a' is an estimator"
    ):
        quietly({"a": BAYES}, None)


def test_progress_can_be_silenced(capsys):
    quietly({"a": counted([])}, None, seeds=1, measure="steps")
    assert capsys.readouterr().err == ""
    compare({"a": counted([])}, None, seeds=1, measure="steps", progress=True)
    assert "runs: 100%" in capsys.readouterr().err
