from __future__ import annotations

import json
import subprocess
import sys

import pytest

import textclf.cli.models
from textclf.cli.program import COMMANDS
from textclf.errors import DataError


def test_help_names_every_command(call):
    code, out, _ = call("--help")
    assert code == 0
    for name, what in COMMANDS.items():
        assert f"  {name}" in out
        assert what in out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(call, command):
    code, out, errors = call(command, "--help")
    assert (code, errors) == (0, "")
    assert out.startswith(f"usage: textclf {command}")


def test_the_version_is_that_of_the_package(call):
    code, out, _ = call("--version")
    assert code == 0
    assert out.startswith("textclf ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: COMMAND. See textclf --help."),
        (["trian"], "there is no command 'trian'. Did you mean 'train'?"),
        (["--verson"], "there is no option --verson. Did you mean '--version'?"),
        (["demo", "--seed", "x"], "argument --seed: invalid int value: 'x'. See textclf demo --help."),
    ],
)
@pytest.mark.row("an option, a command or a key in `--config` that does not exist")
def test_misuse_is_one_line_and_2(call, words, message):
    code, out, errors = call(*words)
    assert (code, out, errors.count("\n")) == (2, "", 1)
    assert errors.startswith("textclf: ")
    assert message in errors


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            DataError("the label is empty.", path="a.tsv", line=3),
            2,
            "textclf: a.tsv, line 3: the label is empty.\n",
        ),
        (PermissionError(13, "Permission denied", "x"), 2, "textclf: [Errno 13] Permission denied: 'x'\n"),
        (KeyboardInterrupt(), 130, "textclf: interrupted; nothing was saved.\n"),
        (DataError("two\nlines"), 2, "textclf: two lines\n"),
        (
            KeyError("k"),
            1,
            "textclf: KeyError: 'k'. This is a fault of textclf, not yours. TEXTCLF_TRACEBACK=1 in",
        ),
    ],
)
@pytest.mark.row("a fault of textclf itself")
def test_every_end_has_its_exit_code_and_no_traceback(call, monkeypatch, error, code, said):
    def fail(given):
        raise error

    monkeypatch.setattr(textclf.cli.models, "run", fail)
    found, out, errors = call("models")
    assert (found, out, errors.count("\n")) == (code, "", 1)
    assert errors.startswith(said)


def test_the_traceback_is_there_when_it_is_asked_for(call, monkeypatch):
    monkeypatch.setenv("TEXTCLF_TRACEBACK", "1")
    monkeypatch.setattr(textclf.cli.models, "run", lambda given: 1 / 0)
    code, _, errors = call("models")
    assert code == 1
    assert "Traceback (most recent call last)" in errors
    assert "ZeroDivisionError: division by zero" in errors


def test_help_does_not_wait_for_torch():
    code = (
        "import sys\nfrom textclf.cli import main\nmain(['--help'])\nmain(['--version'])\nmain(['x'])\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'sklearn')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0


MAIN_PATH = r"""
set -e
textclf train reviews.csv --model fasttext --out model --test reviews.csv
textclf train --config model/run.toml --out again --quiet
cmp model/weights.safetensors again/weights.safetensors
textclf evaluate model reviews.csv --json > evaluated.json 2> evaluated.txt
printf 'good\n\nbad' | textclf predict model > lines.txt
cat reviews.csv | textclf predict model --input - --text review --quiet --output rows.txt
textclf explain model 'good, not bad' --html why.html | cat
textclf inspect model
"""


def test_the_main_path_in_a_shell(shell, tmp_path):
    (tmp_path / "reviews.csv").write_text(
        "stars,review\n" + '5,"good,\nreally ""good"" 💚"\n1,"bad\n\nfilm"\n' * 8, encoding="utf-8"
    )
    done = shell(MAIN_PATH, tmp_path, NO_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "16 rows, 2 labels: 1 (8), 5 (8)" in done.stdout
    assert "model is whole." in done.stdout
    assert "\x1b" not in done.stdout
    assert json.loads((tmp_path / "evaluated.json").read_text())["n"] == 16
    assert (tmp_path / "lines.txt").read_text().splitlines()[::2] == ["5", "1"]
    assert (tmp_path / "lines.txt").read_text().count("\n") == 3
    assert (tmp_path / "rows.txt").read_text() == "5\n1\n" * 8
    assert "good" in (tmp_path / "why.html").read_text(encoding="utf-8")


@pytest.mark.row("bytes that are not UTF-8")
def test_exit_codes_in_a_shell(shell, saved, tmp_path):
    (tmp_path / "latin.txt").write_bytes("bad caf\u00e9\n".encode("latin-1"))
    (tmp_path / "saved").symlink_to(saved)
    line = (
        "textclf predict saved --input latin.txt; echo $?; "
        "textclf predict saved --input latin.txt --encoding latin-1; echo $?; "
        "textclf predict saved < /dev/null; echo $?; "
        "textclf predict saved $'\\xff bad'; echo $?"
    )
    done = shell(line, tmp_path)
    assert done.stdout.split() == ["2", "neg", "0", "2", "neg", "0"]
    first, second, third = done.stderr.splitlines()
    assert "byte 8 of the line, 0xe9, is not utf-8. Pass --encoding latin-1 if" in first
    assert second == "latin.txt: a text on each line, no labels"
    assert third == "textclf: /dev/stdin: the file is empty."


@pytest.mark.row("a reader of the output that ends early")
def test_a_reader_that_has_enough_ends_it_quietly(shell, saved, tmp_path):
    (tmp_path / "saved").symlink_to(saved)
    done = shell(
        "set -o pipefail; yes 'a good film' | textclf predict saved | head -n 2; echo ${PIPESTATUS[1]}",
        tmp_path,
    )
    assert (done.stdout, done.stderr) == ("pos\npos\n0\n", "")
