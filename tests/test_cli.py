from __future__ import annotations

import subprocess
import sys

import pytest

import textclf.cli
from textclf import list_models
from textclf.cli import main
from textclf.errors import DataError


def test_models_lists_the_zoo(capsys):
    assert main(["models"]) == 0
    assert capsys.readouterr().out.split() == list_models()


def test_the_users_fault_is_one_line_and_exit_code_2(capsys, tmp_path):
    assert main(["demo", "--out", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("textclf: `")
    assert shown.err.count("\n") == 1


def test_options_reach_the_demo(monkeypatch):
    seen = {}
    monkeypatch.setattr(textclf.cli, "run_demo", lambda out, **options: seen.update(options, out=out))
    assert main(["demo", "--out", "x", "--seed", "3", "--epochs", "2", "--quiet", "--overwrite"]) == 0
    say = seen.pop("say")
    assert seen == {"out": "x", "seed": 3, "epochs": 2, "progress": False, "overwrite": True}
    assert callable(say)


def test_an_error_of_the_library_is_reported_not_raised(monkeypatch, capsys):
    def fail(out, **options):
        raise DataError("the label is empty.", path="a.tsv", line=3)

    monkeypatch.setattr(textclf.cli, "run_demo", fail)
    assert main(["demo"]) == 2
    assert capsys.readouterr().err == "textclf: a.tsv, line 3: the label is empty.\n"


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["demo", "--seed", "x"]])
def test_misuse_ends_with_2(arguments):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "textclf.cli", "models"], capture_output=True, text=True, check=True
    )
    assert "textcnn" in done.stdout
