"""A learning rate so high that one step replaces the weights."""

from case import Case, number, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "rate-too-high", ("mlp", "textcnn", "lstm"), True


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.model(), learning_rate=3.0)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the rate that the finding names."""
    return case.train(case.model(), learning_rate=number(cure, "learning_rate"))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
