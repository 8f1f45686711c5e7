from __future__ import annotations

import pytest

from textclf.data import EncodedCorpus
from textclf.experiment import compare
from textclf.models import create_model
from textclf.training import Trainer


@pytest.fixture
def run_folder(call, train_file, tmp_path):
    test = tmp_path / "test.tsv"
    test.write_text("pos\ta good film\nneg\ta bad <b>film</b>\npos\tdull and bad\n")
    out = tmp_path / "model"
    assert call("train", train_file, "--test", test, "--model", "fasttext", "--out", out)[0] == 0
    return out


def page(path):
    return path.read_text(encoding="utf-8")


def test_the_test_file_of_the_run_is_measured_again(call, run_folder, tmp_path):
    code, said, errors = call("report", run_folder, "--out", tmp_path / "r.html")
    assert (code, errors) == (0, "")
    assert said.endswith(f"The report is {tmp_path / 'r.html'}.\n")
    shown = page(tmp_path / "r.html")
    assert "dull and bad" in shown
    assert "Worst errors" in shown


def test_another_file_in_its_place_is_not_measured(call, run_folder, tmp_path):
    (tmp_path / "test.tsv").write_text("pos\tanother film\nneg\tbad\n")
    code, said, _ = call("report", run_folder, "--out", tmp_path / "r.html")
    assert code == 0
    assert "is not what it was when the run was made" in said
    assert "give labelled texts with --data" in said
    shown = page(tmp_path / "r.html")
    assert "another film" not in shown
    assert "Worst errors" not in shown
    assert "Confusion matrix" in shown


def test_the_test_file_is_gone(call, run_folder, tmp_path):
    (tmp_path / "test.tsv").unlink()
    code, said, _ = call("report", run_folder, "--out", tmp_path / "r.html")
    assert code == 0
    assert "cannot be read" in said


def test_files_that_are_given(call, saved, train_file, tmp_path):
    other = tmp_path / "b" / "train.tsv"
    other.parent.mkdir()
    other.write_text(train_file.read_text())
    more = tmp_path / "more.tsv"
    more.write_text(train_file.read_text())
    call("report", saved, "--data", train_file, "--data", more, "--out", tmp_path / "r.html")
    shown = page(tmp_path / "r.html")
    assert "Slices: train.tsv" in shown
    assert "Slices: more.tsv" in shown
    assert str(tmp_path) not in shown
    call("report", saved, "--data", train_file, "--data", other, "--out", tmp_path / "r.html")
    assert f"Slices: {other}" in page(tmp_path / "r.html")


def test_a_folder_without_a_run_file(call, saved, tmp_path):
    code, said, _ = call("report", saved, "--out", tmp_path / "r.html")
    assert code == 0
    assert "The run has no test file." in said


def test_quiet_and_titled(call, saved, tmp_path):
    code, said, errors = call(
        "report", saved, "--out", tmp_path / "r.html", "--quiet", "--title", "My <run>"
    )
    assert (code, said, errors) == (0, "", "")
    assert "<title>My &lt;run&gt;</title>" in page(tmp_path / "r.html")


def test_bad_rows_are_not_set_aside_again(call, train_file, tmp_path):
    test, aside = tmp_path / "test.tsv", tmp_path / "aside.txt"
    test.write_text("pos\ta good film\nneg\tbad\n\tno label\n")
    words = ("--on-bad-row", "quarantine", "--quarantine", aside, "--text", 1, "--label", 0)
    out = tmp_path / "m"
    assert call("train", train_file, "--test", test, "--model", "fasttext", "--out", out, *words)[0] == 0
    aside.unlink()
    assert call("report", out, "--out", tmp_path / "r.html")[0] == 0
    assert not aside.exists()
    assert "Slices" in page(tmp_path / "r.html")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["SAVED"], "--out, the page to write, is missing"),
        (["none", "--out", "r.html"], "there is no saved"),
        (["SAVED", "--out", "r.html", "--data", "none.tsv"], "none.tsv: the file does not exist."),
    ],
)
def test_what_is_missing_is_named(call, saved, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    code, _, errors = call("report", *(saved if word == "SAVED" else word for word in words))
    assert (code, errors.count("\n")) == (2, 1)
    assert message in errors
    assert not (tmp_path / "r.html").exists()


def steps(data, seed):
    return {"steps": 100.0 + seed}


def test_a_study(call, tmp_path, train_file):
    compare({"A": steps}, None, measure="steps", folder=tmp_path / "runs", progress=False)
    code, said, errors = call("report", tmp_path / "runs", "--out", tmp_path / "r.html")
    assert (code, said, errors) == (0, f"The report is {tmp_path / 'r.html'}.\n", "")
    assert "Learning curves" not in page(tmp_path / "r.html")
    assert "102" in page(tmp_path / "r.html")
    code, _, errors = call(
        "report", tmp_path / "runs", "--data", train_file, "--out", tmp_path / "other.html"
    )
    assert code == 2
    assert "--data needs a saved classifier" in errors
    assert not (tmp_path / "other.html").exists()


def test_the_folder_of_a_run_has_its_curves_and_findings(call, tmp_path):
    train = EncodedCorpus.from_lists([[2], [3]] * 4, [0, 1] * 4)
    model = create_model("dan", vocab_size=4, num_classes=2)
    Trainer(model, epochs=2, device="cpu", progress=False, run_folder=tmp_path / "run").fit(train)
    code, said, errors = call("report", tmp_path / "run", "--out", tmp_path / "r.html")
    assert (code, said, errors) == (0, f"The report is {tmp_path / 'r.html'}.\n", "")
    assert "2 epochs in" in page(tmp_path / "r.html")
    code, _, errors = call("report", tmp_path / "run", "--out", tmp_path / "r.html", "--data", "test.tsv")
    assert code == 2
    assert "--data needs a saved classifier" in errors
