"""A learning rate so low that the weights stay where they were."""

from case import Case, number, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "rate-too-low", ("mlp", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.model(), learning_rate=1e-7)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the rate that the finding names."""
    rate = number(cure, "learning_rate")
    return case.train(case.model(), learning_rate=rate)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
