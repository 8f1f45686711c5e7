"""All weights begin at zero, but for the embedding: the units of a layer learn the same, or nothing."""

from case import Case, show
from torch import nn

from textclf import initialize_
from textclf.doctor import Findings

CODE, MODELS, EARLY = "symmetric-start", ("mlp", "textcnn"), True


def zeros(model: nn.Module) -> None:
    """Set all matrices to zero, but the table of vectors."""
    for name, parameter in model.named_parameters():
        if parameter.dim() > 1 and "embedding" not in name:
            nn.init.zeros_(parameter)


def faulty(case: Case) -> Findings:
    """Train from zeros."""
    model = case.model()
    zeros(model)
    return case.train(model)


def repaired(case: Case, cure: str) -> Findings:
    """Begin with random weights."""
    model = case.model()
    zeros(model)
    initialize_(model, "xavier")
    return case.train(model)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
