"""A recurrent network that SGD hardly trains: a linear model of the words is far better."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "below-baseline", ("gru", "textcnn"), False


def faulty(case: Case) -> Findings:
    """Train it."""
    return case.train(case.model(), epochs=4, optimizer="sgd", learning_rate=0.01)


def repaired(case: Case, cure: str) -> Findings:
    """Put the linear model beside the network."""
    ngrams = 2
    return case.train(case.model(ngrams=ngrams), epochs=4, optimizer="sgd", learning_rate=0.01)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
