from __future__ import annotations

import dataclasses

import pytest

from textclf.embedding import Coverage


def test_shares():
    report = Coverage(types=8, types_found=6, tokens=1000, tokens_found=125)
    assert report.type_share == 0.75
    assert report.token_share == 0.125


def test_shares_of_nothing_are_zero():
    report = Coverage(types=0, types_found=0, tokens=0, tokens_found=0)
    assert report.type_share == report.token_share == 0


def test_as_text_with_everything():
    report = Coverage(
        types=12345,
        types_found=12000,
        tokens=2_000_000,
        tokens_found=1_999_000,
        found_by_lowercase=1200,
        repeated=3,
        missing=(("zyx%)", 1000), ("'", 2)),
        composed=45,
    )
    assert str(report).splitlines() == [
        "12,000 of 12,345 words (97.2 %) and 1,999,000 of 2,000,000 tokens (100.0 %) have a vector.",
        "Found by their lower-case form: 1,200.",
        "Put together from character n-grams: 45.",
        "Rows passed over because their word came before: 3.",
        "Most frequent without one: 'zyx%)' (1,000), \"'\" (2).",
    ]


def test_as_text_with_nothing_to_remark():
    report = Coverage(types=2, types_found=2, tokens=5, tokens_found=5)
    assert str(report) == "2 of 2 words (100.0 %) and 5 of 5 tokens (100.0 %) have a vector."


def test_it_cannot_be_changed():
    report = Coverage(types=2, types_found=2, tokens=5, tokens_found=5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.types = 3
