"""The real data sets that the benchmarks measure on, each read, split and encoded in one way."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textclf import LabelledTexts, read_labelled

__all__ = ["DATASETS", "Dataset", "Parts", "load_parts"]


@dataclass(frozen=True)
class Parts:
    """Training, validation and test texts of one set."""

    train: LabelledTexts
    valid: LabelledTexts
    test: LabelledTexts


@dataclass(frozen=True)
class Dataset:
    """How a set is read, and what its texts need.

    Attributes:
        read: Reads the set from its folder under the data folder.
        tokenizer: Name of the tokenizer.
        vectors: File of pretrained vectors under ``vectors/``, or None.
        max_length: Tokens kept of a text, from both of its ends; None keeps all.
        note: What a reader of the table should know of the split.
    """

    read: Callable[[Path], Parts]
    tokenizer: str
    vectors: str | None
    max_length: int | None
    note: str


def load_parts(name: str, data: Path) -> Parts:
    """Read the set of that name from the data folder."""
    return DATASETS[name].read(data / FOLDERS.get(name, name))


def _imdb(folder: Path) -> Parts:
    train, valid = _last_of_each_class(read_labelled(folder / "train.tsv", text=3, label=0))
    return Parts(train, valid, read_labelled(folder / "test.tsv", text=3, label=0))


def _zh_sentiment(folder: Path) -> Parts:
    names = ("split_train.txt", "split_val.txt", "test.txt")
    return Parts(*(read_labelled(folder / name, text=1, label=0) for name in names))


def _thucnews(folder: Path) -> Parts:
    names = ("train_union.txt", "dev.txt", "test.txt")
    return Parts(*(read_labelled(folder / name, text=0, label=1) for name in names))


def _sst2(folder: Path) -> Parts:
    names = ("train.tsv", "dev.tsv", "test.tsv")
    return Parts(*(read_labelled(folder / name, text=0, label=1) for name in names))


def _sst2_phrases(folder: Path) -> Parts:
    sentences = _sst2(folder)
    phrases = read_labelled(folder / "sentiment-train", text=0, label=1)
    return Parts(phrases, sentences.valid, sentences.test)


def _ag_news(folder: Path) -> Parts:
    def read(name: str, text: int) -> LabelledTexts:
        return read_labelled(folder / name, text=text, label=0, delimiter=",", quoted=True)

    train, valid = _held_out(read("train_10k.csv", 2))
    titles, descriptions = read("test.csv", 1), read("test.csv", 2)
    both = [f"{title} {text}" for title, text in zip(titles.texts, descriptions.texts, strict=True)]
    return Parts(train, valid, LabelledTexts(both, titles.labels))


def _trec(folder: Path) -> Parts:
    def read(name: str) -> LabelledTexts:
        rows = read_labelled(folder / name, text=1, label=0, delimiter=" ", encoding="latin-1")
        return LabelledTexts(rows.texts, [re.sub(":.*", "", str(label)) for label in rows.labels])

    train, valid = _held_out(read("train_5500.label"))
    return Parts(train, valid, read("TREC_10.label"))


def _held_out(train: LabelledTexts) -> tuple[LabelledTexts, LabelledTexts]:
    """Hold a tenth of the training texts out for validation, the same tenth for every seed."""
    return train.split(0.1, seed=0)


def _last_of_each_class(train: LabelledTexts) -> tuple[LabelledTexts, LabelledTexts]:
    """Hold out the last tenth of each class, in the order of the file.

    Reviews of one film stand together there, and test films are not among the training films. A
    random tenth would share its films, their actors and titles with the rest, and flatter whatever
    learns names by heart: one BiLSTM fell from 0.892 on such a tenth to 0.865 on the test.
    """
    rows: dict[str | int, list[int]] = defaultdict(list)
    for row, label in enumerate(train.labels):
        rows[label].append(row)
    held = {row for its in rows.values() for row in its[-len(its) // 10 :]}
    parts: tuple[list[int], list[int]] = ([], [])
    for row in range(len(train)):
        parts[row in held].append(row)
    rest, valid = (
        LabelledTexts([train.texts[row] for row in part], [train.labels[row] for row in part])
        for part in parts
    )
    return rest, valid


FOLDERS = {"sst2_phrases": "sst2"}
_GLOVE = "glove.6B.50d.top9163.txt"
DATASETS = {
    "imdb": Dataset(_imdb, "word", _GLOVE, 400, "validation: the last tenth of each class"),
    "zh_sentiment": Dataset(
        _zh_sentiment, "whitespace", "zh_local_word2vec_50.bin", None, "split_train, split_val, test"
    ),
    "thucnews": Dataset(_thucnews, "char", "zh_tencent_char_200d.bin", None, "train_union, dev, test"),
    "ag_news": Dataset(_ag_news, "word", _GLOVE, None, "train_10k; validation: a tenth of it"),
    "trec": Dataset(_trec, "word", _GLOVE, None, "6 classes; validation: a tenth of train"),
    "sst2": Dataset(_sst2, "whitespace", _GLOVE, None, "sentences"),
    "sst2_phrases": Dataset(_sst2_phrases, "whitespace", _GLOVE, None, "trained on phrases"),
}
