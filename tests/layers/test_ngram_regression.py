from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from textclf.layers import ngram_groups
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


def fit(texts, num_rows, *args, **options) -> FittedScores:
    """Fit, with what was found of the rows that occur in a table of all rows."""
    fitted = fit_scores(texts, num_rows, *args, **options)
    scores = torch.zeros(num_rows, fitted.scores.shape[1]).index_copy(0, fitted.rows, fitted.scores)
    rarity = torch.zeros(num_rows).index_copy(0, fitted.rows, fitted.rarity)
    return dataclasses.replace(fitted, rows=torch.arange(num_rows), scores=scores, rarity=rarity)


def parts(fitted: FittedScores):
    return fitted.scores, fitted.bias, fitted.rarity


def labels_of(texts) -> np.ndarray:
    return torch.cat([labels for _, labels in texts]).numpy()


def test_naive_bayes_weights_are_the_largest_log_count_ratios():
    rows = torch.tensor([[2, 3], [2, 4], [2, 4], [2, 5]])
    fitted = fit([(rows, torch.tensor([0, 1, 1, 1]))], 6, 2, weighting="naive_bayes")
    counts = np.array([[1, 3], [1, 0], [0, 2], [0, 1]]) + 10.0  # texts of each class that hold 2, 3, 4, 5
    shares = counts / counts.sum(axis=0)
    expected = np.abs(np.log(shares[:, 0] / shares[:, 1]))
    assert fitted.rarity[2:].numpy() == pytest.approx(expected, abs=1e-6)
    assert fitted.rarity[:2].tolist() == [0.0, 0.0]


def test_a_row_that_tells_nothing_has_next_to_no_naive_bayes_weight():
    rows, labels = torch.tensor([[2, 3], [2, 4]] * 20), torch.tensor([0, 1] * 20)
    rarity = fit([(rows, labels)], 5, 2, weighting="naive_bayes").rarity
    assert 0 < rarity[2] < 0.01 * rarity[3]


def test_naive_bayes_weights_find_the_few_rows_that_matter():
    """Of 400 rows, two tell the classes apart, and one of them is in each text beside 20 others."""
    rng = np.random.default_rng(0)

    def texts(number: int):
        labels = rng.integers(2, size=number)
        rows = rng.integers(4, 400, size=(number, 21))
        rows[:, 0] = 2 + labels
        return torch.from_numpy(rows), torch.from_numpy(labels)

    train, (rows, labels) = texts(120), texts(1000)
    right = {}
    for weighting in ("tf-idf", "naive_bayes"):
        fitted = fit([train], 400, 2, weighting=weighting)
        weights = fitted.rarity[rows] / fitted.rarity[rows].norm(dim=1, keepdim=True)
        answers = (weights.unsqueeze(2) * fitted.scores[rows]).sum(dim=1) + fitted.bias
        right[weighting] = (answers.argmax(dim=1) == labels).float().mean().item()
    assert right["naive_bayes"] > right["tf-idf"] + 0.01


@pytest.mark.parametrize("classes", [2, 4])
def test_it_is_as_good_as_scikit_learns(classes):
    train, test = groups(0, classes=classes, texts=1500), groups(1, classes=classes, texts=2000)
    fitted = fit(train, ROWS, classes)
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
    for one, other in zip(parts(fit(once, 6, 2)), parts(fit(twice, 6, 2)), strict=True):
        torch.testing.assert_close(one, other)


def test_only_rows_that_occur_are_in_it_in_the_order_in_which_they_are_first_seen():
    texts = [
        (torch.tensor([[5, 0], [7, 3]]), torch.tensor([0, 1])),
        (torch.tensor([[2, 7]]), torch.tensor([1])),
    ]
    fitted = fit_scores(texts, 8, 2)
    assert fitted.rows.tolist() == [3, 5, 7, 2]
    assert fitted.scores.shape == (4, 2)
    assert fitted.scores[:, 1].gt(fitted.scores[:, 0]).tolist() == [True, False, True, True]
    assert fitted.rarity[2] == fitted.rarity.min()


def test_texts_without_any_row():
    fitted = fit_scores([(torch.zeros(3, 2).long(), torch.tensor([0, 1, 1]))], 8, 2)
    assert fitted.rows.tolist() == []
    assert fitted.bias.argmax() == 1


def test_texts_without_rows_and_classes_without_texts():
    texts = [
        (torch.tensor([[0, 0], [2, 3]]), torch.tensor([0, 2])),
        (torch.zeros(1, 0).long(), torch.tensor([2])),
    ]
    scores, bias, rarity = parts(fit(texts, 5, 4))
    assert all(torch.isfinite(found).all() for found in (scores, bias, rarity))
    assert bias.argmax() == 2
    assert bias[1] == bias[3] == bias.min()


def test_it_is_the_same_when_nothing_is_kept(monkeypatch):
    kept = fit(groups(0), ROWS, 3)
    monkeypatch.setattr(ngram_groups, "_KEPT", 200)
    for one, other in zip(parts(kept), parts(fit(groups(0), ROWS, 3)), strict=True):
        assert torch.equal(one, other)


def test_the_same_texts_give_the_same_scores():
    for one, other in zip(*(parts(fit(groups(0), ROWS, 3)) for _ in range(2)), strict=True):
        assert torch.equal(one, other)


def test_a_weight_of_two_is_a_text_that_comes_twice():
    """Up to the order of the steps: a smaller group makes the two ways near."""
    texts = groups(0, classes=2, texts=60, size=1)
    doubled = [pair for pair in texts for _ in range(1 + int(pair[1][0]))]
    weighted = parts(fit(texts, ROWS, 2, torch.tensor([1.0, 2.0])))
    repeated = parts(fit(doubled, ROWS, 2))
    gap = (weighted[0][:, 1] - weighted[0][:, 0]).numpy(), (repeated[0][:, 1] - repeated[0][:, 0]).numpy()
    assert np.corrcoef(*gap)[0, 1] > 0.95
    assert weighted[1].argmax() == repeated[1].argmax()


def several(seed: int, texts: int = 1500, size: int = 16):
    """Texts with any of three labels, whose rows are as likely again for each label that has them."""
    rng = np.random.default_rng(seed)
    labels = rng.random((texts, 3)) < [0.5, 0.3, 0.1]
    rows = np.zeros((texts, 8), np.int64)
    for text, has in enumerate(labels):
        odds = np.ones(ROWS)
        odds[0] = 0.0
        for label in np.flatnonzero(has):
            odds[1 + 12 * label : 13 + 12 * label] = 6.0
        rows[text] = rng.choice(ROWS, size=8, replace=False, p=odds / odds.sum())
    pairs = zip(torch.from_numpy(rows).split(size), torch.from_numpy(labels).split(size), strict=True)
    return list(pairs)


class TestSeveralLabels:
    def test_it_is_as_good_as_scikit_learns(self):
        train, test = several(0), several(1)
        fitted = fit(train, ROWS, 3)
        scores, bias, rarity = parts(fitted)
        tf_idf = TfidfTransformer().fit(features(train))
        assert rarity.numpy()[1:] == pytest.approx(tf_idf.idf_[1:], abs=1e-5)
        held_out = tf_idf.transform(features(test))
        mine = held_out @ scores.numpy() + bias.numpy() > 0
        for label in range(3):
            peer = LogisticRegression().fit(tf_idf.transform(features(train)), labels_of(train)[:, label])
            theirs = peer.score(held_out, labels_of(test)[:, label])
            assert (mine[:, label] == labels_of(test)[:, label]).mean() > theirs - 0.03
        exact = (mine == labels_of(test)).all(axis=1).mean()
        assert fitted.accuracy == pytest.approx(exact, abs=0.1)
        assert 0 < fitted.loss < np.log(2)

    def test_a_weight_makes_a_label_more_frequent(self):
        train = several(0)
        shares = []
        for weight in (None, torch.tensor([1.0, 1.0, 8.0])):
            fitted = fit(train, ROWS, 3, weight)
            tf_idf = TfidfTransformer().fit(features(train)).transform(features(train))
            shares.append(((tf_idf @ fitted.scores.numpy() + fitted.bias.numpy()) > 0).mean(axis=0))
        assert shares[1][2] > 1.5 * shares[0][2]
        assert shares[1][:2] == pytest.approx(shares[0][:2], abs=0.02)

    @pytest.mark.parametrize("weighting", ["tf-idf", "naive_bayes"])
    def test_labels_on_every_text_and_on_none(self, weighting):
        rows = torch.tensor([[2, 3], [3, 4], [5, 6]] * 8)
        labels = torch.tensor([[True, False, True], [True, False, False], [True, False, False]] * 8)
        fitted = fit([(rows, labels)], 7, 3, weighting=weighting)
        assert all(bool(part.isfinite().all()) for part in parts(fitted))
        assert (fitted.scores[2:] + fitted.bias)[:, 0].min() > 0
        assert (fitted.scores[2:] + fitted.bias)[:, 1].max() < 0

    def test_texts_without_labels_count_as_texts(self):
        rows = torch.tensor([[2, 3], [4, 5]])
        fitted = fit([(rows, torch.tensor([[True, False], [False, False]]))], 6, 2)
        assert (fitted.rarity[2:] > 0).all()
