"""A detach on the way: the layers before it get no gradient."""

from case import Case, changed, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "no-gradient", ("mlp", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Train the last layer alone, without meaning to."""
    model = case.model()
    changed(model.dropout, lambda features: features.detach())
    return case.train(model)


def repaired(case: Case, cure: str) -> Findings:
    """Let the gradient through."""
    return case.train(case.model())


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
