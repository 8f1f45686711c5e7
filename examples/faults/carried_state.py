"""The state of a recurrent network goes from batch to batch, though the batches are shuffled."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "carried-state", ("rnn", "lstm", "gru"), True


def faulty(case: Case) -> Findings:
    """Carry the state."""
    return case.train(case.model(carry_state=True))


def repaired(case: Case, cure: str) -> Findings:
    """Begin each batch at zeros."""
    return case.train(case.model(carry_state=False))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
