"""Training runs without a fault: every model of the zoo on every set, and what the watch finds in them."""

from __future__ import annotations

import dataclasses
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from corpora import parts_of
from data_sets import DATASETS

from textclf import (
    EncodedCorpus,
    LabelledTexts,
    TextEncoder,
    Trainer,
    addition_corpus,
    create_model,
    list_models,
    read_labelled,
    seed_everything,
)
from textclf.data import joint_corpus

__all__ = ["SETS", "healthy_runs", "healthy_table"]

SETS = ("sentences", "docstrings", "addition", *DATASETS, "keyphrase_twitter")
TOKENS = ("addition", "keyphrase_twitter")  # whose tokens are labelled
EPOCHS, MAX_LENGTH = 4, 60
Row = dict[str, Any]


@dataclasses.dataclass
class Corpus:
    """A set, cut and encoded."""

    train: EncodedCorpus
    valid: EncodedCorpus
    vocab_size: int
    num_classes: int


def healthy_runs(
    sets: Sequence[str] | None,
    models: Sequence[str] | None,
    seeds: int,
    rows: int,
    data: Path | None,
    done: Collection[tuple[Any, ...]],
    sentences: Callable[..., LabelledTexts],
) -> Iterator[Row]:
    """Train what has not been trained, and yield what was found.

    Args:
        sets: Some of ``SETS``; None takes all that are there.
        models: Some of the zoo; None takes all.
        seeds: How many.
        rows: Training rows, at most; half as many to validate on.
        data: Folder of the data sets, or None.
        done: Set, None, model and seed of the runs that are there.
        sentences: Makes sentences.
    """
    corpora: dict[str, Corpus] = {}
    for seed in range(seeds):
        for name in sets or (SETS if data else SETS[:3]):
            for model in models or list_models(tokens=name in TOKENS):
                if (name, None, model, seed) not in done:
                    if name not in corpora:
                        corpora[name] = _corpus(name, rows, data, sentences)
                    yield {"set": name, "model": model, "seed": seed, **_run(corpora[name], model, seed)}


def _run(its: Corpus, name: str, seed: int) -> Row:
    started = time.perf_counter()
    seed_everything(seed)
    train, valid, classes = its.train, its.valid, its.num_classes
    heads: Mapping[str, int] | int = classes
    if name == "joint_rnn":
        train, valid, heads = _both(train), _both(valid), {"inside": 2, "tag": classes}
    model = create_model(name, vocab_size=its.vocab_size, num_classes=heads)
    trainer = Trainer(model, epochs=EPOCHS, batch_size=32, seed=seed, device="cpu", progress=False)
    history = trainer.fit(train, valid)
    accuracy = history.rows[-1].get("valid_accuracy")
    return {
        "rows": [len(train), len(valid)],
        "epochs": EPOCHS,
        "accuracy": None if accuracy is None else round(accuracy, 4),
        "findings": [
            {"code": its.code, "severity": its.severity, "seen": its.seen} for its in history.findings
        ],
        "seconds": round(time.perf_counter() - started, 2),
    }


def _corpus(name: str, rows: int, data: Path | None, sentences: Callable[..., LabelledTexts]) -> Corpus:
    """Cut a set, its rows in random order, and encode it as its benchmark does."""
    if name in TOKENS:
        return _tokens(name, rows, data)
    if name == "sentences":
        train, valid, tokenizer = sentences(rows), sentences(rows // 2, seed=1), "word"
    else:
        whole, _ = parts_of(name, None if name == "docstrings" else data)
        cuts = slice(0, rows), slice(rows, rows + rows // 2)
        train, valid = (LabelledTexts(whole.texts[cut], whole.labels[cut]) for cut in cuts)
        tokenizer = DATASETS[name].tokenizer if name in DATASETS else "word"
    encoder, corpus = TextEncoder.build_and_encode(
        train.texts, train.labels, tokenizer=tokenizer, min_freq=2, max_length=MAX_LENGTH
    )
    return Corpus(
        corpus, encoder.encode(valid.texts, valid.labels), encoder.vocab_size, encoder.num_classes
    )


def _tokens(name: str, rows: int, data: Path | None) -> Corpus:
    if name == "addition":
        parts = [
            addition_corpus(count, length=8, seed=seed) for seed, count in enumerate((rows, rows // 2))
        ]
        pairs = [(list(part.tokens), list(part.labels)) for part in parts]
    else:
        folder = Path() if data is None else data / name
        file = read_labelled(folder / "split_train.tsv", text=0, label=1, quoted=False)
        tagged = [_tags(text, str(label)) for text, label in zip(file.texts, file.labels, strict=True)]
        kept = [row for row in tagged if any(tag != "O" for tag in row[1])][: rows + rows // 2]
        pairs = [
            ([row[0] for row in part], [row[1] for row in part]) for part in (kept[:rows], kept[rows:])
        ]
    encoder = TextEncoder.build(pairs[0][0], token_labels=pairs[0][1], tokenizer="whitespace")
    train, valid = (encoder.encode(tokens, token_labels=labels) for tokens, labels in pairs)
    return Corpus(train, valid, encoder.vocab_size, encoder.num_classes)


def _tags(text: str, phrase: str) -> tuple[list[str], list[str]]:
    """Tag the first place where the phrase stands with B and I, the rest with O."""
    tokens, words = text.lower().split(), phrase.lower().split()
    tags = ["O"] * len(tokens)
    for place in range(len(tokens) - len(words) + 1):
        if words and tokens[place : place + len(words)] == words:
            tags[place : place + len(words)] = ["B", *["I"] * (len(words) - 1)]
            break
    return tokens, tags


def _both(corpus: EncodedCorpus) -> EncodedCorpus:
    """Put beside the tags whether a token has the first of them."""
    first = (np.asarray(corpus.labels) == 0).astype(np.int64)
    return joint_corpus(
        {"inside": corpus.with_labels(first, ["no", "yes"], token_labels=True), "tag": corpus}
    )


def healthy_table(rows: Sequence[Row]) -> str:
    """Count what was found by severity, and list each stop and warning."""
    groups: dict[tuple[str, str], list[tuple[Row, str]]] = defaultdict(list)
    for row in rows:
        for its in row["findings"]:
            groups[its["severity"], its["code"]].append((row, its["seen"]))
    stops = sum(any(its["severity"] == "stop" for its in row["findings"]) for row in rows)
    warned = sum(any(its["severity"] == "warning" for its in row["findings"]) for row in rows)
    sets, models = (len({row[name] for row in rows}) for name in ("set", "model"))
    counted = (
        f"{len(rows):,} runs of {models} models on {sets} sets, at most "
        f"{max(row['rows'][0] for row in rows):,} training rows and {rows[0]['epochs']} epochs: "
        f"{stops} with a finding of severity stop, {warned} with a warning.\n"
    )
    lines = [
        counted,
        "| severity | code | runs | where | for example |",
        "|---|---|---|---|---|",
    ]
    for (severity, code), its in sorted(groups.items(), key=lambda item: item[0]):
        where = defaultdict(list)
        for row, _ in its:
            where[row["set"]].append(row["model"])
        shown = "; ".join(f"{name}: {', '.join(sorted(set(found)))}" for name, found in where.items())
        lines.append(f"| {severity} | `{code}` | {len(its)} | {shown} | {its[0][1]} |")
    return "\n".join(lines) + "\n"
