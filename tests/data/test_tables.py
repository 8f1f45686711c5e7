from __future__ import annotations

import math

import numpy as np
import pytest

from textclf.data.labelled_texts import LabelledTexts
from textclf.data.tables import is_table, labelled_table, table_texts
from textclf.errors import ArgumentError, DataError


class Column(list):
    def to_list(self) -> list[object]:
        return list(self)


class Frame:
    """What data frames of pandas and polars have in common."""

    def __init__(self, **columns: list[object]) -> None:
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name: str) -> Column:
        return Column(self._columns[name])


class Names:
    def __init__(self, names: list[str]) -> None:
        self.names = names


class Several:
    def __init__(self, feature: Names) -> None:
        self.feature = feature


class Dataset:
    """What a data set of Hugging Face has."""

    def __init__(self, features: dict[str, object], **columns: list[object]) -> None:
        self._columns = columns
        self.column_names = list(columns)
        self.features = features

    def __getitem__(self, name: str) -> list[object]:
        return self._columns[name]


def test_a_frame():
    frame = Frame(id=[1, 2], review=["good", "bad"], stars=[5, np.int64(1)])
    assert labelled_table(frame) == LabelledTexts(["good", "bad"], ["5", "1"])
    assert labelled_table(frame, text=1, label="id").labels == ["1", "2"]
    assert table_texts(frame) == ["good", "bad"]
    assert str(labelled_table(frame).format) == "a table; text: column 'review'; label: column 'stars'"


def test_names_of_labels_that_a_data_set_knows():
    data = Dataset({"text": None, "label": Names(["neg", "pos"])}, text=["a", "b"], label=[1, 0])
    assert labelled_table(data).labels == ["pos", "neg"]
    data = Dataset({"label": Several(Names(["x", "y"]))}, text=["a", "b"], label=[[1, 0], []])
    assert labelled_table(data).labels == [["y", "x"], []]
    data = Dataset({"label": Names(["x"])}, text=["a"], label=[-1])
    with pytest.raises(DataError, match="line 1: the label -1 has no name: the data set names 1"):
        labelled_table(data)


def test_several_labels():
    assert labelled_table({"text": ["a", "b"], "tags": [["x"], ["y", "z"]]}).labels == [["x"], ["y", "z"]]
    assert labelled_table({"text": ["a"], "label": ["x"]}, multi_label=True).labels == [["x"]]


def test_rows_that_cannot_be_used(tmp_path):
    table = {"text": ["a", None, "c", math.nan], "label": ["x", "y", None, "z"]}
    with pytest.raises(DataError, match="the dict, line 2: the text is missing"):
        labelled_table(table)
    data = labelled_table(table, on_bad_row="quarantine", quarantine=tmp_path / "bad")
    assert data == LabelledTexts(["a"], ["x"])
    assert [row.line for row in data.bad_rows.first] == [2, 3, 4]
    assert len((tmp_path / "bad").read_text().splitlines()) == 3
    assert table_texts(table, on_bad_row="skip") == ["a", "c"]
    with pytest.raises(DataError, match="all of its rows, 1, are bad"):
        labelled_table({"text": [None], "label": ["x"]}, on_bad_row="skip")


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ({"text": ["a"], "label": ["x"]}, {"text": "txt"}, "`text` must be a column of the table.*'text'"),
        ({"text": ["a"], "label": ["x"]}, {"label": 2}, "`label` must be a column of the table"),
        ({"text": ["a"], "label": ["x"]}, {"label": True}, "`label` must be a column of the table"),
        ({"text": ["a"], "label": ["x"]}, {"label": "text", "text": "text"}, "another column than `text`"),
        (
            {"a": ["b c", "d e"], "b": ["x y", "z u"], "c": ["1", "2"]},
            {},
            "`label` must be given: it cannot be told",
        ),
        ({}, {}, "`source` must be a table with columns"),
    ],
)
def test_columns_that_cannot_be_used(table, options, message):
    with pytest.raises(ArgumentError, match=message):
        labelled_table(table, **options)


def test_splits_must_be_chosen():
    class Splits(dict):
        column_names = {"train": ["text"], "test": ["text"]}  # noqa: RUF012

    with pytest.raises(ArgumentError, match="one split of the data set.*Choose one of 'train', 'test'"):
        labelled_table(Splits())


def test_an_empty_table():
    with pytest.raises(DataError, match="the table has no rows"):
        labelled_table({"text": [], "label": []})


@pytest.mark.parametrize("source", ["a.csv", 5, None, ["a"], np.zeros(3)])
def test_what_is_no_table(source):
    assert not is_table(source)


def test_a_table_that_is_not_in_memory_yet():
    class Lazy:
        columns = ("text", "label")

        def collect(self) -> None: ...

    with pytest.raises(ArgumentError, match=r"`source` must be in memory.*Pass source\.collect\(\)"):
        labelled_table(Lazy())


def test_two_columns_of_one_name():
    frame = Frame(text=["a"], label=["x"])
    frame.columns = ["text", "label", "label"]
    with pytest.raises(ArgumentError, match="columns of different names.*'label'.*Rename one"):
        labelled_table(frame)


def test_pandas():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": ["a", "b", None], "label": [1, 0, None]})
    assert labelled_table(frame, on_bad_row="skip") == LabelledTexts(["a", "b"], ["1", "0"])
    frame = frame.astype({"text": "string", "label": "Int64"}).iloc[::-1]
    assert labelled_table(frame, on_bad_row="skip") == LabelledTexts(["b", "a"], ["0", "1"])
    frame = pandas.DataFrame({"text": ["a"], "label": pandas.Categorical(["x"])})
    assert labelled_table(frame).labels == ["x"]
    with pytest.raises(ArgumentError, match="columns of different names"):
        labelled_table(frame[["text", "label", "label"]])


def test_polars():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"text": ["a", "b"], "label": [["x"], ["y", "z"]]})
    assert labelled_table(frame) == LabelledTexts(["a", "b"], [["x"], ["y", "z"]])
    with pytest.raises(ArgumentError, match="`source` must be in memory"):
        labelled_table(frame.lazy())


def test_arrow():
    arrow = pytest.importorskip("pyarrow")
    assert labelled_table(arrow.table({"text": ["a"], "label": ["x"]})) == LabelledTexts(["a"], ["x"])


def test_hugging_face_data_sets():
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        text=datasets.Value("string"), label=datasets.ClassLabel(names=["neg", "pos"])
    )
    data = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [1, 0]}, features=features)
    assert labelled_table(data) == LabelledTexts(["a", "b"], ["pos", "neg"])
    with pytest.raises(ArgumentError, match="one split"):
        labelled_table(datasets.DatasetDict(train=data))
