from __future__ import annotations

import pytest

from textclf import LabelledTexts
from textclf.doctor import DATA_CHECKS, Finding, check_data

DATA = LabelledTexts(["a film", ""], ["pos", "neg"])


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(DATA_CHECKS, "_factories", {})


def test_checks_of_ones_own_run_and_are_silenced():
    @DATA_CHECKS.register("my-check")
    def my_check(data):
        yield Finding("my-check", "note", f"{len(data.train)} rows.", "", "")

    assert check_data(DATA)[0].seen == "2 rows."
    silenced = check_data(DATA, silence=["my-check"])
    assert len(silenced) == 0
    assert silenced.remarks[-1] == "silenced: my-check."
