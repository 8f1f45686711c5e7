from __future__ import annotations

import functools
import os
import threading
import types
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from textclf import LabelledTexts, TextClassifier, WordTokenizer
from textclf.errors import ArgumentError
from textclf.experiment import Split
from textclf.experiment.identity import described, digest


def module_with(code: str) -> dict:
    namespace = {"__name__": "own"}
    exec(code, namespace)
    return namespace


def function_of(code: str):
    return module_with(code)["run"]


@dataclass
class Option:
    size: int


class Plain:
    def __init__(self, size):
        self.size = size


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (1, "1"),
        (None, "None"),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 2}),
        ({1, 2}, {1, 3}),
        (np.array([1, 2]), np.array([1, 3])),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (Option(1), Option(2)),
        (Plain(1), Plain(2)),
        (WordTokenizer(), WordTokenizer(lowercase=False)),
        (TextClassifier(), TextClassifier(learning_rate=0.1)),
        (TextClassifier(), TextClassifier(model_options={"dropout": 0.1})),
        (make_pipeline(CountVectorizer(), LogisticRegression()), make_pipeline(CountVectorizer(), LogisticRegression(C=2))),
        (functools.partial(int, base=2), functools.partial(int, base=3)),
        (str.upper, str.lower),
        (LabelledTexts(["a", "b"], ["x", "y"]), LabelledTexts(["a", "b"], ["x", "x"])),
        (len, max),
    ],
)  # fmt: skip
def test_what_differs_has_another_digest(one, other):
    assert digest(one) != digest(other)
    assert digest(one) == digest(one)


def test_equal_things_made_twice_have_the_same():
    for make in (
        lambda: TextClassifier("dan", model_options={"dropout": 0.1}),
        lambda: make_pipeline(CountVectorizer(ngram_range=(1, 2)), LogisticRegression()),
        lambda: Split(LabelledTexts(["a"], ["x"]), LabelledTexts(["b"], ["y"])),
        lambda: {"b": np.arange(3), "a": {"x", "y", "z"}},
        lambda: Plain("a" + str(1)),
    ):
        assert digest(make()) == digest(make())


def test_order_of_a_dictionary_does_not_count():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


class TestFunctions:
    def test_lines_and_comments_do_not_count(self):
        one = function_of("def run(data, seed):\n    return {'x': seed}")
        other = function_of("# a comment\n\n\ndef run(data, seed):\n    # more\n    return {'x': seed}")
        assert digest(one) == digest(other)

    @pytest.mark.parametrize(
        "other",
        [
            "def run(data, seed): return {'x': seed + 2}",
            "def run(data, seed, more=1): return {'x': seed + 1}",
            "def run(data, seed): return {'y': seed + 1}",
            "def run(data, seed): return {'x': (lambda: seed + 1)()}",
        ],
    )
    def test_code_counts(self, other):
        assert digest(function_of("def run(data, seed): return {'x': seed + 1}")) != digest(
            function_of(other)
        )

    def test_defaults_and_closures_count(self):
        def made(size):
            return lambda data, seed, more=size: size

        assert digest(made(1)) == digest(made(1))
        assert digest(made(1)) != digest(made(2))

    def test_what_it_uses_of_its_own_module_counts(self):
        code = "RATE = {rate}\ndef helper(): return RATE\ndef run(data, seed): return helper()"
        assert digest(function_of(code.format(rate=1))) == digest(function_of(code.format(rate=1)))
        assert digest(function_of(code.format(rate=1))) != digest(function_of(code.format(rate=2)))

    def test_what_it_does_not_use_does_not(self):
        code = "RATE = {rate}\ndef run(data, seed): return 1"
        assert digest(function_of(code.format(rate=1))) == digest(function_of(code.format(rate=2)))

    def test_that_calls_itself(self):
        code = "def run(data, seed): return run(data, seed - 1) if seed else 0"
        assert digest(function_of(code)) == digest(function_of(code))

    def test_an_empty_closure(self):
        def made():
            def run(data, seed):
                return later

            found = digest(run)
            later = 1
            return found, digest(run), later

        before, after, _ = made()
        assert before != after

    def test_a_method_of_an_object(self):
        assert digest(Plain(1).__init__) != digest(Plain(2).__init__)


class TestClasses:
    def test_code_of_own_classes_counts(self):
        code = "class Model:\n    def fit(self, x, y): return {value}\n    def predict(self, x): return x"
        one, same, other = (module_with(code.format(value=v))["Model"] for v in (1, 1, 2))
        assert digest(one) == digest(same)
        assert digest(one) != digest(other)

    def test_that_of_their_bases_too(self):
        code = "class Base:\n    size = {value}\nclass Model(Base): pass"
        one, other = (module_with(code.format(value=v))["Model"] for v in (1, 2))
        assert digest(one) != digest(other)

    def test_a_library_is_known_by_its_version(self, monkeypatch):
        import sklearn

        before = described(LogisticRegression)
        assert before["version"] == sklearn.__version__
        monkeypatch.setattr(sklearn, "__version__", "0.0")
        assert described(LogisticRegression) != before


def test_a_file_is_known_by_size_and_time(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("a 1 2")
    before = digest(TextClassifier(embedding=str(path)))
    assert digest(TextClassifier(embedding=path)) == before
    os.utime(path, (1, 1))
    assert digest(TextClassifier(embedding=path)) != before


def test_a_name_too_long_for_a_file():
    assert described("a\0b") == "a\0b"
    assert described("a" * 100_000) == "a" * 100_000


def test_a_list_that_holds_itself():
    endless: list = [1]
    endless.append(endless)
    assert described(endless) == [1, "cycle"]


def test_a_module_by_its_name():
    assert described(types) == {"builtin": "types"}


def test_what_cannot_be_told_is_refused():
    with pytest.raises(ArgumentError, match="`setup` must be made of values whose content can be told"):
        digest({"lock": threading.Lock()})
