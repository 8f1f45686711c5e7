"""More labels than the model has classes: an error, before the first step."""

from case import Case, show

from textclf import TextclfError
from textclf.doctor import Finding, Findings

CODE, MODELS, EARLY = "an error", ("mlp", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Train a model that lacks a class, or that gives one number a text."""
    try:
        return case.train(case.model(num_classes=case.data.num_classes + 1))
    except TextclfError as error:
        return Findings([Finding(CODE, "stop", str(error), "", "")])


def repaired(case: Case, cure: str) -> Findings:
    """Give the model the classes of the labels."""
    return case.train(case.model())


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
