"""The embedding is frozen, and its vectors were never loaded: they are random."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "frozen-random-embedding", ("mlp", "textcnn", "gru"), True


def faulty(case: Case) -> Findings:
    """Freeze random vectors."""
    model = case.model()
    model.embedding.requires_grad_(False)
    return case.train(model)


def repaired(case: Case, cure: str) -> Findings:
    """Train them."""
    return case.train(case.model())


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
