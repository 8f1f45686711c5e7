from __future__ import annotations

import json

import pytest

from textclf.errors import ArgumentError, DataError, UnknownNameError
from textclf.findings import Finding, Findings, Row, percent, run_checks
from textclf.registry import Registry


def finding(code: str, severity: str, **options) -> Finding:
    return Finding(code, severity, f"{code} was seen.", "A cause.", "A cure.", **options)


ROWS = tuple(Row("train", i, f"train[{i}]", "pos", f"text {i}") for i in range(5))


def test_the_gravest_come_first_and_equals_stay_in_order():
    found = Findings(
        [finding("c", "note"), finding("a", "warning"), finding("b", "stop"), finding("0", "note")]
    )
    assert found.codes == ("b", "a", "c", "0")
    assert found[0].severity == "stop"
    assert [one.code for one in found[1:3]] == ["a", "c"]


@pytest.mark.parametrize(
    ("severity", "codes"),
    [("stop", (3, 3, 3)), ("warning", (0, 4, 4)), ("note", (0, 0, 5)), (None, (0, 0, 0))],
)
def test_the_exit_code_says_what_the_gravest_is(severity, codes):
    found = Findings([finding("a", severity)] if severity else [])
    assert (found.exit_code(), found.exit_code("warning"), found.exit_code("note")) == codes


def test_an_unknown_severity_is_refused():
    with pytest.raises(ArgumentError, match="`fail_on` must be one of 'stop', 'warning', 'note'"):
        Findings([]).exit_code("error")
    with pytest.raises(ArgumentError, match="`severity` must be one of"):
        finding("a", "bad")


@pytest.mark.parametrize("code", ["", "Leaked", " leaked", None])
def test_a_code_is_a_name_in_small_letters(code):
    with pytest.raises(ArgumentError, match="`code` must be a name in small letters"):
        Finding(code, "note", "", "", "")


def test_json_has_all_of_it():
    found = Findings([finding("a", "stop", figures={"n": 2}, rows=ROWS)], remarks=["2 rows."])
    content = json.loads(found.to_json())
    assert content["remarks"] == ["2 rows."]
    [one] = content["findings"]
    assert one["figures"] == {"n": 2}
    assert one["page"] == "docs/findings/a.md"
    assert one["rows"][4] == {
        "split": "train",
        "index": 4,
        "place": "train[4]",
        "label": "pos",
        "text": "text 4",
    }


def test_text_shows_some_rows_the_remarks_and_the_tally():
    shown = str(
        Findings([finding("a", "warning", rows=ROWS), finding("b", "warning")], remarks=["2 rows."])
    )
    assert shown.startswith("warning: a was seen. [a]\n  train[0] (pos): text 0\n")
    assert "train[2]" in shown
    assert "train[3]" not in shown
    assert shown.endswith("\n\n2 rows.\n2 warnings.")
    assert str(Findings([])) == "No findings."


def test_a_page_of_ones_own_is_kept():
    assert finding("a", "note", page="https://example.org").page == "https://example.org"


def test_small_shares_do_not_vanish():
    assert [percent(1, 10**6), percent(123, 25_000), percent(5, 0)] == ["0.0001 %", "0.5 %", "0.0 %"]


def checks(**found) -> Registry:
    registry = Registry("check")
    for name, result in found.items():
        registry.register(name)(result)
    return registry


def test_checks_run_in_the_order_of_their_names_and_may_be_silenced():
    registry = checks(b=lambda n: [finding("b", "note")] * n, a=lambda n: [finding("a", "note")])
    assert run_checks(registry, 1).codes == ("a", "b")
    silenced = run_checks(registry, 1, silence=["a"], remarks=["1 row."])
    assert silenced.codes == ("b",)
    assert silenced.remarks == ("1 row.", "silenced: a.")


def test_an_unknown_code_names_the_near_matches():
    registry = checks(leaked=lambda n: [])
    with pytest.raises(UnknownNameError, match="Received: 'leakd'. Did you mean 'leaked'"):
        run_checks(registry, 1, silence=["leakd"])
    with pytest.raises(ArgumentError, match="`silence` must be a list of codes"):
        run_checks(registry, 1, silence="leaked")


def test_a_check_finds_nothing_but_its_own_code():
    with pytest.raises(ArgumentError, match="`code` must be 'one', the name of the check that found it"):
        run_checks(checks(one=lambda n: [finding("other", "note")]), 1)


def test_a_check_that_fails_need_not_end_the_others():
    registry = checks(a=lambda n: 1 / n, b=lambda n: [finding("b", "note")])
    with pytest.raises(ZeroDivisionError):
        run_checks(registry, 0)
    failed = []
    found = run_checks(registry, 0, on_error=lambda code, error: failed.append((code, type(error))))
    assert found.codes == ("b",)
    assert failed == [("a", ZeroDivisionError)]


def test_json_comes_back_and_nothing_else_does():
    found = Findings([finding("a", "stop", figures={"n": 2}, rows=ROWS)], remarks=["2 rows."])
    assert Findings.from_json(found.to_json(indent=2)) == found
    assert found != Findings([])
    for text in ("", "[]", "{}", '{"findings": [{"rows": []}], "remarks": []}'):
        with pytest.raises(DataError, match="these must be findings"):
            Findings.from_json(text)
