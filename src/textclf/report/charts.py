"""Pictures as SVG within the page: lines over epochs, intervals, bars, and confidence beside accuracy.

They are written by hand and not drawn by matplotlib: so they take the colours of the page, light or
dark, its letters, which the reader's system has for every script, and are the same bytes each time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from textclf.metrics import ReliabilityBin, bootstrap_interval
from textclf.report.markup import Html, join, tag

__all__ = ["Series", "bar", "interval_bar", "line_chart", "nice_ticks", "reliability_chart"]

_WIDTH, _HEIGHT = 440, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 30, 44
_STEPS = (1, 2, 2.5, 5, 10)
_SHAPES = (  # the corners of the marks of the third line and those after it
    ((0, -4.5), (4.5, 3.5), (-4.5, 3.5)),
    ((0, -4.75), (4.75, 0), (0, 4.75), (-4.75, 0)),
    ((0, 4.5), (4.5, -3.5), (-4.5, -3.5)),
    ((-2, -4.5), (2, -4.5), (2, 4.5), (-2, 4.5)),
)
_BESIDE = 2  # names for which there is room in the picture


class Series(NamedTuple):
    """A line: its name, and its points from left to right; those that are not finite are left out.

    ``spread`` is how far the band about the line reaches at each point, up and down; without it there is
    no band.
    """

    name: str
    points: Sequence[tuple[float, float]]
    spread: Sequence[float] = ()


class _Scale(NamedTuple):
    """Numbers to places on the picture."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def nice_ticks(low: float, high: float, *, most: int = 6, whole: bool = False) -> list[float]:
    """Return round numbers around two ends, from one at or below the first to one at or above the second.

    Args:
        low: The lower end.
        high: The upper end.
        most: How many there may be, at least 3.
        whole: Only whole numbers.

    Example:
        >>> nice_ticks(0.13, 0.92)
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    spread = (high - low) or max(abs(high), 1.0)
    power = 10.0 ** math.floor(math.log10(spread / most))
    for factor in (*_STEPS, *(10 * step for step in _STEPS)):
        step = factor * power
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < most and (not whole or step == round(step)):
            break
    last = max(last, first + 1)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def line_chart(series: Sequence[Series], *, x: str, y: str, mark: tuple[float, str] | None = None) -> Html:
    """Return lines over whole numbers, such as epochs, each with a mark of its own.

    Args:
        series: Up to six lines; where there are more than two, their names stand under the picture.
        x: What is on the level axis.
        y: What is on the upright one.
        mark: A place on the level axis, and what is there.
    """
    lines = [line for line in map(_finite, series) if line.points]
    if not lines:
        return tag("p", "No number of this is finite.", class_="note")
    xs = [point[0] for line in lines for point in line.points]
    ys = [end for line in lines for low, high in _ends(line) for end in (low, high)]
    across, upright = nice_ticks(min(xs), max(xs), whole=True), nice_ticks(min(ys), max(ys))
    across = [value for value in across if min(xs) <= value <= max(xs)]
    margin = 0.5 if min(xs) == max(xs) else 0.0
    to_x = _Scale(min(xs) - margin, max(xs) + margin, _LEFT + 8, _WIDTH - _RIGHT - 8)
    to_y = _Scale(upright[0], upright[-1], _HEIGHT - _BOTTOM, _TOP)
    parts = [_frame(to_x, to_y, across, upright, x, y)]
    if mark is not None:
        place = to_x.at(mark[0])
        parts.append(tag("line", x1=place, x2=place, y1=_TOP, y2=_HEIGHT - _BOTTOM, class_="rule"))
    parts += [_band(line, number, to_x, to_y) for number, line in enumerate(lines, 1) if line.spread]
    parts += [_drawn(line, number, to_x, to_y) for number, line in enumerate(lines, 1)]
    names = [line.name for line in lines]
    if len(lines) <= _BESIDE:
        return _picture(y, [*parts, _legend(names, mark)])
    return join([_picture(y, [*parts, _legend([], mark)]), _list_of(names)])


def reliability_chart(bins: Sequence[ReliabilityBin]) -> Html:
    """Return how often answers of each confidence are right, with 95 % intervals, and how many there are.

    Args:
        bins: As :func:`textclf.metrics.reliability` gives them, at least one.
    """
    to_x = _Scale(0, 1, _LEFT + 8, _WIDTH - _RIGHT - 8)
    to_y = _Scale(0, 1, _HEIGHT - _BOTTOM, _TOP)
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    parts = [_frame(to_x, to_y, ticks, ticks, "confidence", "share that is right")]
    most = max(its.n for its in bins)
    for its in bins:  # in grey at the foot, since they have no scale of their own
        tall = (_HEIGHT - _BOTTOM - _TOP) * 0.3 * its.n / most
        parts.append(
            tag("rect", tag("title", f"{its.n:,} answers"), x=to_x.at(its.confidence) - 5, width=10,
                y=_HEIGHT - _BOTTOM - tall, height=tall, class_="fill-0")
        )  # fmt: skip
    diagonal = f"M{_numbers(to_x.at(0), to_y.at(0))} L{_numbers(to_x.at(1), to_y.at(1))}"
    parts.append(tag("path", d=diagonal, class_="rule"))
    for its in bins:
        hits = round(its.accuracy * its.n)
        low, high = bootstrap_interval([[hits, its.n - hits], [0, 0]], "accuracy")
        place = to_x.at(its.confidence)
        parts.append(tag("line", x1=place, x2=place, y1=to_y.at(low), y2=to_y.at(high), class_="line-1"))
    points = [(its.confidence, its.accuracy) for its in bins]
    parts += [_drawn(Series("right", points), 1, to_x, to_y), _legend(["right"], (0, "calibrated"))]
    return _picture("Calibration", parts)


def interval_bar(
    value: float,
    low: float,
    high: float,
    *,
    reference: float | None = None,
    ends: tuple[float, float] = (0.0, 1.0),
    singles: Sequence[float] = (),
) -> Html:
    """Return a figure with its interval on a line, for a cell of a table.

    Args:
        value: The figure.
        low: The lower end of its interval.
        high: The upper one.
        reference: Another figure to compare with, such as that of all texts.
        ends: Where the line begins and ends.
        singles: Figures that it is the mean of.
    """
    scale = _Scale(*ends, 4, 176)
    parts = [tag("line", x1=4, x2=176, y1=10, y2=10, class_="grid")]
    if reference is not None:
        place = scale.at(reference)
        parts.append(tag("line", x1=place, x2=place, y1=0, y2=20, class_="rule"))
    parts.append(tag("line", x1=scale.at(low), x2=scale.at(high), y1=10, y2=10, class_="line-1"))
    for place in map(scale.at, singles):
        parts.append(tag("line", x1=place, x2=place, y1=3, y2=17, class_="tick"))
    parts.append(tag("circle", cx=scale.at(value), cy=10, r=4, class_="fill-1"))
    shown = f"{value:.3f}, from {low:.3f} to {high:.3f}"
    return tag("svg", *parts, width=180, height=20, viewBox="0 0 180 20", role="img", aria_label=shown)


def bar(share: float) -> Html:
    """Return a bar as long as a share of its cell, for a table."""
    parts = [tag("rect", x=0, y=4, width=120, height=8, rx=2, class_="fill-0")]
    if share > 0:
        parts.append(tag("rect", x=0, y=4, width=120 * share, height=8, rx=2, class_="fill-1"))
    return tag("svg", *parts, width=120, height=16, viewBox="0 0 120 16", aria_hidden="true")


def _picture(name: str, parts: Sequence[Html]) -> Html:
    size = f"0 0 {_WIDTH} {_HEIGHT}"
    return tag("svg", *parts, viewBox=size, width=_WIDTH, class_="chart", role="img", aria_label=name)


def _frame(
    to_x: _Scale, to_y: _Scale, across: Sequence[float], upright: Sequence[float], x: str, y: str
) -> Html:
    foot, middle = _HEIGHT - _BOTTOM, (_LEFT + _WIDTH - _RIGHT) / 2
    parts = []
    for value in upright:
        place = to_y.at(value)
        parts.append(tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=place, y2=place, class_="grid"))
        parts.append(tag("text", f"{value:g}", x=_LEFT - 7, y=place + 4, class_="end soft"))
    for value in across:
        parts.append(tag("text", f"{value:g}", x=to_x.at(value), y=foot + 17, class_="middle soft"))
    parts.append(tag("text", x, x=middle, y=_HEIGHT - 6, class_="middle soft"))
    parts.append(tag("text", y, x=_LEFT - 36, y=14, class_="soft"))
    return join(parts)


def _drawn(line: Series, number: int, to_x: _Scale, to_y: _Scale) -> Html:
    places = [(to_x.at(x), to_y.at(y)) for x, y in line.points]
    path = "M" + " L".join(_numbers(*place) for place in places)
    marks = [_mark(number, x, y) for x, y in places] if len(places) <= 40 else []
    return join([tag("path", d=path, class_=f"line-{number}"), *marks])


def _mark(number: int, x: float, y: float) -> Html:
    if number == 1:
        return tag("circle", cx=x, cy=y, r=3.5, class_="fill-1")
    if number == 2:
        return tag("rect", x=x - 3.25, y=y - 3.25, width=6.5, height=6.5, class_="fill-2")
    corners = _SHAPES[(number - 3) % len(_SHAPES)]
    points = " ".join(_numbers(x + across, y + down) for across, down in corners)
    return tag("polygon", points=points, class_=f"fill-{number}")


def _band(line: Series, number: int, to_x: _Scale, to_y: _Scale) -> Html:
    ends = [
        (to_x.at(x), *map(to_y.at, pair)) for (x, _), pair in zip(line.points, _ends(line), strict=True)
    ]
    around = [(x, high) for x, _, high in ends] + [(x, low) for x, low, _ in reversed(ends)]
    return tag("polygon", points=" ".join(_numbers(*place) for place in around), class_=f"band-{number}")


def _ends(line: Series) -> list[tuple[float, float]]:
    """Return the ends of the band at each point."""
    spread = line.spread or [0.0] * len(line.points)
    return [(y - reach, y + reach) for (_, y), reach in zip(line.points, spread, strict=True)]


def _finite(line: Series) -> Series:
    kept = [index for index, point in enumerate(line.points) if all(map(math.isfinite, point))]
    spread = [line.spread[index] for index in kept] if line.spread else ()
    return Series(line.name, [line.points[index] for index in kept], spread)


def _list_of(names: Sequence[str]) -> Html:
    """Return the names of lines, each with its mark, as a list under the picture."""
    items = []
    for number, name in enumerate(names, 1):
        drawn = [tag("line", x1=0, x2=22, y1=7, y2=7, class_=f"line-{number}"), _mark(number, 11, 7)]
        swatch = tag("svg", *drawn, width=22, height=14, viewBox="0 0 22 14", aria_hidden="true")
        items.append(tag("li", swatch, tag("bdi", name)))
    return tag("ul", *items, class_="legend")


def _legend(names: Sequence[str], mark: tuple[float, str] | None) -> Html:
    parts, right = [], float(_WIDTH - _RIGHT)
    if mark is not None:
        right -= 7 * len(mark[1])
        parts.append(tag("text", mark[1], x=right, y=14, class_="soft"))
        parts.append(tag("line", x1=right - 28, x2=right - 6, y1=10, y2=10, class_="rule"))
        right -= 42
    for number, name in reversed([*enumerate(names, 1)]):
        right -= 7 * len(name)
        parts.append(tag("text", name, x=right, y=14))
        parts.append(tag("line", x1=right - 28, x2=right - 6, y1=10, y2=10, class_=f"line-{number}"))
        parts.append(_mark(number, right - 17, 10))
        right -= 42
    return join(parts)


def _numbers(x: float, y: float) -> str:
    return f"{x:.2f} {y:.2f}"
