from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from textclf import Predictor
from textclf.cli.predict import texts_of
from textclf.data import TextFile

ODD = ["a good film", "", "bad\x85bad", "\u2028", "💔 nul", "a,b\tc", "x" * 100, "lovely"]


@pytest.mark.row("a bad row or an empty text for `predict`")
def test_each_text_has_a_row_in_its_order(call, saved):
    code, out, errors = call("predict", saved, "a good film", "", "so bad", "lovely")
    assert (code, errors) == (0, "")
    assert out.splitlines() == Predictor.load(saved).predict(["a good film", "", "so bad", "lovely"])


def test_options_may_stand_before_the_texts(call, saved):
    assert call("predict", saved, "--proba", "bad")[1].startswith("neg\t0.")
    assert call("predict", "--proba", saved, "bad", "good")[1].count("\n") == 2


def test_json_has_all_probabilities(call, saved):
    _, out, _ = call("predict", saved, "--json", "bad", "lovely")
    expected = Predictor.load(saved).predict_proba(["bad", "lovely"])
    for line, label, shares in zip(out.splitlines(), ["neg", "pos"], expected.tolist(), strict=True):
        assert json.loads(line) == {
            "label": label,
            "probabilities": dict(zip(["neg", "pos"], shares, strict=True)),
        }


@pytest.mark.parametrize("size", [1, 3, 256])
def test_a_file_has_as_many_rows_out_as_in(call, saved, tmp_path, size):
    (tmp_path / "in.txt").write_text("\n".join(ODD) + "\n", encoding="utf-8")
    words = ("predict", saved, "--input", tmp_path / "in.txt", "--kind", "lines", "--batch-size", size)
    code, out, errors = call(*words)
    assert (code, errors) == (0, f"{tmp_path / 'in.txt'}: a text on each line, no labels\n")
    assert out.splitlines() == Predictor.load(saved).predict(ODD)


def test_the_column_of_a_table_is_read_and_said(call, saved, tmp_path):
    (tmp_path / "in.csv").write_text('id,review\n1,"good,\nvery good"\n2,\n3,bad\n')
    code, out, errors = call("predict", saved, "--input", tmp_path / "in.csv")
    assert (code, out.splitlines()) == (0, Predictor.load(saved).predict(["good,\nvery good", "", "bad"]))
    assert "text: column 'review'" in errors
    assert call("predict", saved, "--input", tmp_path / "in.csv", "--quiet")[2] == ""


def test_the_output_is_written_whole_or_not_at_all(call, saved, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "good"}\n{"text": "bad"}\n')
    words = (
        "predict",
        saved,
        "--input",
        tmp_path / "in.jsonl",
        "--output",
        tmp_path / "out.txt",
        "--quiet",
    )
    words += ("--kind", "jsonl", "--text", "text")
    assert call(*words) == (0, "", "")
    assert (tmp_path / "out.txt").read_text() == "pos\nneg\n"
    with (tmp_path / "in.jsonl").open("a") as file:
        file.write("no JSON\n")
    code, out, errors = call(*words, "--batch-size", 1)
    assert (code, out) == (2, "")
    assert "line 3: this is no JSON" in errors
    assert (tmp_path / "out.txt").read_text() == "pos\nneg\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.jsonl", "out.txt"]


@pytest.mark.row("a bad row or an empty text for `predict`")
def test_bad_rows_keep_their_place(call, saved, tmp_path):
    (tmp_path / "in.jsonl").write_text('?\n{"text": "good"}\n?\n?\n{"text": "bad"}\n?\n{"no": 1}\n')
    words = ("predict", saved, "--input", tmp_path / "in.jsonl", "--kind", "jsonl", "--text", "text")
    code, out, errors = call(*words, "--on-bad-row", "skip")
    assert (code, out) == (0, "\npos\n\n\nneg\n\n\n")
    assert errors.count("textclf: warning: ") == 5
    _, out, _ = call(*words, "--on-bad-row", "skip", "--json", "--batch-size", 2)
    assert [json.loads(line)["label"] for line in out.splitlines()] == [
        None,
        "pos",
        None,
        None,
        "neg",
        None,
        None,
    ]


def test_the_places_of_bad_rows_are_those_of_the_file(tmp_path):
    logging.getLogger("textclf").addHandler(handler := logging.NullHandler())
    (tmp_path / "in.tsv").write_bytes(b"a\tb\n\xff\tc\nd\ne\tf\n\xfe\n")
    file = TextFile(tmp_path / "in.tsv", text=1, on_bad_row="skip")
    assert [*texts_of(file)] == ["b", None, None, "f", None]
    logging.getLogger("textclf").removeHandler(handler)


def test_a_label_with_line_ends_stays_on_its_line(call, tmp_path):
    from textclf.classifier import TextClassifier

    texts, labels = ["good", "bad"] * 8, ["very\ngood\t!", "bad\r"] * 8
    TextClassifier("fasttext").fit(texts, labels).save(tmp_path / "m")
    assert call("predict", tmp_path / "m", "good", "bad")[1] == "very\\ngood\\t!\nbad\\r\n"


def test_several_labels_a_text_are_a_json_list(call, tmp_path):
    from textclf.classifier import TextClassifier

    texts, labels = ["good and bad", "good", "bad"] * 8, [["neg", "pos"], ["pos"], ["neg"]] * 8
    TextClassifier("fasttext").fit(texts, labels).save(tmp_path / "m")
    shares = Predictor.load(tmp_path / "m").predict_proba("good and bad").tolist()
    assert call("predict", tmp_path / "m", "good and bad")[1] == '["neg", "pos"]\n'
    shown = json.dumps([round(share, 4) for share in shares])
    assert call("predict", tmp_path / "m", "good and bad", "--proba")[1] == f'["neg", "pos"]\t{shown}\n'
    assert json.loads(call("predict", tmp_path / "m", "good and bad", "--json")[1]) == {
        "label": ["neg", "pos"],
        "probabilities": {"neg": shares[0], "pos": shares[1]},
    }


@pytest.mark.parametrize("form", [[], ["--json"], ["--proba"]])
def test_the_model_answers_each_text_once(call, saved, monkeypatch, form):
    asked = []
    whole = Predictor.predict_logits
    monkeypatch.setattr(
        Predictor, "predict_logits", lambda self, texts: asked.extend(texts) or whole(self, texts)
    )
    assert call("predict", saved, "good", "bad", *form)[0] == 0
    assert asked == ["good", "bad"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["text", "--input", "a.txt"], "TEXT and --input cannot be used together."),
        (["text", "--json", "--proba"], "not allowed with argument"),
        (["text", "--batch-size", "0"], "`--batch-size` must be an integer of at least 1. Received: 0."),
        (["--input", "none.txt"], "none.txt: the file does not exist."),
        (["--input", "."], "the folder has no folder for a class in it"),
    ],
)
def test_what_the_user_got_wrong_is_one_line_and_2(call, saved, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    code, out, errors = call("predict", saved, "--quiet", *words)
    assert (code, out, errors.count("\n")) == (2, "", 1)
    assert message in errors


def test_a_long_text_is_answered(call, saved, tmp_path):
    (tmp_path / "in.txt").write_text("good " * 100_000 + "\nbad\n")
    assert call("predict", saved, "--input", tmp_path / "in.txt", "--kind", "lines")[1] == "pos\nneg\n"


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="standard input has no path here")
def test_a_line_is_answered_before_the_next_one_comes(saved):
    """So nothing waits for the end of a file, and a file of any size takes the memory of a batch."""
    words = [sys.executable, "-m", "textclf", "predict", str(saved), "--batch-size", "1"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        for text, label in [("good", "pos"), ("bad", "neg"), ("lovely", "pos")]:
            process.stdin.write(f"{text}\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{label}\n"
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait() == 0


def test_no_more_of_a_file_is_read_than_has_been_answered(call, saved, tmp_path, monkeypatch):
    lines = 40_000
    (tmp_path / "in.txt").write_text("a good film with a lovely cast\n" * lines)
    ahead, read, answered = [], [0], [0]
    whole_read, whole_answer = TextFile.__iter__, Predictor.predict_logits

    def counted(self):
        for text in whole_read(self):
            read[0] += 1
            yield text

    def predict_logits(self, texts):
        ahead.append(read[0] - answered[0])
        answered[0] += len(texts)
        return whole_answer(self, texts)

    monkeypatch.setattr(TextFile, "__iter__", counted)
    monkeypatch.setattr(Predictor, "predict_logits", predict_logits)
    call(
        "predict",
        saved,
        "--input",
        tmp_path / "in.txt",
        "--kind",
        "lines",
        "--output",
        tmp_path / "out.txt",
    )
    assert (read[0], answered[0]) == (lines, lines)
    assert max(ahead) <= 256
