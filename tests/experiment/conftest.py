from __future__ import annotations

import numpy as np
import pytest

from textclf import LabelledTexts
from textclf.experiment import Split


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


def noisy(rows: int, seed: int) -> LabelledTexts:
    """Return texts whose word tells the label four times in five."""
    random = np.random.default_rng(seed)
    labels = random.choice(["neg", "pos"], rows)
    wrong = random.random(rows) < 0.2
    words = np.where((labels == "pos") ^ wrong, "good", "bad")
    fillers = random.integers(0, 30, (rows, 3))
    texts = [f"{w} " + " ".join(f"w{n}" for n in f) for w, f in zip(words, fillers, strict=True)]
    return LabelledTexts(texts, labels.tolist())


@pytest.fixture(scope="session")
def data() -> Split:
    return Split(noisy(120, 0), noisy(80, 1), noisy(60, 2))
