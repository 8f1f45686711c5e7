from __future__ import annotations

import math

import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from textclf.errors import ArgumentError
from textclf.layers.ngrams import NgramScores

V = 12
TEXTS = [[5, 6, 7], [5, 6], [8], [7, 6, 5, 7, 6, 5]]


def batch(texts: list[list[int]], *, width: int | None = None, garbage: int = 0):
    lengths = torch.tensor([len(text) for text in texts])
    ids = torch.full((len(texts), width or max(1, int(lengths.max()))), garbage)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text, dtype=torch.int64)
    return ids, lengths


def rows_of(layer: NgramScores, text: list[int], **options) -> list[int]:
    rows = layer.distinct_rows(*batch([text], **options))[0]
    return sorted(row for row in rows.tolist() if row)


class TestRows:
    def test_single_tokens_have_rows_of_their_own(self):
        assert rows_of(NgramScores(V, 2, longest=1), [5, 9, 5]) == [5, 9]

    def test_phrases_go_to_the_buckets(self):
        layer = NgramScores(V, 2, longest=3)
        rows = rows_of(layer, [5, 6, 7])
        assert rows[:3] == [5, 6, 7]
        assert len(rows) == 3 + 2 + 1
        assert all(V <= row < V + layer.buckets for row in rows[3:])

    def test_order_matters_in_a_phrase(self):
        layer = NgramScores(V, 2)
        assert rows_of(layer, [5, 6])[2:] != rows_of(layer, [6, 5])[2:]

    def test_a_phrase_that_comes_twice_counts_once(self):
        layer = NgramScores(V, 2)
        assert rows_of(layer, [5, 6, 5, 6]) == sorted({*rows_of(layer, [5, 6]), *rows_of(layer, [6, 5])})

    @pytest.mark.parametrize("text", [[], [5], [5, 6], [5, 6, 7, 5]])
    def test_padding_and_what_stands_in_it_change_nothing(self, text):
        layer = NgramScores(V, 2, longest=3)
        assert rows_of(layer, text) == rows_of(layer, text, width=9, garbage=4)

    def test_hashes_are_spread_over_the_buckets(self):
        layer = NgramScores(2000, 2, buckets=1 << 16)
        pairs = torch.cartesian_prod(torch.arange(2, 152), torch.arange(2, 152))
        rows = layer.distinct_rows(pairs, torch.full((len(pairs),), 2))
        buckets = rows[rows >= 2000]
        expected = (1 << 16) * (1 - math.exp(-len(buckets) / (1 << 16)))  # of so many balls in as many urns
        assert len(buckets.unique()) == pytest.approx(expected, rel=0.02)

    def test_the_rows_are_the_same_in_every_run(self):
        layer = NgramScores(V, 2, buckets=1 << 10)
        assert rows_of(layer, [5, 6, 7]) == [5, 6, 7, 47, 871]

    def test_32_bit_ids_give_the_same_rows(self):
        layer = NgramScores(V, 2)
        ids, lengths = batch(TEXTS)
        assert torch.equal(layer.distinct_rows(ids.int(), lengths), layer.distinct_rows(ids, lengths))


class TestScores:
    def test_weighted_sum(self):
        layer = NgramScores(V, 3).eval()
        torch.nn.init.normal_(layer.table.weight)
        torch.nn.init.normal_(layer.bias)
        layer.rarity.uniform_(1.0, 5.0)
        scores = layer(*batch(TEXTS))
        for text, row in zip(TEXTS, scores, strict=True):
            rows = rows_of(layer, text)
            weights = layer.rarity[rows] / layer.rarity[rows].norm()
            expected = weights @ layer.table.weight[rows] + layer.bias
            assert torch.allclose(row, expected, atol=1e-6)

    def test_an_empty_text_gives_the_bias(self):
        layer = NgramScores(V, 2).eval()
        torch.nn.init.normal_(layer.bias)
        assert torch.equal(layer(*batch([[], [5]]))[0], layer.bias)

    def test_it_is_silent_until_it_is_started(self):
        assert NgramScores(V, 2)(*batch(TEXTS)).abs().max() == 0

    def test_dropout_keeps_the_mean(self):
        layer = NgramScores(200, 1, longest=1, dropout=0.5)
        torch.nn.init.ones_(layer.table.weight)
        texts = batch([list(range(2, 200))] * 50)
        torch.manual_seed(0)
        assert layer(*texts).mean().item() == pytest.approx(layer.eval()(*texts).mean().item(), rel=0.05)


class TestStart:
    TEXTS = ("a good film", "a good plot", "good", "a bad film", "bad plot", "a bad bad one", "so so", "so")
    LABELS = (0, 0, 0, 1, 1, 1, 2, 2)

    def started(self, num_classes: int, texts: list[list[int]], labels: list[int]) -> NgramScores:
        layer = NgramScores(V, num_classes).eval()
        layer.start_from([(*batch(texts), torch.tensor(labels))])
        return layer

    def test_its_weights_are_scikit_learns_tf_idf(self):
        texts = list(self.TEXTS)
        ids = {word: i for i, word in enumerate(sorted(set(" ".join(texts).split())), start=2)}
        encoded = [[ids[word] for word in text.split()] for text in texts]
        layer = self.started(3, encoded, list(self.LABELS))
        peer = TfidfVectorizer(ngram_range=(1, 2), binary=True, token_pattern=r"\S+").fit(texts)
        for text, tokens in zip(texts, encoded, strict=True):
            found = layer.weights_of(layer.distinct_rows(*batch([tokens])))[0]
            expected = peer.transform([text]).data
            assert sorted(found[found > 0].tolist()) == pytest.approx(sorted(expected), abs=1e-6)

    def test_rarity_is_smoothed_inverse_document_frequency(self):
        layer = self.started(2, [[5, 6], [5, 5], [7]], [0, 0, 1])
        assert layer.rarity[5].item() == pytest.approx(math.log(4 / 3) + 1)
        assert layer.rarity[7].item() == pytest.approx(math.log(4 / 2) + 1)
        assert layer.rarity[9].item() == 0.0

    def test_naive_bayes_weights_say_what_tells_the_classes_apart(self):
        layer = NgramScores(V, 2, longest=1, weighting="naive_bayes").eval()
        layer.start_from([(*batch([[5, 6], [5, 7]] * 10), torch.tensor([0, 1] * 10))])
        ids, lengths = batch([[5, 6], [5, 7], [5]], width=4, garbage=9)
        weights = layer.weights_of(layer.distinct_rows(ids, lengths))
        assert weights[0].max() > 0.99
        assert weights.norm(dim=1).tolist() == pytest.approx([1.0] * 3)
        assert layer(ids, lengths)[:2].argmax(dim=1).tolist() == [0, 1]

    def test_what_was_never_seen_and_padding_score_nothing(self):
        layer = self.started(2, [[5, 6], [7]], [0, 1])
        assert layer.table.weight[[0, 9, 11]].abs().max() < 1e-6
        assert bool(layer.started)

    def test_a_class_without_texts_is_the_least_likely(self):
        layer = self.started(4, [[5, 6], [7], [5], [7, 8]] * 3, [0, 2, 0, 2] * 3)
        assert set(layer(*batch([[5], [7], [9]])).argmax(dim=1).tolist()) <= {0, 2}

    def test_empty_texts_are_no_obstacle(self):
        layer = self.started(2, [[], [5], [6], []], [0, 0, 1, 1])
        assert bool(torch.isfinite(layer(*batch([[5], []]))).all())

    def test_the_bias_leans_to_the_larger_class(self):
        layer = self.started(2, [[5], [6], [7], [8]], [1, 1, 1, 0])
        assert layer(*batch([[]])).argmax().item() == 1

    def test_class_weights_outweigh_their_number(self):
        texts, labels = [[5, 6]] * 9 + [[5, 7]], [0] * 9 + [1]
        plain, balanced = NgramScores(V, 2).eval(), NgramScores(V, 2).eval()
        data = [(*batch(texts), torch.tensor(labels))] * 20
        plain.start_from(data)
        balanced.start_from(data, class_weight=torch.tensor([10 / 18, 10 / 2]))
        asked = batch([[5]])
        assert plain(*asked).argmax().item() == 0
        assert balanced(*asked).softmax(dim=1)[0, 1] > plain(*asked).softmax(dim=1)[0, 1] + 0.1


def test_weighting_must_be_known():
    with pytest.raises(
        ArgumentError, match="`weighting` must be one of 'tf-idf', 'naive_bayes'. Received: 'idf'"
    ):
        NgramScores(V, 2, weighting="idf")


@pytest.mark.full_size
def test_many_classes_get_fewer_buckets():
    assert NgramScores(V, 2).buckets == 1 << 18
    layer = NgramScores(V, 1000)
    assert layer.buckets * 1000 <= 1 << 23
    assert layer.buckets & (layer.buckets - 1) == 0
