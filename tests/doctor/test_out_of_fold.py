from __future__ import annotations

import numpy as np
import pytest

from textclf.doctor import out_of_fold as module
from textclf.doctor.out_of_fold import out_of_fold


def corpus(labels):
    """Each text is the word of its label and one of many others."""
    ids = np.stack([np.array(labels), 10 + np.arange(len(labels)) % 7], axis=1).astype(np.int32)
    return ids.ravel(), np.arange(0, 2 * len(labels) + 1, 2), np.array(labels, dtype=np.int32)


def test_each_row_has_probabilities_of_a_model_that_learnt_the_others():
    remarks: list[str] = []
    found = out_of_fold(*corpus([0, 1, 2] * 30), remarks)
    assert found is not None
    assert found.probabilities.sum(axis=1) == pytest.approx(1.0)
    assert (found.probabilities.argmax(axis=1) == found.labels).all()
    assert remarks == []


def test_classes_too_rare_for_the_folds_are_left_out():
    found = out_of_fold(*corpus([0, 2] * 30 + [1] * 3), [])
    assert found is not None
    assert found.classes.tolist() == [0, 2]
    assert len(found.rows) == 60


@pytest.mark.parametrize(("limit", "rows"), [("MOST_ROWS", 50), ("MOST_TOKENS", 100)])
def test_a_sample_is_said_and_the_same_each_time(monkeypatch, limit, rows):
    monkeypatch.setattr(module, limit, rows if limit == "MOST_ROWS" else 2 * 50)
    remarks: list[str] = []
    one = out_of_fold(*corpus([0, 1] * 50), remarks)
    other = out_of_fold(*corpus([0, 1] * 50), [])
    assert one is not None
    assert other is not None
    assert len(one.rows) == 50
    assert one.rows.tolist() == other.rows.tolist() == sorted(one.rows.tolist())
    assert "50 of 100 training rows, drawn at random" in remarks[0]


def test_what_cannot_be_said_is_said_to_be_so():
    remarks: list[str] = []
    assert out_of_fold(*corpus([0, 1] * 10), remarks) is None
    assert out_of_fold(*corpus([0] * 50), remarks) is None
    assert ["not looked for" in remark for remark in remarks] == [True, True]
