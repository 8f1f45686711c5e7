"""The validation rows are training rows: the score says what was learnt by heart."""

from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "leaked-texts", ("mlp", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Validate on a part of the training rows."""
    return case.train(case.model(), valid=case.data.train.subset(range(200)))


def repaired(case: Case, cure: str) -> Findings:
    """Take the rows that training has seen out of those that are validated on."""
    train, valid = case.data.train, case.data.valid
    seen = {row.tobytes() for row in train}
    valid = valid.subset([i for i, row in enumerate(valid) if row.tobytes() not in seen])
    return case.train(case.model(), train, valid)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
