"""Nearly all texts are of one class: a model that knows nothing has a high accuracy."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "misleading-accuracy", ("mlp", "textcnn"), False


def faulty(case: Case) -> Findings:
    """Watch accuracy."""
    case = Case(case.data.unbalanced(0.93), case.model_name, case.seed)
    return case.train(case.model(), epochs=2)


def repaired(case: Case, cure: str) -> Findings:
    """Watch the F1 of each class."""
    case = Case(case.data.unbalanced(0.93), case.model_name, case.seed)
    return case.train(case.model(), epochs=4, monitor="macro_f1", class_weight="balanced")


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
