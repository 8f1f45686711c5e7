"""Biases far below zero: every ReLU gives zero for every text."""

from case import Case, show
from torch import nn

from textclf import initialize_
from textclf.doctor import Findings

CODE, MODELS, EARLY = "dead-units", ("mlp", "dan"), True


def low_biases(model: nn.Module) -> None:
    """Set the biases of the hidden layer to -100."""
    for name, parameter in model.named_parameters():
        if name.startswith("hidden") and name.endswith("bias"):
            nn.init.constant_(parameter, -100.0)


def faulty(case: Case) -> Findings:
    """Train with them."""
    model = case.model()
    low_biases(model)
    return case.train(model)


def repaired(case: Case, cure: str) -> Findings:
    """Begin with biases of zero."""
    model = case.model()
    low_biases(model)
    return case.train(initialize_(model, "kaiming"))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
