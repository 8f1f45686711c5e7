from __future__ import annotations

import pytest

from textclf import LabelledTexts
from textclf.data import LabelledFile
from textclf.doctor.data_set import read_data_set
from textclf.errors import ArgumentError, DataError, MissingFileError

TRAIN = LabelledTexts(["a film", "A bore", "a film "], ["pos", "neg", "pos"])


def test_splits_follow_one_another():
    data = read_data_set([("train", TRAIN), ("test", LabelledTexts(["x y z"], ["new"]))])
    assert [(s.name, s.start, s.stop, len(s)) for s in data.splits] == [
        ("train", 0, 3, 3),
        ("test", 3, 4, 1),
    ]
    assert data.lengths.tolist() == [2, 2, 2, 3]
    assert data.counts(data.train) == {"pos": 2, "neg": 1}
    assert data.counts(data.splits[1]) == {"new": 1}
    assert data.token_counts(data.splits[1]).sum() == 3
    assert data.first_in(data.train).tolist() == [0, 1]
    assert data.first_alike.tolist() == [0, 1, 0, 3]


def test_rows_of_a_file_are_named_by_file_and_row(tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text("label\ttext\npos\ta film\nneg\t" + "long " * 100 + "\n")
    data = read_data_set([("train", path)])
    row = data.row(1)
    assert (row.place, row.index, row.label) == ("train.tsv, row 2", 1, "neg")
    assert len(row.text) == 80
    assert data.remarks == ["train: 2 rows of train.tsv."]
    assert data.rows(range(2))[0].text == "a film"


def test_rows_left_out_are_said(tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text("pos\ta film\n\ta bore\nneg\ta bore\n")
    data = read_data_set([("train", LabelledFile(path, text=1, label=0, on_bad_row="skip"))])
    assert data.remarks == ["train: 2 rows of train.tsv; 1 bad rows left out."]


def test_a_table_and_several_labels():
    data = read_data_set([("train", {"text": ["x", "y"], "label": [["b", "a"], []]})])
    assert data.is_multi_label
    assert data.counts(data.train) == {"a": 1, "b": 1}
    assert data.row(0).label == "a, b"


def test_marks():
    texts = ["pos film<br />", "neg \ufffd", "neg pos", "&amp; NEG"]
    data = read_data_set([("train", LabelledTexts(texts, ["pos", "neg", "pos", "neg"]))])
    assert {name: values.tolist() for name, values in data.marks.items()} == {
        "html": [True, False, False, True],
        "undecodable": [False, True, False, False],
        "has_label": [False, True, True, True],
        "has_other_label": [False, False, True, False],
    }


def test_what_is_no_source_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="`train` must be LabelledTexts, a LabelledFile, the path"):
        read_data_set([("train", 7)])
    with pytest.raises(MissingFileError, match="does not exist"):
        read_data_set([("train", tmp_path / "none.tsv")])
    with pytest.raises(DataError, match="`test` must have rows"):
        read_data_set([("train", TRAIN), ("test", LabelledTexts([], []))])
