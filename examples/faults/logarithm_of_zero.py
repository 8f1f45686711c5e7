"""A softmax and a logarithm by hand, at a learning rate of 0.1: a probability rounds to zero."""

import torch
from case import Case, show
from torch import Tensor

from textclf.doctor import Findings

CODE, MODELS, EARLY = "non-finite-loss", ("textcnn", "dpcnn"), False


def by_hand(logits: Tensor, labels: Tensor) -> Tensor:
    """Take the cross-entropy in two steps, of which the second may get zeros."""
    probabilities = torch.exp(logits) / torch.exp(logits).sum(dim=1, keepdim=True)
    return -torch.log(probabilities[torch.arange(len(labels)), labels]).mean()


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.model(), loss=by_hand, epochs=3, learning_rate=0.1)


def repaired(case: Case, cure: str) -> Findings:
    """Leave the loss at None, the cross-entropy of logits, and the rate at what it is by default."""
    return case.train(case.model(), epochs=3)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
