from __future__ import annotations

import json
from pathlib import Path

import pytest

from textclf.data.bad_rows import BadRows
from textclf.data.file_format import FileFormat
from textclf.data.rows import pairs_of
from textclf.errors import ArgumentError, DataError

FASTTEXT = FileFormat("fasttext", label=0)
JSON = FileFormat("jsonl", text="t", label="l")


def read(
    path: Path, content: str, form: FileFormat, bad: BadRows | None = None
) -> list[tuple[str, object]]:
    file = path / "a"
    file.write_text(content, encoding="utf-8", newline="")
    return list(pairs_of(file, form, "utf-8", bad or BadRows(file)))


def reasons(path: Path, content: str, form: FileFormat) -> list[str]:
    bad = BadRows("a", "skip", report=False)
    with pytest.raises(DataError, match="all of its rows"):
        read(path, content, form, bad)
    return [row.reason for row in bad.first]


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("__label__a one two", ("one two", "a")),
        ("__label__a,b.c\tone", ("one", "a,b.c")),
        ("one two __label__a", ("one two", "a")),
        ("one __label__a two", ("one two", "a")),
        ("__label__a __label__a one", ("one", "a")),
        ("__label__a", ("", "a")),
        ("__label__a x__label__b", ("x__label__b", "a")),
        ("__label__a one\u2028two\x85three", ("one\u2028two\x85three", "a")),
    ],
)
def test_fasttext_lines(tmp_path, line, pair):
    assert read(tmp_path, line + "\r\n", FASTTEXT) == [pair]


def test_fasttext_lines_without_the_one_label(tmp_path):
    assert reasons(tmp_path, "one\n\n__label__ two\n__label__a __label__b three\n", FASTTEXT) == [
        "the line has no word that begins with __label__.",
        "the line has no word that begins with __label__.",
        "the line has 2 labels. Pass multi_label=True if rows may have several.",
    ]
    several = FileFormat("fasttext", label=0, multi_label=True)
    assert read(tmp_path, "__label__a __label__b three\n", several) == [("three", ["a", "b"])]
    assert read(tmp_path, "__label__a one\n", FileFormat("fasttext")) == [("one", None)]


def test_json_lines(tmp_path):
    rows = [{"t": "a\nb\u2028c", "l": 1, "x": []}, {"l": " b ", "t": ""}]
    content = "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    assert read(tmp_path, content, JSON) == [("a\nb\u2028c", "1"), ("", "b")]
    several = FileFormat("jsonl", text="t", label="l", multi_label=True)
    content = '{"t": "a", "l": ["x", 2]}\n{"t": "b", "l": "y"}\n{"t": "c", "l": []}\n'
    assert read(tmp_path, content, several) == [("a", ["x", "2"]), ("b", ["y"]), ("c", [])]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "this is no JSON: "),
        ("[" * 100_000, "this is no JSON"),
        ("[1]", "this is no JSON object."),
        ('{"t": "a"}', "the key 'l' is missing. "),
        ('{"t": null, "l": "x"}', "the text is missing."),
        ('{"t": 5, "l": "x"}', "the text is not a string but 5."),
        ('{"t": "\\ud800", "l": "x"}', "the text has U+D800, half of a surrogate pair"),
        ('{"t": "a", "l": null}', "the label is missing."),
        ('{"t": "a", "l": ""}', "the label is empty."),
        ('{"t": "a", "l": ["x"]}', "the label is a list. Pass multi_label=True"),
        ('{"t": "a", "l": NaN}', "the label is missing."),
        ('{"t": "a", "l": 1' + "0" * 5000 + "}", "this is no JSON: "),
    ],
)
def test_json_lines_that_cannot_be_used(tmp_path, line, reason):
    (found,) = reasons(tmp_path, line, JSON)
    assert found.startswith(reason)


def test_lists_in_cells(tmp_path):
    form = FileFormat("delimited", text=0, label=1, multi_label=True)
    assert read(tmp_path, 'a\t["x", "y"]\nb\tz\n', form) == [("a", ["x", "y"]), ("b", ["z"])]
    assert reasons(tmp_path, "a\t[null]\nb\t \n", form) == ["the label is missing.", "the label is empty."]


def test_columns_must_be_two(tmp_path):
    with pytest.raises(ArgumentError, match="`label` must be another column than `text`"):
        read(tmp_path, "a\tb\n", FileFormat("delimited", text=0, label=0))
    with pytest.raises(ArgumentError, match="`text` must be a column's number or name"):
        read(tmp_path, "a\tb\n", FileFormat("delimited", label=0))


def test_plain_lines_keep_their_number(tmp_path):
    assert read(tmp_path, "a\n\n\nb", FileFormat("lines")) == [
        ("a", None),
        ("", None),
        ("", None),
        ("b", None),
    ]


def test_a_folder_without_folders(tmp_path):
    with pytest.raises(DataError, match="the folder has no folder for a class in it"):
        list(pairs_of(tmp_path, FileFormat("folder"), "utf-8", BadRows()))
    (tmp_path / "pos").mkdir()
    with pytest.raises(DataError, match="empty"):
        list(pairs_of(tmp_path, FileFormat("folder"), "utf-8", BadRows()))
