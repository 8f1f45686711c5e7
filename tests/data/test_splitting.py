from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data.splitting import set_aside, shares
from textclf.errors import ArgumentError


@given(
    st.lists(st.integers(0, 4), min_size=2, max_size=60),
    st.floats(0.01, 0.99),
    st.integers(0, 3),
)
def test_classes_keep_their_shares(classes, fraction, seed):
    counts = Counter(classes)
    if max(counts.values()) == 1:
        with pytest.raises(ArgumentError, match="`labels` must be found more than once"):
            set_aside(len(classes), fraction, seed=seed, classes=np.array(classes))
        return
    chosen = set_aside(len(classes), fraction, seed=seed, classes=np.array(classes))
    assert chosen.dtype == np.bool_
    assert chosen.shape == (len(classes),)
    assert chosen.any()
    for number, count in counts.items():
        part = int(chosen[np.array(classes) == number].sum())
        assert part < count
        assert abs(part - fraction * count) < len(counts) + 1


@given(st.integers(2, 60), st.floats(0.01, 0.99), st.integers(0, 3))
def test_without_classes_the_size_is_that_asked_for(count, fraction, seed):
    chosen = set_aside(count, fraction, seed=seed)
    assert chosen.sum() == min(max(round(count * fraction), 1), count - 1)


def test_the_choice_is_that_of_the_seed_and_comes_from_all_over():
    one = set_aside(1000, 0.5, seed=0)
    assert one.tolist() == set_aside(1000, 0.5, seed=0).tolist()
    assert one.tolist() != set_aside(1000, 0.5, seed=1).tolist()
    assert 200 < one[:500].sum() < 300


def test_classes_that_do_not_occur_have_no_share():
    chosen = set_aside(4, 0.5, seed=0, classes=np.array([7, 7, 2, 2]))
    assert chosen[:2].sum() == chosen[2:].sum() == 1


@pytest.mark.parametrize(
    ("fraction", "seed", "message"),
    [
        (0, 0, "`fraction` must be a finite number above 0 and below 1"),
        (1.0, 0, "`fraction` must be a finite number above 0 and below 1"),
        (0.5, -1, "`seed` must be an integer of at least 0"),
    ],
)
def test_bad_arguments(fraction, seed, message):
    with pytest.raises(ArgumentError, match=message):
        set_aside(4, fraction, seed=seed)


def test_shares_by_largest_remainder():
    assert shares({0: 17, 1: 17, 2: 16}, 5) == {0: 2, 1: 2, 2: 1}
    assert shares({0: 3, 1: 3}, 3) == {0: 2, 1: 1}
    assert shares({0: 1, 1: 1}, 1) == {0: 0, 1: 0}


@given(st.dictionaries(st.integers(0, 9), st.integers(1, 40), min_size=1), st.data())
def test_shares_add_up_and_leave_a_row(counts, data):
    total = sum(counts.values())
    if total < 2:
        return
    size = data.draw(st.integers(1, total - 1))
    found = shares(counts, size)
    assert sum(found.values()) == min(size, total - len(counts))
    assert all(0 <= found[number] < counts[number] for number in counts)


class TestSeveralClasses:
    @given(
        st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=2, max_size=60),
        st.floats(0.05, 0.95),
        st.integers(0, 3),
    )
    def test_no_class_leaves_the_rest(self, rows, fraction, seed):
        classes = np.array(rows)
        try:
            chosen = set_aside(len(rows), fraction, seed=seed, classes=classes)
        except ArgumentError:
            return  # as in test_classes_that_occur_once_each
        assert chosen.any()
        assert chosen.tolist() == set_aside(len(rows), fraction, seed=seed, classes=classes).tolist()
        assert (classes[~chosen].any(axis=0) == classes.any(axis=0)).all()

    def test_each_class_gives_about_its_share(self):
        random = np.random.default_rng(0)
        classes = random.random((2000, 4)) < [0.5, 0.2, 0.05, 0.01]
        chosen = set_aside(2000, 0.1, seed=1, classes=classes)
        assert 150 < chosen.sum() < 250
        shares_of_part = classes[chosen].sum(axis=0) / classes.sum(axis=0)
        assert (abs(shares_of_part - 0.1) < 0.03).all()
        none = ~classes.any(axis=1)
        assert 0.05 < chosen[none].mean() < 0.15

    def test_a_class_on_every_row(self):
        classes = np.array([[True, False], [True, True], [True, True], [True, False]])
        chosen = set_aside(4, 0.5, seed=0, classes=classes)
        assert chosen.sum() == 2
        assert chosen[1:3].sum() == 1

    def test_classes_that_occur_once_each(self):
        with pytest.raises(ArgumentError, match="`labels` must be found more than once"):
            set_aside(3, 0.5, seed=0, classes=np.eye(3, dtype=bool))
