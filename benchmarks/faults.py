"""How often the watch of a training run finds faults that were planted, and how often the cure helps.

    python benchmarks/faults.py [--data DIR] [--faults zero_start] [--sets sentences] [--seeds 10]
    python benchmarks/faults.py --healthy [--data DIR] [--sets trec] [--seeds 3]

The faults are the scripts in ``examples/faults``. Each is run on made sentences and the built-in
docstrings, with ``--data`` on trec and sst2 too, with each of its models and each seed: as it is, and
repaired as its finding says. ``--healthy`` trains every model of the zoo, and lists what is found wrong.

A run is a line of ``benchmarks/results/faults.jsonl`` or ``healthy.jsonl``; those that are there are not
made again, unless the checks or the script have changed. The table is ``docs/results/faults.md``.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import hashlib
import importlib
import io
import json
import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from corpora import parts_of
from healthy import SETS as HEALTHY_SETS
from healthy import healthy_runs, healthy_table
from measuring import read_rows
from tables import publish

from textclf import LabelledTexts

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent / "examples" / "faults"
WATCH = HERE.parent / "src" / "textclf" / "training" / "watch"
RESULTS, HEALTHY = HERE / "results" / "faults.jsonl", HERE / "results" / "healthy.jsonl"
TABLE = HERE.parent / "docs" / "results" / "faults.md"
SETS, FILE_SETS = ("sentences", "docstrings"), ("trec", "sst2")
LINES = {
    "Symmetric start": ("zero_start", "constant_start"),
    "Loss not finite": ("logarithm_of_zero", "rate_that_breaks", "exploding_recurrence"),
    "The wrong loss": ("nll_of_logits", "sign_of_loss", "softmax_in_model", "wrong_labels"),
    "Collapse": ("zeros_tagger", "unknown_tokens", "features_lost"),
    "Updates": ("low_rate", "low_rate_of_sgd", "high_rate", "plateau_of_sgd", "swinging_rate"),
    "Gradients and units": (
        "forgetful_recurrence", "deep_sigmoids", "dead_layer", "dead_filters", "saturated_layer",
    ),
    "Parameters": ("cut_graph", "frozen_by_name", "frozen_random_vectors", "padding_learns"),
    "Order": ("carried_state", "length_tells"),
    "Fit": ("learnt_by_heart", "ended_early"),
    "Validation above training": ("leaked_validation", "easier_validation", "heavy_dropout"),
    "Rivals": ("weak_network", "shuffled_labels"),
    "Padding and batch mates": ("mean_over_padding", "mean_over_texts"),
    "Metrics": ("rare_class", "tokens_outside"),
}  # fmt: skip
"""The scripts by the line of what is watched for."""

Row = dict[str, Any]


def main() -> None:
    """Make the runs that are missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [name for its in LINES.values() for name in its]
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--faults", nargs="+", default=names, choices=names)
    parser.add_argument("--healthy", action="store_true", help="runs without a fault, of the whole zoo")
    parser.add_argument("--sets", nargs="+", choices=[*SETS, *FILE_SETS, *HEALTHY_SETS])
    parser.add_argument("--models", nargs="+", help="of the healthy runs")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--rows", type=int, default=640, help="training rows, at most")
    parser.add_argument("--table-only", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.data is not None and not options.data.is_dir():
        sys.exit(f"skipped: no folder {options.data}; name the data folder with --data")
    if not options.table_only:
        path = HEALTHY if options.healthy else RESULTS
        runs = _healthy(options) if options.healthy else _planted(options)
        with _errors_kept() as errors:
            for row in runs:
                row["errors"] = [*errors]
                errors.clear()
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
                print(json.dumps(row), flush=True)
    publish(TABLE, tables(last_rows(RESULTS), last_rows(HEALTHY)))


def _planted(options: argparse.Namespace) -> Iterator[Row]:
    case = script("case")
    sets = options.sets or [*SETS, *(FILE_SETS if options.data else ())]
    done = {_key(row): row["version"] for row in last_rows(RESULTS)}
    scripts = {fault: script(fault) for fault in options.faults}
    versions = {fault: version_of(SCRIPTS / f"{fault}.py", SCRIPTS / "case.py") for fault in scripts}
    data: dict[str, Any] = {}
    for seed, name, (fault, its) in product(range(options.seeds or 10), sets, scripts.items()):
        version = versions[fault]
        for model in its.MODELS:
            if done.get((name, fault, model, seed)) == version:
                continue
            if name not in data:
                data[name] = case.Data.of(name, *texts_of(name, options.data, options.rows, case))
            yield {
                "set": name,
                "fault": fault,
                "model": model,
                "seed": seed,
                **outcome(its, case.Case(data[name], model, seed)),
                "version": version,
            }


def outcome(fault: ModuleType, case: Any) -> Row:
    """Run a fault and, if it is found, what its finding says; tell what was found."""
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        found = fault.faulty(case)
    right = [its for its in found if its.code == fault.CODE]
    row: Row = {"code": fault.CODE, "found": bool(right), "codes": _codes(found)}
    if right:
        row["severity"] = right[0].severity
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                after = fault.repaired(case, right[0].cure)
                row |= {"removed": fault.CODE not in after.codes, "codes_repaired": _codes(after)}
            except ValueError as error:  # the cure lacks the option that the script takes from it
                row |= {"removed": False, "codes_repaired": {}, "untyped": str(error)}
    return row | {"seconds": round(time.perf_counter() - started, 2)}


def _codes(found: Iterable[Any]) -> dict[str, str]:
    return {its.code: its.severity for its in found}


def texts_of(
    name: str, data: Path | None, rows: int, case: ModuleType
) -> tuple[LabelledTexts, LabelledTexts]:
    """Return training and validation texts of a set, half as many of these."""
    if name == "sentences":
        return case.sentences(rows), case.sentences(rows // 2, seed=1)
    train, _ = parts_of(name, None if name in SETS else data)
    parts = (
        LabelledTexts(train.texts[begin:end], train.labels[begin:end])
        for begin, end in ((0, rows), (rows, rows + rows // 2))
    )
    first, second = parts
    return first, second


def _healthy(options: argparse.Namespace) -> Iterator[Row]:
    version = version_of(HERE / "healthy.py")
    done = {_key(row) for row in last_rows(HEALTHY) if row["version"] == version}
    sentences = script("case").sentences
    for row in healthy_runs(
        options.sets, options.models, options.seeds or 3, options.rows, options.data, done, sentences
    ):
        yield {**row, "version": version}


def script(name: str) -> ModuleType:
    """Import a script of ``examples/faults``."""
    if str(SCRIPTS) not in sys.path:
        sys.path.insert(0, str(SCRIPTS))
    return importlib.import_module(name)


def version_of(*files: Path) -> str:
    """Return a number of what a run depends on: the code of these files, and of the checks."""
    content = "".join(map(_code, [*files, *sorted(WATCH.glob("*.py"))]))
    return hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()[:10]


def _code(path: Path) -> str:
    """Return what a file does, whatever its layout, comments and docstrings are."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.dump(tree)


def last_rows(path: Path) -> list[Row]:
    """Read the last row of each job, in order of first appearance."""
    return list({_key(row): row for row in read_rows(path)}.values())


def _key(row: Row) -> tuple[Any, ...]:
    return row["set"], row.get("fault"), row["model"], row["seed"]


@contextlib.contextmanager
def _errors_kept() -> Iterator[list[str]]:
    """Keep what the logger of the library says of faults in the watch itself, and show nothing."""
    errors: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR:
                error = record.exc_info[1] if record.exc_info else None
                errors.append(f"{record.getMessage()} {type(error).__name__}: {error}")

    logger, keep = logging.getLogger("textclf"), Keep()
    logger.addHandler(keep)
    logger.propagate = False
    try:
        yield errors
    finally:
        logger.removeHandler(keep)
        logger.propagate = True


def tables(planted: Sequence[Row], healthy: Sequence[Row]) -> str:
    """Write both tables as Markdown."""
    parts = []
    if planted:
        parts.append(planted_table(planted))
    if healthy:
        parts.append(healthy_table(healthy))
    return "\n".join(parts)


def planted_table(rows: Sequence[Row]) -> str:
    """Write a row for each fault, with what was found on each set and what the cure removed."""
    by_fault: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_fault[row["fault"]].append(row)
    sets = [name for name in (*SETS, *FILE_SETS) if any(row["set"] == name for row in rows)]
    head = ["line", "fault", "code", *sets, "models", "epochs", "removed by the cure"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for number, (line, faults) in enumerate(LINES.items(), start=1):
        for fault in faults:
            its = by_fault.get(fault, [])
            if not its:
                continue
            found = [row for row in its if row["found"]]
            cells = [f"{number}. {line}", f"`{fault}`", f"`{its[0]['code']}`"]
            cells += [_share([row["found"] for row in its if row["set"] == name]) for name in sets]
            cells += [", ".join(dict.fromkeys(row["model"] for row in its))]
            cells += ["1" if script(fault).EARLY else "several"]
            lines.append(f"| {' | '.join([*cells, _share([row['removed'] for row in found])])} |")
    seeds, size = len({row["seed"] for row in rows}), len(rows)
    removed = _share([row["removed"] for row in rows if row["found"]])
    total = f"{_share([row['found'] for row in rows])} found; of these, {removed} removed by the cure."
    return (
        f"{size:,} runs with a fault, of {seeds} seeds, each followed by the repaired run: {total}\n\n"
        + "\n".join(lines)
        + "\n\n"
        + _misses(rows)
    )


def _misses(rows: Sequence[Row]) -> str:
    """List where a fault was found in fewer than nine of ten runs, or the cure removed fewer."""
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["fault"], row["set"], row["model"]].append(row)
    lines = []
    for (fault, name, model), its in groups.items():
        found = [row for row in its if row["found"]]
        removed = [row for row in found if row["removed"]]
        if len(found) < 0.9 * len(its):
            others = Counter(code for row in its if not row["found"] for code in row["codes"])
            instead = ", ".join(f"{code} ({count})" for code, count in others.most_common(3)) or "nothing"
            lines.append(
                f"- `{fault}`, {model} on {name}: found in {len(found)} of {len(its)}; instead: {instead}"
            )
        if len(removed) < 0.9 * len(found):
            lines.append(f"- `{fault}`, {model} on {name}: removed in {len(removed)} of {len(found)}")
    return "Below nine of ten:\n\n" + "\n".join(lines) + "\n" if lines else "None is below nine of ten.\n"


def _share(truths: Sequence[bool]) -> str:
    return f"{sum(truths)} of {len(truths)}" if truths else "–"


if __name__ == "__main__":
    main()
