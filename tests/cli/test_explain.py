from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from textclf import Predictor
from textclf.explain import explain


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr("textclf.cli.explain.coloured", lambda stream: True)


def test_the_words_are_listed_with_what_they_add(call, saved):
    code, out, errors = call("explain", saved, "a good film")
    assert (code, errors) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("pos 0.")
    assert [line.split()[1] for line in lines[1:]] == [
        token for token, _ in explain(Predictor.load(saved), "a good film").top()
    ]
    assert "\x1b" not in out


def test_a_terminal_gets_colours(call, saved, terminal):
    out = call("explain", saved, "a good film")[1]
    assert out.startswith(explain(Predictor.load(saved), "a good film").to_terminal())
    assert "\x1b[48;5;" in out


def test_json_has_every_score(call, saved, terminal):
    found = json.loads(call("explain", saved, "a good film", "--json")[1])
    assert (found["label"], found["tokens"], len(found["scores"])) == ("pos", ["a", "good", "film"], 3)


def test_another_label_and_method(call, saved, tmp_path):
    assert call("explain", saved, "a good film", "--label", "neg")[1].startswith("neg 0.")
    code, _, errors = call("explain", saved, "a good film", "--label", "neither")
    assert code == 2
    assert "'neither'" in errors
    code, _, errors = call("explain", saved, "good", "--method", "magic")
    assert code == 2
    assert "'occlusion'" in errors


def test_the_page_is_whole_and_harmless(call, saved, tmp_path):
    text = "good <script>alert('ü')</script> 好"
    code, out, _ = call("explain", saved, text, "--html", tmp_path / "why.html")
    assert code == 0
    assert out.endswith(f"The page is {tmp_path / 'why.html'}.\n")
    page = (tmp_path / "why.html").read_text(encoding="utf-8")
    tags = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attributes: tags.append(tag)
    reader.feed(page)
    assert "script" not in tags
    assert page.startswith("<!doctype html>")
    assert 'charset="utf-8"' in page
    assert "好" in page


def test_a_text_without_words_says_so(call, saved):
    code, out, _ = call("explain", saved, "")
    assert code == 0
    assert out.endswith("; the text has no word to explain it by.\n")


def test_of_a_long_text_the_rest_is_counted(call, saved):
    assert call("explain", saved, "good " * 30)[1].endswith("and 20 that matter less\n")
