"""TextClassifier where a text may have several labels, from fit to a loaded folder."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from textclf import Predictor, TextClassifier
from textclf.errors import ArgumentError, DataError, UnknownNameError, UnseenLabelError

TEXTS = ["a good film", "good cast", "a bad film", "bad cast", "so so"] * 8
LABELS = [["film", "pos"], ["pos"], ["film"], [], []] * 8
QUERIES = ["a film", "good good film", "qwertz", "", "cast"]


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


def quick(model="dan", **options):
    sizes = {"dan": {"embed_dim": 4, "hidden_dim": 8}, "textcnn": {"embed_dim": 4, "num_filters": 4}}
    options = {"epochs": 12, "learning_rate": 0.05, "device": "cpu", "batch_size": 16} | options
    return TextClassifier(model, model_options=sizes.get(model), **options)


@pytest.fixture
def fitted():
    return quick().fit(TEXTS, LABELS)


class TestAnswers:
    @pytest.mark.parametrize("model", ["dan", "textcnn", "fasttext"])
    def test_labels_in_order(self, model):
        classifier = quick(model).fit(TEXTS, LABELS)
        assert classifier.multi_label_
        assert classifier.classes_.tolist() == ["film", "pos"]
        found = classifier.predict(["good film", "a bad film", "bad cast"])
        assert found == [("film", "pos"), ("film",), ()]
        assert classifier.predict_proba(QUERIES).shape == (5, 2)

    def test_it_is_the_labels_that_say_so(self):
        assert not quick("fasttext").fit(TEXTS, ["x", "y"] * 20).multi_label_
        assert quick("fasttext").fit(TEXTS, map(set, LABELS)).multi_label_
        assert quick("fasttext").fit(TEXTS, [tuple(names) for names in LABELS]).multi_label_
        integers = quick("fasttext").fit(TEXTS, [[7, 3], [3], [7], [], []] * 8)
        assert integers.predict(["good film"]) == [(3, 7)]

    def test_thresholds(self, fitted):
        assert fitted.predict(QUERIES, thresholds=0) == [("film", "pos")] * 5
        assert fitted.predict(["good film"], thresholds={"pos": 1.1}) == [("film",)]

    def test_what_belongs_to_the_other_kind(self, fitted):
        with pytest.raises(
            ArgumentError, match="`abstain_below` must be None for several labels a text.*thresholds"
        ):
            fitted.predict(QUERIES, abstain_below=0.5)
        with pytest.raises(
            ArgumentError, match="`thresholds` must be None for one label a text.*abstain_below"
        ):
            quick("fasttext").fit(TEXTS, ["x", "y"] * 20).predict(QUERIES, thresholds=0.5)

    def test_no_texts(self, fitted):
        assert fitted.predict([]) == []
        assert fitted.predict_proba([]).shape == (0, 2)


class TestTraining:
    def test_one_label_on_each_text(self):
        classifier = quick("fasttext").fit(TEXTS, [[names] for names in ["a", "a", "b", "b", "c"] * 8])
        assert classifier.predict(["good cast", "so so"]) == [("a",), ("c",)]

    def test_a_label_on_every_text(self):
        classifier = quick().fit(TEXTS, [[*names, "text"] for names in LABELS])
        assert all("text" in names for names in classifier.predict(QUERIES))

    def test_a_label_on_every_text_and_no_other(self):
        with pytest.raises(DataError, match="at least two classes. Received: 1 class, 'text'"):
            quick().fit(TEXTS, [["text"]] * 40)
        with pytest.raises(DataError, match="each on all 40 texts or on none"):
            quick().fit(TEXTS, [["text", "all"]] * 40)

    def test_no_label_anywhere(self):
        with pytest.raises(DataError, match="no labels were found"):
            quick().fit(TEXTS, [[]] * 40)

    def test_balanced_finds_more_of_a_rare_label(self):
        random = np.random.default_rng(0)
        texts = [f"{'rare' if n % 10 == 0 else 'other'} {random.integers(50)}" for n in range(200)]
        labels = [["x"] if n % 10 == 0 and n % 20 else ["y"] if n % 3 else [] for n in range(200)]
        recalls = [
            quick("fasttext", class_weight=weight)
            .fit(texts, labels)
            .evaluate(texts, labels)
            .per_class[0]
            .recall
            for weight in ({"x": 0.05}, "balanced")
        ]
        assert recalls[0] < recalls[1] == 1.0

    @pytest.mark.parametrize("sampling", ["oversample", "undersample"])
    def test_sampling_is_refused(self, sampling):
        with pytest.raises(
            ArgumentError, match="`sampling` must be None where a text may have several labels"
        ):
            quick(sampling=sampling).fit(TEXTS, LABELS)

    def test_validation_data_stop_and_calibrate(self):
        classifier = quick(monitor="micro_f1", validation_share=0.25, epochs=4).fit(TEXTS, LABELS)
        assert "valid_micro_f1" in classifier.history_.columns
        assert classifier.predictor_.temperature != 1
        given = quick(epochs=2).fit(TEXTS, LABELS, valid=(TEXTS[:5], LABELS[:5]))
        assert "valid_macro_f1" in given.history_.columns

    def test_validation_data_with_an_unseen_label(self):
        with pytest.raises(UnseenLabelError, match="Received: 'new'"):
            quick().fit(TEXTS, LABELS, valid=(["a"], [["film", "new"]]))

    def test_a_metric_of_one_label_a_text(self):
        with pytest.raises(
            UnknownNameError, match="`metric` must be a known name for several labels a text"
        ):
            quick(monitor="mcc", validation_share=0.2).fit(TEXTS, LABELS)

    def test_the_same_seed_is_the_same_classifier(self, fitted):
        again = quick().fit(TEXTS, LABELS)
        np.testing.assert_array_equal(again.predict_proba(QUERIES), fitted.predict_proba(QUERIES))


class TestSaving:
    def test_the_loaded_one_answers_the_same(self, fitted, tmp_path):
        fitted.save(tmp_path / "model")
        loaded = TextClassifier.load(tmp_path / "model")
        assert loaded.multi_label_
        assert loaded.predict(QUERIES) == fitted.predict(QUERIES)
        np.testing.assert_array_equal(loaded.predict_proba(QUERIES), fitted.predict_proba(QUERIES))
        assert Predictor.load(tmp_path / "model").predict(QUERIES) == fitted.predict(QUERIES)
        assert loaded.evaluate(TEXTS, LABELS).accuracy == fitted.evaluate(TEXTS, LABELS).accuracy


class TestScikitLearn:
    def test_clone(self, fitted):
        assert not hasattr(clone(fitted), "multi_label_")
        assert clone(fitted).fit(TEXTS, LABELS).predict(QUERIES) == fitted.predict(QUERIES)

    def test_sets_go_through_its_tools_as_they_are(self):
        sets = [set(names) for names in LABELS]
        scores = cross_val_score(quick("fasttext"), TEXTS, sets, cv=4, error_score="raise")
        assert scores.tolist() == [1.0] * 4

    def test_lists_with_a_way_to_split_them(self):
        folds = KFold(2, shuffle=True, random_state=0)
        search = GridSearchCV(quick("fasttext"), {"min_freq": [1, 100]}, cv=folds, error_score=0.0)
        with pytest.warns(FitFailedWarning):  # nothing occurs a hundred times
            search.fit(TEXTS, LABELS)
        assert search.best_params_ == {"min_freq": 1}
        assert search.predict(["good film"]) == [("film", "pos")]

    def test_a_score_of_ones_own(self):
        def micro_f1(classifier, texts, labels):
            return classifier.evaluate(texts, labels).micro_f1

        folds = KFold(2, shuffle=True, random_state=0)
        scores = cross_val_score(quick("fasttext"), TEXTS, LABELS, cv=folds, scoring=micro_f1)
        assert scores.tolist() == [1.0, 1.0]

    def test_pipeline(self):
        clean = FunctionTransformer(lambda texts: [text.upper() for text in texts])
        pipeline = make_pipeline(clean, quick("fasttext")).fit(TEXTS, LABELS)
        assert pipeline.score(TEXTS, LABELS) == 1.0
