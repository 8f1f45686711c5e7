from __future__ import annotations

import numpy as np
import pytest
import torch

from textclf.explain import answers as module
from textclf.explain.answers import answers, log_odds


def test_the_answers_are_those_of_the_predictor(make):
    texts = ["a good film that is fun", "bad", ""]
    its = make()
    found = answers(its, its.encode(texts)).softmax(dim=1)
    np.testing.assert_allclose(found, its.predict_proba(texts), atol=1e-7)


def test_many_tokens_are_asked_part_by_part(make, monkeypatch):
    its = make()
    sizes = []
    logits = its.logits
    monkeypatch.setattr(its, "logits", lambda corpus: sizes.append(len(corpus)) or logits(corpus))
    monkeypatch.setattr(module, "_TOKENS_AT_ONCE", 12)
    assert answers(its, its.encode(["a good film"] * 9)).shape == (9, 2)
    assert sizes == [4, 4, 1]
    sizes.clear()
    answers(its, its.encode(["good " * 50] * 2))  # a text longer than that is asked alone
    assert sizes == [1, 1]


def test_log_odds():
    logits = torch.tensor([[2.0, -1.0], [0.0, 0.0]])
    assert log_odds(logits, 0).tolist() == [3.0, 0.0]
    assert log_odds(logits, 1).tolist() == [-3.0, 0.0]
    shares = torch.tensor([[0.5, 0.3, 0.2]])
    for column, share in enumerate([0.5, 0.3, 0.2]):
        assert log_odds(shares.log(), column).item() == pytest.approx(np.log(share / (1 - share)), abs=1e-6)


def test_log_odds_of_a_sure_answer_stay_finite():
    assert log_odds(torch.tensor([[1e4, 0.0, 0.0]]), 0).item() == pytest.approx(1e4, abs=1)
    assert log_odds(torch.tensor([[1e4, 0.0, 0.0]]), 1).item() == pytest.approx(-1e4, abs=1)
