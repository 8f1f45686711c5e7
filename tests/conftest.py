"""What all tests share."""

from __future__ import annotations

import pytest

from textclf.layers import ngrams


@pytest.fixture(autouse=True)
def few_buckets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tables of n-grams small, but where a test is about their size.

    At full size each step of each small test would update some 800,000 numbers, and each
    checkpoint write them three times over.
    """
    if "full_size" not in request.keywords:
        monkeypatch.setattr(ngrams, "_TABLE", 1 << 12)
