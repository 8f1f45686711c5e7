from __future__ import annotations

import pytest

from textclf import LabelledTexts
from textclf.errors import ArgumentError, DataError
from textclf.experiment import Split

ROWS = LabelledTexts(["a", "b"], ["x", "y"])


def test_valid_may_be_left_out():
    data = Split(ROWS, ROWS)
    assert data.valid is None
    assert data.test is ROWS


@pytest.mark.parametrize("part", ["train", "test", "valid"])
def test_parts_are_checked(part):
    parts = {"train": ROWS, "test": ROWS, "valid": ROWS}
    with pytest.raises(ArgumentError, match=f"`{part}` must be LabelledTexts"):
        Split(**{**parts, part: (["a"], ["x"])})
    with pytest.raises(ArgumentError, match=f"`{part}` must be texts with one label each"):
        Split(**{**parts, part: LabelledTexts(["a"], [["x", "y"]])})
    with pytest.raises(DataError, match=f"`{part}` must have at least one text"):
        Split(**{**parts, part: LabelledTexts([], [])})


@pytest.mark.parametrize("part", ["train", "test"])
def test_none_is_for_valid_alone(part):
    with pytest.raises(ArgumentError, match=f"`{part}` must be LabelledTexts"):
        Split(**{"train": ROWS, "test": ROWS, part: None})
