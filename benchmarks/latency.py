"""From a raw string to a label: one short text at a time, and many at once.

    python benchmarks/latency.py --data DIR --peers DIR [--short]

Each program trains and saves its model once, on 2,000 texts of SST-2 for short ones and of IMDB for long
ones; then the saved models are loaded and timed in turns. A tenth as many single calls come first, to warm
up.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from corpora import long_texts, short_texts, write_tsv
from measuring import Program, Row, Run, interleaved, last_runs, run_program, take_turns
from settings import read_options, settings_of
from tables import markdown_table, median_of, number, origin, publish

from textclf import LabelledTexts, list_models

TEXTCNN = Program("textclf, textcnn", "textclf_files.py")
CLASSIFIER = Program("textclf, TextClassifier with textcnn", "textclf_classifier.py")
BY_HAND = Program("textclf, beside its tokenizer and model by hand, textcnn", "textclf_by_hand.py")
BAG = Program("textclf, fasttext", "textclf_files.py")
PROGRAMS = (
    TEXTCNN,
    CLASSIFIER,
    *([BAG] if "fasttext" in list_models() else []),
    Program("TF-IDF 1-2 grams + logistic regression", "sklearn_tfidf.py"),
    Program("fastText", "fasttext_bag.py", environment="fasttext"),
)
TRAIN_ROWS = 2_000  # what is learnt from them matters little here


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--singles", type=int, default=2000, help="calls with one short text")
    parser.add_argument("--short-texts", type=int, default=20_000, help="short texts at once")
    parser.add_argument("--long-texts", type=int, default=5_000, help="long texts at once")
    short = {"repeats": 3, "singles": 500, "short_texts": 5_000, "long_texts": 500}
    options = read_options(parser, "latency", short)
    measures = {"short": measure_short, "long": measure_long, "by hand": measure_by_hand}
    jobs = {} if options.table_only else measures
    failed = [name for name, job in jobs.items() if not job(options)]
    publish(options.table, table(last_runs(options.results)))
    sys.exit(f"a program failed, see above: {', '.join(failed)}" if failed else 0)


def measure_short(options: argparse.Namespace) -> bool:
    """Time short texts, in bulk and one by one."""
    texts = short_texts(options.data, options.short_texts)
    return measure("short", *texts, options.singles, options, PROGRAMS)


def measure_long(options: argparse.Namespace) -> bool:
    """Time texts of IMDB's lengths in bulk."""
    train, test = long_texts(options.data)
    return measure("long", train, test.texts[: options.long_texts], 0, options, PROGRAMS)


def measure_by_hand(options: argparse.Namespace) -> bool:
    """Time one short text by each way of this library, in turns."""
    train, texts = short_texts(options.data, options.singles)
    return measure("by hand", train, texts, options.singles, options, [BY_HAND])


def measure(
    group: str,
    train: LabelledTexts,
    texts: list[str],
    singles: int,
    options: argparse.Namespace,
    wanted: Sequence[Program],
) -> bool:
    """Train each program once, then time its predictions in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        part = LabelledTexts(train.texts[:TRAIN_ROWS], train.labels[:TRAIN_ROWS])
        write_tsv(folder / "train.tsv", part)
        (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
        programs = [p for p in wanted if p.python(options.peers) is None or trained(p, folder, options)]
        settings = settings_of(options, texts=len(texts), singles=singles)
        jobs = interleaved([p.name for p in programs if p.python(options.peers)], options.repeats)
        run = Run.begin(options.results, group, settings, jobs)

        def arguments(program: str, repeat: int) -> list[object]:
            return ["predict", folder / program, folder / "texts.json", "--singles", singles]

        worked = take_turns(run, programs, options.repeats, options.peers, arguments)
        return worked and len(programs) == len(wanted)


def trained(program: Program, folder: Path, options: argparse.Namespace) -> bool:
    """Train a program's model and save it in the folder; say whether that worked."""
    arguments: list[object] = ["train", folder / "train.tsv", folder / "train.tsv", folder / program.name]
    arguments += ["--threads", options.threads]
    if program.name.startswith("textclf"):
        arguments += ["--model", program.name.split()[-1], "--epochs", 2, "--max-length", 400]
    print(f"training: {program.name}", flush=True)
    measured = run_program(program, options.peers, arguments)
    if "failed" in measured:
        print(f"{program.name}: {measured['failed']}")
    return "failed" not in measured


def table(groups: dict[str, list[Row]]) -> str:
    """Write a row for each program, and what the ways of this library cost over its parts."""
    columns = ["program", "one short text, p50 ms", "p99 ms", "short texts/s", "long texts/s"]
    lines = []
    beside = groups.get("by hand", [])
    rows = [row for group, its in groups.items() if group != "by hand" for row in its]
    for program in dict.fromkeys(row["program"] for row in rows):
        its = [[row for row in groups.get(g, []) if row["program"] == program] for g in ("short", "long")]
        short, long = its
        figures = [median_of(short, key) for key in ("p50_ms", "p99_ms", "predict_texts_s")]
        lines.append([program, *map(number, [*figures, median_of(long, "predict_texts_s")])])
    costs = [
        ["tokenizer and model by hand", number(median_of(beside, "by_hand_ms")), "1"],
        *[
            [name, "", number(median_of(beside, f"{key}_ratio"))]
            for name, key in (("Predictor", "predictor"), ("TextClassifier", "classifier"))
        ],
    ]
    over = f"\n{markdown_table(['one short text, in one process, in turns', 'p50 ms', 'ratio'], costs)}"
    return f"{markdown_table(columns, lines)}{over if beside else ''}\n{origin([*rows, *beside])}"


if __name__ == "__main__":
    main()
