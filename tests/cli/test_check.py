from __future__ import annotations

import json

import pytest

QUIET = ("--silence", "unrelated-labels", "--silence", "noisy-labels", "--silence", "near-duplicate-texts")


@pytest.fixture
def distinct(tmp_path):
    file = tmp_path / "distinct.tsv"
    rows = [f"pos\tfilm number {n} was good\nneg\tfilm number {n} was bad\n" for n in range(60)]
    file.write_text("".join(rows))
    return file


def test_nothing_is_found_and_that_is_0(call, distinct):
    code, out, _ = call("check", distinct, *QUIET, "--silence", "label-in-text")
    assert code == 0
    assert out.endswith("No findings.\n")


def test_a_leak_is_said_with_its_exit_code_and_its_cure(call, distinct, tmp_path):
    test = tmp_path / "test.tsv"
    test.write_text("pos\tfilm number 3 was good\nneg\ta dull one\n")
    code, out, _ = call("check", distinct, "--test", test, *QUIET)
    assert code == 3
    assert "1 of 2 texts of test (50.0 %) stand in train too. [leaked-texts]" in out
    assert "  cure:  " in out


def test_json_is_one_object(call, distinct):
    code, out, _ = call("check", distinct, "--json", "--max-length", 2, *QUIET)
    found = json.loads(out)
    assert out.count("\n") == 1
    assert "truncated-texts" in [finding["code"] for finding in found["findings"]]
    assert code == 0


def test_fail_on(call, distinct):
    words = ("check", distinct, "--max-length", 2, *QUIET, "--fail-on")
    assert call(*words, "warning")[0] == 4
    assert call(*words, "stop")[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--silence", "leak"], "silence"),
        (["--max-length", "0"], "`--max-length` must be an integer of at least 1. Received: 0."),
        (["--valid", "none.tsv"], "none.tsv"),
        (["--label", "7"], "distinct.tsv"),
    ],
)
def test_what_the_user_got_wrong_is_one_line_and_2(call, distinct, words, message):
    code, out, errors = call("check", distinct, *words)
    assert (code, out, errors.count("\n")) == (2, "", 1)
    assert message in errors
