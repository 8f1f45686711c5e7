from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from textclf import (
    Predictor,
    TextClassifier,
    TextEncoder,
    Trainer,
    Windows,
    create_model,
    seed_everything,
)
from textclf.classifier import core
from textclf.errors import ArgumentError, DataError, MissingFileError, OutputExistsError, UnseenLabelError
from textclf.metrics import fit_temperature
from textclf.training import Callback
from textclf.windows import windows_of

TEXTS = ["a good film", "good acting", "really good", "a bad film", "bad acting", "really bad"] * 6
LABELS = ["pos", "pos", "pos", "neg", "neg", "neg"] * 6
LONG = ["a good film and really so good", "a bad film and really so bad"] * 4
SMALL = {"embed_dim": 4, "hidden_dim": 4}


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


def quick(**options):
    made = {"model": "dan", "epochs": 3, "learning_rate": 0.05, "device": "cpu", "precision": "fp32"}
    return TextClassifier(**{**made, "model_options": SMALL, **options})


@pytest.fixture
def fitted():
    return quick().fit(TEXTS, LABELS)


def noisy(rows=400, seed=0):
    """Return texts whose word tells the label four times in five."""
    random = np.random.default_rng(seed)
    labels = random.choice(["neg", "pos"], rows)
    wrong = random.random(rows) < 0.2
    words = np.where((labels == "pos") ^ wrong, "good", "bad")
    fillers = random.integers(0, 30, (rows, 3))
    texts = [f"{w} " + " ".join(f"w{n}" for n in f) for w, f in zip(words, fillers, strict=True)]
    return texts, labels.tolist()


def sizes_of_fits(monkeypatch):
    """Return a list that gets, of each fit, how many texts are trained on and validated with."""
    sizes = []
    fit = Trainer.fit

    def noted(self, train, valid=None, **options):
        sizes.append((len(train), None if valid is None else len(valid)))
        return fit(self, train, valid, **options)

    monkeypatch.setattr(core.Trainer, "fit", noted)
    return sizes


class Seen(Callback):
    """Keeps the trainer that calls it."""

    def on_fit_start(self, trainer):
        self.trainer = trainer


class TestFitAndPredict:
    def test_labels_in_order(self, fitted):
        assert fitted.predict(["good", "bad film", "a good one"]).tolist() == ["pos", "neg", "pos"]
        assert fitted.classes_.tolist() == ["neg", "pos"]

    def test_columns_are_in_the_order_of_the_classes(self, fitted):
        shares = fitted.predict_proba(["good", "bad"])
        assert shares.shape == (2, 2)
        np.testing.assert_allclose(shares.sum(axis=1), 1)
        assert shares[0, 1] > 0.5 > shares[1, 1]

    def test_nothing_gives_nothing(self, fitted):
        assert fitted.predict([]).tolist() == []
        assert fitted.predict_proba([]).shape == (0, 2)
        assert fitted.predict([], abstain_below=0.5).tolist() == []

    def test_empty_and_unknown_texts_have_an_answer(self, fitted):
        assert set(fitted.predict(["", "zzz", []])) <= {"neg", "pos"}

    def test_a_single_text_has_to_be_put_into_a_list(self, fitted):
        with pytest.raises(ArgumentError, match="Put a single text into a list"):
            fitted.predict("a good film")

    @pytest.mark.parametrize(
        "labels", [["b", "a", "é"] * 12, [3, 1, 20] * 12, ["a\x00", "a", "b"] * 12, [2**80, 1, 0] * 12]
    )
    def test_labels_of_any_kind_come_back_as_they_are(self, labels):
        texts = [f"word{labels.index(label)}" for label in labels]
        classifier = quick(epochs=10).fit(texts, labels)
        assert classifier.classes_.tolist() == sorted(set(labels))
        assert classifier.predict(texts).tolist() == labels

    def test_the_same_seed_gives_the_same_classifier(self):
        first, second = (quick(seed=3).fit(TEXTS, LABELS).predict_proba(TEXTS) for _ in range(2))
        np.testing.assert_array_equal(first, second)
        assert not np.array_equal(first, quick(seed=4).fit(TEXTS, LABELS).predict_proba(TEXTS))

    def test_it_is_the_core_and_nothing_more(self):
        classifier = quick(validation_share=None, temperature=1.0, seed=5).fit(TEXTS, LABELS)
        encoder, corpus = TextEncoder.build_and_encode(TEXTS, LABELS)
        seed_everything(5)
        model = create_model("dan", vocab_size=encoder.vocab_size, num_classes=2, **SMALL)
        trainer = Trainer(
            model, epochs=3, learning_rate=0.05, seed=5, device="cpu", precision="fp32", progress=False
        )
        history = trainer.fit(corpus)
        expected = Predictor(encoder, model, device="cpu", precision="fp32").predict_proba(TEXTS)
        np.testing.assert_array_equal(classifier.predict_proba(TEXTS), expected)
        assert classifier.history_["train_loss"] == history["train_loss"]

    def test_options_reach_their_parts(self):
        seen = Seen()
        classifier = quick(
            tokenizer="char",
            max_length=5,
            min_freq=2,
            batch_size=7,
            encoder_options={"keep": "tail", "max_size": 9},
            trainer_options={"weight_decay": 0.3, "callbacks": [seen]},
        ).fit(TEXTS, LABELS)
        encoder = classifier.predictor_.encoder
        assert (encoder.max_length, encoder.keep, encoder.vocab_size) == (5, "tail", 9)
        assert (seen.trainer.weight_decay, seen.trainer.batch_size) == (0.3, 7)
        assert classifier.predictor_.model.config["hidden_dim"] == 4

    def test_pretrained_vectors(self, tmp_path):
        path = tmp_path / "vectors.txt"
        path.write_text("good 1 0 2\nbad 0 1 1\n")
        classifier = quick(
            embedding=path,
            embedding_options={"unknown": "zero"},
            model_options={"embedding_mode": "static"},
        ).fit(TEXTS, LABELS)
        assert (classifier.coverage_.types_found, classifier.coverage_.types) == (2, 6)
        assert classifier.predictor_.model.config["embed_dim"] == 3
        assert quick().fit(TEXTS, LABELS).coverage_ is None

    def test_before_fit(self, tmp_path):
        for use in (
            lambda c: c.predict(TEXTS),
            lambda c: c.predict_proba(TEXTS),
            lambda c: c.evaluate(TEXTS, LABELS),
            lambda c: c.calibrate(TEXTS, LABELS),
            lambda c: c.thresholds(TEXTS, LABELS, precision=0.5),
            lambda c: c.save(tmp_path / "model"),
        ):
            with pytest.raises(NotFittedError, match="This TextClassifier instance is not fitted yet"):
                use(TextClassifier())

    def test_a_fit_that_fails_leaves_the_old_one(self):
        classifier = quick().fit(TEXTS, LABELS)
        before = classifier.predict_proba(TEXTS)
        with pytest.raises(ArgumentError, match=r"`texts\[1\]` must be a string"):
            classifier.fit(["a", None], ["x", "y"])
        np.testing.assert_array_equal(classifier.predict_proba(TEXTS), before)

    @pytest.mark.parametrize(
        ("texts", "labels", "message"),
        [
            ([], [], "no labels were found"),
            (["a", "b"], ["x", "x"], "at least two classes"),
            (["", ""], ["x", "y"], "tokens"),
        ],
    )
    def test_data_without_anything_to_learn(self, texts, labels, message):
        with pytest.raises(DataError, match=message):
            quick().fit(texts, labels)


class TestValidation:
    def test_a_share_is_held_out_and_stops_the_training(self):
        texts, labels = noisy()
        classifier = quick(epochs=40, patience=2).fit(texts, labels)
        assert "valid_accuracy" in classifier.history_.columns
        assert classifier.history_.stopped == "patience"

    def test_the_vocabulary_is_that_of_the_training_part(self):
        texts = [f"word{n}" for n in range(40)]
        encoder = quick(validation_share=0.25).fit(texts, ["x", "y"] * 20).predictor_.encoder
        assert encoder.vocab_size == 2 + 30

    def test_few_texts_are_all_trained_on(self, fitted):
        assert "valid_accuracy" not in fitted.history_.columns

    def test_given_validation_data(self, monkeypatch):
        sizes = sizes_of_fits(monkeypatch)
        texts, labels = noisy()
        quick(validation_share=0.5).fit(texts, labels, valid=(np.array(TEXTS), np.array(LABELS)))
        assert sizes == [(400, 36)]

    def test_validation_labels_that_training_has_not(self):
        with pytest.raises(UnseenLabelError, match="neutral"):
            quick().fit(TEXTS, LABELS, valid=(["so so"], ["neutral"]))

    def test_a_model_that_learns_at_its_start_learns_from_all(self):
        texts, labels = noisy()
        classifier = quick(model="fasttext", model_options=None).fit(texts, labels)
        assert "valid_accuracy" not in classifier.history_.columns
        assert classifier.predictor_.temperature == 1.0

    def test_a_run_can_be_resumed(self, tmp_path):
        options = {"trainer_options": {"run_folder": tmp_path / "run"}}
        whole = quick(**options).fit(TEXTS, LABELS)
        again = quick(**options).fit(TEXTS, LABELS, resume=True)
        np.testing.assert_array_equal(again.predict_proba(TEXTS), whole.predict_proba(TEXTS))
        with pytest.raises(OutputExistsError, match="`run_folder` must be free"):
            quick(**options).fit(TEXTS, LABELS)


class TestImbalance:
    TEXTS = ["film"] * 44
    LABELS = ["no"] * 40 + ["yes"] * 4

    def shares(self, **options):
        """Return how probable the rare label is where nothing tells it: one in eleven, or even."""
        made = {"model_options": {**SMALL, "ngrams": 0}, "epochs": 60}
        return quick(**{**made, **options}).fit(self.TEXTS, self.LABELS).predict_proba(["film"])[0, 1]

    def test_the_rare_label_is_as_probable_as_it_is_frequent(self):
        assert self.shares() == pytest.approx(1 / 11, abs=0.08)

    @pytest.mark.parametrize(
        "options",
        [
            {"class_weight": "balanced"},
            {"class_weight": {"yes": 10.0}},
            {"sampling": "oversample"},
            {"sampling": "undersample"},
        ],
    )
    def test_weights_and_sampling_make_it_even(self, options):
        assert self.shares(**options) == pytest.approx(0.5, abs=0.15)

    @pytest.mark.parametrize(("sampling", "rows"), [("oversample", 80), ("undersample", 8), (None, 44)])
    def test_how_many_rows_are_trained_on(self, sampling, rows, monkeypatch):
        sizes = sizes_of_fits(monkeypatch)
        quick(sampling=sampling).fit(self.TEXTS, self.LABELS)
        assert sizes == [(rows, None)]

    def test_weights_of_labels_that_are_not_there(self):
        with pytest.raises(ArgumentError, match="`class_weight` must be keyed by labels"):
            quick(class_weight={"maybe": 2.0}).fit(self.TEXTS, self.LABELS)


class TestConfidence:
    @pytest.fixture
    def overfitted(self):
        options = {"model_options": {**SMALL, "dropout": 0.0}, "epochs": 60, "learning_rate": 0.1}
        return quick(temperature=1.0, validation_share=None, **options).fit(*noisy(200))

    def test_calibration_lowers_the_loss_on_other_texts_and_changes_no_label(self, overfitted):
        test = noisy(1000, seed=1)
        before, labels = overfitted.evaluate(*test), overfitted.predict(test[0])
        assert overfitted.calibrate(*noisy(300, seed=2)) is overfitted
        after = overfitted.evaluate(*test)
        assert overfitted.predictor_.temperature > 1.5
        assert after.log_loss < before.log_loss - 0.05
        assert after.calibration_error < before.calibration_error / 2
        assert overfitted.predict(test[0]).tolist() == labels.tolist()

    def test_fit_calibrates_on_its_validation_data(self):
        valid = noisy(100, seed=3)
        classifier = quick().fit(*noisy(100), valid=valid)
        predictor = classifier.predictor_
        expected = fit_temperature(predictor.labels.encode(valid[1]), predictor.predict_logits(valid[0]))
        assert predictor.temperature == pytest.approx(expected, rel=1e-5)
        assert predictor.temperature != 1.0

    def test_a_temperature_of_ones_own(self):
        one, two = (
            quick(temperature=t).fit(TEXTS, LABELS, valid=(TEXTS, LABELS)).predict_proba(["a", "good"])
            for t in (1.0, 2.0)
        )
        logit = np.log(one[:, 1] / one[:, 0])
        np.testing.assert_allclose(two[:, 1], 1 / (1 + np.exp(-logit / 2)), rtol=1e-5)

    def test_abstaining(self, fitted):
        texts = ["good", "bad", "acting", "zzz"]
        sure = fitted.predict_proba(texts).max(axis=1)
        limit = float(np.sort(sure)[1:3].mean())
        answers = fitted.predict(texts, abstain_below=limit)
        assert (answers != None).tolist() == (sure >= limit).tolist()  # noqa: E711  element by element
        assert answers[0] == "pos"
        report = fitted.evaluate(texts, ["pos", "neg", "pos", "neg"])
        assert report.answered(limit).coverage == 0.5

    def test_thresholds_by_label(self):
        classifier = quick().fit(*noisy(400))
        limits = classifier.thresholds(*noisy(600, seed=4), precision=0.75)
        assert set(limits) == {"neg", "pos"}
        answers = classifier.predict(noisy(600, seed=4)[0], abstain_below=limits)
        labels = np.array(noisy(600, seed=4)[1])
        for label in ("neg", "pos"):
            assert (labels[answers == label] == label).mean() >= 0.75
        assert classifier.thresholds(*noisy(600, seed=4), recall=0.3)["pos"] > 0.5

    def test_thresholds_of_labels_that_are_not_there(self, fitted):
        with pytest.raises(ArgumentError, match="`abstain_below` must be keyed by labels"):
            fitted.predict(["good"], abstain_below={"maybe": 0.5})


class TestMeasures:
    def test_the_report(self, fitted):
        report = fitted.evaluate(TEXTS, np.array(LABELS))
        assert report.label_names == ("neg", "pos")
        assert report.accuracy == fitted.score(TEXTS, LABELS) == 1.0
        assert report.as_dict()["calibration_error"] == report.calibration_error < 0.2
        assert "calibration error" in str(report)

    def test_a_label_that_training_never_saw(self, fitted):
        with pytest.raises(
            UnseenLabelError, match=r"`labels\[0\]` must be a known label. Received: 'neutral'"
        ):
            fitted.evaluate(["so so"], ["neutral"])
        assert fitted.score(["so so", "good"], ["neutral", "pos"]) == 0.5


class TestLongTexts:
    def test_what_is_cut_off_is_said(self, caplog):
        its = quick(max_length=2).fit(LONG, [1, 0] * 4)
        assert its.run_.unread == pytest.approx(5 / 7)
        assert [message[:52] for message in caplog.messages] == [
            "71.4 % of the tokens of the training texts were not "
        ]
        its.evaluate(LONG, [1, 0] * 4)
        assert caplog.messages[1].startswith("71.4 % of the tokens of these texts were not read")

    def test_with_windows_nothing_is_cut_off(self, caplog):
        its = quick(max_length=2, windows=2).fit(LONG, [1, 0] * 4, valid=(LONG, [1, 0] * 4))
        its.predict(LONG)
        assert caplog.messages == []
        assert its.predictor_.dropped_share(LONG) == 0
        assert its.run_.unread == pytest.approx(5 / 7)

    def test_what_the_model_does_not_read_of_the_training_texts(self):
        its = quick(model="mlp", windows=3, model_options={**SMALL, "max_length": 3, "ngrams": 0})
        assert its.fit(LONG, [1, 0] * 4).run_.unread == pytest.approx(4 / 7)

    def test_the_temperature_and_the_scores_are_those_with_windows(self):
        texts, labels = noisy()
        texts = [f"{text} so so {text}" for text in texts]
        its = quick(max_length=3, windows=3).fit(texts, labels, valid=(texts[:99], labels[:99]))
        found = its.predictor_.labels.encode(labels[:99])
        logits = its.predictor_.predict_logits(texts[:99])
        assert its.predictor_.temperature == pytest.approx(fit_temperature(found, logits))
        report = its.evaluate(texts[:99], labels[:99])
        assert its.run_.reports["validation"]["log_loss"] == pytest.approx(report.log_loss)

    def test_validation_data_are_answered_once(self, monkeypatch):
        asked = []
        whole = Predictor.logits
        monkeypatch.setattr(
            Predictor, "logits", lambda self, corpus: asked.append(len(corpus)) or whole(self, corpus)
        )
        its = quick().fit(TEXTS, LABELS, valid=(TEXTS[:9], LABELS[:9]))
        assert asked == [9]
        assert its.run_.reports["validation"]["n"] == 9


class TestSaving:
    def test_round_trip(self, fitted, tmp_path):
        fitted.predictor_.temperature = 1.25
        fitted.save(tmp_path / "model")
        loaded = TextClassifier.load(tmp_path / "model", device="cpu", precision="fp32")
        np.testing.assert_array_equal(loaded.predict_proba(TEXTS), fitted.predict_proba(TEXTS))
        assert loaded.predict(TEXTS).tolist() == fitted.predict(TEXTS).tolist()
        assert loaded.classes_.tolist() == fitted.classes_.tolist()
        assert loaded.get_params() == fitted.get_params()
        assert loaded.predictor_.temperature == 1.25
        assert list(loaded.history_) == list(fitted.history_)
        assert loaded.coverage_ is None

    def test_long_texts_can_be_read_whole(self, tmp_path):
        texts = ["a good film and really so good", "a bad film and really so bad"]
        TextClassifier("fasttext", max_length=2).fit(texts, [1, 0]).save(tmp_path / "model")
        loaded = (TextClassifier.load(tmp_path / "model", windows=w) for w in ("saved", Windows(2)))
        cut, whole = loaded
        assert (cut.windows, whole.windows) == (None, Windows(2))
        assert [c.predictor_.dropped_share(texts) > 0 for c in (cut, whole)] == [True, False]
        assert whole.score(texts, [1, 0]) == 1.0

    @pytest.mark.parametrize("windows", [2, {"length": 2, "pool": "max"}, Windows(2, stride=1)])
    def test_windows_are_saved(self, tmp_path, windows):
        its = quick(max_length=2, windows=windows).fit(LONG, [1, 0] * 4)
        its.save(tmp_path / "model")
        loaded = TextClassifier.load(tmp_path / "model", device="cpu", precision="fp32")
        np.testing.assert_array_equal(loaded.predict_proba(LONG), its.predict_proba(LONG))
        assert loaded.predictor_.windows == its.predictor_.windows == windows_of(windows)
        assert windows_of(loaded.windows) == windows_of(windows)
        assert "by windows of it" in (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
        cut = TextClassifier.load(tmp_path / "model", windows=None)
        assert (cut.windows, cut.predictor_.windows) == (None, None)
        assert TextClassifier.load(tmp_path / "model", windows=3).predictor_.windows == Windows(3)
        clone(loaded).fit(LONG, [1, 0] * 4)

    def test_a_predictor_reads_the_folder_too(self, fitted, tmp_path):
        fitted.save(tmp_path / "model")
        predictor = Predictor.load(tmp_path / "model", device="cpu", precision="fp32")
        np.testing.assert_array_equal(predictor.predict_proba(TEXTS), fitted.predict_proba(TEXTS))

    def test_in_another_process(self, tmp_path):
        quick(model_options={**SMALL, "ngrams": 0}, epochs=30).fit(TEXTS, LABELS).save(tmp_path / "model")
        code = (
            "import sys, textclf; c = textclf.TextClassifier.load(sys.argv[1], device='cpu', precision='fp32');"
            "print(c.predict(['a good film', 'bad']).tolist())"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, tmp_path / "model"], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "['pos', 'neg']"

    def test_trained_on_a_device_that_is_not_here(self, fitted, tmp_path, monkeypatch):
        monkeypatch.setattr(fitted, "device", "cuda:7")
        fitted.save(tmp_path / "model")
        loaded = TextClassifier.load(tmp_path / "model", device="cpu")
        assert loaded.device == "cpu"
        loaded.set_params(precision="fp32").fit(TEXTS, LABELS)

    def test_integer_labels_and_their_weights(self, tmp_path):
        labels = [int(label == "pos") for label in LABELS]
        quick(class_weight={1: 2.0}).fit(TEXTS, labels).save(tmp_path / "model")
        loaded = TextClassifier.load(tmp_path / "model")
        assert loaded.class_weight == {1: 2.0}
        assert loaded.predict(["good", "bad"]).tolist() == [1, 0]

    def test_a_function_as_tokenizer_is_given_again(self, tmp_path):
        quick(tokenizer=str.split).fit(TEXTS, LABELS).save(tmp_path / "model")
        with pytest.raises(ArgumentError, match="`tokenizer` must be given"):
            TextClassifier.load(tmp_path / "model")
        loaded = TextClassifier.load(tmp_path / "model", tokenizer=str.split)
        assert loaded.tokenizer is str.split
        assert loaded.predict(["good"]).tolist() == ["pos"]

    def test_a_loss_of_ones_own_is_named_when_saved(self, tmp_path):
        options = {"trainer_options": {"loss": torch.nn.CrossEntropyLoss()}}
        classifier = quick(**options).fit(TEXTS, LABELS)
        with pytest.warns(UserWarning, match="trainer_options cannot be written to classifier.json"):
            classifier.save(tmp_path / "model")
        loaded = TextClassifier.load(tmp_path / "model", device="cpu", precision="fp32")
        assert loaded.trainer_options is None
        np.testing.assert_array_equal(loaded.predict_proba(TEXTS), classifier.predict_proba(TEXTS))

    def test_a_folder_that_is_there_stays(self, fitted, tmp_path):
        fitted.save(tmp_path / "model")
        with pytest.raises(OutputExistsError, match="model"):
            fitted.save(tmp_path / "model")
        fitted.save(tmp_path / "model", overwrite=True)

    @pytest.mark.parametrize(
        "name", ["classifier.json", "history.jsonl", "vocab.txt", "weights.safetensors"]
    )
    def test_changed_and_missing_files_are_named(self, fitted, tmp_path, name):
        fitted.save(tmp_path / "model")
        path = tmp_path / "model" / name
        path.write_bytes(path.read_bytes() + b" ")
        with pytest.raises(DataError, match=f"{name}: the file must be the one that was saved"):
            TextClassifier.load(tmp_path / "model")
        path.unlink()
        with pytest.raises(MissingFileError, match=name):
            TextClassifier.load(tmp_path / "model")

    def test_the_folder_of_a_predictor_is_named_as_such(self, fitted, tmp_path):
        fitted.predictor_.save(tmp_path / "model")
        with pytest.raises(
            MissingFileError, match=r"what Predictor.save\(\) wrote, Predictor.load\(\) reads"
        ):
            TextClassifier.load(tmp_path / "model")

    def test_parameters_of_a_later_version(self, fitted, tmp_path, monkeypatch):
        monkeypatch.setattr(
            "textclf.classifier.estimator.write_parameters",
            lambda folder, params: (folder / "classifier.json").write_text(
                json.dumps({"format": 1, "parameters": {"epochss": 3}})
            ),
        )
        fitted.save(tmp_path / "model")
        with pytest.raises(
            DataError, match=r"classifier.json: `epochss` must be an option.*Did you mean 'epochs'"
        ):
            TextClassifier.load(tmp_path / "model")


def test_probabilities_are_finite_whatever_the_text(fitted):
    shares = fitted.predict_proba(["good " * 5000, "\x85\u2028", "𝔤𝔬𝔬𝔡", " "])
    assert np.isfinite(shares).all()
    assert math.isclose(shares.sum(), 4)
