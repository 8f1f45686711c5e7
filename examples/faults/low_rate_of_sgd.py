"""SGD at the rate that is right for Adam: it hardly moves the weights."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "rate-too-low", ("textcnn", "lstm"), True


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.model(), optimizer="sgd", learning_rate=1e-4)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the optimiser that the finding names."""
    return case.train(case.model(), optimizer="adamw", learning_rate=0.002)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
