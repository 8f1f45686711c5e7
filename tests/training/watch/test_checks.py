from __future__ import annotations

import pytest

from textclf.doctor import Finding
from textclf.errors import UnknownNameError
from textclf.training.watch import TRAINING_CHECKS, Watch


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(TRAINING_CHECKS, "_factories", {})


def test_a_check_of_ones_own_runs_and_may_be_silenced(run):
    @TRAINING_CHECKS.register("my-check")
    def my_check(record):
        if record.final:
            yield Finding("my-check", "note", f"{record.steps} steps.", "", "")

    assert run("dan", epochs=1).history.findings[0].seen == "20 steps."
    silenced = run("dan", epochs=1, watch=Watch(silence=["my-check"])).history.findings
    assert len(silenced) == 0
    assert "silenced: my-check." in silenced.remarks


def test_only_codes_can_be_silenced():
    with pytest.raises(UnknownNameError, match="`silence` must be codes of checks"):
        Watch(silence=["no-check"])
