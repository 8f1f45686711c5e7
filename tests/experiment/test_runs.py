from __future__ import annotations

import json
import threading

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from textclf import LabelledTexts, TextClassifier
from textclf.errors import DataError
from textclf.experiment import Split
from textclf.experiment.runs import Job, Run, finished_run, report_of
from textclf.training import Callback, History

BAYES = make_pipeline(CountVectorizer(), MultinomialNB())
SMALL = {"embed_dim": 4, "hidden_dim": 4}


def made(setup, data, *, part="test", seed=0, folder=None) -> Run:
    key, run = Job("k", "a", setup, data, part, seed, 1).run(folder)
    assert key == "k"
    return run


class TestEstimators:
    def test_scikit_learn(self, data):
        run = made(BAYES, data)
        expected = BAYES.fit(data.train.texts, data.train.labels)
        assert run.predictions == expected.predict(data.test.texts).tolist()
        assert run.measures["accuracy"] == expected.score(data.test.texts, data.test.labels)
        assert {"macro_f1", "f1", "log_loss", "roc_auc", "calibration_error"} <= run.measures.keys()
        assert run.failure is None
        assert run.seconds > 0

    def test_text_classifier_is_given_the_validation_rows(self, data):
        run = made(TextClassifier("dan", epochs=2, device="cpu", model_options=SMALL), data)
        assert len(run.history) == 2
        assert "valid_accuracy" in run.history[0]
        without = Split(data.train, data.test)
        run = made(TextClassifier("dan", epochs=2, device="cpu", model_options=SMALL), without)
        assert "valid_accuracy" not in run.history[0]

    def test_validation_rows_in_place_of_the_test_rows(self, data):
        assert len(made(BAYES, data, part="valid").predictions) == len(data.valid)

    def test_test_rows_are_not_looked_at_by_a_sweep(self, data):
        class Forbidden(LabelledTexts):
            def __getattribute__(self, name):
                if name in ("texts", "labels") and object.__getattribute__(self, "locked"):
                    raise AssertionError("looked")
                return object.__getattribute__(self, name)

        object.__setattr__(locked := Forbidden.__new__(Forbidden), "locked", False)
        Forbidden.__init__(locked, ["a"], ["b"])
        split = Split(data.train, locked, data.valid)
        object.__setattr__(locked, "locked", True)
        assert made(BAYES, split, part="valid").failure is None
        assert made(BAYES, split, part="test").failure == "AssertionError: looked"

    def test_seed_makes_the_run(self, data):
        model = make_pipeline(CountVectorizer(), SGDClassifier(loss="log_loss", max_iter=2, tol=None))
        one, same, other = (made(model, data, seed=seed) for seed in (1, 1, 2))
        assert one.measures == same.measures
        assert one.measures != other.measures

    def test_one_that_draws_from_the_global_generators_is_seeded_too(self, data):
        class Guess:
            def fit(self, texts, labels):
                return None

            def predict(self, texts):
                return np.random.choice(["neg", "pos"], len(texts))  # noqa: NPY002

        one, same, other = (made(Guess(), data, seed=seed) for seed in (1, 1, 2))
        assert one.predictions == same.predictions != other.predictions

    def test_several_classes_have_no_f1_of_two(self):
        rows = LabelledTexts(["a", "b", "c"] * 4, ["x", "y", "z"] * 4)
        assert (
            "f1"
            not in made(BAYES.set_params(countvectorizer__token_pattern="."), Split(rows, rows)).measures
        )

    def test_a_test_label_that_was_not_trained_on_is_an_error_of_the_model(self, data):
        rows = LabelledTexts(["good", "bad"], ["pos", "new"])
        run = made(BAYES, Split(data.train, rows))
        assert run.measures["accuracy"] <= 0.5
        assert "log_loss" not in run.measures

    def test_wrong_number_of_answers(self, data):
        class Short:
            def fit(self, texts, labels):
                return self

            def predict(self, texts):
                return ["pos"]

        assert "a function that gives 80 labels" in made(Short(), data).failure


class TestFunctions:
    def test_measures(self):
        run = made(lambda data, seed: {"x": data + seed, "n": np.float32(2)}, 1, seed=4)
        assert (run.measures, run.seed, run.predictions) == ({"x": 5.0, "n": 2.0}, 4, [])

    def test_history_and_predictions(self, data):
        def run_it(data, seed):
            history = History([{"epoch": 1, "step": 3, "train_loss": float("nan")}])
            return {"history": history, "predictions": ["pos"] * len(data.test), "more": 1}

        run = made(run_it, data)
        assert run.history[0]["step"] == 3
        assert run.measures["accuracy"] == data.test.labels.count("pos") / len(data.test)
        assert run.measures["more"] == 1.0

    def test_what_is_not_finite_is_no_measure(self):
        assert made(lambda data, seed: {"x": float("nan"), "y": 1}, None).measures == {"y": 1.0}

    @pytest.mark.parametrize(
        ("found", "reason"),
        [
            (3, "`setup` must be a function that returns a dictionary"),
            ({"x": "high"}, r"`measures['x']` must be a number"),
            ({"x": True}, r"`measures['x']` must be a number"),
            ({"predictions": ["pos"]}, "one label for each test row, 80 of them"),
        ],
    )
    def test_faulty_answers(self, data, found, reason):
        assert reason in made(lambda data, seed: found, data).failure

    def test_predictions_of_no_rows(self):
        assert "no rows to predict" in made(lambda data, seed: {"predictions": ["a"]}, None).failure


class TestFailures:
    def test_a_loss_that_is_not_finite_is_a_result(self, data):
        diverging = {"clip_norm": None, "optimizer": "sgd"}
        model = TextClassifier(
            "dan",
            learning_rate=1e30,
            epochs=2,
            device="cpu",
            model_options=SMALL,
            trainer_options=diverging,
        )
        run = made(model, data)
        assert run.failure.startswith("NonFiniteLossError")
        assert run.lasting

    def test_another_error_is_tried_again(self, data, tmp_path):
        def fails(data, seed):
            raise OSError("the disk is full")

        run = made(fails, None, folder=tmp_path)
        assert (run.failure, run.lasting) == ("OSError: the disk is full", False)
        assert finished_run(tmp_path, "k") is None

    def test_ctrl_c_ends_the_study(self, data):
        class Interrupts(Callback):
            def on_step_end(self, trainer, result):
                raise KeyboardInterrupt

        model = TextClassifier("dan", epochs=2, device="cpu", trainer_options={"callbacks": [Interrupts()]})
        with pytest.raises(KeyboardInterrupt):
            made(model, data)


class TestFiles:
    def test_round_trip(self, data, tmp_path):
        run = made(BAYES, data, folder=tmp_path)
        assert finished_run(tmp_path, "k") == run
        assert [file.name for file in tmp_path.iterdir()] == ["k.json"]

    def test_numbers_that_json_has_no_word_for(self, tmp_path):
        history = [{"step": 1, "loss": float("inf")}]
        made(lambda data, seed: {"x": 1, "history": history}, None, folder=tmp_path)
        text = (tmp_path / "k.json").read_text()
        json.loads(text, parse_constant=lambda name: pytest.fail(name))
        assert finished_run(tmp_path, "k").history == [{"step": 1}]

    def test_a_lasting_failure_is_kept(self, tmp_path):
        made(lambda data, seed: 1 / 0, None, folder=tmp_path)
        assert finished_run(tmp_path, "k").failure == "ZeroDivisionError: division by zero"

    def test_not_there(self, tmp_path):
        assert finished_run(tmp_path, "k") is None
        assert finished_run(None, "k") is None

    @pytest.mark.parametrize(
        "content",
        ["", "[]", "{}", "null", '{"format": 2, "key": "k", "name": "a", "seed": 0}', "\udc80", "[" * 100_000,
         '{"format": 1, "key": "other", "name": "a", "seed": 0}', '{"format": 1, "key": "k", "name": "a"}',
         '{"format": 1, "key": "k", "name": "a", "seed": 0, "measures": {"x": "y"}}',
         '{"format": 1, "key": "k", "name": "a", "seed": 0, "more": 1}'],
    )  # fmt: skip
    def test_damaged(self, tmp_path, content):
        (tmp_path / "k.json").write_bytes(content.encode("utf-8", "surrogateescape"))
        with pytest.raises(DataError, match=r"k\.json: the file does not hold the run.*Delete it"):
            finished_run(tmp_path, "k")


def test_threads_are_set_and_set_back():
    before = torch.get_num_threads()
    seen = made(lambda data, seed: {"threads": torch.get_num_threads()}, None).measures["threads"]
    assert (seen, torch.get_num_threads()) == (1.0, before)


def test_runs_in_threads_of_one_process_do_not_share_random_numbers():
    def draws(data, seed):
        return {f"x{n}": torch.rand(()).item() for n in range(200)}

    alone = {seed: made(draws, None, seed=seed).measures for seed in range(6)}
    together: dict[int, dict[str, float]] = {}
    threads = [
        threading.Thread(target=lambda s=seed: together.update({s: made(draws, None, seed=s).measures}))
        for seed in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_report_has_every_label():
    report = report_of(LabelledTexts(["a", "b"], ["x", "y"]), ["x", "z"])
    assert report.label_names == ("x", "y", "z")
    assert report.accuracy == 0.5
