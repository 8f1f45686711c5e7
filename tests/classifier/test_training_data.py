from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from textclf.classifier.training_data import Labelled, checked_share, hold_out, listed, listed_texts
from textclf.errors import ArgumentError, DataError


class Column:
    """A column of a table, as libraries of tables have them: iterable, and an array to numpy."""

    def __init__(self, values):
        self.values = values

    def __iter__(self):
        return iter(self.values)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


class Table(list):
    """A data frame of polars, which has a shape and is gone through by its columns."""

    shape = (2, 1)


class TestListed:
    @pytest.mark.parametrize(
        "kind", [list, tuple, np.array, iter, Column, lambda t: np.array(t, dtype=object)]
    )
    def test_whatever_they_come_in(self, kind):
        data = listed(kind(["a", "b"]), kind(["x", "y"]))
        assert data == (["a", "b"], ["x", "y"])
        assert {type(value) for column in data for value in column} == {str}

    def test_integers_are_plain(self):
        assert listed(["a", "b"], np.array([3, 1])).labels == [3, 1]
        assert type(listed(["a"], np.array([3])).labels[0]) is int

    def test_a_list_of_texts_is_not_copied(self):
        texts = ["a"]
        assert listed_texts(texts) is texts

    @pytest.mark.parametrize(
        ("texts", "labels", "message"),
        [
            ("a film", ["x"], "`texts` must be a list of texts. Received: 'a film'. Put a single text"),
            ({"a"}, ["x"], "`texts` must be a list of texts"),
            (np.array([["a"]]), ["x"], "`texts` must be a list of texts"),
            (
                ["a", "b"],
                Table(["x", "y"]),
                r"`labels` must be lists of labels.*an array of shape \(2, 1\)",
            ),
            (["a"], "x", "`labels` must be a list of labels"),
            (["a"], None, "`labels` must be given. Received: None. TextClassifier requires y"),
            (["a"], {"x": 1}, "`labels` must be a list of labels"),
            (["a", "b"], ["x"], "`labels` must be as many as the texts, 2. Received: '1 entries'"),
            (["a", "b"], ["x", 1], r"`labels\[1\]` must be a string"),
            (["a", "b"], ["x", None], r"`labels\[1\]` must be a string or an integer"),
            (["a", "b"], [1.0, 2.0], r"`labels\[0\]` must be a string or an integer"),
            (
                ["a", "b"],
                ["x", ["x", "y"]],
                r"`labels\[1\]` must be a string or an integer",
            ),
            (
                ["a", "b"],
                [["x"], "x"],
                r"`labels\[1\]` must be a list of labels, as a text may have several",
            ),
            (["a", "b"], np.eye(2, dtype=int), "`labels` must be lists of labels.*MultiLabelBinarizer"),
            (
                ["a", "b"],
                [[0, 1, 0], [1, 0, 0]],
                r"`labels\[0\]` must be different labels.*an indicator matrix is not a list",
            ),
        ],
    )
    def test_bad_input(self, texts, labels, message):
        with pytest.raises(ArgumentError, match=message):
            listed(texts, labels)


@pytest.mark.parametrize("row", [["x", "y"], ("x", "y"), np.array(["x", "y"])])
def test_several_labels_a_text(row):
    given = listed(["a", "b"], [row, set()])
    assert given.multi_label
    assert given.labels == [["x", "y"], []]
    assert not listed(["a"], ["x"]).multi_label
    assert not listed([], []).multi_label


def test_several_labels_in_a_column():
    pandas = pytest.importorskip("pandas")
    assert listed(["a", "b"], pandas.Series([["x"], ["x", "y"]])).labels == [["x"], ["x", "y"]]


def data(counts):
    labels = [name for name, count in counts.items() for _ in range(count)]
    return Labelled([f"{label} {n}" for n, label in enumerate(labels)], labels)


class TestHoldOut:
    def test_the_same_share_of_each_class_and_every_row_once(self):
        rest, held = hold_out(data({"x": 30, "y": 10}), 0.2, seed=0)
        assert Counter(held.labels) == {"x": 6, "y": 2}
        assert sorted(rest.texts + held.texts) == sorted(data({"x": 30, "y": 10}).texts)
        assert all(
            text.startswith(label) for part in (rest, held) for text, label in zip(*part, strict=True)
        )

    def test_the_seed_decides(self):
        whole = data({"x": 30, "y": 10})
        assert hold_out(whole, 0.2, seed=1) == hold_out(whole, 0.2, seed=1)
        assert hold_out(whole, 0.2, seed=1) != hold_out(whole, 0.2, seed=2)

    def test_every_class_keeps_a_row(self):
        rest, _ = hold_out(data({"x": 30, "y": 1}), 0.9, seed=0)
        assert set(rest.labels) == {"x", "y"}

    def test_auto_is_a_tenth_or_none_of_few(self):
        assert hold_out(data({"x": 150, "y": 149}), "auto", seed=0)[1] is None
        _, held = hold_out(data({"x": 150, "y": 150}), "auto", seed=0)
        assert Counter(held.labels) == {"x": 15, "y": 15}

    def test_none(self):
        whole = data({"x": 500, "y": 500})
        assert hold_out(whole, None, seed=0) == (whole, None)

    def test_what_cannot_be_split(self):
        with pytest.raises(ArgumentError, match="found more than once to be stratified"):
            hold_out(data({"x": 1, "y": 1}), 0.5, seed=0)

    @pytest.mark.parametrize(("counts", "count"), [({"x": 3}, "1 class, 'x'"), ({3: 1}, "1 class, 3")])
    def test_one_class(self, counts, count):
        with pytest.raises(DataError, match=f"at least two classes. Received: {count}"):
            hold_out(data(counts), None, seed=0)

    def test_nothing(self):
        with pytest.raises(DataError, match="no labels were found"):
            hold_out(data({}), None, seed=0)


def test_shares():
    assert [checked_share(share) for share in ("auto", None, 0.25)] == ["auto", None, 0.25]
    for share in ("a tenth", 0, 1, 1.5, True, float("nan")):
        with pytest.raises(ArgumentError, match="`validation_share` must be"):
            checked_share(share)


def test_of_several_labels_none_leaves_the_training_data():
    labels = [["a"], ["a", "b"], ["b", "c"], ["c"], [], ["d"]] * 6
    given = Labelled([str(n) for n in range(36)], labels)
    rest, held = hold_out(given, 0.3, seed=0)
    assert sorted(rest.texts + held.texts, key=int) == given.texts
    assert {name for names in rest.labels for name in names} == {"a", "b", "c", "d"}
    assert 8 <= len(held.texts) <= 14
    with pytest.raises(DataError, match="at least two classes. Received: 1 class, 'a'"):
        hold_out(Labelled(["x", "y"], [["a"], []]), None, seed=0)
