"""Accuracy of the zoo on real data, with default settings, beside a linear baseline.

    python benchmarks/accuracy.py --data DIR [--sets trec sst2] [--models textcnn] [--seeds 5]

Each run is a line of ``benchmarks/results/accuracy.jsonl``; runs that are there are not made again.
The table is written to ``docs/results/accuracy.md``. Test texts are looked at once a run, with the
weights of the best epoch by validation accuracy.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from data_sets import DATASETS, load_parts

import textclf
from textclf.atomic import write_text
from textclf.baseline import LinearBaseline

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "accuracy.jsonl"
TABLE = HERE.parent / "docs" / "results" / "accuracy.md"
BASELINE = "tf-idf + logistic regression"
MODELS = ("fasttext", "textcnn", "bilstm")


def main() -> None:
    """Make the runs that are missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="+", default=list(DATASETS), choices=list(DATASETS))
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--table-only", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if not options.table_only:
        if not options.data.is_dir():
            sys.exit(f"skipped: no folder {options.data}; name the data folder with --data")
        for name in options.sets:
            run_set(name, options.models, options.seeds, options.data)
    write_text(TABLE, table(read_results()))
    print(TABLE.read_text(encoding="utf-8"))


def run_set(name: str, models: list[str], seeds: int, data: Path) -> None:
    """Make the runs of one set that are not among the results yet."""
    done = {(row["set"], row["model"], row["seed"]) for row in read_results()}
    wanted = [(model, seed) for model in models for seed in range(seeds) if (name, model, seed) not in done]
    missing_baseline = (name, BASELINE, 0) not in done
    if not wanted and not missing_baseline:
        return
    dataset, parts = DATASETS[name], load_parts(name, data)
    if missing_baseline:
        started = time.perf_counter()
        baseline = LinearBaseline(
            textclf.create_tokenizer(dataset.tokenizer),
            ngrams=(1, 3) if dataset.tokenizer == "char" else (1, 2),
        ).fit(parts.train)
        seconds = time.perf_counter() - started
        add_result(
            name, BASELINE, 0, seconds, parts, baseline.evaluate(parts.valid), baseline.evaluate(parts.test)
        )
    if not wanted:
        return
    encoder = textclf.TextEncoder.build(
        parts.train.texts,
        parts.train.labels,
        tokenizer=dataset.tokenizer,
        min_freq=2,
        max_length=dataset.max_length,
        keep="both",
    )
    train, valid, test = (
        encoder.encode(part.texts, part.labels) for part in (parts.train, parts.valid, parts.test)
    )
    vectors = None
    if dataset.vectors is not None:
        vectors, coverage = textclf.EmbeddingLoader(data / "vectors" / dataset.vectors).load(encoder.vocab)
        print(f"{name}: {coverage}", flush=True)
    for model_name, seed in wanted:
        textclf.seed_everything(seed)
        model = textclf.create_model(
            model_name,
            vocab_size=encoder.vocab_size,
            num_classes=encoder.num_classes,
            **({} if model_name == "fasttext" else {"embedding": vectors}),
        )
        trainer = textclf.Trainer(model, seed=seed, progress=sys.stderr.isatty())
        started = time.perf_counter()
        history = trainer.fit(train, valid)
        seconds = time.perf_counter() - started
        reports = trainer.evaluate(valid), trainer.evaluate(test)
        add_result(name, model_name, seed, seconds, parts, *reports, epochs=len(history))


def add_result(
    name: str,
    model: str,
    seed: int,
    seconds: float,
    parts: Any,
    valid: textclf.metrics.Report,
    test: textclf.metrics.Report,
    epochs: int | None = None,
) -> None:
    """Append one run to the results."""
    row = {
        "set": name,
        "model": model,
        "seed": seed,
        "valid_accuracy": valid.accuracy,
        "accuracy": test.accuracy,
        "macro_f1": test.macro_f1,
        "seconds": round(seconds, 1),
        "epochs": epochs,
        "rows": [len(parts.train), len(parts.valid), len(parts.test)],
        "threads": torch.get_num_threads(),
        "machine": platform.processor() or platform.machine(),
        "torch": torch.__version__,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    print(json.dumps(row), flush=True)


def read_results() -> list[dict[str, Any]]:
    """Read the runs made so far."""
    if not RESULTS.exists():
        return []
    return [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").split("\n") if line]


def table(results: list[dict[str, Any]]) -> str:
    """Write the results as a Markdown table: a row for each set and model."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in results:
        groups[row["set"], row["model"]].append(row)
    columns = [
        "set",
        "model",
        "test accuracy",
        "macro F1",
        "seeds",
        "validation accuracy",
        "train / valid / test rows",
        "seconds a run",
    ]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for name in DATASETS:
        for (its, model), rows in sorted(groups.items(), key=lambda item: item[0][1] != BASELINE):
            if its == name:
                sizes = " / ".join(f"{size:,}" for size in rows[0]["rows"])
                seconds = statistics.median(row["seconds"] for row in rows)
                lines.append(
                    f"| {name} | {model} | {_spread(rows, 'accuracy')} | {_spread(rows, 'macro_f1')} | "
                    f"{len(rows)} | {_spread(rows, 'valid_accuracy')} | {sizes} | {seconds:.0f} |"
                )
    return "\n".join(lines) + "\n"


def _spread(rows: list[dict[str, Any]], key: str) -> str:
    """Give the mean over seeds, and the standard deviation where there is one."""
    values = [row[key] for row in rows]
    mean = f"{statistics.mean(values):.4f}"
    return mean if len(values) == 1 else f"{mean} ± {statistics.stdev(values):.4f}"


if __name__ == "__main__":
    main()
