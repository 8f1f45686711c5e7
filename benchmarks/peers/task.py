"""The task that all programs here are given, and the one line of JSON that each prints in the end.

A program reads the labelled texts of a file, trains on them in its own way, and hands `report` how
long the training loop took and a function that predicts. What is timed is the same for all.
"""

import argparse
import json
import random
import re
import resource
import sys
import time
from collections import Counter
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path

LENGTH = 400  # tokens kept of a text
VOCABULARY = 30_000
BATCH = 64
EMBEDDING = 100
FILTERS = 100
WIDTHS = (3, 5, 7)
HIDDEN = 64
DROPOUT = 0.5
LEARNING_RATE = 1e-3
PAD, UNKNOWN = 0, 1

# The tokens of textclf's WordTokenizer, but for about one in a thousand, by a pattern of one line.
TOKEN = re.compile(
    r"[a-z]+(?=[\s,.])|n't\b|'(?:s|m|d|re|ve|ll)\b|\w+?(?=n't\b)|\w+(?:-\w+)*|\.\.\.|--|[^\w\s]"
)
TAG = re.compile(r"<[^>]+>")


class Task:
    """Labelled texts to train on and to predict, and what the command line asks for."""

    def __init__(self, options):
        data = json.loads(Path(options.data).read_text(encoding="utf-8"))
        self.options = options
        self.model, self.epochs, self.seed = options.model, options.epochs, options.seed
        self.train_texts, self.train_labels = data["train_texts"], data["train_labels"]
        self.test_texts, self.test_labels = data["test_texts"], data["test_labels"]
        self.num_classes = len(set(self.train_labels))


def read_task(*flags):
    """Read the command line and the file that it names; `flags` are options that this program adds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", help="the JSON file that speed.py has written")
    parser.add_argument("--model", choices=["textcnn", "bilstm", "bigru"], default="textcnn")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    task = Task(parser.parse_args())
    random.seed(task.seed)
    return task


def tokenize(text):
    """Split a text into lower-case words and punctuation marks."""
    return TOKEN.findall(TAG.sub(" ", text).lower())


class Vocabulary:
    """The most frequent tokens of the training texts, and their numbers."""

    def __init__(self, texts):
        counts = Counter(token for text in texts for token in tokenize(text))
        frequent = counts.most_common(VOCABULARY - 2)
        self.numbers = {token: number for number, (token, _) in enumerate(frequent, start=2)}

    def __len__(self):
        return len(self.numbers) + 2

    def encode(self, text):
        """Return the numbers of the first tokens of a text."""
        return [self.numbers.get(token, UNKNOWN) for token in tokenize(text)[:LENGTH]]

    def encode_padded(self, text):
        """Return `LENGTH` numbers, the last ones padding if the text is shorter."""
        numbers = self.encode(text)
        return numbers + [PAD] * (LENGTH - len(numbers))


def time_predictions(texts, predict, predict_one, singles):
    """Time texts in bulk, in texts a second, and `singles` calls with one text, in milliseconds."""
    predict(texts[:128])
    started = time.perf_counter()
    answers = predict(texts)
    measured = {"predict_texts_s": len(texts) / (time.perf_counter() - started)}
    if singles:
        for text in islice(cycle(texts), singles // 10):
            predict_one(text)
        times = []
        for text in islice(cycle(texts), singles):
            started = time.perf_counter()
            predict_one(text)
            times.append(1000 * (time.perf_counter() - started))
        times.sort()
        measured |= {"p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100]}
    return answers, measured


def report(task, *, train_seconds, predict, predict_one=None, packages=("torch",)):
    """Time the predictions and print all that was measured.

    `predict` takes a list of raw texts and returns a list of labels; `predict_one` one text.
    """
    if predict_one is None:

        def predict_one(text):
            return predict([text])[0]

    answers, measured = time_predictions(task.test_texts, predict, predict_one, singles=300)
    right = sum(answer == label for answer, label in zip(answers, task.test_labels, strict=True))
    examples = task.epochs * len(task.train_texts)
    print_line(
        train_examples_s=examples / train_seconds,
        **measured,
        accuracy=right / len(task.test_labels),
        versions=versions(*packages),
    )


def versions(*packages):
    """Return the installed versions of packages, Python's too."""
    return {"python": sys.version.split()[0]} | {name: version(name) for name in packages}


def print_line(**measured):
    """Print what was measured as the last line, with the peak memory if it is not there yet."""
    print(json.dumps({"peak_mb": peak_mb(), **measured}), flush=True)


def peak_mb():
    """Return the most memory that this process has had so far."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux, where getrusage() also counts what the parent had
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
