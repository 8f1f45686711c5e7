from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from textclf.data.batches import IGNORED_LABEL, Batch, BatchLoader
from textclf.data.corpus import EncodedCorpus
from textclf.errors import ArgumentError


def made(rows: int, seed: int = 0, longest: int = 30) -> EncodedCorpus:
    random = np.random.default_rng(seed)
    texts = [random.integers(2, 99, random.integers(0, longest + 1)) for _ in range(rows)]
    return EncodedCorpus.from_lists(texts, random.integers(0, 3, rows))


def order(loader: BatchLoader, number: int = 0) -> list[int]:
    return [int(i) for batch in loader.epoch(number) for i in batch.indices]


def sizes(loader: BatchLoader, number: int = 0) -> list[int]:
    return [len(batch) for batch in loader.epoch(number)]


def check(batch: Batch, corpus: EncodedCorpus, pad_multiple: int = 1) -> None:
    longest = max([1, *(len(corpus[i]) for i in batch.indices)])
    width = -(-longest // pad_multiple) * pad_multiple
    assert batch.token_ids.shape == (len(batch.indices), width)
    assert batch.token_ids.dtype == batch.lengths.dtype == torch.int64
    for row, index in enumerate(batch.indices):
        ids = corpus[int(index)].tolist()
        assert batch.lengths[row] == len(ids)
        assert batch.token_ids[row].tolist() == ids + [0] * (width - len(ids))
    if corpus.labels is not None and not corpus.token_labels:
        assert batch.labels is not None
        assert batch.labels.dtype == torch.int64
        assert batch.labels.tolist() == corpus.labels[batch.indices].tolist()


@given(
    st.lists(st.lists(st.integers(1, 9), max_size=7), max_size=40),
    st.integers(1, 9),
    st.booleans(),
    st.booleans(),
    st.integers(1, 4),
    st.integers(0, 3),
)
def test_every_text_comes_once_and_whole(rows, batch_size, shuffle, bucket, pad_multiple, number):
    corpus = EncodedCorpus.from_lists(rows, [len(row) % 3 for row in rows])
    loader = BatchLoader(
        corpus, batch_size=batch_size, shuffle=shuffle, bucket=bucket, pad_multiple=pad_multiple, seed=7
    )
    batches = list(loader.epoch(number))
    assert len(batches) == len(loader)
    for batch in batches:
        check(batch, corpus, pad_multiple)
    assert sorted(i for batch in batches for i in batch.indices) == list(range(len(rows)))
    if batch_size > 1:
        lone = [batch for batch in batches if len(batch) == 1]
        assert not (shuffle and lone and len(rows) > 1)
    assert all(len(batch) <= batch_size + int(shuffle) for batch in batches)


def test_the_order_is_that_of_seed_and_epoch():
    corpus = made(500)
    first = BatchLoader(corpus, batch_size=8, shuffle=True, seed=3)
    again = BatchLoader(corpus, batch_size=8, shuffle=True, seed=3)
    assert order(first, 2) == order(again, 2) == order(first, 2)
    assert order(first, 2) != order(first, 3)
    assert order(first, 2) != order(BatchLoader(corpus, batch_size=8, shuffle=True, seed=4), 2)
    assert order(first, 2) != list(range(500))


def test_seed_and_epoch_are_not_added_up():
    corpus = made(200)
    assert order(BatchLoader(corpus, shuffle=True, seed=1), 0) != order(
        BatchLoader(corpus, shuffle=True, seed=0), 1
    )


@pytest.mark.parametrize("rows", [1, 64, 3199, 3200, 3201, 7000])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("bucket", [True, False])
def test_the_batches_are_those_that_the_docstring_says(rows, shuffle, bucket):
    corpus = made(rows)
    loader = BatchLoader(corpus, batch_size=64, shuffle=shuffle, bucket=bucket, seed=3)
    random = np.random.default_rng([3, 2])
    texts = random.permutation(rows) if shuffle else np.arange(rows)
    if bucket:
        pool = 50 * 64 if shuffle else rows
        pools = [texts[start : start + pool] for start in range(0, rows, pool)]
        texts = np.concatenate([pool[np.argsort(corpus.lengths[pool], kind="stable")] for pool in pools])
    ends = [*range(64, rows, 64), rows]
    if shuffle and rows % 64 == 1 and rows > 1:
        ends[-2:] = [rows]
    batches = [texts[start:end].tolist() for start, end in zip([0, *ends], ends, strict=False)]
    if shuffle and bucket:
        batches = [batches[i] for i in random.permutation(len(batches))]
    assert [batch.indices.tolist() for batch in loader.epoch(2)] == batches


def test_a_large_corpus_is_sorted_part_by_part(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("textclf.data.batches._SORTED_AT_ONCE", 20)
    corpus = made(45)
    rows = order(BatchLoader(corpus, batch_size=8))
    parts = [range(16), range(16, 32), range(32, 45)]  # whole batches of the first 20 texts, and so on
    assert rows == [row for part in parts for row in sorted(part, key=lambda i: (corpus.lengths[i], i))]


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_order_of_an_epoch_takes_four_bytes_a_text(shuffle):
    count = 1_000_000
    corpus = EncodedCorpus(np.full(3 * count, 5, dtype=np.int32), 3 * np.arange(count + 1))
    loader = BatchLoader(corpus, shuffle=shuffle)
    tracemalloc.start()
    try:
        batches = loader.epoch(0, start=len(loader) - 1)
        assert len(list(batches)) == 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < (5 if shuffle else 30) * count


def test_lengths_beyond_sixteen_bits():
    lengths = [70_000, 2, 65_535, 65_536, 1]
    corpus = EncodedCorpus.from_lists([np.full(n, 7) for n in lengths])
    (batch,) = BatchLoader(corpus).epoch(0)
    assert batch.lengths.tolist() == sorted(lengths)
    assert batch.indices.tolist() == [4, 1, 2, 3, 0]


@pytest.mark.parametrize("bucket", [True, False])
def test_start_skips_the_first_batches(bucket):
    loader = BatchLoader(made(100), batch_size=8, shuffle=True, bucket=bucket)
    whole = [batch.indices.tolist() for batch in loader.epoch(4)]
    for start in (0, 1, 5, len(loader)):
        assert [batch.indices.tolist() for batch in loader.epoch(4, start=start)] == whole[start:]


def test_without_shuffle_and_bucket_the_corpus_order_stays():
    loader = BatchLoader(made(50), batch_size=8, bucket=False)
    assert order(loader, 0) == order(loader, 9) == list(range(50))
    assert sizes(loader) == [8] * 6 + [2]


def test_bucket_alone_sorts_by_length_and_keeps_ties_in_order():
    corpus = made(300, longest=5)
    rows = order(BatchLoader(corpus, batch_size=7))
    assert rows == sorted(range(300), key=lambda i: (corpus.lengths[i], i))


def test_shuffle_alone_ignores_length():
    corpus = made(5000)
    loader = BatchLoader(corpus, batch_size=50, shuffle=True, bucket=False)
    means = [float(batch.lengths.double().mean()) for batch in loader.epoch(0)]
    assert max(means) - min(means) < 10


def test_buckets_pad_little_and_still_mix():
    corpus = made(5000)

    def padding(loader: BatchLoader) -> float:
        batches = list(loader.epoch(1))
        cells = sum(batch.token_ids.numel() for batch in batches)
        return 1 - sum(int(batch.lengths.sum()) for batch in batches) / cells

    assert padding(BatchLoader(corpus, batch_size=50, shuffle=True)) < 0.05
    assert padding(BatchLoader(corpus, batch_size=50)) < 0.05
    assert padding(BatchLoader(corpus, batch_size=50, shuffle=True, bucket=False)) > 0.3
    one = {frozenset(b.indices.tolist()) for b in BatchLoader(corpus, batch_size=50, shuffle=True).epoch(0)}
    two = {frozenset(b.indices.tolist()) for b in BatchLoader(corpus, batch_size=50, shuffle=True).epoch(1)}
    assert not one & two


def test_the_order_of_the_batches_has_nothing_to_do_with_length():
    batches = BatchLoader(made(400), batch_size=10, shuffle=True).epoch(0)  # a single pool
    longest = [int(batch.lengths.max()) for batch in batches]
    assert abs(np.corrcoef(longest, range(40))[0, 1]) < 0.5


@pytest.mark.parametrize(
    ("rows", "shuffle", "expected"),
    [
        (9, False, [4, 4, 1]),
        (9, True, [4, 5]),
        (10, True, [2, 4, 4]),
        (1, True, [1]),
        (1, False, [1]),
        (5, True, [5]),
        (4, True, [4]),
        (0, True, []),
        (0, False, []),
    ],
)
@pytest.mark.parametrize("bucket", [True, False])
def test_the_sizes_of_the_batches(rows, shuffle, bucket, expected):
    loader = BatchLoader(made(rows), batch_size=4, shuffle=shuffle, bucket=bucket)
    assert len(loader) == len(expected)
    assert sorted(sizes(loader)) == sorted(expected)


def test_the_lone_last_text_joins_even_across_pools():
    loader = BatchLoader(made(2 * 50 * 4 + 1), batch_size=4, shuffle=True)
    assert sorted(sizes(loader)) == [4] * 99 + [5]


def test_batches_of_one_are_kept_if_they_are_asked_for():
    assert sizes(BatchLoader(made(3), batch_size=1, shuffle=True)) == [1, 1, 1]


def test_an_empty_text_is_a_row_of_padding():
    corpus = EncodedCorpus.from_lists([[], []], [1, 0])
    (batch,) = BatchLoader(corpus, pad_multiple=4).epoch(0)
    assert batch.token_ids.tolist() == [[0] * 4] * 2
    assert batch.lengths.tolist() == [0, 0]


def test_no_labels():
    (batch,) = BatchLoader(EncodedCorpus.from_lists([[1]])).epoch(0)
    assert batch.labels is None
    assert batch.to("cpu").labels is None


def test_token_labels_are_padded_with_the_label_that_losses_ignore():
    corpus = EncodedCorpus.from_lists([[5, 6, 7], [], [8]], [[0, 1, 0], [], [2]], token_labels=True)
    (batch,) = BatchLoader(corpus, bucket=False).epoch(0)
    assert batch.labels is not None
    assert batch.labels.tolist() == [[0, 1, 0], [-100] * 3, [2, -100, -100]]
    assert torch.nn.CrossEntropyLoss().ignore_index == IGNORED_LABEL


def test_tensors_own_their_memory():
    corpus = EncodedCorpus.from_lists([[1, 2]], [0])
    loader = BatchLoader(corpus)
    batch = next(loader.epoch(0))
    batch.token_ids.fill_(9)
    batch.lengths.fill_(9)
    assert batch.labels is not None
    batch.labels.fill_(9)
    check(next(loader.epoch(0)), corpus)


def test_to_moves_the_tensors_and_keeps_the_indices():
    batch = next(BatchLoader(made(5)).epoch(0))
    moved = batch.to("meta")
    assert moved.labels is not None
    assert {moved.token_ids.device.type, moved.lengths.device.type, moved.labels.device.type} == {"meta"}
    assert moved.indices is batch.indices
    assert len(moved) == 5


def test_a_corpus_on_the_disk_gives_the_same_batches(tmp_path: Path):
    corpus = made(40)
    corpus.save(tmp_path / "c")
    loaded = EncodedCorpus.load(tmp_path / "c")
    for one, other in zip(
        BatchLoader(corpus, batch_size=8, shuffle=True).epoch(0),
        BatchLoader(loaded, batch_size=8, shuffle=True).epoch(0),
        strict=True,
    ):
        assert torch.equal(one.token_ids, other.token_ids)
        check(other, corpus)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "`batch_size` must be an integer of at least 1. Received: 0"),
        ({"batch_size": 2.0}, "`batch_size` must be an integer of at least 1"),
        ({"batch_size": True}, "`batch_size` must be an integer of at least 1"),
        ({"batch_size": None}, "`batch_size` must be an integer of at least 1"),
        ({"seed": -1}, "`seed` must be an integer of at least 0"),
        ({"seed": "a"}, "`seed` must be an integer of at least 0"),
        ({"pad_multiple": 0}, "`pad_multiple` must be an integer of at least 1"),
        ({"shuffle": 1}, "`shuffle` must be True or False"),
        ({"bucket": None}, "`bucket` must be True or False"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ArgumentError, match=message):
        BatchLoader(made(3), **options)


def test_the_corpus_must_be_encoded():
    with pytest.raises(ArgumentError, match=r"`corpus` must be an EncodedCorpus.*TextEncoder\.encode\(\)"):
        BatchLoader(["a text"])


def test_bad_epochs_are_refused_before_the_first_batch():
    loader = BatchLoader(made(10), batch_size=4)
    with pytest.raises(ArgumentError, match="`number` must be an integer of at least 0"):
        loader.epoch(-1)
    with pytest.raises(ArgumentError, match="`start` must be an integer of at least 0"):
        loader.epoch(0, start=-1)
    with pytest.raises(ArgumentError, match="`start` must be at most 3, the number of batches"):
        loader.epoch(0, start=4)


def test_several_labels_a_text_are_rows_of_booleans():
    hot = np.array([[True, False], [False, False], [True, True]])
    corpus = EncodedCorpus.from_lists([[7, 8, 9], [5], [6, 4]], hot)
    batches = list(BatchLoader(corpus, batch_size=2).epoch(0))
    assert [batch.labels.dtype for batch in batches] == [torch.bool, torch.bool]
    assert [batch.labels.tolist() for batch in batches] == [hot[[1, 2]].tolist(), hot[[0]].tolist()]
    assert batches[0].to("cpu").labels.shape == (2, 2)
