"""Text to ids: TextEncoder beside the plain Python loop, on the training texts of three sets.

    python benchmarks/text_to_ids.py --data DIR [--sets imdb sst2] [--short]

The plain loop calls the tokenizer with each text and looks each token up in a dictionary. The two take
turns in one process, and their ids must be equal. Without ``--data`` the texts are the docstrings.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from measuring import Row, Run, interleaved, last_runs
from settings import read_options, settings_of
from tables import markdown_table, median_of, number, origin, publish, ratio

from textclf import EncodedCorpus, TextEncoder, create_tokenizer, docstring_corpus, read_labelled

SETS = {
    "imdb": ("imdb/train.tsv", 3, 0, "word"),
    "thucnews": ("thucnews/train_union.txt", 0, 1, "char"),
    "sst2": ("sst2/train.tsv", 0, 1, "whitespace"),
}
MIN_FREQ = 2
TEXTCLF, LOOP = "textclf TextEncoder", "plain Python loop"

Ids = EncodedCorpus | list[list[int]]


def main() -> None:
    """Measure the sets that are named, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    options = read_options(parser, "text_to_ids", {"repeats": 3, "sets": ["sst2"]})
    if not options.table_only:
        for name in options.sets if options.data else ["docstrings"]:
            measure(name, options)
    publish(options.table, table(last_runs(options.results)))


def measure(name: str, options: argparse.Namespace) -> None:
    """Make the runs on one set, those of each piece of work in turns."""
    texts, kind = texts_of(name, options)
    tokenizer = create_tokenizer(kind)
    before = peak_megabytes()
    encoder, corpus = TextEncoder.build_and_encode(texts, tokenizer=tokenizer, min_freq=MIN_FREQ)
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    memory = {"ids_mb": corpus.ids.nbytes / 1e6, "needed_mb": peak_megabytes() - before}
    ids = {token: number for number, token in enumerate(encoder.vocab)}

    def loop() -> Ids:
        return [[ids.get(token, 1) for token in tokenizer(text)] for text in texts]

    def counting_loop() -> Ids:
        tokenized = [tokenizer(text) for text in texts]
        counts = Counter(token for tokens in tokenized for token in tokens)
        frequent = [(token, count) for token, count in counts.items() if count >= MIN_FREQ]
        frequent.sort(key=lambda item: (-item[1], item[0]))
        found = {token: number for number, (token, _) in enumerate(frequent, 2)}
        return [[found.get(token, 1) for token in tokens] for tokens in tokenized]

    def encode() -> Ids:
        return encoder.encode(texts)

    def build_and_encode() -> Ids:
        return TextEncoder.build_and_encode(texts, tokenizer=tokenizer, min_freq=MIN_FREQ)[1]

    settings = settings_of(options, texts=len(texts), tokens=corpus.num_tokens, tokenizer=kind)
    works: dict[str, dict[str, Callable[[], Ids]]] = {
        "ids": {TEXTCLF: encode, LOOP: loop},
        "vocabulary and ids": {TEXTCLF: build_and_encode, LOOP: counting_loop},
    }
    for work, programs in works.items():
        jobs = list(interleaved(list(programs), options.repeats))
        run = Run.begin(options.results, f"{name}, {work}", settings, jobs)
        made: dict[str, Ids] = {}
        for repeat, program in jobs:
            started = time.perf_counter(), time.process_time()
            made[program] = programs[program]()
            figures: Row = {"s": time.perf_counter() - started[0]}
            figures |= {"cpu_s": time.process_time() - started[1], "versions": versions}
            run.add(repeat, program, figures | (memory if program == TEXTCLF else {}))
        check_equal(made[LOOP], made[TEXTCLF])


def texts_of(name: str, options: argparse.Namespace) -> tuple[list[str], str]:
    """Return the texts of a set and the name of its tokenizer."""
    if name == "docstrings":
        return docstring_corpus(progress=False).train.texts, "word"
    file, text, label, kind = SETS[name]
    return read_labelled(options.data / file, text=text, label=label).texts, kind


def check_equal(expected: Ids, found: Ids) -> None:
    """Stop unless the loop and textclf have found the same ids."""
    rows, others = ([np.asarray(row) for row in ids] for ids in (expected, found))
    if len(rows) != len(others) or not all(map(np.array_equal, rows, others)):
        sys.exit("the loop and textclf have not found the same ids")


def peak_megabytes() -> float:
    """Return the largest size that this process has had (Linux counts it in units of 1,024 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def table(groups: dict[str, list[Row]]) -> str:
    """Write a row for each piece of work; a ratio says how many times faster textclf is."""
    lines = []
    for group, rows in groups.items():
        settings: dict[str, Any] = rows[0]["settings"]
        own, other = ([row for row in rows if row["program"] == name] for name in (TEXTCLF, LOOP))
        seconds = median_of(own, "s")
        line = [f"{group} ({settings['tokenizer']})", f"{settings['texts']:,}", f"{settings['tokens']:,}"]
        line += [number(median_of(other, "s")), number(seconds), ratio(median_of(other, "s"), seconds)]
        line += [ratio(median_of(other, "cpu_s"), median_of(own, "cpu_s"))]
        line += [number(median_of(own, "ids_mb")), number(median_of(own, "needed_mb"))]
        lines.append(line)
    columns = ["set, work (tokenizer)", "texts", "tokens", "loop, s", "textclf, s", "textclf ×"]
    columns += ["CPU time ×", "ids, MB", "peak above the texts, MB"]
    return f"{markdown_table(columns, lines)}\n{origin([row for rows in groups.values() for row in rows])}"


if __name__ == "__main__":
    main()
