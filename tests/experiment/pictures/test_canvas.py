from __future__ import annotations

import sys

import pytest

from textclf.errors import ArgumentError, MissingDependencyError
from textclf.experiment.pictures.canvas import add_note, new_figure, readable


def test_size():
    figure = new_figure(5, 2)
    assert figure.get_size_inches().tolist() == [5, 2]


@pytest.mark.parametrize(
    ("width", "height", "name"), [(0, 2, "width"), (5, 0, "height"), ("5", 2, "width")]
)
def test_bad_size(width, height, name):
    with pytest.raises(ArgumentError, match=f"`{name}` must be a finite number"):
        new_figure(width, height)


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(
        MissingDependencyError,
        match=r"needs matplotlib. Install it with: pip install 'textclf-torch\[plots\]'",
    ):
        new_figure(5, 2)


class TestReadable:
    def test_plain_names_stay(self):
        labels = readable(["TextCNN", 3, "é"])
        assert (labels.shown, labels.note) == (["TextCNN", "3", "é"], None)

    def test_a_long_name_takes_three_lines(self):
        shown = readable(["a model of two layers, and another " * 4]).shown[0].split("\n")
        assert len(shown) == 3
        assert shown[2].startswith("… ")
        assert max(map(len, shown)) <= 26

    def test_names_that_become_equal_are_numbered(self):
        long = [f"{'a long beginning ' * 4} {n} {'and a long end ' * 3}" for n in range(3)]
        shown = readable([*long, "short"]).shown
        assert [name[-3:] for name in shown[:3]] == ["(1)", "(2)", "(3)"]
        assert shown[3] == "short"

    def test_marks_that_would_be_read_as_formulas(self):
        assert readable(["$a$\tb", " "]).shown == [r"\$a\$ b", "(empty)"]

    def test_characters_without_a_font_become_numbers(self, monkeypatch):
        from matplotlib import font_manager

        monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
        labels = readable(["体育", "sport"])
        assert labels.shown == ["1", "2"]
        assert "No font that is installed" in labels.note

    def test_a_font_that_has_them_is_taken(self, monkeypatch):
        monkeypatch.setattr(
            "textclf.experiment.pictures.canvas._characters_of",
            lambda path: set("sport体育") if "Mono" in str(path) else set("sport"),
        )
        labels = readable(["体育", "sport"])
        assert labels.shown == ["体育", "sport"]
        assert "Mono" in labels.fonts[-1]
        assert labels.note is None

    def test_a_font_that_cannot_be_opened(self, monkeypatch, tmp_path):
        from matplotlib import font_manager

        (tmp_path / "bad.ttf").write_bytes(b"no font")
        entry = font_manager.FontEntry(fname=str(tmp_path / "bad.ttf"), name="bad")
        monkeypatch.setattr(font_manager.fontManager, "ttflist", [entry])
        assert readable(["体育"]).shown == ["1"]


def test_notes():
    figure = new_figure(4, 2)
    add_note(figure, None)
    assert figure.get_supxlabel() == ""
    add_note(figure, "word " * 20)
    assert "\n" in figure.get_supxlabel()
