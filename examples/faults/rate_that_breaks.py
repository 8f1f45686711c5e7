"""A loss summed over the batch, and SGD at a learning rate of 0.1: a network of ReLUs gives NaN."""

from case import Case, number, show
from torch import Tensor, nn
from torch.nn import functional as F

from textclf.doctor import Findings

CODE, MODELS, EARLY = "non-finite-loss", ("rnn", "textrnn"), True


def network(case: Case) -> nn.Module:
    """Make a recurrent network whose state may grow from token to token."""
    options = {"cell": "rnn"} if case.model_name == "textrnn" else {}
    model: nn.Module = case.model(nonlinearity="relu", **options)
    return model


def summed(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the sum of what is usually the mean, 20 times as much."""
    return F.cross_entropy(logits, labels, reduction="sum")


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(network(case), loss=summed, optimizer="sgd", learning_rate=0.1, clip_norm=None)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the rate that the finding names, and clip the gradient."""
    rate, norm = number(cure, "learning_rate"), number(cure, "clip_norm")
    return case.train(network(case), loss=summed, optimizer="sgd", learning_rate=rate, clip_norm=norm)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
