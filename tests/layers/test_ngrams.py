from __future__ import annotations

import math

import pytest
import torch

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
    def test_sum_over_the_root_of_the_number(self):
        layer = NgramScores(V, 3).eval()
        torch.nn.init.normal_(layer.table.weight)
        torch.nn.init.normal_(layer.bias)
        scores = layer(*batch(TEXTS))
        for text, row in zip(TEXTS, scores, strict=True):
            rows = rows_of(layer, text)
            expected = layer.table.weight[rows].sum(dim=0) / math.sqrt(len(rows)) + layer.bias
            assert torch.allclose(row, expected, atol=1e-6)

    def test_an_empty_text_gives_the_bias(self):
        layer = NgramScores(V, 2).eval()
        torch.nn.init.normal_(layer.bias)
        assert torch.equal(layer(*batch([[], [5]]))[0], layer.bias)

    def test_it_starts_silent(self):
        assert NgramScores(V, 2)(*batch(TEXTS)).abs().max() == 0

    def test_dropout_keeps_the_mean(self):
        layer = NgramScores(200, 1, longest=1, dropout=0.5)
        torch.nn.init.ones_(layer.table.weight)
        texts = batch([list(range(2, 200))] * 50)
        torch.manual_seed(0)
        assert layer(*texts).mean().item() == pytest.approx(layer.eval()(*texts).mean().item(), rel=0.05)


class TestStart:
    def test_log_count_ratios(self):
        layer = NgramScores(8, 2, longest=1)
        layer.start_from(
            [(*batch([[5, 6], [5, 5]]), torch.tensor([0, 0])), (*batch([[7]]), torch.tensor([1]))]
        )
        # class 0 has token 5 in two texts and 6 in one; class 1 has 7 in one; each of 8 rows gets 1 more
        inside, outside = 3 / (3 + 8), 1 / (1 + 8)
        assert layer.table.weight[5, 0].item() == pytest.approx(math.log(inside / outside))
        assert layer.table.weight[5, 1].item() == pytest.approx(math.log(outside / inside))
        assert bool(layer.started)

    def test_what_was_never_seen_and_padding_score_nothing(self):
        layer = NgramScores(V, 2)
        layer.start_from([(*batch([[5, 6], [7]]), torch.tensor([0, 1]))])
        assert layer.table.weight[[0, 9, 11]].abs().max() == 0

    def test_the_bias_is_the_log_prior(self):
        layer = NgramScores(V, 2)
        layer.start_from([(*batch([[5]] * 8), torch.tensor([0] * 5 + [1] * 3))], smoothing=1.0)
        assert (layer.bias[0] - layer.bias[1]).item() == pytest.approx(math.log(6 / 4))

    def test_it_is_a_classifier_before_any_training(self):
        layer = NgramScores(V, 2).eval()
        texts, labels = [[5, 6], [5, 7], [8, 6], [8, 7]] * 3, torch.tensor([0, 0, 1, 1] * 3)
        layer.start_from([(*batch(texts), labels)])
        assert layer(*batch(texts)).argmax(dim=1).tolist() == labels.tolist()


def test_many_classes_get_fewer_buckets():
    assert NgramScores(V, 2).buckets == 1 << 18
    layer = NgramScores(V, 1000)
    assert layer.buckets * 1000 <= 1 << 25
    assert layer.buckets & (layer.buckets - 1) == 0
