from __future__ import annotations

import pytest
import torch

from textclf.errors import ArgumentError
from textclf.models import FastText, create_model


def test_buckets_must_be_a_power_of_two():
    with pytest.raises(ArgumentError, match=r"`buckets` must be a power of two. Received: 100. Use 128"):
        FastText(vocab_size=9, num_classes=2, buckets=100)


@pytest.mark.parametrize("bad", [0, -1, 2.0, True])
def test_ngrams_must_be_one_or_more(bad):
    with pytest.raises(ArgumentError, match="`ngrams` must be an integer of at least 1. Received: "):
        FastText(vocab_size=9, num_classes=2, ngrams=bad)


@pytest.mark.full_size
@pytest.mark.parametrize(
    ("classes", "buckets"), [(2, 1 << 20), (8, 1 << 20), (10, 1 << 19), (1000, 1 << 13)]
)
def test_the_table_takes_32_megabytes_at_most(classes, buckets):
    assert FastText(vocab_size=9, num_classes=classes).scores.buckets == buckets


def test_it_learns_at_the_start():
    model = create_model("fasttext", vocab_size=9, num_classes=2).eval()
    ids, labels = torch.tensor([[5, 6], [7, 8], [5, 8], [7, 6]]), torch.tensor([0, 1, 0, 1])
    lengths = torch.full((4,), 2)
    learnt = model.start_from([(ids, lengths, labels)] * 5)
    assert model.learns_at_start
    assert learnt.accuracy == 1.0
    assert model(ids, lengths).argmax(dim=1).tolist() == labels.tolist()


def test_another_call_starts_afresh():
    model = create_model("fasttext", vocab_size=9, num_classes=2).eval()
    ids, lengths = torch.tensor([[5, 6], [7, 8]]), torch.full((2,), 2)
    model.start_from([(ids, lengths, torch.tensor([0, 1]))] * 5)
    model.start_from([(ids, lengths, torch.tensor([1, 0]))] * 5)
    assert model(ids, lengths).argmax(dim=1).tolist() == [1, 0]


def test_the_weighting_reaches_the_layer_and_the_config():
    model = create_model("fasttext", vocab_size=9, num_classes=2, weighting="naive_bayes")
    assert model.scores.weighting == "naive_bayes"
    assert model.config["weighting"] == "naive_bayes"
    assert create_model("fasttext", vocab_size=9, num_classes=2).config["weighting"] == "tf-idf"
