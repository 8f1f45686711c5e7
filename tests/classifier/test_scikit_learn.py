"""TextClassifier as a citizen of scikit-learn: its own suite of checks, and its tools on raw text.

The checks of scikit-learn make tables of numbers, so what they are run on is a TextClassifier behind a
few lines that write each row as a text of one token a column. What those lines do themselves (checking
that a table is one) is scikit-learn's own ``validate_data``.
"""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import validate_data

from textclf import TextClassifier
from textclf.errors import UnknownOptionError

TEXTS = ["a good film", "good acting", "really good", "a bad film", "bad acting", "really bad"] * 6
LABELS = ["pos", "pos", "pos", "neg", "neg", "neg"] * 6


def quick(**options):
    return TextClassifier(
        **{
            "model": "dan",
            "epochs": 3,
            "learning_rate": 0.05,
            "device": "cpu",
            "precision": "fp32",
            "model_options": {"embed_dim": 4, "hidden_dim": 4},
            **options,
        }
    )


class OfNumbers(TextClassifier):
    """A TextClassifier for tables: a row is the text of its numbers, each rounded, with its column."""

    def fit(self, X, y):
        X = validate_data(self, X)
        return super().fit(texts_of(X), y)

    def predict(self, X):
        return super().predict(texts_of(validate_data(self, X, reset=False)))

    def predict_proba(self, X):
        return super().predict_proba(texts_of(validate_data(self, X, reset=False)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False
        tags.input_tags.string = False
        return tags


def texts_of(X):
    return [[f"{column}:{number:.0f}" for column, number in enumerate(row)] for row in X]


NOT_APPLICABLE = {
    "check_classifiers_one_label": "labels are strings or integers, and those of the check are floats; "
    "a single class is refused, since there is nothing to tell apart",
    "check_classifiers_regression_target": "floats are refused as labels, in this library's own words",
    "check_estimators_nan_inf": "the labels of the check are floats; texts hold no numbers",
    "check_supervised_y_2d": "a list of labels a text is refused, even if it is a list of one",
}


def named(check):
    """Return the name of a check, and the options that it is run with."""
    return check.func.__name__, "-".join(map(str, check.keywords.values()))


def parameter(estimator, check):
    name, options = named(check)
    failing = name in NOT_APPLICABLE
    marks = [pytest.mark.xfail(reason=NOT_APPLICABLE[name], strict=True)] if failing else []
    return pytest.param(estimator, check, id=f"{name}-{options}".rstrip("-"), marks=marks)


CHECKS = list(estimator_checks_generator(OfNumbers("fasttext", epochs=1, device="cpu")))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(("estimator", "check"), [parameter(*pair) for pair in CHECKS])
def test_the_suite(estimator, check):
    check(estimator)


def test_what_does_not_apply_is_in_the_suite():
    names = {named(check)[0] for _, check in CHECKS}
    assert set(NOT_APPLICABLE) < names
    assert len(CHECKS) > 50


def test_the_guide_lists_what_does_not_apply():
    guide = Path(__file__).parents[2] / "docs" / "guides" / "classifier.md"
    listed = re.findall(r"^\| `(check_\w+)` \|", guide.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(NOT_APPLICABLE)


class TestItsPlaceAmongEstimators:
    def test_tags(self):
        tags = get_tags(TextClassifier())
        assert is_classifier(TextClassifier())
        assert (tags.input_tags.string, tags.input_tags.one_d_array) == (True, True)
        assert (tags.input_tags.two_d_array, tags.target_tags.required) == (False, True)
        assert not tags.classifier_tags.multi_label

    def test_repr_shows_what_was_set(self):
        assert repr(TextClassifier("dan", epochs=3)) == "TextClassifier(epochs=3, model='dan')"

    def test_clone_has_the_parameters_and_nothing_learnt(self):
        classifier = quick(class_weight={"pos": 2.0}).fit(TEXTS, LABELS)
        copy = clone(classifier)
        assert copy.get_params() == classifier.get_params()
        assert copy.model_options is not classifier.model_options
        assert not hasattr(copy, "predictor_")
        with pytest.raises(NotFittedError, match="TextClassifier instance is not fitted yet"):
            copy.predict(TEXTS)

    def test_pickle(self):
        classifier = quick().fit(TEXTS, LABELS)
        again = pickle.loads(pickle.dumps(classifier))
        np.testing.assert_array_equal(again.predict_proba(TEXTS), classifier.predict_proba(TEXTS))


class TestParameters:
    def test_options_of_groups_have_names_of_their_own(self):
        classifier = quick()
        assert classifier.get_params()["model_options__embed_dim"] == 4
        assert "model_options__embed_dim" not in classifier.get_params(deep=False)

    def test_set_params_reaches_into_groups(self):
        given = {"embed_dim": 4}
        classifier = TextClassifier(model_options=given)
        assert classifier.set_params(model_options__dropout=0.1, epochs=2) is classifier
        assert classifier.model_options == {"embed_dim": 4, "dropout": 0.1}
        assert (classifier.epochs, given) == (2, {"embed_dim": 4})
        classifier.set_params(trainer_options__weight_decay=0.5)
        assert classifier.trainer_options == {"weight_decay": 0.5}
        classifier.set_params(model_options={"ngrams": 0}, model_options__dropout=0.3)
        assert classifier.model_options == {"ngrams": 0, "dropout": 0.3}

    def test_set_params_names_the_near_matches_and_sets_nothing(self):
        classifier = TextClassifier()
        with pytest.raises(UnknownOptionError, match="Did you mean 'epochs'"):
            classifier.set_params(batch_size=3, epoch=2)
        assert classifier.batch_size == 64


class TestTools:
    def test_pipeline_on_raw_text(self):
        clean = FunctionTransformer(lambda texts: [text.upper() for text in texts])
        pipeline = make_pipeline(clean, quick()).fit(TEXTS, LABELS)
        assert pipeline.score(TEXTS, LABELS) == 1.0
        assert pipeline.predict(["GOOD cast", "a BAD one"]).tolist() == ["pos", "neg"]

    def test_grid_search_over_parameters_and_options_of_the_model(self):
        grid = {"epochs": [1, 3], "model_options__hidden_dim": [2, 4]}
        search = GridSearchCV(quick(), grid, cv=2, scoring="f1_macro", error_score="raise")
        search.fit(np.array(TEXTS), np.array(LABELS))
        assert len(search.cv_results_["params"]) == 4
        assert search.best_score_ == 1.0
        assert search.predict(["a good film"]).tolist() == ["pos"]
        options = search.best_params_["model_options__hidden_dim"]
        assert search.best_estimator_.predictor_.model.config["hidden_dim"] == options

    @pytest.mark.parametrize("scoring", [None, "accuracy", "neg_log_loss", "roc_auc"])
    def test_cross_val_score(self, scoring):
        scores = cross_val_score(quick(), TEXTS, LABELS, cv=3, scoring=scoring, error_score="raise")
        assert scores.shape == (3,)
        assert scores.min() > (-0.5 if scoring == "neg_log_loss" else 0.9)

    def test_lists_of_tokens_and_integer_labels(self):
        tokens = [text.split() for text in TEXTS]
        labels = [int(label == "pos") for label in LABELS]
        predicted = cross_val_predict(quick(), tokens, labels, cv=2)
        assert (predicted.dtype.kind, predicted.tolist()) == ("i", labels)

    @pytest.mark.parametrize("ensemble", [True, False])
    def test_calibrated(self, ensemble):
        calibrated = CalibratedClassifierCV(quick(), method="sigmoid", cv=2, ensemble=ensemble)
        calibrated.fit(TEXTS, LABELS)
        assert calibrated.classes_.tolist() == ["neg", "pos"]
        assert calibrated.predict(["a good film", "bad"]).tolist() == ["pos", "neg"]

    def test_voting(self):
        models = [("dan", quick()), ("counts", quick(model="fasttext", model_options=None))]
        voting = VotingClassifier(models, voting="soft").fit(TEXTS, LABELS)
        assert voting.predict(["a good film", "bad"]).tolist() == ["pos", "neg"]
