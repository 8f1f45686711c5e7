"""The sign of the loss is turned: it falls below zero, and has no floor."""

from case import Case, show
from torch import Tensor
from torch.nn import functional as F

from textclf.doctor import Findings

CODE, MODELS, EARLY = "negative-loss", ("mlp", "textcnn"), True


def turned(logits: Tensor, labels: Tensor) -> Tensor:
    """Return what should grow, where the Trainer makes it fall."""
    return F.log_softmax(logits, dim=1)[range(len(labels)), labels].mean()


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.model(), loss=turned)


def repaired(case: Case, cure: str) -> Findings:
    """Leave the loss out."""
    return case.train(case.model())


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
