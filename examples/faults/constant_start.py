"""All weights begin at one number: a layer of a hundred units does the work of one."""

from case import Case, show
from torch import nn

from textclf import initialize_
from textclf.doctor import Findings

CODE, MODELS, EARLY = "symmetric-start", ("mlp", "textcnn", "lstm"), True


def constant(model: nn.Module) -> None:
    """Set all weights to 0.1, but the table of vectors."""
    for name, parameter in model.named_parameters():
        if "embedding" not in name:
            nn.init.constant_(parameter, 0.1)


def faulty(case: Case) -> Findings:
    """Train from a constant."""
    model = case.model()
    constant(model)
    return case.train(model)


def repaired(case: Case, cure: str) -> Findings:
    """Begin with random weights."""
    model = case.model()
    constant(model)
    initialize_(model, "xavier")
    return case.train(model)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
