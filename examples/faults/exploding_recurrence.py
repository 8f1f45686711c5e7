"""Recurrent weights of a large scale: each step through the text multiplies the gradient."""

import torch
from case import Case, show
from torch import nn

from textclf import initialize_
from textclf.doctor import Findings

CODE, MODELS, EARLY = "exploding-gradients", ("rnn", "textrnn"), True


def large(case: Case) -> nn.Module:
    """Make a network of ReLUs whose state is doubled from token to token."""
    options = {"cell": "rnn"} if case.model_name == "textrnn" else {}
    model: nn.Module = case.model(nonlinearity="relu", **options)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "hh" in name and parameter.dim() > 1:
                parameter.mul_(6)
    return model


def faulty(case: Case) -> Findings:
    """Train from large weights."""
    return case.train(large(case))


def repaired(case: Case, cure: str) -> Findings:
    """Begin with weights of the right size."""
    model = large(case)
    initialize_(model, "xavier")
    return case.train(model, learning_rate=2e-4)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
