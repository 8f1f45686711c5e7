from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from textclf.data.numbering import Numbering


def test_nothing():
    numbering = Numbering()
    numbers = numbering.encode([])
    assert (numbers.dtype, numbers.shape) == (np.int32, (0,))
    numbering.add(numbers)
    assert numbering.counts() == {}
    assert numbering.tokens == []


def test_what_is_numbered_is_not_counted_until_it_is_added():
    numbering = Numbering()
    numbers = numbering.encode(["b", "a", "b", "<unk>"])
    assert numbers.tolist() == [0, 1, 0, 2]
    assert numbering.counts() == {"b": 0, "a": 0, "<unk>": 0}
    numbering.add(numbers[:2])
    assert numbering.counts() == {"b": 1, "a": 1, "<unk>": 0}
    numbering.add(numbering.encode(["c", "b"]))
    assert numbering.counts() == {"b": 2, "a": 1, "<unk>": 0, "c": 1}
    assert numbering.tokens == ["b", "a", "<unk>", "c"]


@given(st.lists(st.lists(st.text(max_size=2))))
def test_it_counts_as_a_counter_does(rows):
    numbering = Numbering()
    for row in rows:
        numbering.add(numbering.encode(row))
    counts = Counter(token for row in rows for token in row)
    assert numbering.counts() == counts
    assert list(numbering.counts()) == list(counts)
    assert {type(count) for count in numbering.counts().values()} <= {int}
