"""Exported programs beside the model that they were made from, and weights rounded to 8 bits.

    python benchmarks/exports.py --data DIR [--models textcnn --sets sst2] [--short]

Each model is trained once on each set, and its weights are rounded and measured on all test texts. Then the
model, run by textclf, and the programs of both formats take turns on the same ids. Without ``--data`` the
texts are the docstrings. ONNX needs the extra ``onnx``.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from corpora import parts_of
from data_sets import DATASETS
from measuring import Row, Run, interleaved, last_runs
from settings import read_options, settings_of
from tables import markdown_table, median_of, number, origin, publish, ratio

from textclf import LabelledTexts, Predictor, TextClassifier, list_models
from textclf.data import BatchLoader
from textclf.errors import MissingDependencyError
from textclf.export import export, quantize
from textclf.export.formats import FORMATS
from textclf.export.formats import Run as Runner

ITSELF = "textclf"
BATCH = 32
VERSIONS = {name: version(name) for name in ("torch", "textclf-torch")}


def main() -> None:
    """Measure each model on each set, then write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    models = ["textcnn", "bilstm", "fasttext"]
    parser.add_argument("--models", nargs="+", default=models, choices=list_models())
    parser.add_argument("--sets", nargs="+", default=["sst2", "imdb"], choices=list(DATASETS))
    parser.add_argument("--rows", type=int, default=100_000, help="texts to train on and to test at most")
    parser.add_argument("--epochs", type=int, help="default: that of TextClassifier")
    parser.add_argument("--timed", type=int, default=1000, help="texts to compare and to time")
    short = {"repeats": 2, "sets": ["sst2"], "rows": 500, "epochs": 2, "timed": 40}
    options = read_options(parser, "export", short)
    torch.set_num_threads(options.threads)
    if not options.table_only:
        for model, name in itertools.product(options.models, options.sets):
            measure(model, name, options)
    publish(options.table, tables(last_runs(options.results)))


def measure(model: str, name: str, options: argparse.Namespace) -> None:
    """Train, round, export, and let the programs take turns."""
    train, test = (_some(part, options.rows) for part in parts_of(name, options.data))
    kind = DATASETS[name] if options.data else DATASETS["imdb"]
    classifier = TextClassifier(
        model, tokenizer=kind.tokenizer, max_length=kind.max_length, epochs=options.epochs, device="cpu"
    )
    predictor = classifier.fit(train.texts, train.labels).predictor_
    predictor.model.requires_grad_(False)
    about = quantized_figures(predictor, test)
    timed = test.texts[: options.timed]
    with tempfile.TemporaryDirectory() as folder:
        runners: dict[str, Runner] = {ITSELF: predictor.model}
        differences = {}
        for form, parts in FORMATS.items():
            try:
                differences[form] = export(predictor, Path(folder) / form, format=form, texts=timed)
            except MissingDependencyError as error:
                print(f"skipped: {form}. {error}")
                continue
            runners[form] = parts.load(Path(folder) / form / parts.file)
        settings = settings_of(options, train=len(train), compared=len(timed), batch=BATCH)
        jobs = list(interleaved(list(runners), options.repeats))
        group = f"{model}, {name if options.data else 'docstrings'}"
        run = Run.begin(options.results, group, settings, jobs)
        for repeat, program in jobs:
            if not run.has(repeat, program):
                own: Row = about if program == ITSELF else {"largest_difference": differences[program]}
                figures = times(runners[program], predictor, timed)
                run.add(repeat, program, {**own, **figures, "versions": VERSIONS})
                print(f"{group} {repeat + 1}/{options.repeats} {program}: {figures}", flush=True)


def quantized_figures(predictor: Predictor, test: LabelledTexts) -> Row:
    """Return what rounding the weights saves and costs."""
    _, report = quantize(predictor, test.texts, test.labels)
    return {
        "mb_before": report.bytes_before / 1e6,
        "mb_after": report.bytes_after / 1e6,
        "accuracy_before": report.accuracy_before,
        "accuracy_after": report.accuracy_after,
        "changed": report.changed,
        "tested": report.n,
    }


def times(run: Runner, predictor: Predictor, texts: Sequence[str]) -> Row:
    """Time ids to logits: texts one by one, in milliseconds, and in batches, in texts a second."""
    corpus = predictor.encode(texts)
    singles, batches = (
        [
            (batch.token_ids.long(), batch.lengths.long())
            for batch in BatchLoader(corpus, batch_size=size).epoch(0)
        ]
        for size in (1, BATCH)
    )
    with torch.inference_mode():
        for ids, lengths in (*singles[:20], batches[0]):
            run(ids, lengths)
        single = [_seconds(run, *each) for each in singles]
        batched = [_seconds(run, *each) for each in batches]
    return {"one_ms": 1000 * statistics.median(single), "texts_s": len(corpus) / sum(batched)}


def tables(groups: dict[str, list[Row]]) -> str:
    """Write what the programs take, and what rounded weights save."""
    lines, rounded = [], []
    for group, rows in groups.items():
        by = {name: [r for r in rows if r["program"] == name] for name in (ITSELF, *FORMATS)}
        for name, its in by.items():
            if its:
                difference = median_of(its, "largest_difference")
                times = [
                    [median_of(part, key) for part in (its, by[ITSELF])] for key in ("one_ms", "texts_s")
                ]
                (one, own_one), (texts, own_texts) = times
                line = [group, name, "–" if difference is None else f"{difference:.1e}"]
                lines.append(
                    [*line, number(one), ratio(one, own_one), number(texts), ratio(own_texts, texts)]
                )
        rounded.append([group, *_rounded(by[ITSELF][0])])
    compared = max(row["settings"]["compared"] for rows in groups.values() for row in rows)
    columns = ["model, set", "run by", "largest difference of a logit", "one text, p50 ms", "time ×"]
    columns += [f"texts/s in batches of {BATCH}", "time ×"]
    saved = ["model, set", "weights, MB", "rounded, MB", "accuracy", "rounded", "texts with another label"]
    return (
        f"{markdown_table(columns, lines)}\n"
        f"The logits of {compared:,} test texts are compared; the times are those from ids to logits, "
        "beside that of the model run by textclf.\n\n"
        f"{markdown_table(saved, rounded)}\n{origin([row for rows in groups.values() for row in rows])}"
    )


def _rounded(row: Row) -> list[str]:
    sizes = [
        number(row["mb_before"]),
        f"{number(row['mb_after'])} ({row['mb_after'] / row['mb_before']:.1%})",
    ]
    scores = [f"{row[key]:.4f}" for key in ("accuracy_before", "accuracy_after")]
    return [*sizes, *scores, f"{row['changed']:,} of {row['tested']:,}"]


def _seconds(run: Runner, *inputs: Any) -> float:
    started = time.perf_counter()
    run(*inputs)
    return time.perf_counter() - started


def _some(part: LabelledTexts, count: int) -> LabelledTexts:
    """Return so many texts, or all, in random order, since a file may be sorted by label."""
    rows = random.Random(0).sample(range(len(part)), min(count, len(part)))
    return LabelledTexts([part.texts[row] for row in rows], [part.labels[row] for row in rows])


if __name__ == "__main__":
    main()
