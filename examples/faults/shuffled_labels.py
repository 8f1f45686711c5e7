"""The labels were put to the wrong rows: there is nothing to learn."""

import numpy as np
from case import Case, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "below-majority", ("dan", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Train on shuffled labels."""
    train = case.data.train
    labels = np.random.default_rng(case.seed).permutation(np.asarray(train.labels))
    return case.train(case.model(), train.with_labels(labels, train.label_names))


def repaired(case: Case, cure: str) -> Findings:
    """Put each label to its text."""
    return case.train(case.model(), epochs=12)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
