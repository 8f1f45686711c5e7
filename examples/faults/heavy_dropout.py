"""Dropout of 0.95: validation goes better than training, for no bad reason."""

from case import Case, number, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "validation-above-training", ("mlp", "textcnn"), False


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.model(dropout=0.95), epochs=6, monitor="loss")


def repaired(case: Case, cure: str) -> Findings:
    """Pass the dropout that the finding names."""
    return case.train(case.model(dropout=number(cure, "dropout")), epochs=6, monitor="loss")


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
