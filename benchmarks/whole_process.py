"""From a labelled file to a saved model, whole processes: textclf, fastText, TF-IDF with a linear model.

    python benchmarks/whole_process.py --data DIR --peers DIR [--sets imdb trec] [--short]

Each program gets the same two files of lines, label, tab, text, in random order. The clock runs from the
start of the process, imports and all, until the model is saved; test texts are looked at afterwards.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from corpora import FILE_SETS, parts_of, write_tsv
from measuring import Program, Row, Run, interleaved, take_turns
from settings import read_options, settings_of
from tables import make_table, markdown_table, median_of, number, origin, ratio

from textclf import LabelledTexts, list_models

MODEL = "fasttext" if "fasttext" in list_models() else "dan"
TEXTCLF = Program(f"textclf, {MODEL}", "textclf_files.py")
PROGRAMS = (
    TEXTCLF,
    Program("fastText, bigrams, 5 epochs, dim 50", "fasttext_bag.py", environment="fasttext"),
    Program("TF-IDF 1-2 grams + logistic regression", "sklearn_tfidf.py"),
)
CHARACTERS = {"thucnews"}
SHORT = {"repeats": 3, "sets": ["trec", "sst2"], "train_rows": 6_000}


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", choices=FILE_SETS, help="by default all")
    parser.add_argument("--train-rows", type=int, help="by default all")
    options = read_options(parser, "whole_process", SHORT)
    names = ["docstrings"] if options.data is None else options.sets or FILE_SETS
    make_table(options, names, measure, table)


def measure(name: str, options: argparse.Namespace) -> bool:
    """Make the runs on one set."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "train.tsv", Path(folder) / "test.tsv"
        train, test = parts_of(name, options.data)
        cut = slice(options.train_rows)
        parts = LabelledTexts(train.texts[cut], train.labels[cut]), test
        for file, part in zip(files, parts, strict=True):
            write_tsv(file, part)
        settings = settings_of(options, rows=[len(part) for part in parts])
        jobs = interleaved([p.name for p in PROGRAMS if p.python(options.peers)], options.repeats)
        run = Run.begin(options.results, name, settings, jobs)

        def arguments(program: str, repeat: int) -> list[object]:
            given: list[object] = ["train", *files, Path(folder) / f"model {program}"]
            given += ["--chars"] if name in CHARACTERS else []
            given += ["--model", MODEL] if program == TEXTCLF.name else []
            return [*given, "--threads", options.threads, "--started", time.time()]

        return take_turns(run, PROGRAMS, options.repeats, options.peers, arguments)


def table(groups: dict[str, list[Row]]) -> str:
    """Write a row for each set and program; a ratio says how many times faster textclf is."""
    lines = []
    for name, rows in groups.items():
        own = [row for row in rows if row["program"].startswith("textclf")]
        for program in dict.fromkeys(row["program"] for row in rows):
            its = [row for row in rows if row["program"] == program]
            line = [name, program]
            for key in ("whole_s", "train_s"):
                line += [number(median_of(its, key)), ratio(median_of(its, key), median_of(own, key))]
            accuracy = median_of(its, "accuracy")
            line += ["–" if accuracy is None else f"{accuracy:.4f}", number(median_of(its, "model_mb"))]
            lines.append(line)
    columns = ["set", "program", "whole process, s", "textclf ×", "training alone, s", "textclf ×"]
    columns += ["test accuracy", "model MB"]
    return f"{markdown_table(columns, lines)}\n{origin([row for rows in groups.values() for row in rows])}"


if __name__ == "__main__":
    main()
