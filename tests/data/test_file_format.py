from __future__ import annotations

import pytest

from textclf.data.file_format import FileFormat, check_options, checked_encoding
from textclf.errors import ArgumentError

NONE = dict.fromkeys(["kind", "text", "label", "delimiter", "header", "quoted", "multi_label"])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (
            FileFormat("delimited", text=1, label=0),
            "columns between tabs, no header; text: column 1; label: column 0",
        ),
        (
            FileFormat("delimited", text=0, delimiter="||"),
            "columns between '||', no header; text: column 0",
        ),
        (
            FileFormat("jsonl", text="a", label="b", multi_label=True),
            "JSON lines; text: key 'a'; label: key 'b'; several labels a row",
        ),
        (FileFormat("fasttext"), "fastText lines with __label__ words"),
        (FileFormat("folder"), "a folder for each class"),
        (FileFormat("lines"), "a text on each line, no labels"),
    ],
)
def test_a_format_says_what_it_is(form, words):
    assert str(form) == words


def test_the_options_make_the_format_again_and_doubts_make_no_difference():
    form = FileFormat("jsonl", text="a", doubts=("it could be b.",))
    assert FileFormat(**form.options()) == form
    assert "doubts" not in form.options()


def test_options_that_are_not_given_are_not_checked():
    check_options(**NONE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "xml"}, "`kind` must be one of 'delimited', 'jsonl', 'fasttext', 'folder', 'lines'"),
        ({"multi_label": 1}, "`multi_label` must be True or False"),
        ({"kind": "jsonl", "text": 0}, "`text` must be the name of a key for JSON lines"),
        ({"header": False, "text": "a"}, "`text` must be a column's number for a file without a header"),
    ],
)
def test_options_that_cannot_be_used(options, message):
    with pytest.raises(ArgumentError, match=message):
        check_options(**{**NONE, **options})


@pytest.mark.parametrize("name", ["UTF-8", "utf-8-sig", "u8"])
def test_one_name_for_an_encoding(name):
    assert checked_encoding(name) == "utf-8"


def test_wide_encodings_will_do():
    assert checked_encoding("UTF16") == "utf-16"
