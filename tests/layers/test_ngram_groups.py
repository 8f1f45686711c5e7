"""The order of the pairs of a group, and the places of rows; the regression is tested in its own file."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from textclf.layers import ngram_groups
from textclf.layers.ngram_groups import Group, Kept, Places, Weighted


def group(*rows, labels=(0, 1)):
    return Group.of(torch.tensor(rows), torch.tensor(labels))


class TestGroup:
    def test_pairs_stand_in_the_order_of_the_rows_and_each_comes_once(self):
        made = group([7, 3, 3], [3, 0, 9])
        assert made.rows.tolist() == [3, 7, 9]
        assert made.starts.tolist() == [0, 2, 3]
        assert made.texts.tolist() == [0, 1, 0, 1]

    def test_targets(self):
        assert group([2], [3]).targets(3).tolist() == [[1, 0, 0], [0, 1, 0]]
        several = group([2], [3], labels=[[True, True], [False, True]])
        assert several.targets(2).tolist() == [[1, 1], [0, 1]]


class TestWeighted:
    def test_each_text_has_a_vector_of_length_1_and_both_orders_hold_the_same(self):
        its = Weighted.of(group([7, 3, 3], [3, 0, 9]), np.zeros(10, np.float32) + np.arange(10, dtype="f4"))
        dense = np.zeros((2, 3), np.float32)
        dense[its.texts, np.repeat(np.arange(3), np.diff(its.group.starts, append=4))] = its.weights
        assert np.linalg.norm(dense, axis=1) == pytest.approx(1)
        assert dense[0, 1] / dense[0, 0] == pytest.approx(7 / 3)
        other = np.zeros((2, 3), np.float32)
        ends = [*its.text_starts[1:].tolist(), 4]
        for text, (start, end) in enumerate(zip(its.text_starts.tolist(), ends, strict=True)):
            other[text, its.text_rows[start:end]] = its.text_weights[start:end]
        assert np.array_equal(dense, other)


class TestPlaces:
    def test_rows_are_numbered_in_the_order_in_which_they_come(self):
        places = Places(10)
        assert places.rows.tolist() == []
        assert places.numbered(group([7, 3], [5, 0])).rows.tolist() == [0, 1, 2]
        assert places.numbered(group([4, 7], [0, 0])).rows.tolist() == [3, 2]
        assert places.numbered(group([4, 7], [0, 0])).rows.tolist() == [3, 2]
        assert places.rows.tolist() == [3, 5, 7, 4]
        assert places.count == 4


class TestKept:
    @pytest.mark.parametrize(("most", "calls"), [(100, 1), (3, 3)])
    def test_what_is_too_much_is_made_again(self, monkeypatch, most, calls):
        monkeypatch.setattr(ngram_groups, "_KEPT", most)
        made = []

        def make():
            made.append(1)
            return [group([7, 3], [5, 0]), group([4, 7], [0, 0])]

        kept = Kept(make)
        for _ in range(3):
            assert [len(its.texts) for its in kept] == [3, 2]
        assert len(made) == calls
