"""Squared errors, summed, and plain SGD at a learning rate of 0.1: the weights run away, and end as NaN."""

from case import Case, number, show
from torch import Tensor
from torch.nn import functional as F

from textclf.doctor import Findings

CODE, MODELS, EARLY = "non-finite-loss", ("mlp", "textcnn", "gru"), True


def squared(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the sum of the squared errors, whose gradient has no bound."""
    return (logits - F.one_hot(labels, logits.shape[1])).square().sum()


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.model(), loss=squared, optimizer="sgd", learning_rate=0.1, clip_norm=None)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the rate that the finding names, and clip; or leave the loss at None, if it says that."""
    if "learning_rate=" not in cure:
        return case.train(case.model(), optimizer="sgd", learning_rate=0.1, clip_norm=None)
    rate, norm = number(cure, "learning_rate"), number(cure, "clip_norm")
    return case.train(case.model(), loss=squared, optimizer="sgd", learning_rate=rate, clip_norm=norm)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
