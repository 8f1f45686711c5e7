from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.layers.masking import length_mask, reverse_within_lengths


class TestLengthMask:
    @settings(deadline=None)
    @given(st.lists(st.integers(0, 9), max_size=6), st.integers(0, 9))
    def test_each_row_is_true_as_many_times_as_it_is_long(self, lengths, width):
        mask = length_mask(torch.tensor(lengths, dtype=torch.int64), width)
        assert mask.dtype == torch.bool
        assert mask.shape == (len(lengths), width)
        assert mask.tolist() == [[place < length for place in range(width)] for length in lengths]

    def test_lengths_of_32_bits(self):
        lengths = torch.tensor([2, 0], dtype=torch.int32)
        assert length_mask(lengths, 3).tolist() == [[True, True, False], [False] * 3]


class TestReverseWithinLengths:
    @settings(deadline=None)
    @given(st.lists(st.lists(st.integers(1, 9), max_size=7), min_size=1, max_size=5), st.integers(0, 3))
    def test_reverses_what_is_real_and_leaves_padding_where_it_is(self, rows, extra):
        width = max(map(len, rows)) + extra
        padding = [[-place for place in range(width - len(row))] for row in rows]
        lengths = torch.tensor([len(row) for row in rows])
        before = torch.tensor([row + pad for row, pad in zip(rows, padding, strict=True)]).view(
            len(rows), width, 1
        )
        after = reverse_within_lengths(before, lengths)
        expected = [row[::-1] + pad for row, pad in zip(rows, padding, strict=True)]
        assert after.squeeze(2).tolist() == expected
        assert torch.equal(reverse_within_lengths(after, lengths), before)

    def test_all_features_of_a_token_move_together(self):
        sequence = torch.arange(12.0).view(1, 3, 4)
        assert torch.equal(reverse_within_lengths(sequence, torch.tensor([3])), sequence.flip(1))

    @pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
    def test_lengths_of_either_integer_type(self, dtype):
        sequence = torch.tensor([[[1.0], [2.0]]])
        reversed_ = reverse_within_lengths(sequence, torch.tensor([2], dtype=dtype))
        assert reversed_.flatten().tolist() == [2.0, 1.0]

    def test_gradients_go_back_to_where_the_values_came_from(self):
        sequence = torch.zeros(1, 3, 1, requires_grad=True)
        weights = torch.tensor([[[1.0], [2.0], [4.0]]])
        (reverse_within_lengths(sequence, torch.tensor([2])) * weights).sum().backward()
        assert sequence.grad is not None
        assert sequence.grad.flatten().tolist() == [2.0, 1.0, 4.0]
