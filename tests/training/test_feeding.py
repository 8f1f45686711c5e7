from __future__ import annotations

import numpy as np
import pytest
import torch

from textclf.data import Batch, BatchLoader, EncodedCorpus
from textclf.training.distributed import Processes
from textclf.training.feeding import Share, count_labels, grouped, share_of, to_device


def batch(count=5, *, token_labels=False):
    texts = [[i + 1] * (i % 3) for i in range(count)]
    labels = texts if token_labels else list(range(count))
    data = EncodedCorpus.from_lists(texts, labels, token_labels=token_labels)
    return next(BatchLoader(data, batch_size=count, bucket=False).epoch(0))


def all_shares(whole, count):
    return [share_of(whole, Processes(rank, count, rank)) for rank in range(count)]


class TestShares:
    @pytest.mark.parametrize("token_labels", [False, True])
    @pytest.mark.parametrize("count", [2, 3, 5])
    def test_each_row_is_in_one_share(self, count, token_labels):
        whole = batch(token_labels=token_labels)
        shares = all_shares(whole, count)
        assert sorted(np.concatenate([its.indices for its in shares])) == list(range(5))
        assert sum(its.num_labels for its in shares) == count_labels(whole)[0]
        for its in shares:
            assert its.num_labels_of_all == count_labels(whole)[0]
            assert torch.equal(its.token_ids, whole.token_ids[its.indices])
            assert torch.equal(its.lengths, whole.lengths[its.indices])
            assert torch.equal(its.labels, whole.labels[its.indices])

    @pytest.mark.parametrize("token_labels", [False, True])
    def test_a_share_without_a_row_has_one_that_does_not_count(self, token_labels):
        whole = batch(2, token_labels=token_labels)
        last = all_shares(whole, 3)[2]
        assert last.token_ids.shape == (1, whole.token_ids.shape[1])
        assert (len(last), last.num_labels) == (0, 0)
        assert (last.labels == -100).all()
        assert last.num_labels_of_all == count_labels(whole)[0] > 0

    def test_no_labels(self):
        data = EncodedCorpus.from_lists([[2], [3]])
        share = share_of(next(BatchLoader(data).epoch(0)), Processes(2, 3, 2))
        assert (share.labels, share.num_labels, share.num_labels_of_all) == (None, 0, 0)

    def test_labels_that_do_not_count(self):
        labels = torch.tensor([0, -100, 2])
        its = Batch(torch.ones(3, 1), torch.ones(3), labels, np.arange(3))
        assert count_labels(its) == (2, 2)
        assert count_labels(share_of(its, Processes(1, 2, 1))) == (0, 2)


class TestGroups:
    @pytest.mark.parametrize(("count", "size", "expected"), [(0, 2, []), (3, 1, [1, 1, 1]), (5, 3, [3, 2])])
    def test_sizes(self, count, size, expected):
        assert [len(group) for group in grouped([batch()] * count, size)] == expected

    def test_one_group_at_a_time(self):
        taken = []
        batches = (taken.append(i) or i for i in range(9))
        next(grouped(batches, 2))
        assert taken == [0, 1]


class TestMoving:
    def test_a_process_alone_has_the_batch_itself(self):
        moved = to_device(batch(), torch.device("cpu"), Processes())
        assert type(moved) is Batch
        assert len(moved) == 5

    def test_one_of_several_has_its_share(self):
        moved = to_device(batch(), torch.device("cpu"), Processes(1, 2, 1))
        assert (type(moved), moved.indices.tolist(), count_labels(moved)) == (Share, [1, 3], (2, 5))

    @pytest.mark.parametrize("labelled", [True, False])
    def test_to_a_gpu_from_pinned_memory_without_waiting(self, monkeypatch, labelled):
        sent, pinned = [], []

        def pin(tensor):
            pinned.append(tensor.data_ptr())
            return tensor

        def send(tensor, device, non_blocking):
            sent.append((tensor.data_ptr(), device.type, non_blocking))
            return tensor

        monkeypatch.setattr(torch.Tensor, "pin_memory", pin)
        monkeypatch.setattr(torch.Tensor, "to", send)
        whole = batch()
        if not labelled:
            whole = Batch(whole.token_ids, whole.lengths, None, whole.indices)
        moved = to_device(whole, torch.device("cuda"), Processes())
        assert len(moved) == 5
        assert sorted(sent) == sorted((place, "cuda", True) for place in pinned)
        assert len(pinned) == 2 + labelled


class TestSeveralLabels:
    hot = torch.tensor([[True, False], [False, False], [True, True]])
    whole = Batch(torch.ones(3, 2, dtype=torch.int64), torch.full((3,), 2), hot, np.arange(3))

    def test_texts_are_counted(self):
        assert count_labels(self.whole) == (3, 3)
        share = to_device(self.whole, torch.device("cpu"), Processes(1, 2, 1))
        assert (count_labels(share), share.labels.tolist()) == ((1, 3), [[False, False]])

    def test_a_row_that_stands_in_for_none_does_not_count(self):
        share = to_device(self.whole, torch.device("cpu"), Processes(3, 4, 3))
        assert (len(share.token_ids), len(share), count_labels(share)) == (1, 0, (0, 3))
