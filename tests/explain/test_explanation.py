from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch

from textclf import Predictor, TextEncoder, create_model, list_models
from textclf.errors import ArgumentError, NonFiniteLossError, UnseenLabelError
from textclf.explain import METHODS, Explanation, deletion_test, explain


def plain(shown):
    return re.sub(r"\x1b\[[0-9;:]*m", "", shown)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", list_models())
def test_every_model_of_the_zoo(make, name, method):
    its = make(name)
    why = explain(its, "What a GOOD, dull film", method=method)
    assert why.tokens == ("what", "a", "good", ",", "dull", "film")
    assert why.label == its.predict("What a GOOD, dull film")
    assert why.probability == pytest.approx(its.predict_proba("What a GOOD, dull film").max(), abs=1e-6)
    assert (why.scores.dtype, why.method) == (np.float64, method)
    by_token = dict(zip(why.tokens, why.scores if why.label == "pos" else -why.scores, strict=True))
    assert by_token["good"] == max(by_token.values()) > 0 > by_token["dull"]


@pytest.mark.parametrize("method", METHODS)
def test_the_temperature_is_that_of_the_prediction(make, method, monkeypatch):
    its = make()
    before = explain(its, "a good film", method=method)
    monkeypatch.setattr(its, "temperature", 2.0)
    why = explain(its, "a good film", method=method)
    assert why.probability == pytest.approx(its.predict_proba("a good film").max(), abs=1e-6)
    np.testing.assert_allclose(why.scores, before.scores / 2, rtol=1e-4)


def test_a_user_s_own_model(make):
    why = explain(make("own"), "a good film", label="pos")
    assert why.tokens[why.scores.argmax()] == "good"


def test_the_other_label_turns_the_scores_around(make):
    scores = [explain(make(), "a good dull film", label=label).scores for label in ("pos", "neg")]
    np.testing.assert_allclose(scores[0], -scores[1], atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("text", ["", "   ", [], "<br />"])
def test_no_token(make, text, method):
    why = explain(make(), text, method=method)
    assert (why.tokens, why.scores.shape, why.top()) == ((), (0,), [])
    assert plain(why.to_terminal()).splitlines()[0].startswith(f"{why.label}, p = 0.")
    assert why.to_html().startswith("<div")


@pytest.mark.parametrize("method", METHODS)
def test_one_token_and_unknown_ones(make, method):
    assert explain(make(), "good", method=method).scores.shape == (1,)
    why = explain(make(), "zebra xylophone", method=method)
    assert why.tokens == ("zebra", "xylophone")
    assert np.isfinite(why.scores).all()


def test_tokens_given_as_a_list(make):
    why = explain(make(), ["a", "good", "film"])
    assert (why.text, why.spans) == (None, None)
    np.testing.assert_allclose(why.scores, explain(make(), "a good film").scores, atol=1e-6)
    assert plain(why.to_terminal()).splitlines()[1] == "a good film"


def test_the_text_is_shown_as_it_was_written(make):
    text = "What  a <b>GOOD</b>\nfilm —好片!"
    why = explain(make(), text)
    assert [text[begin:end] for begin, end in why.spans] == [
        "What",
        "a",
        "GOOD",
        "film",
        "—",
        "好",
        "片",
        "!",
    ]
    assert plain(why.to_terminal()).split("\n", 1)[1] == text + "\n"
    assert "&lt;b&gt;<span" in why.to_html()
    assert "<b>" not in why.to_html()


@pytest.mark.parametrize("keep", ["head", "tail", "both"])
def test_truncation_keeps_tokens_and_places_together(keep):
    encoder = TextEncoder.build(["a b c d e f"] * 2, [0, 1], max_length=3, keep=keep)
    its = Predictor(encoder, create_model("dan", vocab_size=encoder.vocab_size, num_classes=2))
    text = "A B C D E F"
    why = explain(its, text)
    assert why.tokens == {"head": tuple("abc"), "tail": tuple("def"), "both": tuple("abf")}[keep]
    assert tuple(text[begin:end].lower() for begin, end in why.spans) == why.tokens


def test_windows_read_all_of_it(make):
    its = make("dan", windows=(3,), max_length=3)
    why = explain(its, "dull dull dull dull good bad", label="neg")
    assert len(why.tokens) == len(why.spans) == 6
    assert why.scores.argmin() == 4


def test_a_text_of_100_000_words(make):
    why = explain(make("dan"), "a dull good film " * 25_000)
    assert len(why.scores) == len(why.spans) == 100_000
    assert np.isfinite(why.scores).all()
    assert why.to_html().count("<span") >= 100_000


def test_as_dict_is_ready_for_json(make):
    why = explain(make(), "a good film")
    again = json.loads(json.dumps(why.as_dict()))
    assert again["tokens"] == ["a", "good", "film"]
    assert again["spans"] == [[0, 1], [2, 6], [7, 11]]
    assert sorted(again) == ["label", "method", "probability", "scores", "spans", "tokens"]


def test_the_strongest_first():
    why = Explanation(("a", "b", "c"), np.array([0.1, -3.0, 2.0]), 7, 0.5, "occlusion")
    assert why.top(2) == [("b", -3.0), ("c", 2.0)]
    assert why.top(0) == []
    assert plain(why.to_terminal()) == "7, p = 0.500 (occlusion): for against\na b c\n"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "lime"}, ArgumentError, "`method` must be one of 'occlusion', 'integrated_gradients'"),
        ({"label": "so-so"}, UnseenLabelError, "must be a known label. Received: 'so-so'"),
        ({"steps": 0}, ArgumentError, "`steps` must be an integer of at least 1"),
        ({"span": 0}, ArgumentError, "`span` must be an integer of at least 1"),
        ({"text": None}, ArgumentError, r"`texts\[0\]` must be a string or a list of tokens"),
        ({"predictor": "film-model"}, ArgumentError, "`predictor` must be a Predictor. Received: 'str'"),
    ],
)
def test_what_cannot_be_used(make, options, error, message):
    given = {"predictor": make(), "text": "good", **options}
    with pytest.raises(error, match=message):
        explain(given.pop("predictor"), given.pop("text"), **given)


def test_a_model_that_answers_nan(make):
    encoder = make().encoder
    model = create_model("dan", vocab_size=encoder.vocab_size, num_classes=2)
    torch.nn.init.constant_(model.classifier.weight, float("nan"))
    with pytest.raises(NonFiniteLossError, match="The logits must be finite"):
        explain(Predictor(encoder, model, device="cpu"), "good")


class TestSeveralLabels:
    names = (("pos", "film"), ("neg", "film"), ("pos",), ("neg",), ("pos",), ("neg",)) * 4

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("name", ["fasttext", "textcnn"])
    def test_each_label_has_reasons_of_its_own(self, make, name, method):
        its = make(name, labels=self.names)
        for label, token in [("film", "film"), ("pos", "good"), ("neg", "bad")]:
            why = explain(its, "bad film good", label=label, method=method)
            assert why.tokens[why.scores.argmax()] == token
            share = its.predict_proba("bad film good")[its.labels[label]]
            assert why.probability == pytest.approx(share, abs=1e-6)

    def test_the_most_probable_label_unless_one_is_named(self, make):
        its = make(labels=self.names)
        why = explain(its, "a good film")
        assert why.probability == pytest.approx(its.predict_proba("a good film").max(), abs=1e-6)
        with pytest.raises(UnseenLabelError, match="`label` must be a known label. Received: 'x'"):
            explain(its, "a good film", label="x")

    def test_deleting_the_best_tokens_first(self, make):
        assert deletion_test(make(labels=self.names), ["a good film", "bad film dull"]).difference > 0
