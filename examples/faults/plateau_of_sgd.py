"""SGD on a network that it does not get away from the start: the loss stands at that of knowing nothing."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "plateau", ("textcnn", "bigru"), False
RATES = {"textcnn": 0.01, "bigru": 0.03}


def faulty(case: Case) -> Findings:
    """Train with SGD."""
    return case.train(case.model(), epochs=4, optimizer="sgd", learning_rate=RATES[case.model_name])


def repaired(case: Case, cure: str) -> Findings:
    """Pass the optimiser that the finding names."""
    return case.train(case.model(), epochs=12, optimizer="adamw", learning_rate=0.002)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
