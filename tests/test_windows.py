from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from textclf import EncodedCorpus, Windows
from textclf.errors import ArgumentError, UnknownOptionError
from textclf.windows import windows_of


def corpus(*lengths):
    """Texts of these lengths, with ids that count on from text to text."""
    ids = iter(range(2, 2 + sum(lengths)))
    return EncodedCorpus.from_lists([[next(ids) for _ in range(length)] for length in lengths])


def cut(windows, *lengths):
    found, starts = windows.cut(corpus(*lengths))
    return [window.tolist() for window in found], starts.tolist()


class TestCutting:
    def test_a_long_text(self):
        assert cut(Windows(4, stride=2), 8) == ([[2, 3, 4, 5], [4, 5, 6, 7], [6, 7, 8, 9]], [0])

    def test_the_last_window_ends_with_the_text(self):
        assert cut(Windows(4, stride=4), 5) == ([[2, 3, 4, 5], [3, 4, 5, 6]], [0])

    def test_short_and_empty_texts_are_one_window(self):
        assert cut(Windows(4), 0, 1, 4, 0) == ([[], [2], [3, 4, 5, 6], []], [0, 1, 2, 3])

    def test_half_a_window_is_the_stride_by_default(self):
        assert cut(Windows(4), 9) == cut(Windows(4, stride=2), 9)
        assert cut(Windows(1), 3) == ([[2], [3], [4]], [0])

    def test_a_window_longer_than_any_number_numpy_has(self):
        assert cut(Windows(10**30), 9, 2) == cut(Windows(9), 9, 2)
        assert cut(Windows(10**30, stride=10**29), 9) == cut(Windows(9), 9)

    def test_no_texts(self):
        assert cut(Windows(4)) == ([], [])

    def test_a_hundred_thousand_tokens(self):
        found, starts = Windows(400).cut(corpus(100_000))
        assert len(found) == 1 + (100_000 - 400) // 200
        assert starts.tolist() == [0]
        assert set(found.lengths.tolist()) == {400}

    @given(
        st.lists(st.integers(0, 30), max_size=6),
        st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))),
    )
    def test_every_token_is_read_and_no_window_has_two_texts(self, lengths, sizes):
        length, stride = sizes
        texts = corpus(*lengths)
        found, starts = Windows(length, stride=stride).cut(texts)
        ends = [*starts, len(found)][1:]
        for text, first, end in zip(texts, starts, ends, strict=True):
            of_text = [found[row].tolist() for row in range(first, end)]
            assert {token for window in of_text for token in window} == set(text.tolist())
            assert {len(window) for window in of_text} == {min(length, len(text))}
            assert all(
                window == list(range(window[0], window[0] + len(window))) for window in of_text if window
            )
            assert len({tuple(window) for window in of_text}) == len(of_text)


class TestPooling:
    LOGITS = np.array([[2.0, 0.0, -1.0], [0.0, 3.0, 0.5], [1.0, 1.0, 1.0]], dtype=np.float32)
    STARTS = np.array([0, 2])

    def shares(self, windows):
        return torch.from_numpy(windows.pooled(self.LOGITS, self.STARTS)).softmax(dim=1).numpy()

    def expected(self):
        return torch.from_numpy(self.LOGITS).double().softmax(dim=1).numpy()

    def test_the_mean_of_probabilities(self):
        each = self.expected()
        np.testing.assert_allclose(self.shares(Windows(4)), [each[:2].mean(axis=0), each[2]])

    def test_the_largest_probabilities(self):
        each = self.expected()
        largest = each[:2].max(axis=0)
        np.testing.assert_allclose(self.shares(Windows(4, pool="max")), [largest / largest.sum(), each[2]])

    @pytest.mark.parametrize("pool", ["mean", "max"])
    def test_logits(self, pool):
        found = Windows(4, pool=pool, over="logits").pooled(self.LOGITS, self.STARTS)
        np.testing.assert_allclose(found, [getattr(np, pool)(self.LOGITS[:2], axis=0), self.LOGITS[2]])

    @pytest.mark.parametrize("pool", ["mean", "max"])
    def test_a_text_of_one_window_is_what_it_was(self, pool):
        for over in ("probabilities", "logits"):
            np.testing.assert_allclose(self.shares(Windows(4, pool=pool, over=over))[1], self.expected()[2])

    def test_tiny_probabilities_do_not_become_nothing(self):
        logits = np.array([[900.0, 0.0], [800.0, 0.0]], dtype=np.float32)
        found = Windows(4).pooled(logits, np.array([0]))
        assert np.isfinite(found).all()
        assert found[0, 0] - found[0, 1] == pytest.approx(800 + np.log(2), abs=1e-3)

    def test_no_texts(self):
        empty = np.zeros((0, 3), dtype=np.float32)
        for pool in ("mean", "max"):
            for over in ("probabilities", "logits"):
                found = Windows(4, pool=pool, over=over).pooled(empty, np.zeros(0, dtype=np.int64))
                assert found.shape == (0, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 0}, "`length` must be an integer of at least 1. Received: 0"),
        ({"length": 4.0}, "`length` must be an integer of at least 1. Received: 4.0"),
        ({"length": 4, "stride": 0}, "`stride` must be an integer of at least 1"),
        ({"length": 4, "stride": 5}, "`stride` must be at most the length of a window, 4. Received: 5"),
        ({"length": 4, "pool": "sum"}, "`pool` must be one of 'mean', 'max'. Received: 'sum'"),
        ({"length": 4, "over": "votes"}, "`over` must be one of 'probabilities', 'logits'"),
    ],
)
def test_options(options, message):
    with pytest.raises(ArgumentError, match=message):
        Windows(**options)


class TestSeveralLabels:
    shares = np.array([[0.9, 0.2], [0.5, 0.6], [0.1, 0.3]])
    logits = np.log(shares / (1 - shares))
    starts = np.array([0, 2])

    def pooled(self, **options):
        found = Windows(4, **options).pooled(self.logits, self.starts, multi_label=True)
        return 1 / (1 + np.exp(-found))

    def test_probabilities(self):
        np.testing.assert_allclose(self.pooled(), [[0.7, 0.4], [0.1, 0.3]])
        np.testing.assert_allclose(self.pooled(pool="max"), [[0.9, 0.6], [0.1, 0.3]])

    def test_logits(self):
        np.testing.assert_allclose(self.pooled(over="logits", pool="max"), self.pooled(pool="max"))
        found = Windows(4, over="logits").pooled(self.logits, self.starts, multi_label=True)
        np.testing.assert_allclose(found, Windows(4, over="logits").pooled(self.logits, self.starts))

    def test_sure_windows_are_pooled_without_overflow(self):
        far = np.array([[1e4, -1e4], [1e4, -1e4]])
        found = Windows(4).pooled(far, np.array([0]), multi_label=True)
        np.testing.assert_allclose(found, [[1e4, -1e4]])
        assert Windows(4).pooled(np.zeros((0, 2)), np.zeros(0, int), multi_label=True).shape == (0, 2)


class TestGiven:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (None, None),
            (Windows(3, pool="max"), Windows(3, pool="max")),
            (np.int64(3), Windows(3)),
            (3, Windows(3)),
            ({"length": 3, "stride": 2}, Windows(3, stride=2)),
        ],
    )
    def test_what_can_be_given(self, given, expected):
        assert windows_of(given, reads_at_most=3) == expected

    @pytest.mark.parametrize("given", [True, 2.5, "3", (4, 2), {}, {"stride": 2}])
    def test_what_is_none(self, given):
        with pytest.raises(ArgumentError, match="`windows` must be a textclf.Windows, the tokens in a"):
            windows_of(given)

    @pytest.mark.parametrize("given", [0, {"length": 0}])
    def test_a_length_that_is_none(self, given):
        with pytest.raises(ArgumentError, match="`length` must be an integer of at least 1. Received: 0"):
            windows_of(given)

    def test_an_option_that_is_none(self):
        with pytest.raises(UnknownOptionError, match="option of Windows.*Did you mean 'stride'"):
            windows_of({"length": 4, "strid": 2})
        with pytest.raises(UnknownOptionError, match="`3` must be an option of Windows"):
            windows_of({"length": 4, 3: 2})

    def test_longer_than_what_the_model_reads(self):
        with pytest.raises(ArgumentError, match="`windows` must be of at most 2 tokens, which is what the"):
            windows_of(3, reads_at_most=2)
