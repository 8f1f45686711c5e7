"""Filters that are never above zero: nothing is pooled from them."""

from case import Case, show
from torch import nn

from textclf import initialize_
from textclf.doctor import Findings

CODE, MODELS, EARLY = "dead-units", ("textcnn", "convolution"), True


def network(case: Case) -> nn.Module:
    """Make a convolution whose filters have biases of -100."""
    own = case.model_name == "convolution"
    model: nn.Module = case.own_model() if own else case.model()
    for name, parameter in model.named_parameters():
        if "convolution" in name and parameter.dim() == 1:
            nn.init.constant_(parameter, -100.0)
    return model


def faulty(case: Case) -> Findings:
    """Train it."""
    return case.train(network(case))


def repaired(case: Case, cure: str) -> Findings:
    """Begin with biases of zero."""
    return case.train(initialize_(network(case), "kaiming"))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
