from __future__ import annotations

import functools

import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from textclf import TextClassifier
from textclf.errors import ArgumentError, UnknownOptionError
from textclf.experiment.setups import Baseline, check_setup, is_estimator, seeded, with_options


class Own:
    """Neither a base class nor get_params."""

    def __init__(self):
        self.seed = 0
        self.size = 1

    def fit(self, texts, labels):
        return self

    def predict(self, texts):
        return texts


class TestCheck:
    @pytest.mark.parametrize(
        "setup", [TextClassifier(), Own(), lambda data, seed: {}, lambda *rest: {}, print]
    )
    def test_fine(self, setup):
        check_setup("a", setup)

    @pytest.mark.parametrize(
        ("setup", "message"),
        [
            (TextClassifier, r"`setups\['a'\]` must be an estimator.*Make one: TextClassifier\(\)"),
            (3, "or a function of data and seed"),
            (lambda data: {}, "function of data and seed.*too many positional"),
            (lambda data, seed, length: {}, "missing a required argument: 'length'"),
        ],
    )
    def test_faults(self, setup, message):
        with pytest.raises(ArgumentError, match=message):
            check_setup("a", setup)

    def test_a_class_is_not_an_estimator(self):
        assert not is_estimator(Own)
        assert is_estimator(Own())


class TestSeeded:
    def test_text_classifier(self):
        original = TextClassifier("dan")
        assert seeded(original, 7).seed == 7
        assert original.seed == 0

    def test_every_step_of_a_pipeline(self):
        made = seeded(make_pipeline(SGDClassifier(), MultinomialNB()), 7)
        assert made.named_steps["sgdclassifier"].random_state == 7

    def test_an_own_class(self):
        original = Own()
        assert seeded(original, 7).seed == 7
        assert original.seed == 0

    def test_members_of_an_ensemble_stay_apart_where_they_were(self):
        def seeds(members, seed):
            return [its.random_state for _, its in seeded(VotingClassifier(members), seed).estimators]

        apart = [("a", SGDClassifier(random_state=4)), ("b", SGDClassifier(random_state=6))]
        assert [seeds(apart, 0), seeds(apart, 2)] == [[0, 2], [6, 8]]
        alike = [("a", SGDClassifier(random_state=4)), ("b", SGDClassifier(random_state=4))]
        assert seeds(alike, 2) == [2, 2]
        one = [("a", SGDClassifier(random_state=4)), ("b", SGDClassifier())]
        assert seeds(one, 2) == [2, 2]

    def test_without_a_seed(self):
        assert isinstance(seeded(MultinomialNB(), 7), MultinomialNB)


class TestWithOptions:
    def test_estimator(self):
        original = TextClassifier("dan")
        made = with_options(original, {"epochs": 3, "model_options__dropout": 0.2})
        assert (made.epochs, made.model_options, original.epochs) == (3, {"dropout": 0.2}, None)

    def test_own_class(self):
        original = Own()
        assert with_options(original, {"size": 4}).size == 4
        assert original.size == 1

    def test_function(self):
        made = with_options(lambda data, seed, *, length: (data, seed, length), {"length": 4})
        assert made("d", 1) == ("d", 1, 4)
        assert with_options(lambda data, seed, **rest: rest, {"any": 1})(0, 0) == {"any": 1}
        assert with_options(functools.partial(made, data=0), {"length": 4})(seed=0)

    @pytest.mark.parametrize("setup", [TextClassifier(), lambda data, seed, epochs: {}])
    def test_misspelt(self, setup):
        with pytest.raises(UnknownOptionError, match="`epoch` must be an .*Did you mean 'epochs'"):
            with_options(setup, {"epoch": 3})

    def test_misspelt_of_own_class(self):
        with pytest.raises(
            UnknownOptionError, match="`sizes` must be an attribute of Own.*Did you mean 'size'"
        ):
            with_options(Own(), {"sizes": 3})


class TestBaseline:
    def test_answers(self):
        model = Baseline().fit(["good", "bad"] * 3, ["+", "-"] * 3)
        assert model.predict(["bad", "GOOD"]) == ["-", "+"]
        assert model.classes_ == ("+", "-")
        assert model.predict_proba(["bad"]).shape == (1, 2)

    def test_tokenizer(self):
        assert Baseline("char").fit(["好看", "难看"], ["+", "-"]).predict(["好"]) == ["+"]
        assert Baseline("char").get_params() == {"tokenizer": "char"}
