"""Few rows with some wrong labels, and many epochs: the model learns them by heart."""

from typing import Any

import numpy as np
from case import Case, number, show

from textclf import EncodedCorpus
from textclf.doctor import Findings

CODE, MODELS, EARLY = "overfitting", ("mlp", "textcnn"), False
OPTIONS: dict[str, Any] = {"patience": None, "learning_rate": 0.01, "schedule": "constant"}


def few(case: Case) -> EncodedCorpus:
    """Return 100 rows, of which every fifth has a wrong label."""
    part = case.data.train.subset(range(100))
    labels = np.asarray(part.labels).copy()
    labels[::5] = (labels[::5] + 1) % case.data.num_classes
    return part.with_labels(labels, part.label_names)


def faulty(case: Case) -> Findings:
    """Train for 30 epochs."""
    return case.train(case.model(), few(case), epochs=30, **OPTIONS)


def repaired(case: Case, cure: str) -> Findings:
    """Stop where the finding says."""
    epochs = int(number(cure, "epochs"))
    return case.train(case.model(), few(case), epochs=epochs, monitor="loss", **OPTIONS)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
