from __future__ import annotations

import pytest

from textclf import LabelledTexts
from textclf.doctor.checks import DATA_CHECKS, run_checks
from textclf.doctor.data_set import read_data_set
from textclf.doctor.findings import Finding
from textclf.errors import ArgumentError, UnknownNameError

DATA = read_data_set([("train", LabelledTexts(["a film", ""], ["pos", "neg"]))])


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(DATA_CHECKS, "_factories", {})


def test_checks_of_ones_own_run_and_are_silenced():
    @DATA_CHECKS.register("my-check")
    def my_check(data):
        yield Finding("my-check", "note", f"{len(data.train)} rows.", "", "")

    assert run_checks(DATA)[0].seen == "2 rows."
    silenced = run_checks(DATA, silence=["my-check"])
    assert len(silenced) == 0
    assert silenced.remarks[-1] == "silenced: my-check."


def test_an_unknown_code_names_the_near_matches():
    DATA_CHECKS.register("leaked-texts")(lambda data: [])
    with pytest.raises(UnknownNameError, match="Received: 'leaked-text'. Did you mean 'leaked-texts'"):
        run_checks(DATA, silence=["leaked-text"])
    with pytest.raises(ArgumentError, match="`silence` must be a list of codes"):
        run_checks(DATA, silence="leaked-texts")


def test_a_check_finds_nothing_but_its_own_code():
    DATA_CHECKS.register("one")(lambda data: [Finding("other", "note", "", "", "")])
    with pytest.raises(ArgumentError, match="`code` must be 'one', the name of the check that found it"):
        run_checks(DATA)
