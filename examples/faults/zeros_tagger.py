"""A recurrent tagger, trained with SGD, labels every token "out"; with another optimiser it learns."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "one-class", ("rnn_tagger", "gru_tagger"), False


def faulty(case: Case) -> Findings:
    """Train with SGD."""
    case = Case(case.data.tagged(0.2), case.model_name, case.seed)
    return case.train(case.model(), epochs=5, optimizer="sgd", learning_rate=0.01)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the optimiser that the finding names."""
    case = Case(case.data.tagged(0.2), case.model_name, case.seed)
    return case.train(case.model(), epochs=5, optimizer="adamw", learning_rate=0.002, clip_norm=1.0)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
