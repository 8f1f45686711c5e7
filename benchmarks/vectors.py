"""Word vectors out of large files for a vocabulary: EmbeddingLoader, gensim and a loop by hand.

    python benchmarks/vectors.py [--folder DIR] [--short]

The files are generated once and kept in the folder: word2vec binary and GloVe text, 100 numbers a word.
The vocabulary is spread over the whole of the file. Every load is a process of its own; the file has
been read once before, so that none waits for the disk.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
from measuring import Program, Row, Run, interleaved, last_runs, take_turns
from settings import read_options, settings_of
from tables import markdown_table, median_of, number, origin, publish, ratio

__all__ = ["word", "write_binary", "write_text_vectors"]

DIM = 100
PATTERNS = 9_973  # different vectors in a file; they come again and again
TEXTCLF = Program("textclf EmbeddingLoader", "load_vectors.py", ("textclf",))
GENSIM = Program("gensim KeyedVectors", "load_vectors.py", ("gensim",))
LOOP = Program("a loop that filters, by hand", "load_vectors.py", ("loop",))


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "textclf-vectors")
    parser.add_argument("--binary-words", type=int, default=1_000_000)
    parser.add_argument("--text-words", type=int, default=400_000)
    parser.add_argument("--vocabulary", type=int, default=30_000)
    short = {"repeats": 3, "binary_words": 100_000, "text_words": 40_000, "vocabulary": 3_000}
    options = read_options(parser, "vectors", short)
    options.folder.mkdir(parents=True, exist_ok=True)
    files = {"word2vec binary": (".bin", options.binary_words), "GloVe text": (".txt", options.text_words)}
    failed = [g for g, file in files.items() if not options.table_only and not measure(g, *file, options)]
    publish(options.table, table(last_runs(options.results)))
    sys.exit(f"a program failed, or they found different vectors: {failed}" if failed else 0)


def measure(group: str, suffix: str, words: int, options: argparse.Namespace) -> bool:
    """Make the runs on one file; say whether all programs found the same vectors."""
    path = options.folder / f"{words}{suffix}"
    if not path.exists():
        print(f"writing {path}", flush=True)
        unfinished = path.with_suffix(".unfinished")
        (write_binary if suffix == ".bin" else write_text_vectors)(unfinished, words)
        unfinished.rename(path)
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass
    programs = TEXTCLF, GENSIM, LOOP
    vocabulary = options.folder / f"{words}-{options.vocabulary}.vocabulary"
    chosen = random.Random(0).sample(range(words), options.vocabulary)
    vocabulary.write_text("\n".join(word(number) for number in chosen), encoding="utf-8")
    settings = settings_of(options, words=words, vocabulary=options.vocabulary)
    jobs = interleaved([program.name for program in programs], options.repeats)
    run = Run.begin(options.results, group, settings, jobs)
    worked = take_turns(run, programs, options.repeats, None, lambda program, repeat: [path, vocabulary])
    sums = [row["checksum"] for row in run.rows]
    return worked and max(sums) - min(sums) < 1e-4 * max(sums)


def word(number: int) -> str:
    """Return a word of its own for each number below 2**32, every eighth with a letter beyond ASCII.

    Example:
        >>> word(1), word(8)
        ('ddeskpi', 'éohlxidn')
    """
    mixed = number * 2_654_435_761 % 2**32
    letters = "" if number % 8 else "é"
    while mixed:
        mixed, letter = divmod(mixed, 26)
        letters += chr(ord("a") + letter)
    return letters


def write_binary(path: Path, words: int) -> None:
    """Write so many words and vectors in word2vec's binary format."""
    patterns = [row.tobytes() for row in _patterns()]
    with path.open("wb") as file:
        file.write(f"{words} {DIM}\n".encode())
        for number in range(words):
            file.write(word(number).encode() + b" " + patterns[number % PATTERNS] + b"\n")


def write_text_vectors(path: Path, words: int) -> None:
    """Write so many words and vectors as GloVe does, without a header."""
    patterns = [" ".join(f"{value:.5f}" for value in row) for row in _patterns().tolist()]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for number in range(words):
            file.write(f"{word(number)} {patterns[number % PATTERNS]}\n")


def _patterns() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(0).normal(scale=0.4, size=(PATTERNS, DIM)).astype(np.float32)


def table(groups: dict[str, list[Row]]) -> str:
    """Write a row for each file and program; a ratio says how many times faster textclf is."""
    lines = []
    for group, rows in groups.items():
        own = median_of([row for row in rows if row["program"] == TEXTCLF.name], "seconds")
        file = f"{group}, {rows[0]['settings']['words']:,} × {DIM}"
        for program in dict.fromkeys(row["program"] for row in rows):
            its = [row for row in rows if row["program"] == program]
            seconds = median_of(its, "seconds")
            memory = [number(median_of(its, key)) for key in ("needed_mb", "over_result_mb")]
            lines.append([file, program, number(seconds), ratio(seconds, own), *memory])
    columns = ["file", "program", "seconds", "textclf ×", "MB needed", "MB over the result"]
    every = [row for rows in groups.values() for row in rows]
    size = f"Vocabulary: {every[0]['settings']['vocabulary']:,} words, spread over the file. "
    return f"{markdown_table(columns, lines)}\n{size}{origin(every)}"


if __name__ == "__main__":
    main()
