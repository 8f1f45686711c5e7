from __future__ import annotations

import hashlib
import json

import pytest

from textclf.cli.console import Console
from textclf.cli.parser import Parser
from textclf.cli.reading import add_reading_arguments, check_labels, hash_of, read_files, reading_options
from textclf.errors import MissingFileError, UnseenLabelError


def options(*words, labelled=True):
    parser = Parser("try")
    add_reading_arguments(parser, labelled=labelled)
    return parser.read(words)


def read(path, **given):
    return read_files({"file": str(path)}, given, Console())["file"]


def test_what_is_given_reaches_the_reader_in_its_own_type():
    given = options("--text", "2", "--label", "stars", "--delimiter", r"\t", "--no-header", "--quoted")
    assert given == {"text": 2, "label": "stars", "delimiter": "\t", "header": False, "quoted": True}
    assert reading_options({**given, "seed": 3}) == given


def test_a_file_without_labels_has_no_option_for_them():
    assert "label" not in reading_options({"label": 1, "text": 0}, labelled=False)
    assert options("--text", "a", labelled=False) == {"text": "a"}


def test_what_was_recognised_is_said(tmp_path, capsys):
    file = tmp_path / "a.csv"
    file.write_text("label,text\npos,good\nneg,\nneg,bad\n")
    found = read(file)
    assert capsys.readouterr().out == (
        f"{file}: columns between commas, with a header, cells may be quoted; "
        "text: column 'text'; label: column 'label'\n"
        "  3 rows, 2 labels: neg (2), pos (1)\n  1 empty text\n"
    )
    assert found.facts() == {
        "path": str(file),
        "hash": hashlib.sha256(file.read_bytes()).hexdigest(),
        "rows": 3,
        "classes": {"neg": 2, "pos": 1},
        "bad_rows": 0,
        "format": str(found.data.format),
    }


def test_of_many_labels_the_first_are_said(tmp_path, capsys):
    file = tmp_path / "a.tsv"
    file.write_text("".join(f"c{n % 20:02}\tword {n} of many\n" for n in range(60)))
    read(file)
    assert "60 rows, 20 labels: c00 (3), c01 (3)" in (said := capsys.readouterr().out)
    assert said.endswith("c11 (3) and 8 more\n")


def test_bad_rows_of_several_files_go_into_one_quarantine(tmp_path, capsys):
    for name in ("train", "test"):
        (tmp_path / name).write_text("pos\tgood\nneg\nneg\tbad\npos\tfine\n")
    paths = {name: str(tmp_path / name) for name in ("train", "test")}
    aside = tmp_path / "bad.jsonl"
    given = {"on_bad_row": "quarantine", "quarantine": str(aside)}
    found = read_files(paths, given, Console())
    entries = [json.loads(line) for line in aside.read_text().splitlines()]
    assert [(entry["file"], entry["line"]) for entry in entries] == [(path, 2) for path in paths.values()]
    assert capsys.readouterr().out.count("1 bad row left out") == 2
    assert given["quarantine"] == str(aside)
    assert found["test"].facts()["bad_rows"] == 1


def test_several_labels_a_text_are_counted_one_by_one(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text(
        '{"text": "x", "tags": ["a", "b"]}\n{"text": "y", "tags": []}\n{"text": "z", "tags": ["b"]}\n'
    )
    found = read(file)
    assert found.counts == {"a": 1, "b": 2}
    with pytest.raises(
        UnseenLabelError, match=r"row 1: the label 'a' did not occur in training\. Known: 'b'"
    ):
        check_labels(found, ["b"])


def test_a_label_that_is_not_known_is_named_with_its_row(train_file):
    found = read(train_file)
    check_labels(found, ["pos", "neg"])
    with pytest.raises(UnseenLabelError, match=r"train\.tsv, row 2: the label 'neg' did not occur"):
        check_labels(found, ["pos"])


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(MissingFileError, match="does not exist"):
        read(tmp_path / "none.tsv")


def test_a_folder_has_a_hash_of_names_and_contents(tmp_path):
    for name in ("pos", "neg"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.txt").write_text(name)
    before = hash_of(tmp_path)
    assert before == hash_of(tmp_path)
    (tmp_path / "neg" / "1.txt").rename(tmp_path / "neg" / "2.txt")
    assert hash_of(tmp_path) != before
