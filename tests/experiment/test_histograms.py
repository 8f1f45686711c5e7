from __future__ import annotations

import numpy as np
import pytest
import torch

from textclf import EncodedCorpus, Trainer, create_model, seed_everything
from textclf.errors import ArgumentError
from textclf.experiment import Histograms
from textclf.experiment.histograms import _histogram


def fit(recorded, **options):
    corpus = EncodedCorpus.from_lists([[2, 3], [4, 5], [2], [5]], [0, 1, 0, 1])
    seed_everything(0)
    model = create_model("mlp", vocab_size=6, num_classes=2, **options)
    Trainer(model, epochs=4, batch_size=2, device="cpu", callbacks=[recorded], progress=False).fit(corpus)
    return model


def test_every_parameter_and_gradient():
    recorded = Histograms()
    model = fit(recorded)
    assert list(recorded.parameters) == list(recorded.gradients) == [n for n, _ in model.named_parameters()]
    for name, parameter in model.named_parameters():
        found = recorded.parameters[name]
        assert [histogram.step for histogram in found] == list(range(1, 9))
        assert {int(histogram.counts.sum()) for histogram in found} == {parameter.numel()}
        last = parameter.detach().numpy()
        assert (found[-1].edges[0], found[-1].edges[-1]) != (0.0, 0.0)
        assert found[-1].edges[0] <= last.min() + 1e-6 or last.min() == last.max()


def test_every_few_steps():
    recorded = Histograms(every=3)
    fit(recorded)
    assert {tuple(h.step for h in found) for found in recorded.parameters.values()} == {(3, 6)}


def test_what_is_not_finite_is_not_counted():
    found = _histogram(1, torch.tensor([1.0, float("nan"), float("inf"), 2.0]))
    assert found.counts.sum() == 2
    assert np.isfinite(found.edges).all()


def test_sparse_gradients_count_what_they_hold():
    sparse = torch.sparse_coo_tensor(
        torch.tensor([[0, 2]]), torch.tensor([1.0, 3.0]), (4,), check_invariants=True
    )
    assert _histogram(1, sparse).counts.sum() == 2


def test_bad_arguments():
    with pytest.raises(ArgumentError, match="`every` must be"):
        Histograms(every=0)
