from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data.labelled_texts import LabelledTexts
from textclf.errors import ArgumentError


def rows(**counts: int) -> LabelledTexts:
    labels = [label for label, count in counts.items() for _ in range(count)]
    return LabelledTexts([f"text {i}" for i in range(len(labels))], labels)


def test_split_keeps_the_shares_of_the_labels():
    rest, part = rows(a=60, b=30, c=10).split(0.1, seed=0)
    assert Counter(part.labels) == {"a": 6, "b": 3, "c": 1}
    assert Counter(rest.labels) == {"a": 54, "b": 27, "c": 9}


def test_split_gives_the_size_asked_for_by_largest_remainders():
    rest, part = rows(a=17, b=17, c=16).split(0.1, seed=0)
    assert len(part) == 5
    assert Counter(part.labels) == {"a": 2, "b": 2, "c": 1}
    assert len(rest) == 45


def test_split_keeps_every_row_once_and_in_order():
    data = rows(a=40, b=5)
    for stratify in (True, False):
        rest, part = data.split(0.3, seed=5, stratify=stratify)
        assert sorted(rest.texts + part.texts) == sorted(data.texts)
        for side in (rest, part):
            assert side.texts == sorted(side.texts, key=data.texts.index)
            assert all(
                data.labels[data.texts.index(t)] == y for t, y in zip(side.texts, side.labels, strict=True)
            )


def test_split_is_that_of_its_seed():
    data = rows(a=40, b=40)
    for stratify in (True, False):
        one = data.split(0.2, seed=1, stratify=stratify)
        assert one == data.split(0.2, seed=1, stratify=stratify)
        assert one != data.split(0.2, seed=2, stratify=stratify)


def test_split_of_sorted_rows_takes_from_all_over():
    _, part = rows(a=500, b=500).split(0.5, seed=0, stratify=False)
    assert 200 < part.labels.count("a") < 300


def test_a_label_with_one_row_stays_in_the_rest():
    rest, part = rows(a=10, b=1).split(0.5, seed=0)
    assert "b" in rest.labels
    assert "b" not in part.labels
    rest, _ = rows(a=5, b=2).split(0.9, seed=0)
    assert set(rest.labels) == {"a", "b"}


@pytest.mark.parametrize(("fraction", "expected"), [(0.001, 1), (0.999, 9)])
def test_each_side_has_a_row(fraction, expected):
    rest, part = rows(a=10).split(fraction, seed=0)
    assert (len(rest), len(part)) == (10 - expected, expected)
    rest, part = rows(a=10).split(fraction, seed=0, stratify=False)
    assert (len(rest), len(part)) == (10 - expected, expected)


def test_labels_that_all_occur_once():
    with pytest.raises(ArgumentError, match=r"`labels` must be found more than once.*stratify=False"):
        rows(a=1, b=1, c=1).split(0.5, seed=0)
    rest, part = rows(a=1, b=1, c=1).split(0.3, seed=0, stratify=False)
    assert (len(rest), len(part)) == (2, 1)


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(1, 30), min_size=1),
    st.floats(0.01, 0.99),
)
def test_stratified_sizes(counts, fraction):
    data = rows(**counts)
    if len(data) < 2 or max(counts.values()) < 2:
        return
    rest, part = data.split(fraction, seed=0)
    wanted = min(max(round(len(data) * fraction), 1), len(data) - 1)
    assert len(part) == min(wanted, len(data) - len(counts))
    assert set(rest.labels) == set(counts)
    if wanted <= len(data) - len(counts):
        taken = Counter(part.labels)
        room = [label for label, count in counts.items() if taken[label] < count - 1]
        for label in room:
            assert taken[label] >= counts[label] * wanted // len(data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fraction": 0}, "`fraction` must be a finite number above 0 and below 1. Received: 0"),
        ({"fraction": 1}, "`fraction` must be a finite number above 0 and below 1"),
        ({"fraction": 1.5}, "`fraction` must be a finite number above 0 and below 1"),
        ({"fraction": float("nan")}, "`fraction` must be a finite number above 0 and below 1"),
        ({"fraction": "0.5"}, "`fraction` must be a finite number above 0 and below 1"),
        ({"fraction": True}, "`fraction` must be a finite number above 0 and below 1"),
        ({"seed": -1}, "`seed` must be an integer of at least 0"),
        ({"seed": 0.5}, "`seed` must be an integer of at least 0"),
        ({"stratify": 1}, "`stratify` must be True or False"),
    ],
)
def test_bad_splits(options, message):
    with pytest.raises(ArgumentError, match=message):
        rows(a=4).split(**{"fraction": 0.5, "seed": 0, **options})


@pytest.mark.parametrize("data", [rows(), rows(a=1)])
def test_too_few_rows_to_split(data):
    with pytest.raises(ArgumentError, match="`texts` must be two or more to be split"):
        data.split(0.5, seed=0)


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a"], [], "`labels` must be as many as the texts. Received: '1 texts and 0 labels'"),
        ("a", ["x"], "`texts` must be a list of strings"),
        (["a", None], ["x", "y"], r"`texts\[1\]` must be a string. Received: None"),
        (["a"], [1], r"`labels\[0\]` must be a string. Received: 1"),
        (["a", "b"], ["x", ""], r"`labels\[1\]` must be a label that is not empty"),
    ],
)
def test_bad_labelled_texts(texts, labels, message):
    with pytest.raises(ArgumentError, match=message):
        LabelledTexts(texts, labels)


# Several labels a text


def test_lists_of_labels():
    data = LabelledTexts(["a", "b"], [["x", "y"], []])
    assert data.is_multi_label
    assert list(data) == [("a", ["x", "y"]), ("b", [])]
    assert not LabelledTexts(["a"], ["x"]).is_multi_label
    assert not LabelledTexts([], []).is_multi_label


def test_several_labels_are_split_by_their_sets():
    data = LabelledTexts(list("abcdefgh"), [["x", "y"], ["y", "x"], [], []] * 2)
    _, part = data.split(0.5, seed=0)
    assert Counter(tuple(sorted(names)) for names in part.labels) == {("x", "y"): 2, (): 2}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([["x"], "y"], r"`labels\[1\]` must be a list of labels, as the first is. Received: 'y'"),
        (["y", ["x"]], r"`labels\[1\]` must be a string"),
        ([["x"], [None]], r"`labels\[1\]\[0\]` must be a string. Received: None"),
        ([["x"], [""]], r"`labels\[1\]\[0\]` must be a label that is not empty"),
    ],
)
def test_lists_of_labels_that_cannot_be_used(labels, message):
    with pytest.raises(ArgumentError, match=message):
        LabelledTexts(["a", "b"], labels)
