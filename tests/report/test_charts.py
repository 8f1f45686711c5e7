from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.metrics import ReliabilityBin
from textclf.report.charts import Series, bar, interval_bar, line_chart, nice_ticks, reliability_chart

finite = st.floats(-1e9, 1e9).map(lambda value: round(value, 4))


def numbers(drawn, attribute):
    return [float(value) for value in re.findall(rf'\b{attribute}="(.*?)"', drawn)]


class TestTicks:
    @given(finite, finite)
    def test_they_are_few_and_reach_around_both_ends(self, one, other):
        low, high = sorted([one, other])
        ticks = nice_ticks(low, high)
        assert 2 <= len(ticks) <= 7
        assert ticks == sorted(set(ticks))
        least = 1e-6 * max(1, high - low)
        assert ticks[0] <= low + least
        assert ticks[-1] >= high - least

    @given(st.integers(0, 10**6), st.integers(0, 10**6))
    def test_whole_ones(self, one, other):
        assert all(tick == int(tick) for tick in nice_ticks(*sorted([one, other]), whole=True))

    @pytest.mark.parametrize(
        ("ends", "ticks"),
        [((0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]), ((0.13, 0.29), [0.1, 0.15, 0.2, 0.25, 0.3])],
    )
    def test_round_numbers(self, ends, ticks):
        assert nice_ticks(*ends) == ticks

    @pytest.mark.parametrize("value", [0, 5, 0.5, -3, 1e-9, 1e9])
    def test_one_value(self, value):
        ticks = nice_ticks(value, value)
        assert ticks[0] <= value <= ticks[-1]
        assert len(ticks) >= 2


class TestLines:
    def test_every_point_has_a_mark_within_the_picture(self, read):
        lines = [Series("training", [(1, 0.9), (2, 0.5)]), Series("validation", [(1, 0.8), (2, 0.7)])]
        drawn = line_chart(lines, x="epoch", y="loss", mark=(2.0, "best epoch"))
        assert drawn.count("<circle") == 3  # with that of the legend
        assert len(re.findall(r'<rect[^>]*class="fill-2"', drawn)) == 3
        assert all(0 <= x <= 440 for x in numbers(drawn, "cx"))
        assert all(0 <= y <= 270 for y in numbers(drawn, "cy"))
        for word in ("training", "validation", "best epoch", "epoch", "loss"):
            assert word in read(drawn).text

    def test_more_than_two_have_their_names_under_the_picture(self, read):
        lines = [Series(f"setup {n}", [(1, 0.1 * n), (2, 0.2 * n)]) for n in range(1, 7)]
        drawn = line_chart(lines, x="epoch", y="loss")
        assert drawn.count("<li>") == 6
        assert drawn.index("</svg>") < drawn.index('class="legend"')
        assert {f'class="line-{n}"' for n in range(1, 7)} <= set(re.findall(r'class="line-\d"', drawn))
        assert "setup 6" in read(drawn).text

    def test_a_band_reaches_around_its_line_and_has_room(self):
        flat = line_chart([Series("a", [(1, 0.5), (2, 0.5)], [0.5, 0.25])], x="epoch", y="y")
        (points,) = re.findall(r'<polygon points="(.*?)" class="band-1"', flat)
        heights = [float(number) for number in points.split()[1::2]]
        top, bottom = heights[0], heights[-1]
        assert 0 <= top < bottom <= 270
        assert heights[1] - top == pytest.approx((bottom - top) / 4, abs=0.02)

    def test_a_point_that_is_not_finite_takes_its_spread_along(self):
        drawn = line_chart(
            [Series("a", [(1, 0.5), (2, float("nan")), (3, 0.5)], [0.1, 9, 0.1])], x="e", y="y"
        )
        assert "nan" not in drawn
        assert len(re.findall(r'<polygon points="(.*?)"', drawn)[0].split()) == 8

    def test_a_higher_value_stands_higher(self):
        drawn = line_chart([Series("a", [(1, 0.0), (2, 1.0)])], x="epoch", y="y")
        first, second, _ = numbers(drawn, "cy")
        assert first > second

    def test_what_is_not_finite_is_left_out(self):
        lines = [Series("a", [(1, float("nan")), (2, 1.0), (3, float("inf"))])]
        drawn = line_chart(lines, x="epoch", y="y")
        assert drawn.count("<circle") == 2
        assert "nan" not in drawn
        assert "No number" in line_chart([Series("a", [(1, float("nan"))])], x="x", y="y")
        assert "No number" in line_chart([], x="x", y="y")

    def test_one_epoch_and_one_value(self):
        drawn = line_chart([Series("a", [(1, 0.0)])], x="epoch", y="y")
        assert drawn.count("<circle") == 2

    def test_many_points_have_a_line_alone(self):
        drawn = line_chart([Series("a", [(i, i) for i in range(100)])], x="epoch", y="y")
        assert drawn.count("<circle") == 1

    def test_names_are_text(self):
        drawn = line_chart([Series("<b>", [(1, 1)])], x="<i>", y="<u>", mark=(1.0, "<s>"))
        assert re.search("<[bius]>", drawn) is None


class TestReliability:
    bins = (ReliabilityBin(0.5, 0.25, 4), ReliabilityBin(0.9, 1.0, 8))

    def test_what_is_too_sure_stands_below_the_diagonal(self):
        drawn = reliability_chart(self.bins)
        (x, y), *_ = zip(numbers(drawn, "cx"), numbers(drawn, "cy"), strict=True)
        start, end = re.findall(r'd="M([\d.]+ [\d.]+) L([\d.]+ [\d.]+)" class="rule"', drawn)[0]
        (x0, y0), (x1, y1) = (map(float, place.split()) for place in (start, end))
        assert y > y0 + (x - x0) / (x1 - x0) * (y1 - y0)

    def test_the_number_of_answers_is_told(self, read):
        assert "8 answers" in read(reliability_chart(self.bins)).text

    def test_one_bin(self):
        assert reliability_chart(self.bins[:1]).count("<circle") == 2


class TestOfTables:
    def test_an_interval_says_its_numbers(self):
        drawn = interval_bar(0.5, 0.4, 0.7, reference=0.6)
        assert 'aria-label="0.500, from 0.400 to 0.700"' in drawn
        assert 'class="rule"' in drawn
        assert 'class="rule"' not in interval_bar(0.5, 0.4, 0.7)

    def test_a_bar(self):
        assert 'width="60"' in bar(0.5)
        assert bar(0).count("<rect") == 1
