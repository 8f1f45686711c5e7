"""Gradient descent without clipping, at a learning rate of 0.1: a recurrent network of ReLUs gives NaN."""

from case import Case, number, show
from torch import nn

from textclf.doctor import Findings

CODE, MODELS, EARLY = "non-finite-loss", ("rnn", "textrnn"), True


def network(case: Case) -> nn.Module:
    """Make a recurrent network whose state may grow from token to token."""
    model: nn.Module = case.model(cell="rnn", nonlinearity="relu") if case.model_name == "textrnn" else (
        case.model(nonlinearity="relu")
    )
    return model


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(network(case), optimizer="sgd", learning_rate=0.1, clip_norm=None)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the rate that the finding names, and clip the gradient."""
    rate, norm = number(cure, "learning_rate"), number(cure, "clip_norm")
    return case.train(network(case), optimizer="sgd", learning_rate=rate, clip_norm=norm)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
