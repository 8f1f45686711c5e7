from __future__ import annotations

import numpy as np
import pytest
import torch

from textclf import list_models
from textclf.errors import ArgumentError
from textclf.explain.answers import answers, log_odds
from textclf.explain.integrated_gradients import _Inputs, integrated_gradients
from textclf.models import MODELS
from textclf.predictor import Predictor

TEXT = "what a good , not dull film , good film"


def gained(its, ids, column):
    """The log-odds of the text less those of nothing: vectors of padding, and no n-gram."""
    with torch.no_grad():
        text = _Inputs(its.model, torch.from_numpy(ids.astype(np.int64)))
        ends = [text.logits(share * text.vectors[None], share * text.weights[None]) for share in (0, 1)]
    np.testing.assert_allclose(ends[1], answers(its, [ids]), atol=1e-4)
    return (log_odds(ends[1], column) - log_odds(ends[0], column)).item()


@pytest.mark.parametrize("name", list_models())
@pytest.mark.parametrize("column", [0, 2])
def test_the_scores_add_up_to_what_the_text_adds(make, name, column):
    its = make(name, labels=("good", "bad", "fine") * 8)
    ids = its.encode([TEXT])[0]
    scores = integrated_gradients(its, ids, column, steps=100)
    assert scores.shape == ids.shape
    assert scores.sum() == pytest.approx(gained(its, ids, column), abs=0.02)


@pytest.mark.parametrize(
    "options", [{"ngrams": 0}, {"ngrams": 3}, {"embedding_mode": "random", "dropout": 0.9}]
)
@pytest.mark.parametrize("name", ["textcnn", "bilstm"])
def test_options_of_the_network(make, name, options):
    its = make(name, **options)
    ids = its.encode([TEXT])[0]
    scores = integrated_gradients(its, ids, 1, steps=100)
    assert scores.sum() == pytest.approx(gained(its, ids, 1), abs=0.02)


def test_a_linear_model_is_explained_exactly_with_one_step(make):
    its = make("fasttext", ngrams=2)
    layer = its.model.scores
    ids = its.encode(["good bad good bad"])[0]
    scores = integrated_gradients(its, ids, 1, steps=1)
    token_ids = torch.from_numpy(ids.astype(np.int64))
    rows = layer.rows(token_ids[None], torch.tensor([4]))[0]
    distinct = rows.unique()
    values = (
        layer.weights_of(distinct[None])[0] * (layer.table.weight @ torch.tensor([-1.0, 1.0]))[distinct]
    )
    value = dict(zip(distinct.tolist(), values.tolist(), strict=True))
    good, bad, first, second = (value[rows[place].item()] for place in (0, 1, 4, 5))
    # "good bad" stands twice and gives half of what it adds to each place, and there half to each token.
    assert rows[4] == rows[6]
    expected = [good / 2 + first / 4, bad / 2 + first / 4 + second / 2]
    expected += [good / 2 + second / 2 + first / 4, bad / 2 + first / 4]
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_one_token_and_none(make):
    its = make("textcnn")
    ids = its.encode(["good"])[0]
    assert integrated_gradients(its, ids, 1).sum() == pytest.approx(gained(its, ids, 1), abs=0.02)
    assert integrated_gradients(its, ids[:0], 1).shape == (0,)


def test_a_long_text_is_gone_through_in_parts(make, monkeypatch):
    its = make("dan")
    ids = its.encode([TEXT])[0]
    expected = integrated_gradients(its, ids, 1)
    monkeypatch.setattr("textclf.explain.integrated_gradients._TOKENS_AT_ONCE", 1)
    np.testing.assert_allclose(integrated_gradients(its, ids, 1), expected, atol=1e-6)


def test_nothing_is_left_behind(make):
    its = make("bilstm")
    its.model.train()
    integrated_gradients(its, its.encode([TEXT])[0], 1)
    assert its.model.training
    its.model.eval()
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in its.model.parameters())


def test_a_model_of_unknown_making(make):
    its = make("own")
    with pytest.raises(ArgumentError, match="`model` must be a FastText, or a TextModel.*'occlusion'"):
        integrated_gradients(its, its.encode([TEXT])[0], 1)


def test_a_text_model_with_a_forward_of_its_own(make):
    class Twice(MODELS.get("textcnn")):
        def forward(self, token_ids, lengths):
            return 2 * super().forward(token_ids, lengths)

    encoder = make().encoder
    its = Predictor(encoder, Twice(vocab_size=encoder.vocab_size, num_classes=2), device="cpu")
    with pytest.raises(ArgumentError, match="without a forward of its own. Received: 'Twice'"):
        integrated_gradients(its, its.encode([TEXT])[0], 1)


def test_windows(make):
    its = make("dan", windows=(4,))
    with pytest.raises(ArgumentError, match="`method` must be 'occlusion' for a Predictor with windows"):
        integrated_gradients(its, its.encode([TEXT])[0], 1)
