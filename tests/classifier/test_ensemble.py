"""TextEnsemble: members that answer as one."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from textclf import LabelledTexts, Predictor, TextClassifier, TextEnsemble
from textclf.errors import (
    ArgumentError,
    DataError,
    MissingFileError,
    OutputExistsError,
    UnknownNameError,
    UnseenLabelError,
)
from textclf.experiment import Split, compare
from textclf.experiment.setups import seeded

TEXTS = ["a good film", "good acting", "really good", "a bad film", "bad acting", "really bad"] * 6
LABELS = ["pos", "pos", "pos", "neg", "neg", "neg"] * 6
TOPICS = [["film", "praise"], ["cast", "praise"], ["praise"], ["film"], ["cast"], []] * 6


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


def words(**options):
    small = {"embed_dim": 4, "hidden_dim": 4}
    return TextClassifier("dan", epochs=3, learning_rate=0.05, model_options=small).set_params(**options)


def characters(**options):
    return TextClassifier("fasttext", tokenizer="char").set_params(**options)


def both(**options):
    return TextEnsemble([("words", words()), ("characters", characters())], **options)


@pytest.fixture
def fitted():
    return both().fit(TEXTS, LABELS)


class TestAnswers:
    def test_the_mean_of_what_the_members_say_alone(self, fitted):
        alone = [member.fit(TEXTS, LABELS).predict_proba(TEXTS) for member in (words(), characters())]
        assert fitted.predict_proba(TEXTS) == pytest.approx(np.mean(alone, axis=0))
        assert fitted.classes_.tolist() == ["neg", "pos"]
        assert fitted.predict(["a good film", "bad"]).tolist() == ["pos", "neg"]

    def test_weights(self):
        heavy = both(weights=[3, 1]).fit(TEXTS, LABELS)
        one, other = (member.predict_proba(TEXTS) for member in heavy.members_.values())
        assert heavy.predict_proba(TEXTS) == pytest.approx(0.75 * one + 0.25 * other)

    def test_abstaining(self, fitted):
        sure = fitted.predict_proba(["a good film", "qwertz"]).max(axis=1)
        assert sure[0] > sure[1]
        limit = float(sure.mean())
        assert fitted.predict(["a good film", "qwertz"], abstain_below=limit).tolist() == ["pos", None]
        with pytest.raises(ArgumentError, match="`thresholds` must be None for one label a text"):
            fitted.predict(TEXTS, thresholds=0.5)

    def test_it_is_measured_like_one_classifier(self, fitted):
        report = fitted.evaluate(TEXTS, LABELS)
        assert report.accuracy == fitted.score(TEXTS, LABELS) == 1.0
        assert sorted(fitted.thresholds(TEXTS, LABELS, precision=0.9)) == ["neg", "pos"]
        with pytest.raises(UnseenLabelError, match="'neutral'"):
            fitted.evaluate(["so so"], ["neutral"])

    def test_several_labels_a_text(self):
        tagger = both().fit(TEXTS, TOPICS)
        probabilities = tagger.predict_proba(TEXTS)
        wanted = [
            tuple(label for label, p in zip(tagger.classes_, row, strict=True) if p >= 0.5)
            for row in probabilities
        ]
        assert tagger.predict(TEXTS) == wanted
        assert tagger.predict(TEXTS[:1], thresholds=1.1) == [()]
        assert tagger.score(TEXTS, TOPICS) == np.mean(
            [set(a) == set(b) for a, b in zip(wanted, TOPICS, strict=True)]
        )
        with pytest.raises(ArgumentError, match="`abstain_below` must be None for several labels"):
            tagger.predict(TEXTS, abstain_below=0.5)

    def test_nothing_gives_nothing(self, fitted):
        assert fitted.predict_proba([]).shape == (0, 2)
        assert fitted.predict([]).tolist() == []

    def test_before_fit(self, tmp_path):
        for ask in (lambda: both().predict(TEXTS), lambda: both().save(tmp_path / "a")):
            with pytest.raises(NotFittedError):
                ask()
        assert not (tmp_path / "a").exists()


class TestFit:
    def test_members_as_given_stay_untrained(self):
        ensemble = both()
        ensemble.fit(TEXTS, LABELS)
        assert not hasattr(ensemble.members[0][1], "predictor_")

    def test_validation_texts_are_those_of_each_member(self):
        ensemble = both().fit(TEXTS, LABELS, valid=(TEXTS[:4], LABELS[:4]))
        assert [m.run_.validation.rows for m in ensemble.members_.values()] == [4, 4]

    def test_what_is_gone_through_once_reaches_each_member(self, fitted):
        once = both().fit(iter(TEXTS), iter(LABELS))
        assert (once.predict_proba(TEXTS) == fitted.predict_proba(TEXTS)).all()

    @pytest.mark.parametrize(
        ("members", "message"),
        [
            ([], "`members` must be a list of at least one pair"),
            (None, "`members` must be a list of at least one pair"),
            ([words()], r"`members\[0\]` must be a pair of a name and a TextClassifier"),
            ([("a", "dan")], r"`members\[0\]` must be a TextClassifier after the name. Received: 'dan'"),
            ([("a", words()), ("a", words())], "`members` must be named differently"),
            ([("a__b", words())], "`members` must be named differently, without '__'"),
            ([("weights", words())], "`members` must be named differently"),
        ],
    )
    def test_members_that_cannot_be_used(self, members, message):
        with pytest.raises(ArgumentError, match=message):
            TextEnsemble(members).fit(TEXTS, LABELS)

    @pytest.mark.parametrize("weights", [[1], [1, 0], [1, "2"], 3, "12", [1, float("nan")]])
    def test_weights_that_cannot_be_used(self, weights):
        with pytest.raises(ArgumentError, match="`weights"):
            both(weights=weights).fit(TEXTS, LABELS)

    def test_the_last_member_is_checked_before_the_first_is_trained(self, monkeypatch):
        monkeypatch.setattr(TextClassifier, "fit", lambda *_, **__: pytest.fail("trained"))
        with pytest.raises(UnknownNameError, match="'textcn'"):
            TextEnsemble([("a", words()), ("b", words(model="textcn"))]).fit(TEXTS, LABELS)

    def test_a_fit_that_fails_leaves_the_old_one(self):
        ensemble = both().fit(TEXTS, LABELS)
        before = ensemble.predict_proba(TEXTS)
        with pytest.raises(DataError):
            ensemble.fit(["a"], ["pos"])
        assert (ensemble.predict_proba(TEXTS) == before).all()


class TestWithScikitLearn:
    def test_parameters_of_members(self):
        ensemble = both()
        assert ensemble.get_params()["words__epochs"] == 3
        assert clone(ensemble.set_params(words__epochs=5)).get_params()["words__epochs"] == 5
        replaced = ensemble.set_params(words=words(epochs=9))
        assert replaced.get_params()["words__epochs"] == 9

    def test_a_search(self):
        search = GridSearchCV(both(), {"characters__model_options": [{"ngrams": 1}, {"ngrams": 3}]}, cv=2)
        assert search.fit(TEXTS, LABELS).predict(["good"]).tolist() == ["pos"]

    def test_each_seed_of_a_comparison_gives_other_members(self):
        rows = LabelledTexts(TEXTS, LABELS)
        twice = TextEnsemble([("a", words(seed=0)), ("b", words(seed=1))])
        study = compare({"twice": twice}, Split(rows, rows), seeds=2, progress=False, baseline=False)
        assert study.table[0].seeds == 2
        assert [member.seed for _, member in seeded(twice, 1).members] == [2, 3]


class TestSaving:
    @pytest.mark.parametrize("weights", [None, [1, 2.5]])
    def test_round_trip(self, tmp_path, weights):
        ensemble = both(weights=weights).fit(TEXTS, LABELS)
        ensemble.save(tmp_path / "saved")
        again = TextEnsemble.load(tmp_path / "saved")
        assert (again.predict_proba(TEXTS) == ensemble.predict_proba(TEXTS)).all()
        assert again.weights == weights
        assert list(again.members_) == ["words", "characters"]
        assert again.fit(TEXTS, LABELS).predict(["good"]).tolist() == ["pos"]

    def test_weights_are_those_of_the_training(self, tmp_path):
        ensemble = both(weights=[1, 3]).fit(TEXTS, LABELS).set_params(weights=[9, 9])
        ensemble.save(tmp_path / "saved")
        again = TextEnsemble.load(tmp_path / "saved").predict_proba(TEXTS)
        assert (again == ensemble.predict_proba(TEXTS)).all()

    def test_each_member_is_a_classifier_by_itself(self, fitted, tmp_path):
        fitted.save(tmp_path / "saved")
        alone = Predictor.load(tmp_path / "saved" / "0").predict_proba(TEXTS)
        assert (alone == fitted.members_["words"].predict_proba(TEXTS)).all()

    def test_a_function_as_tokenizer_is_given_again(self, tmp_path):
        ensemble = TextEnsemble([("a", words(tokenizer=str.split)), ("b", characters())])
        ensemble.fit(TEXTS, LABELS).save(tmp_path / "saved")
        with pytest.raises(ArgumentError, match="`tokenizer`"):
            TextEnsemble.load(tmp_path / "saved")
        again = TextEnsemble.load(tmp_path / "saved", tokenizers={"a": str.split})
        assert (again.predict_proba(TEXTS) == ensemble.predict_proba(TEXTS)).all()
        with pytest.raises(ArgumentError, match=r"`tokenizers` must be functions by the names .*'c'"):
            TextEnsemble.load(tmp_path / "saved", tokenizers={"c": str.split})

    def test_a_folder_that_is_there_stays(self, fitted, tmp_path):
        fitted.save(tmp_path / "saved")
        with pytest.raises(OutputExistsError):
            fitted.save(tmp_path / "saved")
        fitted.save(tmp_path / "saved", overwrite=True)

    def test_the_wrong_reader_is_named(self, fitted, tmp_path):
        fitted.save(tmp_path / "many")
        fitted.members_["words"].save(tmp_path / "one")
        with pytest.raises(MissingFileError, match=r"load it with textclf.TextEnsemble.load\(\)"):
            TextClassifier.load(tmp_path / "many")
        with pytest.raises(MissingFileError, match=r"TextClassifier.load\(\) reads"):
            TextEnsemble.load(tmp_path / "one")
