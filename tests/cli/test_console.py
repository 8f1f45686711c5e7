from __future__ import annotations

import io
import json
import logging
import warnings

import pytest

from textclf.cli.console import Console, coloured, warnings_shown


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_people_and_programs_have_streams_of_their_own(capsys):
    console = Console(as_json=True)
    console.say("reading")
    console.result({"n": 1, "label": "ü"}, "one")
    shown = capsys.readouterr()
    assert (json.loads(shown.out), shown.err) == ({"n": 1, "label": "ü"}, "reading\n")


def test_without_json_all_is_for_people(capsys):
    console = Console()
    console.say("reading")
    console.result({"n": 1}, "one")
    assert capsys.readouterr() == ("reading\none\n", "")


def test_quiet_leaves_the_result(capsys):
    console = Console(quiet=True)
    console.say("reading")
    console.result({}, "one")
    assert capsys.readouterr() == ("one\n", "")


def test_progress_is_shown_where_it_is_seen(monkeypatch):
    assert not Console().progress
    monkeypatch.setattr("sys.stderr", Terminal())
    assert Console().progress
    assert not Console(quiet=True).progress


@pytest.mark.parametrize(
    ("name", "value", "welcome"),
    [("NO_COLOR", "1", False), ("NO_COLOR", "", True), ("TERM", "dumb", False)],
)
def test_colours_are_for_terminals_that_want_them(monkeypatch, name, value, welcome):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert coloured(Terminal())
    assert not coloured(io.StringIO())
    monkeypatch.setenv(name, value)
    assert coloured(Terminal()) is welcome


def test_warnings_are_handed_on_and_the_logger_is_left_as_it_was():
    logger = logging.getLogger("textclf")
    before = (list(logger.handlers), logger.propagate)
    said: list[str] = []
    with warnings_shown(said.append):
        logging.getLogger("textclf.data").warning("row %d is bad", 3)
        logging.getLogger("textclf.data").info("nothing")
    assert said == ["row 3 is bad"]
    assert (logger.handlers, logger.propagate) == before


def test_a_warning_of_python_is_one_too():
    said: list[str] = []
    before = warnings.showwarning
    with warnings.catch_warnings(), warnings_shown(said.append):
        warnings.simplefilter("always")
        warnings.warn("careful", stacklevel=1)
    assert said == ["careful"]
    assert warnings.showwarning is before
