from __future__ import annotations

import json
import math
import sys

import pytest

from textclf.errors import ArgumentError, DataError, MissingDependencyError, UnknownNameError
from textclf.findings import Finding, Findings
from textclf.training import History

ROWS = [
    {"epoch": 1, "step": 6, "train_loss": 0.71234567, "train_accuracy": 0.5, "seconds": 1.25},
    {"epoch": 2, "step": 12, "train_loss": 0.5, "train_accuracy": 0.75, "seconds": 1.0, "valid_loss": 1e-9},
    {
        "epoch": 3,
        "step": 18,
        "train_loss": 0.25,
        "train_accuracy": 1.0,
        "seconds": 1.0,
        "valid_loss": 12345.6,
    },
]


def history():
    return History([dict(row) for row in ROWS], best_epoch=2, stopped="patience")


class TestReading:
    def test_rows_and_columns(self):
        its = history()
        assert len(its) == 3
        assert its[-1]["epoch"] == 3
        assert list(its) == ROWS
        assert its["step"] == [6, 12, 18]
        assert its.columns == ["epoch", "step", "train_loss", "train_accuracy", "seconds", "valid_loss"]

    def test_a_column_that_not_every_row_has(self):
        assert history()["valid_loss"] == [1e-9, 12345.6]

    def test_no_rows(self):
        its = History()
        assert (len(its), its.columns, list(its), its.best_epoch, its.stopped) == (0, [], [], None, None)
        assert repr(its) == "History(0 epochs, best_epoch=None, stopped=None)"

    def test_each_history_has_its_own_rows(self):
        History().rows.append({"epoch": 1})
        assert len(History()) == 0

    def test_a_misspelt_column(self):
        with pytest.raises(UnknownNameError, match=r"Received: 'train_los'. Did you mean 'train_loss'"):
            history()["train_los"]

    def test_a_row_that_is_not_there(self):
        with pytest.raises(IndexError):
            history()[3]

    def test_repr(self):
        assert repr(history()) == "History(3 epochs, best_epoch=2, stopped='patience')"


class TestTable:
    def test_rows_are_aligned_and_the_best_is_marked(self):
        lines = str(history()).split("\n")
        assert lines[0].split() == history().columns
        assert [line.split()[0] for line in lines[1:]] == ["1", "*", "3"]
        assert lines[1].split() == ["1", "6", "0.7123", "0.5", "1.25"]
        assert lines[2].split() == ["*", "2", "12", "0.5", "0.75", "1", "1e-09"]
        assert lines[3].split()[-1] == "1.235e+04"
        end = lines[0].index("train_loss") + len("train_loss")
        assert all(line[:end][-1] != " " and line[end] == " " for line in lines)

    def test_no_rows(self):
        assert str(History()) == ""


class TestFile:
    @pytest.mark.parametrize(
        "its",
        [
            History(),
            history(),
            History([{"epoch": 1, "valid_roc_auc": math.inf}], stopped="epochs"),
            History([{"epoch": 1}], stopped="体育\n"),
            History(findings=Findings([Finding("a", "note", "s", "c", "c", {"n": 1.0})], remarks=["r"])),
        ],
        ids=repr,
    )
    def test_round_trip(self, tmp_path, its):
        its.to_jsonl(tmp_path / "new" / "history.jsonl")
        loaded = History.from_jsonl(str(tmp_path / "new" / "history.jsonl"))
        assert vars(loaded) == vars(its)

    def test_findings_that_are_none_are_refused(self, tmp_path):
        (tmp_path / "h.jsonl").write_text('{"best_epoch": null, "stopped": null, "findings": 3}\n')
        with pytest.raises(DataError, match="line 1: these must be findings"):
            History.from_jsonl(tmp_path / "h.jsonl")

    def test_nan(self, tmp_path):
        History([{"epoch": 1, "valid_roc_auc": math.nan}]).to_jsonl(tmp_path / "h.jsonl")
        assert math.isnan(History.from_jsonl(tmp_path / "h.jsonl")["valid_roc_auc"][0])

    def test_one_json_object_a_line(self, tmp_path):
        history().to_jsonl(tmp_path / "h.jsonl")
        lines = (tmp_path / "h.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == [*ROWS, {"best_epoch": 2, "stopped": "patience"}]

    def test_an_earlier_file_is_replaced(self, tmp_path):
        history().to_jsonl(tmp_path / "h.jsonl")
        History().to_jsonl(tmp_path / "h.jsonl")
        assert len(History.from_jsonl(tmp_path / "h.jsonl")) == 0

    @pytest.mark.parametrize(
        ("content", "line", "message"),
        [
            (b"", 1, "the line must be JSON"),
            (b"\n", 1, "the line must be JSON"),
            (b'{"epoch": 1}\n{"epoch": 2, "tra', 2, "the line must be JSON"),
            (b'{"epoch": 1}\n{"epoch": 2}\n', 2, "the last line must have best_epoch and stopped"),
            (b'{"epoch": 1}\n\n{"best_epoch": 1, "stopped": null}\n', 2, "the line must be JSON"),
            (b'[1]\n{"best_epoch": 1, "stopped": null}\n', 1, "the line must be a JSON object"),
            (
                b'{"epoch": "x"}\n{"best_epoch": 1, "stopped": null}\n',
                1,
                "the line must be a row of numbers",
            ),
            (b'{"epoch": 1}\n{"best_epoch": 1, "stopped": null, "x": 1}\n', 2, "the last line must have"),
            (
                b'{"best_epoch": 1, "stopped": null}\n{"best_epoch": 1, "stopped": null}\n',
                1,
                "a row of numbers",
            ),
            (b'{"epoch": 1}\n{"stopped": 1, "best_epoch": "x"}\n', 2, "the last line must have"),
            (b'{"epoch": \xff}\n{"best_epoch": 1, "stopped": null}\n', 1, "the line must be JSON"),
            (b"[" * 100_000 + b"\n", 1, "the line must be JSON"),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_what_is_no_history(self, tmp_path, content, line, message):
        (tmp_path / "h.jsonl").write_bytes(content)
        with pytest.raises(DataError, match=rf"h.jsonl, line {line}: .*{message}"):
            History.from_jsonl(tmp_path / "h.jsonl")

    def test_cut_anywhere(self, tmp_path):
        history().to_jsonl(tmp_path / "h.jsonl")
        content = (tmp_path / "h.jsonl").read_bytes()
        for length in range(len(content) - 1):
            (tmp_path / "h.jsonl").write_bytes(content[:length])
            with pytest.raises(DataError, match="h.jsonl, line"):
                History.from_jsonl(tmp_path / "h.jsonl")

    def test_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="h.jsonl"):
            History.from_jsonl(tmp_path / "h.jsonl")


class TestPlot:
    @pytest.mark.parametrize("ending", ["png", "PNG", "svg"])
    def test_a_picture(self, tmp_path, ending):
        history().plot(tmp_path / "new" / f"curves.{ending}")
        content = (tmp_path / "new" / f"curves.{ending}").read_bytes()
        assert content.startswith(b"\x89PNG") or b"<svg" in content
        assert [path.name for path in (tmp_path / "new").iterdir()] == [f"curves.{ending}"]

    @pytest.mark.parametrize(
        "rows",
        [
            [{"epoch": 1, "train_loss": 0.5}],
            [{"epoch": 1}],
            [{"epoch": 1, "train_loss": math.nan, "train_accuracy": 0.1}],
        ],
    )
    def test_what_there_is_to_draw(self, tmp_path, rows):
        History(rows).plot(tmp_path / "curves.png")
        assert (tmp_path / "curves.png").stat().st_size > 1000

    def test_no_window_and_no_global_state(self, tmp_path):
        history().plot(tmp_path / "curves.png")
        pyplot = sys.modules.get("matplotlib.pyplot")
        assert pyplot is None or pyplot.get_fignums() == []

    def test_an_empty_history(self, tmp_path):
        with pytest.raises(ArgumentError, match="`history` must be of at least one epoch to be drawn"):
            History().plot(tmp_path / "curves.png")

    @pytest.mark.parametrize("name", ["curves", "curves.xyz", "curves.txt"])
    def test_not_the_name_of_a_picture(self, tmp_path, name):
        with pytest.raises(ArgumentError, match="`path` must be a file that ends in .png"):
            history().plot(tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    def test_without_matplotlib(self, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
        with pytest.raises(MissingDependencyError, match=r"pip install 'textclf-torch\[plots\]'"):
            history().plot(tmp_path / "curves.png")
