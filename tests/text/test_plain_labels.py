from __future__ import annotations

import numpy as np
import pytest

from textclf.errors import ArgumentError
from textclf.text.plain_labels import plain_label, plain_labels


@pytest.mark.parametrize(("given", "plain"), [("a", "a"), (np.str_("a"), "a"), (3, 3), (np.int8(3), 3)])
def test_strings_and_integers_become_those_of_python(given, plain):
    assert plain_label(given) == plain
    assert type(plain_label(given)) is type(plain)


@pytest.mark.parametrize("given", [True, np.True_, 3.0, None, b"a", ("a",)])
def test_anything_else_is_no_label(given):
    assert plain_label(given) is None


@pytest.mark.parametrize("bad", [True, 1.0, np.True_, None])
def test_what_equals_a_known_label_is_checked_all_the_same(bad):
    with pytest.raises(ArgumentError, match=r"`labels\[2\]` must be a string or an integer"):
        list(plain_labels([1, 0, bad], known={0, 1}))


def test_labels_of_a_later_part_are_like_those_of_an_earlier_one():
    assert list(plain_labels(["b"], like="a", first=5)) == ["b"]
    with pytest.raises(ArgumentError, match=r"`labels\[5\]` must be a string, like those before it"):
        list(plain_labels([3], like="a", first=5))


@pytest.mark.parametrize("bad", ["abc", b"abc", {"a": 1}, 5, np.int64(5)])
def test_what_is_no_list_is_named(bad):
    with pytest.raises(ArgumentError, match="`labels` must be a list of labels"):
        list(plain_labels(bad))


def test_text_that_cannot_be_saved_is_named():
    with pytest.raises(ArgumentError, match=r"`labels\[1\]` must be text that UTF-8 can hold"):
        list(plain_labels(["a", "\udcff"]))
