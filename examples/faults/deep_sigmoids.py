"""Eight layers of sigmoids: each takes away most of the gradient."""

from case import Case, OwnModel, show
from torch import nn

from textclf import initialize_
from textclf.doctor import Findings

CODE, MODELS, EARLY = "vanishing-gradients", ("average", "convolution"), True


def deep(case: Case, activation: type[nn.Module]) -> OwnModel:
    """Put eight layers before the last one."""
    model = case.own_model()
    layers = [layer for _ in range(8) for layer in (nn.Linear(32, 32), activation())]
    model.classifier = nn.Sequential(*layers, model.classifier)
    return model


def faulty(case: Case) -> Findings:
    """Train it."""
    return case.train(deep(case, nn.Sigmoid))


def repaired(case: Case, cure: str) -> Findings:
    """Take ReLU, and begin with weights that are made for it."""
    return case.train(initialize_(deep(case, nn.ReLU), "kaiming"))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
