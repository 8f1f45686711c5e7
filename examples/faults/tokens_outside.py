"""Nearly all tokens are outside what is tagged: the accuracy of tokens says little."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "misleading-accuracy", ("rnn_tagger", "gru_tagger"), False


def faulty(case: Case) -> Findings:
    """Watch the accuracy of tokens."""
    case = Case(case.data.tagged(0.06), case.model_name, case.seed)
    return case.train(case.model(), epochs=2)


def repaired(case: Case, cure: str) -> Findings:
    """Watch the F1 of each tag."""
    case = Case(case.data.tagged(0.06), case.model_name, case.seed)
    return case.train(case.model(), epochs=4, monitor="macro_f1", class_weight="balanced")


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
