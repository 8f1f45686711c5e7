from __future__ import annotations

import json
import shutil

import pytest

from textclf import Predictor


def test_it_says_what_is_in_the_folder(call, saved):
    code, out, errors = call("inspect", saved)
    assert (code, errors) == (0, "")
    assert out.startswith(f"{saved} is whole.\n  model        fasttext, ")
    assert "classes      2: neg, pos\n" in out
    for file in saved.iterdir():
        assert file.name in out


def test_json_says_the_same(call, saved):
    found = json.loads(call("inspect", saved, "--json")[1])
    assert (found["model"], found["classes"], found["max_length"]) == ("fasttext", ["neg", "pos"], None)
    assert found["tokenizer"]["name"] == "word"
    assert found["files"] == {file.name: file.stat().st_size for file in saved.iterdir()}


def test_windows_are_said(call, saved, tmp_path):
    assert "  windows      none\n" in call("inspect", saved)[1]
    Predictor.load(saved, windows=30).save(tmp_path / "m")
    assert "  windows      length=30, stride=None, " in call("inspect", tmp_path / "m")[1]
    assert json.loads(call("inspect", tmp_path / "m", "--json")[1])["windows"]["length"] == 30


@pytest.mark.row("a saved classifier that was damaged, or a folder of something else")
def test_a_folder_that_was_changed_is_not_whole(call, saved, tmp_path):
    shutil.copytree(saved, tmp_path / "m")
    with (tmp_path / "m" / "vocab.txt").open("a") as file:
        file.write("more\n")
    code, out, errors = call("inspect", tmp_path / "m")
    assert (code, out, errors.count("\n")) == (2, "", 1)
    assert "vocab.txt" in errors


@pytest.mark.row("a saved classifier that was damaged, or a folder of something else")
def test_a_folder_of_something_else_is_refused(call, tmp_path):
    code, _, errors = call("inspect", tmp_path)
    assert code == 2
    assert str(tmp_path) in errors
