"""Time and memory from a file of short texts to a trained model, as the number of texts grows.

    python benchmarks/scale.py --texts 100000 1000000 10000000

The texts are 5 to 20 consecutive words of the built-in docstring corpus, labelled with their library.
For each number of them the file is written once; then each step runs in a process of its own: the
first start (read the file, build the vocabulary, encode, write the cache), the second start (from the
cache), the doctor's check of the data, and one pass of training for each model. Each step is a line of
``benchmarks/results/scale.jsonl``; the table is written to ``docs/results/scale.md``.

Memory is what a process has of its own at its peak, beyond what it had after its imports. Pages of
memory-mapped files are not counted: the system takes them back when it needs room. Times are those of
the processor, in all threads together, which other programs on the machine disturb least, and beside
them the time that passed. Linux only.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

import textclf
from textclf.atomic import write_text
from textclf.data import LabelledFile, cached_corpus, cached_encoder
from textclf.doctor import check_data

HERE = Path(__file__).resolve().parent
MODELS = ("dan", "textcnn")
NGRAMS = ("0", "default")
CHUNK = 100_000
MEGABYTE = 1e6


def main() -> None:
    """Run the steps that were asked for, each in a process of its own, and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", nargs="+", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    parser.add_argument("--ngrams", nargs="+", default=list(NGRAMS), help="longest n-grams, or default")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--folder", type=Path, default=HERE.parent / "runs" / "scale", help="for the files")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "scale.jsonl")
    parser.add_argument("--table", type=Path, default=HERE.parent / "docs" / "results" / "scale.md")
    parser.add_argument("--table-only", action="store_true")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.step is not None:
        print(json.dumps(run_step(options)))
        return
    if not options.table_only:
        for number in options.texts:
            run_size(options, number)
    rows = [json.loads(line) for line in options.results.read_text(encoding="utf-8").splitlines()]
    write_text(options.table, table(rows))
    print(options.table.read_text(encoding="utf-8"))


def run_size(options: argparse.Namespace, number: int) -> None:
    """Run all steps for one number of texts."""
    options.folder.mkdir(parents=True, exist_ok=True)
    file = file_of(options.folder, number)
    if not file.exists():
        textclf.atomic.write_file(file, lambda path: write_texts(path, number))
    shutil.rmtree(cache_of(options.folder, number), ignore_errors=True)
    training = [f"{model} {ngrams}" for model in options.models for ngrams in options.ngrams]
    for step in ["first start", "second start", "check", *training]:
        command = [sys.executable, __file__, "--step", step, "--texts", str(number)]
        command += ["--folder", str(options.folder), "--threads", str(options.threads)]
        command += ["--batch-size", str(options.batch_size)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        row = {
            "texts": number,
            "step": step,
            "file_mb": file.stat().st_size / MEGABYTE,
            **json.loads(done.stdout.splitlines()[-1]),
            "threads": options.threads,
            "batch_size": options.batch_size,
            "machine": platform.processor() or platform.machine(),
            "torch": torch.__version__,
        }
        options.results.parent.mkdir(parents=True, exist_ok=True)
        with options.results.open("a", encoding="utf-8") as results:
            results.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)


def run_step(options: argparse.Namespace) -> dict[str, Any]:
    """Run one step in this process and return its figures."""
    source = LabelledFile(file_of(options.folder, options.texts[0]), text=1, label=0)
    cache = cache_of(options.folder, options.texts[0])
    memory, clock = Memory(), Clock()
    if options.step == "check":
        found = check_data(source)
        clock.lap("check")
        return {"findings": found.codes, **clock.seconds, **memory.figures()}
    encoder = cached_encoder(cache, source)
    clock.lap("encoder")
    train = cached_corpus(cache, source, encoder)
    clock.lap("corpus")
    figures: dict[str, Any] = {"tokens": train.num_tokens}
    if not options.step.endswith("start"):
        figures |= train_once(options, encoder, train, clock)
    return {**figures, **clock.seconds, **memory.figures()}


def train_once(
    options: argparse.Namespace,
    encoder: textclf.TextEncoder,
    train: textclf.EncodedCorpus,
    clock: Clock,
) -> dict[str, Any]:
    """Train a model for one pass; return its size and its accuracy on the texts while it learnt."""
    name, ngrams = options.step.split()
    its: dict[str, Any] = {} if ngrams == "default" else {"ngrams": int(ngrams)}
    textclf.seed_everything(0)
    model = textclf.create_model(
        name,
        vocab_size=encoder.vocab_size,
        num_classes=encoder.num_classes,
        **its,
    )
    size = sum(p.numel() * p.element_size() for p in [*model.parameters(), *model.buffers()])

    class StartOfPass(textclf.Callback):
        def on_fit_start(self, trainer: textclf.Trainer) -> None:
            clock.lap("before")

    trainer = textclf.Trainer(
        model, epochs=1, batch_size=options.batch_size, callbacks=[StartOfPass()], progress=False
    )
    history = trainer.fit(train)
    clock.lap("pass")
    return {"train_accuracy": history.rows[0]["train_accuracy"], "model_mb": size / MEGABYTE}


class Clock:
    """Laps in seconds: of the processor, under a name, and that passed, under ``name_wall``."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.process_time(), time.perf_counter()

    def lap(self, name: str) -> None:
        """Note what went by since the last lap."""
        now = time.process_time(), time.perf_counter()
        self.seconds[name] = now[0] - self._last[0]
        self.seconds[f"{name}_wall"] = now[1] - self._last[1]
        self._last = now


class Memory:
    """The largest memory of its own that this process has, looked at twenty times a second."""

    def __init__(self) -> None:
        self._before = self._most = megabytes("RssAnon")
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def figures(self) -> dict[str, float]:
        """Stop looking; return megabytes before, beyond that at most since then, and in all."""
        self._done.set()
        self._watcher.join()
        own = self._most - self._before
        return {"imports_mb": self._before, "own_mb": own, "rss_mb": megabytes("VmHWM")}

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self._most = max(self._most, megabytes("RssAnon"))


def megabytes(kind: str) -> float:
    """Return the memory of this process: RssAnon without pages of files, VmHWM the peak with them."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024 / MEGABYTE
    raise OSError(f"{kind} is not in /proc/self/status")


def file_of(folder: Path, number: int) -> Path:
    """Return where the texts lie."""
    return folder / f"texts-{number}.tsv"


def cache_of(folder: Path, number: int) -> Path:
    """Return where their cache lies."""
    return folder / f"cache-{number}"


def write_texts(path: Path, number: int) -> None:
    """Write short texts: 5 to 20 consecutive words of a paragraph of the built-in corpus."""
    corpus = textclf.docstring_corpus(progress=False)
    paragraphs = [(text.split(), label) for text, label in corpus.train]
    lengths = np.array([len(words) for words, _ in paragraphs])
    random = np.random.default_rng(0)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for done in range(0, number, CHUNK):
            count = min(CHUNK, number - done)
            which = random.integers(0, len(paragraphs), count)
            sizes = np.minimum(random.integers(5, 21, count), lengths[which])
            starts = random.integers(0, lengths[which] - sizes + 1)
            for row, start, end in zip(
                which.tolist(), starts.tolist(), (starts + sizes).tolist(), strict=True
            ):
                words, label = paragraphs[row]
                file.write(f"{label}\t{' '.join(words[start:end])}\n")


def table(rows: list[dict[str, Any]]) -> str:
    """Write the results as Markdown tables; of several runs of a step, the medians."""
    groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["step"], row["texts"]), []).append(row)

    def median(key: str, its: list[dict[str, Any]]) -> float:
        return float(statistics.median(row[key] for row in its))

    start = heading(
        "start",
        "texts",
        "million tokens",
        "file, MB",
        "encoder, s",
        "corpus, s",
        "s per million tokens",
        "time passed, s",
        "own memory, MB",
    )
    passes = heading(
        "model",
        "n-grams",
        "texts",
        "million tokens",
        "before the pass, s",
        "pass, s",
        "s per million tokens",
        "time passed, s",
        "own memory, MB",
        "model, MB",
    )
    checks = heading("check of texts", "file, MB", "seconds", "time passed, s", "own memory, MB")
    for (step, texts), its in sorted(groups.items()):
        row = {key: median(key, its) for key, value in its[0].items() if isinstance(value, int | float)}
        if step == "check":
            checks.append(
                f"| {texts:,} | {row['file_mb']:.0f} | {row['check']:.1f} | {row['check_wall']:.1f} "
                f"| {row['own_mb']:.0f} |"
            )
            continue
        millions = row["tokens"] / 1e6
        if step.endswith("start"):
            seconds = row["encoder"] + row["corpus"]
            start.append(
                f"| {step.split()[0]} | {texts:,} | {millions:.1f} | {row['file_mb']:.0f} "
                f"| {row['encoder']:.2f} | {row['corpus']:.2f} | {seconds / millions:.2f} "
                f"| {row['encoder_wall'] + row['corpus_wall']:.1f} | {row['own_mb']:.0f} |"
            )
        else:
            model, ngrams = step.split()
            seconds = row["before"] + row["pass"]
            passes.append(
                f"| {model} | {ngrams} | {texts:,} | {millions:.1f} | {row['before']:.1f} "
                f"| {row['pass']:.1f} | {seconds / millions:.2f} "
                f"| {row['before_wall'] + row['pass_wall']:.1f} | {row['own_mb']:.0f} "
                f"| {row['model_mb']:.0f} |"
            )
    last = rows[-1]
    threads: dict[int, list[str]] = {}
    for (step, _), its in sorted(groups.items()):
        threads.setdefault(its[-1]["threads"], []).append(step.removesuffix(" default"))
    shown = "; ".join(
        f"{count} thread{'s' * (count != 1)}: {', '.join(dict.fromkeys(steps))}"
        for count, steps in sorted(threads.items())
    )
    about = (
        f"Measured on {last['machine']} with batches of {last['batch_size']} and torch {last['torch']}; "
        f"{shown}. Seconds per million tokens are of the processor, all steps of the row together."
    )
    checked = [*checks, ""] if len(checks) > 2 else []
    return "\n".join([*start, "", *checked, *passes, "", about]) + "\n"


def heading(*columns: str) -> list[str]:
    """Return the first two lines of a Markdown table."""
    return [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]


if __name__ == "__main__":
    main()
