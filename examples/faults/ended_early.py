"""Two epochs at a low rate: the loss still fell when they were over."""

from case import Case, number, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "underfitting", ("mlp", "textcnn"), False


def faulty(case: Case) -> Findings:
    """Train too little."""
    return case.train(case.model(), epochs=2, learning_rate=2e-4)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the rate and the epochs that the finding names."""
    rate = number(cure, "learning_rate") if "learning_rate=" in cure else 2e-4
    return case.train(case.model(), epochs=int(number(cure, "epochs")), learning_rate=rate)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
