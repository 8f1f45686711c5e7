"""What all tests share."""

from __future__ import annotations

import hypothesis
import pytest

from textclf.layers import ngrams
from textclf.training.watch import callback

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def few_buckets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tables of n-grams small, but where a test is about their size.

    At full size each step of each small test would update some 800,000 numbers, and each
    checkpoint write them three times over.
    """
    if "full_size" not in request.keywords:
        monkeypatch.setattr(ngrams, "_TABLE", 1 << 12)


@pytest.fixture(autouse=True)
def faults_of_the_watch_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise what the watch of training logs of itself, so that a test fails by it."""

    def raise_it(name: str, error: Exception) -> None:
        raise error

    monkeypatch.setattr(callback, "tell_of", raise_it)
