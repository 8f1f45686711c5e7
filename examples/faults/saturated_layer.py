"""Weights of a large scale before a tanh: its slope is zero, and hardly a gradient gets through."""

from case import Case, show
from torch import nn

from textclf import initialize_
from textclf.doctor import Findings

CODE, MODELS, EARLY = "saturated-units", ("mlp", "average"), True


def large(case: Case) -> nn.Module:
    """Make a layer of tanh whose inputs are in the hundreds."""
    if case.model_name == "mlp":
        model: nn.Module = case.model(activation="tanh")
    else:
        model = case.own_model()
        model.classifier = nn.Sequential(nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, model.num_classes))
    for name, parameter in model.named_parameters():
        if name.startswith(("hidden", "classifier.0")) and name.endswith("weight"):
            parameter.data *= 500
    return model


def faulty(case: Case) -> Findings:
    """Train it."""
    return case.train(large(case))


def repaired(case: Case, cure: str) -> Findings:
    """Begin with weights of the right size."""
    return case.train(initialize_(large(case), "xavier"))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
