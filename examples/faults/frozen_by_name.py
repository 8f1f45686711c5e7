"""``requires_grad = False`` written to a module, which is an attribute like any other: it is trained on."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "frozen-but-changed", ("mlp", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Freeze nothing."""
    model = case.model()
    model.embedding.requires_grad = False
    return case.train(model)


def repaired(case: Case, cure: str) -> Findings:
    """Freeze with the method, which goes to the parameters."""
    model = case.model()
    model.embedding.requires_grad_(False)
    return case.train(model)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
