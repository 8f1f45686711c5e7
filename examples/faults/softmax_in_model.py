"""The model ends in a softmax, and the loss takes another one."""

from case import Case, changed, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "softmax-twice", ("mlp", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Train a model that gives probabilities."""
    model = case.model()
    changed(model.classifier, lambda logits: logits.softmax(dim=1))
    return case.train(model)


def repaired(case: Case, cure: str) -> Findings:
    """Give logits."""
    return case.train(case.model())


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
