from __future__ import annotations

import gzip
import json
import logging
from pathlib import Path

import pytest

from textclf.data.file_format import FileFormat
from textclf.data.recognition import recognise_format
from textclf.errors import ArgumentError, DataError, MissingFileError


@pytest.fixture
def file(tmp_path: Path):
    def write(content: str | bytes, name: str = "data") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


TAB = {"text": 1, "label": 0}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("pos\tgood film\nneg\tbad film\n", FileFormat("delimited", **TAB)),
        ("good film\tpos\nbad film\tneg\n", FileFormat("delimited", text=0, label=1)),
        ("label\ttext\n1\tgood\n", FileFormat("delimited", text="text", label="label", header=True)),
        ("1,good\n0,bad\n", FileFormat("delimited", **TAB, delimiter=",", quoted=True)),
        ('{"text": "a", "label": "x"}\n', FileFormat("jsonl", text="text", label="label")),
        ('{"a": "a film", "b": ["x"]}\n', FileFormat("jsonl", text="a", label="b", multi_label=True)),
        ("__label__x a\n__label__y b\n", FileFormat("fasttext", label=0)),
        ("__label__x __label__y a\n", FileFormat("fasttext", label=0, multi_label=True)),
        (
            'text\ttags\na film\t["x"]\n',
            FileFormat("delimited", text="text", label="tags", header=True, multi_label=True),
        ),
    ],
)
@pytest.mark.parametrize("how", ["plain", "gzip", "mark", "crlf"])
def test_formats(file, content, expected, how):
    data = content.encode()
    data = {"plain": data, "gzip": gzip.compress(data), "mark": b"\xef\xbb\xbf" + data}.get(how, data)
    assert recognise_format(file(data.replace(b"\n", b"\r\n") if how == "crlf" else data)) == expected


def test_names_of_files_say_nothing(file):
    path = file("pos\tgood film\nneg\tbad film\n", "a.jsonl.csv")
    assert recognise_format(path) == FileFormat("delimited", **TAB)


def test_texts_alone(file):
    assert recognise_format(file("well, a film\nno\n"), labelled=False) == FileFormat("lines")
    assert recognise_format(file("__label__x a\n"), labelled=False) == FileFormat("fasttext")
    form = recognise_format(file("text,label\na,b\n"), labelled=False)
    assert (form.text, form.label) == ("text", None)


def test_a_folder(tmp_path):
    assert recognise_format(tmp_path).kind == "folder"
    with pytest.raises(MissingFileError):
        recognise_format(tmp_path / "none")


def test_what_is_given_is_not_guessed(file):
    path = file("a;b;c\n1;x y z;2\n1;u v w;3\n")
    form = recognise_format(path, text="b", label="c")
    assert (form.delimiter, form.text, form.label) == (";", "b", "c")
    form = recognise_format(path, text=1, label=2, header=False)
    assert (form.header, form.text, form.label) == (False, 1, 2)
    form = recognise_format(path, label=0, delimiter=";", quoted=False)
    assert (form.header, form.quoted, form.text, form.label) == (True, False, "b", "a")
    assert recognise_format(path, kind="lines", labelled=False).kind == "lines"


def test_a_label_that_could_be_another_is_doubted(file, caplog):
    path = file("".join(f"{i % 2}\t{i % 3}\ttext {i} of many\n" for i in range(20)))
    with caplog.at_level(logging.INFO, "textclf"):
        form = recognise_format(path)
    assert (form.text, form.label, len(form.doubts)) == (2, 0, 1)
    levels = [record.levelname for record in caplog.records]
    assert levels == ["INFO", "WARNING"]
    assert "it could be 1. Pass label=" in caplog.text


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("one film\nmany films\n", {}, "no labels can be recognised in the lines of the file"),
        ("", {}, "the file is empty"),
        ('{"a": 1}\n', {}, "it cannot be told which column is the label. Pass label=; the keys are 'a'"),
        (
            "1\t2\ta b c\n3\t4\td e f\n",
            {},
            "it cannot be told which column is the label. Pass label=, its number",
        ),
        ("a\tb\n", {"kind": "jsonl"}, "no line of the file is a JSON object"),
        ("text,label\n", {}, "the file has a header and no rows"),
        (b"\xff\xff\n", {}, "byte 1 of the line, 0xff, is not utf-8"),
    ],
)
def test_what_cannot_be_told(file, content, options, message):
    with pytest.raises(DataError, match=message):
        recognise_format(file(content), **options)


def test_columns_that_are_not_there(file):
    with pytest.raises(ArgumentError, match=r"`text` must be a column of .*Did you mean 'text'\?"):
        recognise_format(file("text,label\na,b\n"), text="txt")
    with pytest.raises(ArgumentError, match=r"`label` must be a column of .*Did you mean 'label'\?"):
        recognise_format(file('{"text": "a", "label": 1}\n'), label="labl")


@pytest.mark.row("one JSON array in place of JSON lines")
@pytest.mark.parametrize("indent", [None, 1, 4])
def test_a_json_array_is_no_table(file, indent):
    rows = [{"text": f"text {n}, of many", "label": "xy"[n % 2]} for n in range(20)]
    path = file(json.dumps(rows, indent=indent))
    for labelled in (True, False):
        with pytest.raises(
            DataError, match="the file is one JSON array. Write each of its objects on a line"
        ):
            recognise_format(path, labelled=labelled)
    assert recognise_format(path, kind="lines", labelled=False).kind == "lines"
