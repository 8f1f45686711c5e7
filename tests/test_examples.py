"""Each example is run as a user runs it, on small input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name: str, *arguments: object, processes: int = 1) -> str:
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    if processes > 1:
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
        command[1:1] = launcher
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def english(tmp_path: Path) -> Path:
    path = tmp_path / "films.tsv"
    subjects = ["film", "plot", "cast", "music", "ending", "dialogue", "story", "camera"]
    rows = [f"the {s} is {w}\t{label}" for s in subjects for w, label in WORDS]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


WORDS = [
    ("lovely", "pos"),
    ("a joy", "pos"),
    ("superb", "pos"),
    ("dull", "neg"),
    ("a mess", "neg"),
    ("bad", "neg"),
]


def test_quickstart(english, tmp_path):
    shown = run("quickstart.py", english, tmp_path / "model")
    assert "accuracy" in shown
    assert shown.rstrip().endswith("I want my money back.")
    assert (tmp_path / "model" / "weights.safetensors").is_file()


def test_pretrained_vectors(english, tmp_path):
    shown = run("pretrained_vectors.py", english, tmp_path / "own.bin", "--train-vectors", "--epochs", 2)
    assert [line.split(":")[0].strip() for line in shown.splitlines()[-4:]] == [
        "random",
        "static",
        "non-static",
        "multichannel",
    ]


@pytest.mark.parametrize("tokenizer", ["char", "jieba"])
def test_chinese(tmp_path, tokenizer):
    path = tmp_path / "films.tsv"
    good, bad = ["很好看", "非常精彩", "值得一看", "太棒了"], ["很无聊", "太难看", "浪费时间", "不推荐"]
    rows = [
        f"这部{s}{w}\t{y}"
        for s in ("电影", "片子", "戏")
        for ws, y in ((good, "好"), (bad, "差"))
        for w in ws
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    shown = run("chinese.py", path, "--tokenizer", tokenizer, "--epochs", 2)
    assert shown.splitlines()[-1].split(" -> ")[1] in ("好", "差")


def test_own_model():
    shown = run("own_model.py", "--length", 3, "--epochs", 12)
    assert float(shown.split(":")[-1]) > 0.9


def test_distributed(english, tmp_path):
    shown = run("distributed.py", english, tmp_path / "model", "--epochs", 2, processes=2)
    assert shown.count("train_loss") == 1
    assert shown.count("macro_f1") == 1
    assert (tmp_path / "model" / "weights.safetensors").is_file()


def test_export(english, tmp_path):
    shown = run("export.py", english, tmp_path / "exported", "--epochs", 2)
    assert "torch.export: the largest difference of a logit is" in shown
    assert "onnx:" in shown
    assert "weights " in shown
    assert (tmp_path / "exported" / "torch.export" / "model.pt2").is_file()


def test_multi_label(tmp_path):
    path = tmp_path / "tags.jsonl"
    tags = {"film": "the film", "music": "the music", "good": "is lovely", "bad": "is dull"}
    sets = [["film", "good"], ["film", "bad"], ["music", "good"], ["film", "music"], ["good"], []]
    rows = [
        {"text": f"{n} " + " ".join(tags[name] for name in names), "labels": names}
        for n in range(20)
        for names in sets
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    shown = run("multi_label.py", path, "--epochs", 2)
    assert "hamming loss" in shown
    assert shown.count("micro f1") == 3
    assert shown.count("(right: ") == 3


def test_compare_models(english, tmp_path):
    shown = run("compare_models.py", english, tmp_path / "study", "--seeds", 1, "--epochs", 1)
    assert "TF-IDF + logistic regression" in shown
    assert "cannot be told apart" in shown or "is better than" in shown
    assert len(list((tmp_path / "study" / "runs").glob("*.json"))) == 3
    assert (tmp_path / "study" / "scores.png").is_file()
    assert (tmp_path / "study" / "curves.png").is_file()


def test_check_data(english, tmp_path):
    with english.open("a", encoding="utf-8") as file:
        file.write("the film is lovely\tneg\n")
    shown = run("check_data.py", english, "--max-length", 3)
    assert "[conflicting-labels]" in shown
    assert "[truncated-texts]" in shown
    assert "films.tsv, row 49 (neg): the film is lovely" in shown
    assert '"conflicting-labels"' in run("check_data.py", english, "--json")


def test_classifier(english, tmp_path):
    shown = run("classifier.py", english, tmp_path / "model", "--epochs", 2)
    assert "best of the search: {'learning_rate': 0.00" in shown
    assert "calibration error" in shown
    assert shown.count("of the texts are answered") == 2
    assert (tmp_path / "model" / "classifier.json").is_file()


def test_explain(english, tmp_path):
    shown = run("explain.py", english, tmp_path / "why.html", "--epochs", 4)
    assert "\x1b[" in shown
    assert "  superb\n" in shown
    assert shown.count("area under deletion") == 2
    assert "superb</span>" in (tmp_path / "why.html").read_text(encoding="utf-8")


def test_long_documents(english, tmp_path):
    shown = run("long_documents.py", english, tmp_path / "model", "--length", 3, "--epochs", 2)
    not_read = [line.rpartition(" ")[2] for line in shown.splitlines()]
    assert "0.0%" not in not_read[:2]
    assert not_read[2:] == ["0.0%", "0.0%"]


def test_command_line(english, tmp_path):
    program = tmp_path / "bin" / "textclf"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m textclf "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    command = ["sh", EXAMPLES / "command_line.sh", english, english, tmp_path / "m", "--model", "fasttext"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "is whole." in done.stdout
    assert '"n": 48' in done.stdout
    assert done.stdout.endswith("the same weights again\n")
    assert "superb" in (tmp_path / "m-why.html").read_text(encoding="utf-8")


def test_tagging(tmp_path):
    path = tmp_path / "phrases.tsv"
    places, phrases = ["read about", "my notes on", "all of"], ["food security", "tea", "deep neural nets"]
    rows = [f"{p} {phrase} now {n}\t{phrase}" for n in range(6) for p in places for phrase in phrases]
    path.write_text("\n".join([*rows, "nothing of it\tcoffee"]) + "\n", encoding="utf-8")
    shown = run("tagging.py", path, path, "--epochs", 15, "--learning-rate", 0.02)
    assert "54 of 55 rows" in shown
    assert "sequence accuracy" in shown
    *_, score, first, _, last = shown.splitlines()
    assert float(score.removeprefix("span f1: ")) > 0.9
    assert first == "my notes on food security are online: food security"
    assert last.startswith("good morning everyone: ")


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("chinese_sentiment", ["choice", "best", "models", "rate", "start", "stopping"]),
        ("imdb_recurrent", ["cells", "alone", "sizes", "loss"]),
        ("imdb_bilstm", ["scores"]),
        ("zoo", ["quick", "overview", "choice_quick", "choice_quick_log_loss", "targets"]),
        (
            "addition",
            [
                "beat_1",
                "beat_3",
                "length",
                "length_rate",
                "rate",
                "layers",
                "state",
                "carry",
                "cell",
            ],
        ),
        ("keyphrases", ["scores", "scores_accuracy", "both_directions"]),
    ],
)
def test_studies(tmp_path, name, tables):
    shown = run(f"studies/{name}.py", "--quick", "--out", tmp_path)
    assert "95% interval" in shown
    for table in tables:
        lines = (tmp_path / f"{table}.md").read_text(encoding="utf-8").splitlines()
        assert sum(line.startswith("| ") for line in lines) >= 2
    assert list(tmp_path.glob("*.png"))


def test_a_study_without_data_says_what_to_do():
    command = [sys.executable, str(EXAMPLES / "studies" / "zoo.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "name the folder of the data sets, or try it out with --quick" in done.stderr
