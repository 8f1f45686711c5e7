from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from textclf.metrics import MultiLabelReport, Report
from textclf.training import BinaryCrossEntropy, TokenOrTextCrossEntropy
from textclf.training.targets import LOSSES, ManyLabels, OneLabel, sigmoid, target_of

LOGITS = np.array([[2.0, -1.0], [0.0, -3.0], [-1.0, 1.0]], dtype=np.float32)
HOT = np.array([[True, False], [True, True], [False, True]])


def test_which_is_which():
    assert isinstance(target_of(True), ManyLabels)
    assert isinstance(target_of(False), OneLabel)
    assert {"cross_entropy": target_of(False), "binary_cross_entropy": target_of(True)} == LOSSES


class TestOne:
    target = target_of(False)

    def test_loss(self):
        weight = torch.ones(2)
        loss = self.target.loss(weight, 0.1)
        assert isinstance(loss, TokenOrTextCrossEntropy)
        assert (loss.label_smoothing, loss.weight) == (0.1, weight)

    def test_padding_does_not_count(self):
        labels = torch.tensor([[0, 1, -100]])
        assert self.target.count(labels) == 2
        logits = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]])
        assert self.target.correct(logits, labels).item() == 1
        assert self.target.counted(labels[0].numpy()).tolist() == [True, True, False]

    def test_answers(self):
        assert self.target.predictions(LOGITS).tolist() == [0, 0, 1]
        assert self.target.probabilities(LOGITS).sum(axis=1) == pytest.approx(1)
        expected = F.cross_entropy(torch.from_numpy(LOGITS), torch.tensor([0, 1, 1])).item()
        assert self.target.mean_loss(np.array([0, 1, 1]), LOGITS) == pytest.approx(expected)
        assert np.isnan(self.target.mean_loss(np.zeros(0, int), LOGITS[:0]))
        assert isinstance(self.target.report([0, 0, 1], np.full((3, 2), 0.5)), Report)


class TestMany:
    target = target_of(True)

    def test_loss(self):
        weight = torch.ones(2)
        loss = self.target.loss(weight, 0.1)
        assert isinstance(loss, BinaryCrossEntropy)
        assert (loss.label_smoothing, loss.weight) == (0.1, weight)

    def test_texts_count(self):
        assert self.target.count(torch.from_numpy(HOT)) == 3
        assert self.target.correct(torch.from_numpy(LOGITS), torch.from_numpy(HOT)).item() == 2
        assert self.target.counted(HOT).tolist() == [True] * 3

    def test_answers(self):
        assert self.target.predictions(LOGITS).tolist() == [[True, False], [True, False], [False, True]]
        assert (self.target.predictions(LOGITS) == (self.target.probabilities(LOGITS) >= 0.5)).all()
        expected = F.binary_cross_entropy_with_logits(
            torch.from_numpy(LOGITS), torch.from_numpy(HOT).float()
        )
        assert self.target.mean_loss(HOT, LOGITS) == pytest.approx(expected.item())
        assert np.isnan(self.target.mean_loss(HOT[:0], LOGITS[:0]))
        assert isinstance(self.target.report(HOT, sigmoid(LOGITS)), MultiLabelReport)


def test_sigmoid():
    assert sigmoid(np.array([[0.0, -1e4, 1e4]], dtype=np.float32)).tolist() == [[0.5, 0.0, 1.0]]
    assert sigmoid(np.zeros((1, 1), dtype=np.float32)).dtype == np.float64
