from __future__ import annotations

import numpy as np
import pytest
import torch

from textclf.embedding import EmbeddingLoader
from textclf.text.vocab import Vocab

FOUND = [f"w{i}" for i in range(400)]
MISSING = [f"missing{i}" for i in range(300)]


@pytest.fixture
def spread_out(write, encode):
    vectors = np.random.default_rng(3).normal(2.0, 1.0, size=(400, 20)).astype(np.float32)
    return write(encode("word2vec_binary", dict(zip(FOUND, vectors, strict=True)))), vectors


@pytest.mark.parametrize("scheme", ["gaussian", "uniform"])
def test_random_vectors_have_the_spread_of_the_found_ones(spread_out, scheme):
    path, vectors = spread_out
    matrix, _ = EmbeddingLoader(path, unknown=scheme).load(Vocab(FOUND + MISSING))
    drawn = matrix[402:].numpy()
    np.testing.assert_array_equal(matrix[2:402].numpy(), vectors)
    assert abs(drawn.mean()) < 0.05
    assert drawn.std() == pytest.approx(vectors.std(), rel=0.03)
    assert len(np.unique(drawn)) > 5000
    largest = np.abs(drawn).max() / vectors.std()
    assert 1.7 < largest <= 3**0.5 + 1e-4 if scheme == "uniform" else largest > 3


@pytest.mark.parametrize("scheme", ["gaussian", "uniform"])
def test_random_vectors_depend_on_the_seed_alone(spread_out, scheme):
    path, _ = spread_out
    vocab = Vocab(FOUND + MISSING)
    first, again, other = (
        EmbeddingLoader(path, unknown=scheme, seed=seed).load(vocab)[0] for seed in (7, 7, 8)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first[402:], other[402:])
    assert torch.equal(first[:402], other[:402])


def test_drawing_in_pieces_changes_nothing(spread_out, monkeypatch):
    path, _ = spread_out
    whole = EmbeddingLoader(path).load(Vocab(FOUND + MISSING))[0]
    monkeypatch.setattr("textclf.embedding.filling._CHUNK", 7)
    monkeypatch.setattr("textclf.embedding.rows._CHUNK", 7)
    pieces = EmbeddingLoader(path).load(Vocab(FOUND + MISSING))[0]
    torch.testing.assert_close(whole, pieces)


def test_mean_and_zero(spread_out):
    path, vectors = spread_out
    vocab = Vocab(FOUND + MISSING)
    mean, _ = EmbeddingLoader(path, unknown="mean").load(vocab)
    np.testing.assert_allclose(mean[402:].numpy(), np.tile(vectors.mean(axis=0), (300, 1)), rtol=1e-5)
    zero, _ = EmbeddingLoader(path, unknown="zero").load(vocab)
    assert not zero[402:].any()


@pytest.mark.parametrize("scheme", ["gaussian", "uniform", "mean", "zero"])
def test_padding_is_zero_and_the_unknown_word_the_mean(spread_out, scheme):
    path, vectors = spread_out
    matrix, _ = EmbeddingLoader(path, unknown=scheme).load(Vocab(FOUND + MISSING))
    assert not matrix[0].any()
    expected = np.zeros(20) if scheme == "zero" else vectors.mean(axis=0)
    np.testing.assert_allclose(matrix[1].numpy(), expected, rtol=1e-5)


def test_one_found_vector_is_enough_to_draw_others(write):
    matrix, _ = EmbeddingLoader(write("x 1 -1\n")).load(Vocab(["x", "y"]))
    assert torch.isfinite(matrix).all()
    assert matrix[3].any()
