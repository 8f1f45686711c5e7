"""Dropout of 0.95: next to nothing gets through, so that little is learnt."""

from case import Case, number, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "heavy-dropout", ("mlp", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.model(dropout=0.95))


def repaired(case: Case, cure: str) -> Findings:
    """Pass the dropout that the finding names."""
    return case.train(case.model(dropout=number(cure, "dropout")))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
