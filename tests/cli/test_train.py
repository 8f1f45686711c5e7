from __future__ import annotations

import json
import logging
import tomllib

import numpy as np
import pytest

from textclf.classifier import TextClassifier
from textclf.cli.train import OPTIONS
from textclf.training import Trainer

FAST = ("--model", "fasttext")


def test_a_run_says_what_it_read_did_and_made(call, train_file, tmp_path):
    out = tmp_path / "model"
    code, said, errors = call("train", train_file, "--test", train_file, "--out", out, *FAST, "--seed", 3)
    assert (code, errors) == (0, "")
    order = [
        "train.tsv: columns between tabs, no header; text: column 1; label: column 0",
        "40 rows, 2 labels: neg (20), pos (20)",
        "Training fasttext with seed 3.",
        "Trained in ",
        f"On {train_file}:",
        "accuracy 1.0000 (95% interval 1.0000 to 1.0000)",
        f"The classifier is in {out}. Next:\n  textclf predict {out} ",
    ]
    places = [said.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)
    assert TextClassifier.load(out).predict(["a good one"]).tolist() == ["pos"]


def test_the_next_command_can_be_typed_as_it_stands(call, train_file, tmp_path):
    _, said, _ = call("train", train_file, "--out", tmp_path / "my model", *FAST)
    assert f"textclf predict '{tmp_path / 'my model'}' \"A text of yours\"" in said
    assert f"textclf evaluate '{tmp_path / 'my model'}' TEST_FILE" in said


def test_json_is_one_object_and_all_else_goes_to_people(call, train_file, tmp_path):
    words = ("--valid", train_file, "--test", train_file, "--out", tmp_path / "m", "--json", "--epochs", 2)
    code, out, errors = call("train", train_file, *words)
    found = json.loads(out)
    assert (code, out.count("\n")) == (0, 1)
    assert "Trained in" in errors
    assert found["model"] == "textcnn"
    assert (found["seed"], found["n"], found["epochs"]) == (0, 40, 2)
    assert found["accuracy"] == pytest.approx(np.diag(found["confusion"]).sum() / 40)
    assert found["accuracy_interval"][0] <= found["accuracy"] <= found["accuracy_interval"][1]
    assert [scores["name"] for scores in found["per_class"]] == ["neg", "pos"]
    assert 0 <= found["macro_f1"] <= 1
    assert 0 <= found["validation"]["accuracy"] <= 1
    assert found["data_hash"] == found["data"]["train"]["hash"]
    assert set(found["data"]) == {"train", "valid", "test"}
    assert found["seconds"] > 0


def test_without_a_test_file_no_score_is_made_up(call, train_file, tmp_path):
    _, out, errors = call("train", train_file, "--out", tmp_path / "m", "--json", "--quiet", *FAST)
    found = json.loads(out)
    assert errors == ""
    assert [found[name] for name in ("accuracy", "macro_f1", "n", "per_class", "validation")] == [None] * 5


def test_long_texts(call, train_file, tmp_path):
    words = ("train", train_file, "--test", train_file, "--max-length", 2, "--json", "--quiet", *FAST)
    code, out, errors = call(*words, "--out", tmp_path / "cut")
    assert code == 0
    assert json.loads(out)["unread"] > 0.2
    assert errors.startswith("textclf: warning: ")
    assert "% of the tokens of the training texts were not read, since they are too long. `--max-" in errors
    assert "% of the tokens of these texts were not read" in errors
    assert call(*words, "--out", tmp_path / "whole", "--windows", 2)[2] == ""
    assert "windows = 2\n" in (tmp_path / "whole" / "run.toml").read_text()
    again = ("train", "--config", tmp_path / "whole" / "run.toml", "--out", tmp_path / "again", "--quiet")
    assert call(*again)[0] == 0
    assert TextClassifier.load(tmp_path / "again").windows == 2
    table = ("--windows", "{length = 2, pool = 'max'}")
    assert call(*words, "--out", tmp_path / "table", *table)[0] == 0
    assert "[windows]\nlength = 2\npool = " in (tmp_path / "table" / "run.toml").read_text()
    assert TextClassifier.load(tmp_path / "table").predictor_.windows.pool == "max"


def test_every_argument_of_the_classifier_is_an_option():
    groups = {"model_options", "encoder_options", "embedding_options", "trainer_options"}
    assert {*OPTIONS} == {*TextClassifier().get_params(deep=False)} - groups - {"progress"}


def test_options_reach_the_classifier(call, train_file, tmp_path, monkeypatch):
    seen = {}
    whole = TextClassifier.fit

    def fit(self, *args, **kwargs):
        seen.update(self.get_params(deep=False))
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(TextClassifier, "fit", fit)
    words = "--class-weight balanced --max-length 5 --tokenizer char --batch-size 8 --learning-rate 0.01"
    words += " --device cpu --patience none --epochs 1 --set model_options.num_filters=4"
    code, _, errors = call("train", train_file, "--out", tmp_path / "m", *words.split())
    assert (code, errors.count("\n")) == (0, 1)  # of what --max-length cuts off
    assert seen["class_weight"] == "balanced"
    assert (seen["max_length"], seen["tokenizer"], seen["batch_size"]) == (5, "char", 8)
    assert (seen["learning_rate"], seen["patience"], seen["device"]) == (0.01, None, "cpu")
    assert seen["model_options"] == {"num_filters": 4}


def test_the_run_file_makes_the_same_weights_again(call, train_file, tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    call(
        "train",
        train_file,
        "--out",
        first,
        "--epochs",
        2,
        "--seed",
        5,
        "--set",
        "model_options.num_filters=4",
    )
    code, _, errors = call("train", "--config", first / "run.toml", "--out", second)
    assert (code, errors) == (0, "")
    assert (first / "weights.safetensors").read_bytes() == (second / "weights.safetensors").read_bytes()
    assert (first / "run.toml").read_bytes() == (second / "run.toml").read_bytes()
    assert tomllib.loads((first / "run.toml").read_text())["model_options"] == {"num_filters": 4}


def test_all_can_be_in_the_config_and_the_command_line_wins(call, train_file, tmp_path):
    config = tmp_path / "my.toml"
    config.write_text(
        'train = "train.tsv"\nout = "m"\nmodel = "fasttext"\nseed = 1\njson = true\nquiet = true\n'
    )
    code, out, _ = call("train", "--config", config, "--seed", 2)
    assert (code, json.loads(out)["seed"]) == (0, 2)
    assert (tmp_path / "m" / "run.toml").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--out", "m"), "TRAIN, the file of labelled texts, is missing. See textclf train --help."),
        (("TRAIN",), "--out, a folder, is missing. See textclf train --help."),
        (("TRAIN", "--out", "."), "`--out` must be free. Received: '.', which exists."),
        (
            ("TRAIN", "--out", "train.tsv/m"),
            "`--out` must be where a folder can be made. Received: 'train.tsv/m'",
        ),
        (("TRAIN", "--out", "m", "--epoch", "3"), "no option --epoch. Did you mean '--epochs'?"),
        (("TRAIN", "--out", "m", "--num-filters", "3"), "Pass --set model_options.num_filters=VALUE."),
        (("TRAIN", "--out", "m", "--epochs", "x"), "`--epochs` must be"),
        (("TRAIN", "--out", "m", "--model", "texcnn"), "Did you mean 'textcnn'"),
        (("TRAIN", "--out", "m", "--text", "revew"), "`--text` must be a column of"),
        (
            ("TRAIN", "--out", "m", "--on-bad-row", "quarantine"),
            "`--quarantine` must be the path of a file",
        ),
        (
            ("TRAIN", "--out", "m", "--encoding", "klingon"),
            "`--encoding` must be the name of a text encoding",
        ),
        (("TRAIN", "--out", "m", "--embedding", "none.txt"), "none.txt"),
        (("none.tsv", "--out", "m"), "none.tsv: the file does not exist."),
        (("TRAIN", "--out", "m", "--device", "tpu"), "`--device` must be"),
    ],
)
@pytest.mark.row("a file, folder or column that is not there, or a value that cannot be used")
def test_what_the_user_got_wrong_is_one_line_and_2(call, train_file, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    code, _, errors = call("train", *("train.tsv" if word == "TRAIN" else word for word in words))
    assert code == 2
    assert errors.startswith("textclf: ")
    assert errors.count("\n") == 1
    assert message in errors
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("name", ["valid", "test"])
@pytest.mark.row("a label in `--valid` or `--test` that is not in the training file")
def test_a_label_that_training_lacks_is_found_before_training(
    call, train_file, tmp_path, monkeypatch, name
):
    monkeypatch.setattr(Trainer, "fit", lambda *args, **options: pytest.fail("it trained"))
    other = tmp_path / "other.tsv"
    other.write_text("pos\ta film\nneutral\ta film\npos\ta cast\nneutral\tso so\n")
    code, _, errors = call("train", train_file, f"--{name}", other, "--out", tmp_path / "m")
    assert code == 2
    assert "other.tsv, row 2: the label 'neutral' did not occur in training. Known: 'neg', 'pos'." in errors


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a.tsv: the file is empty."),
        ("label\ttext\n", "a.tsv: the file has a header and no rows."),
        ("pos\ta good film\n", "`labels` must have at least two classes. Received: 1 class, 'pos'."),
        (
            "label\ttext\npos\ta\npos\tb\n",
            "`labels` must have at least two classes. Received: 1 class, 'pos'.",
        ),
    ],
)
@pytest.mark.row("a file that is empty, has a header and no rows, or texts of one label only")
def test_a_file_with_too_little_in_it(call, tmp_path, content, message):
    (tmp_path / "a.tsv").write_text(content)
    code, _, errors = call("train", tmp_path / "a.tsv", "--out", tmp_path / "m")
    assert (code, errors.count("\n")) == (2, 1)
    assert message in errors


def test_bad_rows_are_reported_and_counted(call, train_file, tmp_path):
    with train_file.open("a") as file:
        file.write("neg\n")
    words = ("train", train_file, "--out", tmp_path / "m", *FAST)
    assert call(*words)[0] == 2
    aside = tmp_path / "bad.jsonl"
    code, said, errors = call(*words, "--on-bad-row", "quarantine", "--quarantine", aside)
    assert code == 0
    assert "1 bad row left out" in said
    assert "textclf: warning: " in errors
    assert "line 41: column 1" in errors
    assert json.loads(aside.read_text())["row"] == "neg"


@pytest.mark.row("bytes that are not UTF-8")
def test_a_latin_1_file_needs_its_encoding(call, tmp_path):
    file = tmp_path / "a.tsv"
    file.write_bytes(
        "".join(f"{x}\tfilm {y}\n" for x, y in [("pos", "génial"), ("neg", "déçu")] * 8).encode("latin-1")
    )
    code, _, errors = call("train", file, "--out", tmp_path / "m", *FAST)
    assert code == 2
    assert "line 1: byte 11 of the line, 0xe9, is not utf-8. Pass --encoding latin-1 if" in errors
    assert call("train", file, "--out", tmp_path / "m", *FAST, "--encoding", "latin-1")[0] == 0
    assert call("predict", tmp_path / "m", "film génial")[1] == "pos\n"


@pytest.mark.row("Ctrl-C on the command line")
def test_ctrl_c_saves_what_was_learned_and_says_so(call, train_file, tmp_path, monkeypatch):
    from textclf.training import loop

    ends = []
    whole = loop.end_epoch

    def end_epoch(trainer, valid):
        whole(trainer, valid)
        ends.append(1)
        if len(ends) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("textclf.training.trainer.end_epoch", end_epoch)
    out = tmp_path / "m"
    code, said, errors = call("train", train_file, "--test", train_file, "--out", out, "--epochs", 9)
    assert (code, errors) == (130, f"textclf: interrupted; what was learned by then is in {out}.\n")
    assert "accuracy 0." not in said
    assert len(TextClassifier.load(out).history_) == 2


def test_ctrl_c_before_an_epoch_saves_nothing_and_says_so(call, train_file, tmp_path, monkeypatch):
    def run_epoch(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("textclf.training.trainer.run_epoch", run_epoch)
    code, _, errors = call("train", train_file, "--out", tmp_path / "m", "--epochs", 9)
    assert (code, errors) == (130, "textclf: interrupted; nothing was saved.\n")
    assert not (tmp_path / "m").exists()


@pytest.mark.row("a folder for `--out` that is there")
def test_an_old_folder_is_replaced_only_when_asked(call, train_file, tmp_path):
    words = ("train", train_file, "--out", tmp_path / "m", *FAST)
    assert call(*words)[0] == 0
    code, _, errors = call(*words)
    assert code == 2
    assert "pass --overwrite to replace it" in errors
    assert call(*words, "--overwrite")[0] == 0


def test_a_column_in_doubt_is_a_warning_with_the_option(call, tmp_path):
    file = tmp_path / "a.tsv"
    file.write_text("".join(f"{a}\t{b}\tsome words of {a}\n" for a, b in [("x", "u"), ("y", "v")] * 8))
    logging.getLogger("textclf").setLevel(logging.NOTSET)
    _, _, errors = call("train", file, "--out", tmp_path / "m", *FAST)
    assert "textclf: warning: " in errors
    assert "Pass --label to say which." in errors


def test_a_finding_has_lines_of_its_own_and_a_cure_that_can_be_typed(call, train_file, tmp_path):
    words = ("--model", "mlp", "--learning-rate", 1e-6, "--set", "model_options.ngrams=0")
    code, _, errors = call("train", train_file, "--out", tmp_path / "m", "--quiet", "--epochs", 40, *words)
    assert code == 0
    assert "warning: warning: " not in errors
    lines = errors.splitlines()
    [first] = [i for i, line in enumerate(lines) if line.endswith("[rate-too-low]")]
    assert lines[first].startswith(("textclf: stop: ", "textclf: warning: "))
    assert lines[first + 1].startswith("  cause: ")
    assert lines[first + 2].startswith("  cure:  Pass --learning-rate ")
