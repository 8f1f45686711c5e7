from __future__ import annotations

import numpy as np
import pytest

from textclf import list_models
from textclf.explain.answers import answers, log_odds
from textclf.explain.occlusion import occlusion

TEXT = "what a good , not dull film"


def odds(its, text, column=1):
    return log_odds(answers(its, its.encode([text])), column).item()


@pytest.mark.parametrize("name", [*list_models(), "own"])
def test_a_score_is_what_the_whole_model_loses_without_the_token(make, name):
    its = make(name)
    tokens = TEXT.split()
    scores = occlusion(its, its.encode([tokens])[0], 1)
    expected = [odds(its, tokens) - odds(its, tokens[:i] + tokens[i + 1 :]) for i in range(len(tokens))]
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert scores.argmax() == tokens.index("good")


def test_the_last_token_of_all(make):
    its = make()
    ids = its.encode(["good"])[0]
    assert occlusion(its, ids, 1) == pytest.approx([odds(its, "good") - odds(its, "")], abs=1e-5)


def test_no_token(make):
    its = make()
    assert occlusion(its, its.encode([""])[0], 0).shape == (0,)


def test_several_tokens_at_a_time(make):
    its = make()
    scores = occlusion(its, its.encode(["a good bad film fun"])[0], 1, span=2)
    assert scores[0] == scores[1]
    assert scores[2] == scores[3]
    whole, without = odds(its, "a good bad film fun"), odds(its, "bad film fun")
    assert scores[:2].sum() == pytest.approx(whole - without, abs=1e-5)
    assert scores[4] == pytest.approx(whole - odds(its, "a good bad film"), abs=1e-5)


def test_windows_are_asked_as_they_answer(make):
    its = make("dan", windows=(4,))
    text = "bad bad bad bad bad good film good"
    scores = occlusion(its, its.encode([text])[0], 1)
    assert scores[0] == pytest.approx(odds(its, text) - odds(its, text[4:]), abs=1e-6)


@pytest.mark.parametrize(("words", "spans"), [(1000, 1000), (5000, 209), (100_000, 11)])
def test_long_texts_cost_about_a_million_tokens(make, words, spans, monkeypatch):
    its = make()
    asked = []
    logits = its.logits
    monkeypatch.setattr(its, "logits", lambda corpus: asked.append(corpus.num_tokens) or logits(corpus))
    ids = np.arange(words, dtype=np.int32) % (its.encoder.vocab_size - 2) + 2
    monkeypatch.setattr(
        "textclf.explain.occlusion.log_odds", lambda logits, column, **_: logits[:, column].cumsum(0)
    )
    scores = occlusion(its, ids, 1)
    assert len(scores) == words
    assert len(np.unique(scores)) <= spans
    assert sum(asked) < 2**20 + 2 * words
