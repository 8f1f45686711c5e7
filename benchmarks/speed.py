"""Training and prediction of the same network by textclf and by what a user might write instead.

    python benchmarks/speed.py --data DIR --peers DIR [--make-peers] [--models textcnn] [--short]

Without ``--data`` the built-in docstring corpus is used; without ``--peers`` the programs that need
nothing but PyTorch are run. Each run of a program is a line of ``benchmarks/results/speed.jsonl``; a
comparison that was broken off goes on when the same command is given again. The table is written to
``docs/results/speed.md``; with ``--short`` both go to ``runs/bench`` instead.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import torch
from corpora import long_texts, write_task
from measuring import Program, Row, Run, interleaved, take_turns
from settings import read_options, settings_of
from tables import make_table, markdown_table, median_of, number, origin, ratio

from textclf.device import resolve_precision

TEXTCLF = Program("textclf", "textclf_fit.py")
DEFAULTS = Program("textclf, all defaults", "textclf_fit.py", ("--defaults",))
TUTORIAL = Program("tutorial loop", "tutorial.py")
KERAS_TORCH = Program("Keras 3 on torch", "keras_fit.py", (), "frameworks", {"KERAS_BACKEND": "torch"})
KERAS_JAX = Program("Keras 3 on jax", "keras_fit.py", (), "frameworks", {"KERAS_BACKEND": "jax"})
LIGHTNING = Program("Lightning", "lightning_fit.py", (), "frameworks")
SKORCH = Program("skorch", "skorch_fit.py", (), "frameworks")
HF_TRAINER = Program("Hugging Face Trainer", "hf_trainer.py", (), "frameworks")
EXPERT = Program("expert loop, fp32", "expert.py")
EXPERT_BF16 = Program("expert loop, bf16", "expert.py", ("--bf16",))
EXPERT_PACKED = Program("expert loop, packed", "expert.py")
EXPERT_UNPACKED = Program("expert loop, unpacked", "expert.py", ("--unpacked",))
PROGRAMS = {
    "textcnn": (
        TEXTCLF,
        DEFAULTS,
        TUTORIAL,
        KERAS_TORCH,
        KERAS_JAX,
        LIGHTNING,
        SKORCH,
        HF_TRAINER,
        EXPERT,
        EXPERT_BF16,
    ),
    "bilstm": (TEXTCLF, DEFAULTS, TUTORIAL, EXPERT_PACKED, EXPERT_UNPACKED, KERAS_JAX),
    "bigru": (TEXTCLF, DEFAULTS),
}
SHORT = {"models": ["textcnn", "bilstm"], "train_rows": 320, "test_rows": 320, "repeats": 3}


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", default=list(PROGRAMS), choices=list(PROGRAMS))
    parser.add_argument("--programs", nargs="+", help="names, or beginnings of names; default all")
    parser.add_argument("--train-rows", type=int, default=6400)
    parser.add_argument("--test-rows", type=int, default=3200)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--bf16", action="store_true", help="also without the units for it")
    options = read_options(parser, "speed", SHORT)
    make_table(options, options.models, measure, tables)


def measure(model: str, options: argparse.Namespace) -> bool:
    """Make the runs of one network."""
    programs = [
        program
        for program in PROGRAMS[model]
        if not options.programs or program.name.startswith(tuple(options.programs))
    ]
    native = resolve_precision("auto", "cpu") == torch.bfloat16
    if EXPERT_BF16 in programs and not (native or options.bf16):
        print(f"skipped: {EXPERT_BF16.name}, because this processor has no bf16 units (--bf16)")
        programs.remove(EXPERT_BF16)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.json"
        rows = write_task(file, long_texts(options.data), options.train_rows, options.test_rows)
        settings = settings_of(
            options, corpus="imdb" if options.data else "docstrings", rows=rows, epochs=options.epochs
        )
        names = [program.name for program in programs if program.python(options.peers)]
        run = Run.begin(options.results, model, settings, interleaved(names, options.repeats))
        arguments = [file, "--model", model, "--epochs", options.epochs, "--seed"]
        return take_turns(
            run, programs, options.repeats, options.peers, lambda name, repeat: [*arguments, repeat]
        )


def tables(groups: dict[str, list[Row]]) -> str:
    """Write a table for each network."""
    parts = [_table(model, groups[model]) for model in PROGRAMS if model in groups]
    return "\n".join(parts)


def _table(model: str, rows: list[Row]) -> str:
    """Write one network's table; a ratio says how many times faster textclf is."""
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row["program"], []).append(row)
    own = by_name.get(TEXTCLF.name, [])
    lines = []
    for program in PROGRAMS[model]:
        its = by_name.get(program.name)
        if its:
            line = [program.name]
            for key in ("train_examples_s", "predict_texts_s"):
                line += [number(median_of(its, key)), ratio(median_of(own, key), median_of(its, key))]
            line += [f"{number(median_of(its, 'p50_ms'))} / {number(median_of(its, 'p99_ms'))}"]
            line += [_mean(its), number(median_of(its, "peak_mb"))]
            lines.append(line)
    columns = [
        model,
        "train examples/s",
        "textclf ×",
        "predict texts/s",
        "textclf ×",
        "one text, p50 / p99 ms",
        "test accuracy",
        "peak MB",
    ]
    settings = rows[0]["settings"]
    train, test = settings["rows"]
    size = f"{settings['corpus']}, {train:,} training texts, {test:,} test texts, "
    size += f"epochs: {settings['epochs']}. "
    return f"{markdown_table(columns, lines)}\n{size}{origin(rows)}"


def _mean(rows: list[Row]) -> str:
    values = [row["accuracy"] for row in rows]
    mean = f"{statistics.mean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} ± {statistics.stdev(values):.3f}"


if __name__ == "__main__":
    main()
