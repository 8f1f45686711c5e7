"""The features are multiplied by a mask of zeros: all texts get the same output."""

from case import Case, changed, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "constant-output", ("mlp", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Train with it."""
    model = case.model()
    changed(model.dropout, lambda features: 0 * features)
    return case.train(model)


def repaired(case: Case, cure: str) -> Findings:
    """Let the features through."""
    return case.train(case.model())


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
