from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from textclf.layers import ngram_regression
from textclf.layers.ngram_regression import FittedScores, fit_scores

ROWS = 60


def groups(seed: int, *, classes: int = 3, texts: int = 120, size: int = 16):
    """Texts of 8 rows, each of which is twice as likely to be among the 12 of the text's class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=texts)
    rows = np.zeros((texts, 8), np.int64)
    for text, label in enumerate(labels):
        odds = np.ones(ROWS)
        odds[0] = 0.0
        odds[1 + 12 * label : 13 + 12 * label] = 3.0
        rows[text] = rng.choice(ROWS, size=8, replace=False, p=odds / odds.sum())
    rows[:, -2:] *= rng.integers(2, size=(texts, 2))  # shorter texts have zeros at the end
    pairs = zip(torch.from_numpy(rows).split(size), torch.from_numpy(labels).split(size), strict=True)
    return list(pairs)


def features(texts) -> np.ndarray:
    counts = np.zeros((sum(len(labels) for _, labels in texts), ROWS))
    for place, row in enumerate(row for rows, _ in texts for row in rows):
        counts[place, row.numpy()] = 1.0
    counts[:, 0] = 0.0
    return counts


def parts(fitted: FittedScores):
    return fitted.scores, fitted.bias, fitted.rarity


def labels_of(texts) -> np.ndarray:
    return torch.cat([labels for _, labels in texts]).numpy()


@pytest.mark.parametrize("classes", [2, 4])
def test_it_is_as_good_as_scikit_learns(classes):
    train, test = groups(0, classes=classes, texts=1500), groups(1, classes=classes, texts=2000)
    fitted = fit_scores(train, ROWS, classes)
    scores, bias, rarity = parts(fitted)
    tf_idf = TfidfTransformer().fit(features(train))
    answers = tf_idf.transform(features(test)) @ scores.numpy() + bias.numpy()
    mine = (answers.argmax(axis=1) == labels_of(test)).mean()
    peer = LogisticRegression().fit(tf_idf.transform(features(train)), labels_of(train))
    theirs = peer.score(tf_idf.transform(features(test)), labels_of(test))
    assert mine > theirs - 0.025
    assert fitted.accuracy == pytest.approx(mine, abs=0.1)  # each text before it was learnt from
    assert 0 < fitted.loss < np.log(classes)
    seen = features(train).any(axis=0)
    assert rarity.numpy()[seen] == pytest.approx(tf_idf.idf_[seen], abs=1e-5)


def test_a_row_that_comes_twice_counts_once():
    once = [(torch.tensor([[2, 3, 0], [4, 0, 0]]), torch.tensor([0, 1]))]
    twice = [(torch.tensor([[3, 2, 3], [4, 4, 4]]), torch.tensor([0, 1]))]
    for one, other in zip(parts(fit_scores(once, 6, 2)), parts(fit_scores(twice, 6, 2)), strict=True):
        torch.testing.assert_close(one, other)


def test_what_was_not_seen_has_no_score_and_no_rarity():
    scores, _, rarity = parts(fit_scores([(torch.tensor([[2, 0], [3, 5]]), torch.tensor([0, 1]))], 8, 2))
    for row in (0, 1, 4, 6, 7):
        assert scores[row].abs().max() == 0
        assert rarity[row] == 0


def test_texts_without_rows_and_classes_without_texts():
    texts = [
        (torch.tensor([[0, 0], [2, 3]]), torch.tensor([0, 2])),
        (torch.zeros(1, 0).long(), torch.tensor([2])),
    ]
    scores, bias, rarity = parts(fit_scores(texts, 5, 4))
    assert all(torch.isfinite(found).all() for found in (scores, bias, rarity))
    assert bias.argmax() == 2
    assert bias[1] == bias[3] == bias.min()


def test_it_is_the_same_when_nothing_is_kept(monkeypatch):
    kept = fit_scores(groups(0), ROWS, 3)
    monkeypatch.setattr(ngram_regression, "_KEPT", 200)
    for one, other in zip(parts(kept), parts(fit_scores(groups(0), ROWS, 3)), strict=True):
        assert torch.equal(one, other)


def test_the_same_texts_give_the_same_scores():
    for one, other in zip(*(parts(fit_scores(groups(0), ROWS, 3)) for _ in range(2)), strict=True):
        assert torch.equal(one, other)


def test_a_weight_of_two_is_a_text_that_comes_twice():
    """Up to the order of the steps: a smaller group makes the two ways near."""
    texts = groups(0, classes=2, texts=60, size=1)
    doubled = [pair for pair in texts for _ in range(1 + int(pair[1][0]))]
    weighted = parts(fit_scores(texts, ROWS, 2, torch.tensor([1.0, 2.0])))
    repeated = parts(fit_scores(doubled, ROWS, 2))
    gap = (weighted[0][:, 1] - weighted[0][:, 0]).numpy(), (repeated[0][:, 1] - repeated[0][:, 0]).numpy()
    assert np.corrcoef(*gap)[0, 1] > 0.95
    assert weighted[1].argmax() == repeated[1].argmax()
