"""Text to ids: the plain Python loop beside TextEncoder, on the training texts of three sets.

    python benchmarks/text_to_ids.py --data DIR [--sets imdb sst2] [--repeats 5]

The plain loop calls the tokenizer with each text and looks each token up in a dictionary. The two
take turns, and their ids must be equal. Seconds are medians of the wall clock, and a ratio is what
the loop takes over what textclf takes. CPU time is that of all threads.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from textclf import EncodedCorpus, TextEncoder, create_tokenizer, read_labelled

SETS = {
    "imdb": ("imdb/train.tsv", 3, 0, "word"),
    "thucnews": ("thucnews/train_union.txt", 0, 1, "char"),
    "sst2": ("sst2/train.tsv", 0, 1, "whitespace"),
}
COLUMNS = [
    "set",
    "texts",
    "tokens",
    "work",
    "loop s",
    "textclf s",
    "ratio",
    "ratio of CPU time",
    "texts a second",
]
MIN_FREQ = 2

Rows = list[list[int]]


def main() -> None:
    """Measure the sets that are named, and print a row for each piece of work."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"skipped: no folder {options.data}; name the data folder with --data")
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for name in options.sets:
        lines += measured(name, options.data, options.repeats)
    print("\n".join(lines))
    print(f"\n{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, medians of {options.repeats} runs.")


def measured(name: str, data: Path, repeats: int) -> list[str]:
    """Return the rows of the table for one set."""
    file, text, label, kind = SETS[name]
    texts = read_labelled(data / file, text=text, label=label).texts
    tokenizer = create_tokenizer(kind)
    before = peak_megabytes()
    encoder, corpus = TextEncoder.build_and_encode(texts, tokenizer=tokenizer, min_freq=MIN_FREQ)
    print(
        f"{name}: building and encoding raised the peak from {before:.0f} to {peak_megabytes():.0f} MB, "
        f"{corpus.ids.nbytes / 1e6:.0f} MB of it the ids",
        flush=True,
    )
    ids = {token: number for number, token in enumerate(encoder.vocab)}

    def loop() -> Rows:
        return [[ids.get(token, 1) for token in tokenizer(text)] for text in texts]

    def counting_loop() -> Rows:
        tokenized = [tokenizer(text) for text in texts]
        counts = Counter(token for tokens in tokenized for token in tokens)
        frequent = [(token, count) for token, count in counts.items() if count >= MIN_FREQ]
        frequent.sort(key=lambda item: (-item[1], item[0]))
        found = {token: number for number, (token, _) in enumerate(frequent, 2)}
        return [[found.get(token, 1) for token in tokens] for tokens in tokenized]

    def encode() -> EncodedCorpus:
        return encoder.encode(texts)

    def build_and_encode() -> EncodedCorpus:
        return TextEncoder.build_and_encode(texts, tokenizer=tokenizer, min_freq=MIN_FREQ)[1]

    rows = []
    for work, slow, fast in [
        ("ids", loop, encode),
        ("vocabulary and ids", counting_loop, build_and_encode),
    ]:
        wall, cpu = compared(slow, fast, repeats)
        cells = [
            name,
            f"{len(texts):,}",
            f"{corpus.num_tokens:,}",
            work,
            f"{wall[0]:.3f}",
            f"{wall[1]:.3f}",
            f"{wall[0] / wall[1]:.1f}",
            f"{cpu[0] / cpu[1]:.1f}",
            f"{len(texts) / wall[1]:,.0f}",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def compared(
    loop: Callable[[], Rows], fast: Callable[[], EncodedCorpus], repeats: int
) -> tuple[list[float], list[float]]:
    """Return median seconds, by the wall and of the CPU, of the loop and of textclf, which take turns."""
    seconds: dict[tuple[int, int], list[float]] = {(clock, side): [] for clock in (0, 1) for side in (0, 1)}
    for _ in range(repeats):
        rows: Rows = []
        corpus: EncodedCorpus | None = None
        for side in (0, 1):
            started = time.perf_counter(), time.process_time()
            if side == 0:
                rows = loop()
            else:
                corpus = fast()
            seconds[0, side].append(time.perf_counter() - started[0])
            seconds[1, side].append(time.process_time() - started[1])
        check_equal(rows, corpus)
    wall, cpu = ([statistics.median(seconds[clock, side]) for side in (0, 1)] for clock in (0, 1))
    return wall, cpu


def check_equal(rows: Rows, corpus: EncodedCorpus | None) -> None:
    """Stop unless the loop and textclf have found the same ids."""
    if corpus is None or not np.array_equal(corpus.lengths, list(map(len, rows))):
        sys.exit("the texts have not the same number of tokens")
    if any(not np.array_equal(found, row) for found, row in zip(corpus, rows, strict=True)):
        sys.exit("the ids are not the same")


def peak_megabytes() -> float:
    """Return the largest size that this process has had (Linux counts it in units of 1,024 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main()
