from __future__ import annotations

import numpy as np
import pytest

from textclf.data.sampling import SAMPLING, balanced_rows
from textclf.errors import ArgumentError

CLASSES = np.array([0] * 10 + [1] * 3 + [2] * 4)


def test_oversampling_takes_every_row_and_each_equally_often_but_for_one():
    rows = balanced_rows(CLASSES, "oversample", seed=0)
    assert np.bincount(CLASSES[rows]).tolist() == [10, 10, 10]
    times = np.bincount(rows, minlength=len(CLASSES))
    assert times[:10].tolist() == [1] * 10
    assert sorted(times[10:13].tolist()) == [3, 3, 4]
    assert sorted(times[13:].tolist()) == [2, 2, 3, 3]


def test_undersampling_takes_no_row_twice():
    rows = balanced_rows(CLASSES, "undersample", seed=0)
    assert np.bincount(CLASSES[rows]).tolist() == [3, 3, 3]
    assert len(set(rows.tolist())) == 9


@pytest.mark.parametrize("sampling", SAMPLING)
def test_the_seed_decides(sampling):
    first = balanced_rows(CLASSES, sampling, seed=1)
    assert first.tolist() == balanced_rows(CLASSES, sampling, seed=1).tolist()
    assert any(first.tolist() != balanced_rows(CLASSES, sampling, seed=s).tolist() for s in range(2, 9))
    assert first.tolist() == sorted(first.tolist())


@pytest.mark.parametrize("sampling", SAMPLING)
def test_what_is_balanced_stays_as_it_is(sampling):
    assert balanced_rows(np.array([1, 0, 0, 1]), sampling, seed=0).tolist() == [0, 1, 2, 3]
    assert balanced_rows(np.zeros(0, dtype=np.int64), sampling, seed=0).tolist() == []


def test_a_number_without_rows_is_no_class():
    assert balanced_rows(np.array([0, 3, 3]), "undersample", seed=0).size == 2


def test_bad_arguments():
    with pytest.raises(ArgumentError, match="`sampling` must be one of 'oversample', 'undersample'"):
        balanced_rows(CLASSES, "smote", seed=0)
    with pytest.raises(ArgumentError, match="`seed` must be"):
        balanced_rows(CLASSES, "oversample", seed=-1)
