"""What the programs have in common that go from a labelled file to a saved model, and back from it.

    program.py train TRAIN.tsv TEST.tsv MODEL --started SECONDS
    program.py predict MODEL TEXTS.json --singles 2000

The files have a label, a tab and a text on each line. With `--chars` the texts are Chinese, and their
characters are the tokens. `train` prints

    whole_s    seconds from the start of the process to the saved model
    train_s    of these, training alone: what comes after texts are read and have become numbers
    accuracy   on the test file, looked at after the clock has stopped
    model_mb   size of what was saved
"""

import argparse
import json
import os
import time
from pathlib import Path

from task import print_line, time_predictions, versions


def read_options(*flags):
    """Read the command line; `flags` are options with a value that this program adds."""
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train")
    train.add_argument("train")
    train.add_argument("test")
    train.add_argument("output")
    train.add_argument("--started", type=float, default=time.time(), help="when the process was started")
    for flag in flags:
        train.add_argument(flag)
    predict = verbs.add_parser("predict")
    predict.add_argument("output")
    predict.add_argument("texts")
    predict.add_argument("--singles", type=int, default=0, help="calls with one text; 0 for none")
    for verb in (train, predict):
        verb.add_argument("--chars", action="store_true")
        verb.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


def read_rows(path):
    """Return the labels and the texts of a file."""
    with Path(path).open(encoding="utf-8", newline="\n") as file:
        rows = [line.rstrip("\n").split("\t", 1) for line in file]
    return [label for label, _ in rows], [text for _, text in rows]


def seconds_since_start(options):
    """Return the seconds since the process was started, the imports among them."""
    return time.time() - options.started


def accuracy_of(predict, path):
    """Return the share of the texts of a file that get their label."""
    labels, texts = read_rows(path)
    return sum(map(str.__eq__, predict(texts), labels)) / len(labels)


def report_predictions(options, *, predict, predict_one, packages):
    """Print how fast texts become labels, in bulk and one by one."""
    texts = json.loads(Path(options.texts).read_text(encoding="utf-8"))
    _, measured = time_predictions(texts, predict, predict_one, options.singles)
    print_line(**measured, versions=versions(*packages))


def size_mb(path):
    """Return the size of a file, or of the files in a folder."""
    path = Path(path)
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6
