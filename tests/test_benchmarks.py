"""The speed benchmarks: programs take turns, their figures are kept, and become tables."""

from __future__ import annotations

import doctest
import importlib
import json
import os
import random
from pathlib import Path

import pytest

from textclf import EmbeddingLoader, LabelledTexts, Vocab, WordTokenizer

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SETTINGS = {"machine": "m", "threads": 1, "commit": "c", "command": "python x", "rows": [9, 3]}


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.syspath_prepend(str(BENCHMARKS / "peers"))
    return importlib.import_module


@pytest.mark.parametrize("name", ["measuring", "tables", "settings", "vectors", "watch"])
def test_examples_of_docstrings(load, name):
    failed, tried = doctest.testmod(load(name))
    assert tried > 0
    assert failed == 0


@pytest.fixture
def program(load, tmp_path):
    measuring = load("measuring")

    def make(name, code, **options):
        script = tmp_path / f"{name}.py"
        script.write_text(f"import json, sys\n{code}\n")
        return measuring.Program(name, str(script), **options)

    return make


def test_programs_take_turns(load, program, tmp_path, capsys):
    measuring = load("measuring")
    prints = "print('more'); print(json.dumps({'s': 2.0, 'given': sys.argv[1:]}))"
    programs = [
        program("a", prints, arguments=("--own",)),
        program("b", prints),
        program("bad", "sys.exit('broken')"),
        program("absent", prints, environment="frameworks"),
    ]
    run = measuring.Run.begin(tmp_path / "rows.jsonl", "g", SETTINGS, [])
    worked = measuring.take_turns(run, programs, 2, None, lambda name, repeat: [name, repeat])
    assert not worked
    rows = measuring.read_rows(tmp_path / "rows.jsonl")
    assert rows == run.rows
    assert [(row["program"], row["repeat"]) for row in rows] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert [row["given"] for row in rows[:2]] == [["--own", "a", "0"], ["b", "0"]]
    shown = capsys.readouterr().out
    assert "broken" in shown
    assert "skipped: absent" in shown


def test_a_run_that_was_broken_off_goes_on(load, tmp_path):
    measuring = load("measuring")
    path = tmp_path / "rows.jsonl"
    jobs = [(0, "a"), (0, "b")]
    first = measuring.Run.begin(path, "g", SETTINGS, jobs)
    first.add(0, "a", {"s": 1.0})
    again = measuring.Run.begin(path, "g", SETTINGS, jobs)
    assert again.number == first.number
    assert again.has(0, "a")
    assert not again.has(0, "b")
    assert measuring.Run.begin(path, "g", {**SETTINGS, "threads": 2}, jobs).rows == []
    assert measuring.Run.begin(path, "other", SETTINGS, jobs).number == 1
    again.add(0, "b", {"s": 1.0})
    whole = measuring.Run.begin(path, "g", SETTINGS, jobs)
    assert (whole.number, whole.rows) == (first.number + 1, [])
    whole.add(0, "b", {"s": 3.0})
    assert [row["s"] for row in measuring.last_runs(path)["g"]] == [3.0]


def rows_of(group, program, repeats=3, **figures):
    settings = {**SETTINGS, "corpus": "imdb", "epochs": 1, "words": 100, "vocabulary": 10}
    return [
        {"group": group, "program": program, "repeat": i, "settings": settings, **figures}
        for i in range(repeats)
    ]


def test_table_of_speed(load):
    figures = {"predict_texts_s": 10.0, "p50_ms": 1.5, "p99_ms": 2.5, "accuracy": 0.875, "peak_mb": 512.0}
    rows = rows_of("textcnn", "textclf", train_examples_s=900.0, **figures)
    rows += rows_of("textcnn", "tutorial loop", train_examples_s=300.0, **figures)
    lines = load("speed").tables({"textcnn": rows}).split("\n")
    assert lines[3] == "| tutorial loop | 300 | 3 | 10.0 | 1 | 1.50 / 2.50 | 0.875 ± 0.000 | 512 |"
    assert "9 training texts" in lines[5]
    assert "Medians of 3 interleaved runs on m; threads: 1; commit c" in lines[5]


def test_other_tables(load):
    rows = rows_of("trec", "textclf, dan", whole_s=4.0, train_s=1.0, accuracy=0.9, model_mb=2.0)
    rows += rows_of("trec", "fastText", whole_s=2.0, train_s=2.0, accuracy=0.8, model_mb=400.0)
    table = load("whole_process").table({"trec": rows})
    assert "| trec | fastText | 2.00 | 0.5 | 2.00 | 2 | 0.8000 | 400 |" in table
    rows = rows_of("short", "fastText", p50_ms=0.01, p99_ms=0.04, predict_texts_s=30_000.0)
    beside = rows_of("by hand", "beside", by_hand_ms=0.5, predictor_ratio=1.125, classifier_ratio=1.25)
    table = load("latency").table({"short": rows, "by hand": beside})
    assert "| fastText | 0.010 | 0.040 | 30,000 | – |" in table
    assert "beside |" not in table
    assert "| tokenizer and model by hand | 0.50 | 1 |" in table
    assert "| TextClassifier |  | 1.25 |" in table
    vectors = load("vectors")
    rows = rows_of("GloVe text", vectors.TEXTCLF.name, seconds=0.5, needed_mb=50.0, over_result_mb=38.0)
    rows += rows_of("GloVe text", vectors.GENSIM.name, seconds=20.0, needed_mb=300.0, over_result_mb=288.0)
    table = vectors.table({"GloVe text": rows})
    assert "| GloVe text, 100 × 100 | gensim KeyedVectors | 20.0 | 40 | 300 | 288 |" in table


def test_table_of_the_watch(load):
    rows = rows_of("textcnn", "watched", cpu_s=10.25, ratio=1.02, within=0.0123, peak_mb=505.0)
    rows += rows_of("textcnn", "watch=False", cpu_s=10.0, ratio=1.02, peak_mb=500.0)
    table = load("watch").table({"textcnn": rows})
    assert "| textcnn | watch=False | 10.0 |  |  | 500 |  |" in table
    assert "| textcnn | watched | 10.2 | +2.0 % | 1.2 % | 505 | +1.0 % |" in table
    assert "9 training texts, 3 validation texts, epochs: 1." in table


def test_tables_of_exports(load):
    export = load("exports")
    figures = {"mb_before": 4.0, "mb_after": 1.0, "accuracy_before": 0.9, "accuracy_after": 0.875}
    figures |= {"changed": 2, "tested": 1821, "one_ms": 2.0, "texts_s": 500.0}
    rows = rows_of("bilstm, sst2", "textclf", **figures)
    rows += rows_of("bilstm, sst2", "onnx", largest_difference=2e-6, one_ms=3.0, texts_s=250.0)
    for row in rows:
        row["settings"] = {**row["settings"], "compared": 1000}
    page = export.tables({"bilstm, sst2": rows})
    assert "| bilstm, sst2 | textclf | – | 2.00 | 1 | 500 | 1 |" in page
    assert "| bilstm, sst2 | onnx | 2.0e-06 | 3.00 | 1.5 | 250 | 2 |" in page
    assert "| bilstm, sst2 | 4.00 | 1.00 (25.0%) | 0.9000 | 0.8750 | 2 of 1,821 |" in page


def test_vector_files_are_read_back(load, tmp_path):
    vectors = load("vectors")
    assert len({vectors.word(number) for number in range(10_000)}) == 10_000
    vectors.write_binary(tmp_path / "v.bin", 50)
    vectors.write_text_vectors(tmp_path / "v.txt", 50)
    vocab = Vocab([vectors.word(number) for number in range(0, 50, 7)])
    (binary, one), (text, other) = (
        EmbeddingLoader(tmp_path / name).load(vocab) for name in ("v.bin", "v.txt")
    )
    assert one.types_found == other.types_found == 8
    assert (binary - text).abs().max() < 1e-5


def test_texts_have_the_tokens_of_the_word_tokenizer(load):
    text = "It's <br />a well-known film - I don't like it, they'll say (3 stars)... \"so\" be it."
    task = load("task")
    assert task.tokenize(text) == WordTokenizer()(text)
    vocabulary = task.Vocabulary([text])
    padded = vocabulary.encode_padded("film unheard-of")
    assert (len(padded), padded[1], padded[2:]) == (
        task.LENGTH,
        task.UNKNOWN,
        [task.PAD] * (task.LENGTH - 2),
    )


def labelled(count):
    choose = random.Random(0)
    rows = [(choose.choice(["good", "bad"]), choose.choice(["film", "plot", "cast"])) for _ in range(count)]
    return LabelledTexts([f"a {w} {what}\tindeed" for w, what in rows], [w for w, _ in rows])


def test_textclf_trains_on_what_is_written(load, tmp_path, monkeypatch):
    measuring, corpora = load("measuring"), load("corpora")
    monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", "1")
    task = tmp_path / "task.json"
    assert corpora.write_task(task, (labelled(90), labelled(30)), 64, 99) == (64, 30)
    assert set(json.loads(task.read_text())["train_labels"]) == {0, 1}
    speed = measuring.run_program(load("speed").TEXTCLF, None, [task, "--epochs", 2, "--seed", 1])
    assert speed.get("accuracy", speed) >= 0.0
    assert speed["train_examples_s"] > 0
    files = tmp_path / "train.tsv", tmp_path / "test.tsv"
    for file, count in zip(files, (90, 30), strict=True):
        corpora.write_tsv(file, labelled(count))
    program = measuring.Program("textclf, dan", "textclf_files.py")
    arguments = ["train", *files, tmp_path / "model", "--model", "dan", "--epochs", 20]
    whole = measuring.run_program(program, None, arguments)
    assert whole.get("accuracy", whole) == 1.0
    assert whole["whole_s"] > whole["train_s"] > 0


def test_known_faults_of_data_are_looked_for(load, tmp_path):
    checks = load("data_checks")
    rows = [f"text number {n} of some words\t{label}\t{label}\n" for n, label in enumerate("ab" * 20)]
    (tmp_path / "train.tsv").write_text("".join([*rows, rows[0]]))
    (tmp_path / "test.tsv").write_text("".join(rows[:5]))
    columns = {"text": 0, "label": 1}
    its = checks.Known("train.tsv", "test.tsv", columns, ("leaked-texts",), truth=2)
    cells = checks.row("mine", its, checks.check(its, tmp_path), 1.0, tmp_path)
    assert cells[:3] == ["mine", "41 / 5", "`leaked-texts`"]
    assert "5 of 5 texts of test" in cells[3]
    assert "0 have a wrong label in truth" in cells[3]
    assert "`duplicate-texts` (" in cells[4]
