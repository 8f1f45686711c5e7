from __future__ import annotations

import re

import numpy as np
import pytest

from textclf.metrics import Report
from textclf.report.matrix import confusion_chart, most_confused


def report(matrix, names=None):
    return Report.from_confusion(matrix, label_names=names)


def test_right_is_blue_and_wrong_is_orange_by_the_share_of_the_row():
    drawn = confusion_chart(report([[3, 1], [0, 4]], ["a", "b"]))
    found = re.findall(r'class="(fill-\d)" fill-opacity="(.*?)"', drawn)
    assert found == [("fill-1", "0.75"), ("fill-2", "0.25"), ("fill-1", "1")]
    assert re.findall(r'class="middle(?: on)?">(\d+)<', drawn) == ["3", "1", "4"]


def test_each_cell_says_what_it_is():
    drawn = confusion_chart(report([[3, 1], [0, 4]], ["a", "b"]))
    assert "<title>a → b: 1 (25.0%)</title>" in drawn


@pytest.mark.parametrize("classes", [1, 2, 4, 5, 14, 20, 21, 60, 200])
def test_any_number_of_classes_within_the_picture(read, classes):
    matrix = np.random.default_rng(0).integers(0, 9, (classes, classes))
    drawn = confusion_chart(report(matrix))
    read(drawn)
    width, height = (float(end) for end in re.findall(r'viewBox="0 0 (\d+) (\d+)"', drawn)[0])
    for name, most in (("x", width), ("y", height)):
        assert all(0 <= float(value) <= most for value in re.findall(rf'\b{name}="(.*?)"', drawn))
    numbered = re.findall(r'class="middle(?: on)?">\d+</text>', drawn)
    assert bool(numbered) == (classes <= 20)


def test_a_class_without_texts():
    drawn = confusion_chart(report([[0, 0], [1, 2]]))
    assert "nan" not in drawn
    assert most_confused(report([[0, 0], [0, 2]])) == []


def test_names_are_text_and_long_ones_are_cut(read):
    drawn = confusion_chart(report([[1, 0], [0, 1]], ["<script>x</script>", "体育" * 20]))
    text = read(drawn).text
    assert "<script>x</script>" in text
    assert "体育" * 5 + "…" in text


def test_the_most_frequent_mistakes_come_first():
    matrix = [[5, 2, 3], [0, 4, 0], [1, 3, 4]]
    assert most_confused(report(matrix, ["a", "b", "c"]), 3) == [
        ("a", "c", 3, 0.3),
        ("c", "b", 3, 0.375),
        ("a", "b", 2, 0.2),
    ]
    assert len(most_confused(report(matrix))) == 4
