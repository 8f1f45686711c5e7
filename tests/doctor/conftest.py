from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from textclf import LabelledTexts
from textclf.doctor.checks import DATA_CHECKS
from textclf.doctor.data_set import read_data_set
from textclf.findings import Finding


@pytest.fixture
def found() -> Callable[..., list[Finding]]:
    """Run one check over splits given as (texts, labels)."""

    def run(code: str, *splits: tuple[Sequence[str], Sequence[Any]], **options: Any) -> list[Finding]:
        names = ["train", "valid", "test"]
        sources = [
            (name, LabelledTexts([*texts], [*labels]))
            for name, (texts, labels) in zip(names, splits, strict=False)
        ]
        return [*DATA_CHECKS.get(code)(read_data_set(sources, **options))]

    return run
