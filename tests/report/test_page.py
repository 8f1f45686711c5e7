from __future__ import annotations

import re

from textclf.report.markup import tag
from textclf.report.page import Section, page, tiles


def test_each_part_has_a_heading_and_a_link(read):
    shown = page("T", [Section("One", tag("p", "1")), Section("Two <b>", tag("p", "2"))])
    assert read(shown).text.count("Two <b>") == 2
    targets = re.findall(r'href="#(.*?)"', shown)
    assert targets == re.findall(r'<section id="(.*?)"', shown)
    assert len(targets) == 2


def test_the_title_is_text(read):
    shown = page("</title><script>x()</script>", [])
    found = read(shown)
    assert "script" not in found.tags
    assert found.text.count("</title><script>x()</script>") == 2


def test_nothing_can_be_loaded_and_no_script_runs():
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page("T", []))
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    assert "script" not in policy[1]


def test_it_is_fit_for_the_dark_for_phones_and_for_paper():
    shown = page("T", [])
    assert 'name="viewport"' in shown
    assert "prefers-color-scheme: dark" in shown
    assert "@media print" in shown
    assert "@media (max-width" in shown


def test_the_lead_stands_above_the_contents():
    shown = page("T", [Section("One", tag("p", "1"))], lead=tiles([("accuracy", "0.9", "test")]))
    assert shown.index("0.9") < shown.index("<nav") < shown.index("<main")
