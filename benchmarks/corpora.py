"""The texts that the speed benchmarks run on: cut from the data folder, or made of docstrings.

Without a data folder everything works on the built-in docstring corpus, so that a fresh clone can
measure. Its paragraphs are joined there to texts about as long as IMDB's.
"""

from __future__ import annotations

import csv
import itertools
import json
import random
from collections import defaultdict
from pathlib import Path

from data_sets import load_parts

from textclf import LabelledTexts, docstring_corpus, read_labelled

__all__ = ["FILE_SETS", "long_texts", "parts_of", "short_texts", "write_task", "write_tsv"]

FILE_SETS = ("imdb", "thucnews", "ag_news", "trec", "sst2")
_CACHE = Path(__file__).resolve().parent.parent / "runs" / "bench" / "docstrings.json"
_JOINED = {"imdb", "trec"}  # sets whose validation texts load_parts() has cut from the training texts
Parts = tuple[LabelledTexts, LabelledTexts]


def parts_of(name: str, data: Path | None) -> Parts:
    """Return the training and the test texts of a set, the training texts in random order."""
    if data is None:
        _CACHE.parent.mkdir(parents=True, exist_ok=True)
        corpus = docstring_corpus(cache=_CACHE, progress=False)
        train, test = corpus.train, corpus.test
    elif name == "ag_news":
        train, test = _ag_news(data / name)
    else:
        parts = load_parts(name, data)
        train, test = parts.train, parts.test
        if name in _JOINED:
            train = LabelledTexts([*train.texts, *parts.valid.texts], [*train.labels, *parts.valid.labels])
    return _sampled(train, len(train)), test


def long_texts(data: Path | None) -> Parts:
    """Return IMDB, or texts of its lengths made of docstrings."""
    if data is not None:
        return parts_of("imdb", data)
    train, test = parts_of("docstrings", None)
    return _joined(train), _joined(test)


def short_texts(data: Path | None, count: int) -> tuple[LabelledTexts, list[str]]:
    """Return texts to train on, and so many short ones to predict: SST-2's, or docstrings' beginnings."""
    if data is not None:
        train = load_parts("sst2", data).train
        texts = read_labelled(data / "sst2" / "sentiment-train", text=0, label=1).texts
    else:
        train, test = (_beginnings(part) for part in parts_of("docstrings", None))
        texts = test.texts
    texts = random.Random(0).sample(texts, len(texts))
    return train, list(itertools.islice(itertools.cycle(texts), count))


def write_task(path: Path, parts: Parts, rows: int, test_rows: int, *, seed: int = 0) -> tuple[int, int]:
    """Write the file that the training programs read; return how many rows it has of each kind."""
    train, test = (_sampled(part, n, seed) for part, n in zip(parts, (rows, test_rows), strict=True))
    classes = {name: number for number, name in enumerate(sorted({*train.labels, *test.labels}, key=str))}
    content = {
        "train_texts": train.texts,
        "train_labels": [classes[label] for label in train.labels],
        "test_texts": test.texts,
        "test_labels": [classes[label] for label in test.labels],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return len(train), len(test)


def write_tsv(path: Path, part: LabelledTexts) -> None:
    """Write labelled texts as lines of label, tab, text, with single spaces for white space."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for label, text in zip(part.labels, part.texts, strict=True):
            file.write(f"{label}\t{' '.join(text.split())}\n")


def _ag_news(folder: Path) -> Parts:
    def read(name: str, columns: slice) -> LabelledTexts:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        return LabelledTexts([" ".join(row[columns]) for row in rows], [row[0] for row in rows])

    return read("train_10k.csv", slice(2, None)), read("test.csv", slice(1, None))


def _sampled(part: LabelledTexts, count: int, seed: int = 0) -> LabelledTexts:
    """Return so many rows, or all if there are fewer, in random order."""
    rows = random.Random(seed).sample(range(len(part)), min(count, len(part)))
    return LabelledTexts([part.texts[row] for row in rows], [part.labels[row] for row in rows])


def _joined(part: LabelledTexts) -> LabelledTexts:
    """Join paragraphs of one label to texts of about IMDB's lengths: half have over 180 words."""
    random_lengths = random.Random(0)
    paragraphs = defaultdict(list)
    for label, text in zip(part.labels, part.texts, strict=True):
        paragraphs[label].append(text)
    texts, labels = [], []
    for label, its in paragraphs.items():
        words: list[str] = []
        length = random_lengths.lognormvariate(5.2, 0.65)
        for text in its:
            words += text.split()
            if len(words) >= length:
                texts.append(" ".join(words))
                labels.append(label)
                words, length = [], random_lengths.lognormvariate(5.2, 0.65)
    return LabelledTexts(texts, labels)


def _beginnings(part: LabelledTexts) -> LabelledTexts:
    return LabelledTexts([" ".join(text.split()[:10]) for text in part.texts], list(part.labels))
