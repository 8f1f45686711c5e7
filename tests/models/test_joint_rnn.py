from __future__ import annotations

import pytest
import torch

from textclf.errors import ArgumentError
from textclf.models import JointRNN

SIZES = {"inside": 2, "tag": 5}


def test_each_head_has_its_size():
    model = JointRNN(vocab_size=20, num_classes=SIZES)
    assert (model.heads, model.num_classes, model.window) == (SIZES, 7, 3)
    logits = model(torch.tensor([[5, 6, 0]]), torch.tensor([2]))
    assert {head: its.shape for head, its in logits.items()} == {"inside": (1, 3, 2), "tag": (1, 3, 5)}
    assert model.config["num_classes"] == SIZES


def test_the_upper_head_reads_the_lower_network_and_not_the_other_way_round():
    model = JointRNN(vocab_size=20, num_classes=SIZES)
    logits = model(torch.tensor([[5, 6]]), torch.tensor([2]))
    logits["inside"].sum().backward(retain_graph=True)
    assert all(p.grad is None for p in model.levels[1].parameters())
    assert all(p.grad is not None for p in model.levels[0].parameters())
    model.zero_grad()
    logits["tag"].sum().backward()
    assert all(p.grad is not None for level in model.levels for p in level.parameters())


def test_frozen_vectors():
    vectors = torch.randn(20, 4)
    model = JointRNN(vocab_size=20, num_classes=SIZES, embedding=vectors, embedding_mode="static")
    assert not any(p.requires_grad for p in model.embedding.parameters())


@pytest.mark.parametrize("bad", [5, None, {"tag": 5}, {}, [2, 5]])
def test_heads_that_are_none(bad):
    with pytest.raises(
        ArgumentError, match="`num_classes` must be the number of classes of two or more heads"
    ):
        JointRNN(vocab_size=20, num_classes=bad)


@pytest.mark.parametrize("bad", [1, 2.0, "2", True])
def test_sizes(bad):
    with pytest.raises(ArgumentError, match=r"`num_classes\['tag'\]` must be an integer of at least 2"):
        JointRNN(vocab_size=20, num_classes={"inside": 2, "tag": bad})
