from __future__ import annotations

import numpy as np
import pytest

from textclf.data.corpus_labels import checked_labels, checked_names, flat_token_labels
from textclf.errors import ArgumentError

HOT = np.array([[True, False], [False, False], [True, True]])


def test_class_ids_and_booleans_are_views_that_cannot_be_written_to():
    for given in (np.array([1, 0, 1]), HOT):
        found = checked_labels(given, 3, "texts", ["a", "b"])
        assert np.shares_memory(found, given)
        assert not found.flags.writeable
        assert found.dtype == given.dtype


def test_lists_of_booleans():
    assert checked_labels(HOT.tolist(), 3, "texts", None).dtype == np.bool_
    assert checked_labels(np.zeros((0, 2), bool), 0, "texts", ["a", "b"]).shape == (0, 2)


@pytest.mark.parametrize(
    ("labels", "what", "names", "message"),
    [
        (HOT[:2], "texts", None, "`labels` must be as many as there are texts, 3. Received: '2 labels'"),
        (HOT, "texts", ["a"], "`labels` must be of 1 classes, the number of names. Received: 2"),
        (HOT.astype(int), "texts", None, "`labels` must be one-dimensional"),
        (HOT, "tokens", None, "`labels` must be one-dimensional"),
        (HOT[:, 0], "texts", None, "`labels` must be integers"),
        ([[True], [True, False], []], "texts", None, "`labels` must be one-dimensional"),
        ([0, 1, 2], "texts", ["a", "b"], "`labels` must be below 2, the number of names. Received: 2"),
        (HOT.astype(np.uint8).view(np.bool_) | False, "texts", ["a", "b", "c"], "must be of 3 classes"),
    ],
    ids=repr,
)
def test_what_is_refused(labels, what, names, message):
    with pytest.raises(ArgumentError, match=message):
        checked_labels(labels, 3, what, names)


def test_bytes_that_are_no_booleans():
    with pytest.raises(ArgumentError, match="`labels` must be booleans.*damaged"):
        checked_labels(np.full((3, 2), 7, np.uint8).view(np.bool_), 3, "texts", None)


def test_names():
    assert checked_names(None) is None
    assert checked_names(["a", 1]) == ("a", 1)
    with pytest.raises(ArgumentError, match="`label_names` must be a list of strings or integers"):
        checked_names("ab")


def test_token_labels_are_joined():
    assert flat_token_labels([[0], [], [1, 2]], np.array([0, 1, 1, 3]), 1000).tolist() == [0, 1, 2]
    with pytest.raises(ArgumentError, match=r"`labels\[0\]` must be as long as the text, 1"):
        flat_token_labels([[0, 1]], np.array([0, 1]), 1000)
