from __future__ import annotations

import re

import pytest

from textclf.report.style import STYLE


def colours(block):
    return dict(re.findall(r"--(\w+): (#[0-9a-f]+)", block))


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_what_is_written_can_be_read(scheme):
    found = colours(STYLE.split("@media")[scheme])
    assert contrast(found["ink"], found["page"]) > 7
    for name in ("soft", "blue", "orange", "green", "purple", "gold"):
        assert contrast(found[name], found["page"]) > 4.5
    for name in ("blue", "orange"):  # numbers on the cells of a matrix
        assert contrast(found["on"], found[name]) > 3


def test_both_schemes_have_the_same_colours_and_all_are_used():
    light, dark = (colours(part) for part in STYLE.split("@media")[:2])
    assert light.keys() == dark.keys()
    assert set(re.findall(r"var\(--(\w+)\)", STYLE)) == light.keys()


def test_nothing_is_loaded():
    assert not re.search(r"url\(|@import|//", STYLE)
    assert STYLE.count("{") == STYLE.count("}")
