"""Train a classifier on a file of labelled texts, and save it to a folder.

Any option may stand in a TOML file that --config names, under its name with underscores.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any

from textclf.atomic import write_text
from textclf.classifier import TextClassifier
from textclf.classifier.options import GROUPS
from textclf.cli.console import Console
from textclf.cli.parser import Parser, UsageError
from textclf.cli.reading import FileRead, add_reading_arguments, check_labels, read_files
from textclf.cli.run_file import FILES, RUN_FILE, classifier_options, group_hint, merge_run, run_text
from textclf.cli.toml import typed_value
from textclf.errors import OutputExistsError, must_be
from textclf.metrics import Report
from textclf.saved_model.run_facts import DataFacts

__all__ = ["OPTIONS", "add_arguments", "run"]

OPTIONS = {
    "model": ("NAME", "see textclf models; default: textcnn"),
    "tokenizer": ("NAME", "whitespace, word, char or jieba; default: word"),
    "max_length": ("N", "tokens of a text that are read; default: all"),
    "windows": ("N", "answer longer texts by windows of N tokens; default: none, which cuts them off"),
    "min_freq": ("N", "how often a token must occur to be known; default: 1"),
    "embedding": ("FILE", "pretrained word vectors"),
    "epochs": ("N", "passes over the texts at most; default: about 800 steps"),
    "batch_size": ("N", "texts a step; default: 64"),
    "learning_rate": ("X", "default: 0.002"),
    "patience": ("N", "epochs that get no better before it stops, or none; default: 3"),
    "monitor": ("METRIC", "what should get better; default: accuracy"),
    "class_weight": ("W", "balanced, or as '{rare = 5.0}'"),
    "sampling": ("HOW", "oversample or undersample"),
    "validation_share": ("X", "share that is held out without --valid, or none; default: auto"),
    "temperature": ("X", "of the probabilities; default: auto, which fits it on the validation data"),
    "seed": ("N", "of all random numbers; default: 0"),
    "device": ("NAME", "cpu, cuda or mps; default: auto"),
    "precision": ("NAME", "fp32, bf16 or fp16; default: auto"),
}
"""The options that are arguments of a TextClassifier: what stands for the value, and the help."""


def add_arguments(parser: Parser) -> None:
    """Add the arguments of ``textclf train``."""
    parser.add_argument("train", metavar="TRAIN", nargs="?", help="file or folder of labelled texts")
    parser.add_argument("--valid", metavar="FILE", help="to stop by; without it a share is held out")
    parser.add_argument("--test", metavar="FILE", help="to measure with, at the end")
    parser.add_argument("--out", metavar="DIR", help="folder for the classifier; it must be given")
    parser.add_argument("--overwrite", action="store_true", help="replace the folder if it is there")
    parser.add_argument("--config", metavar="FILE", help="TOML file of options; the command line wins")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--quiet", action="store_true", help="say nothing but warnings and errors")
    group = parser.add_argument_group("the classifier")
    for name, (value, text) in OPTIONS.items():
        kind = str if name == "embedding" else typed_value
        group.add_argument(f"--{name.replace('_', '-')}", metavar=value, type=kind, help=text)
    group.add_argument(
        "--set",
        metavar="GROUP.OPTION=VALUE",
        action="append",
        help=f"any other option of the library; the groups are {', '.join(GROUPS)}",
    )
    add_reading_arguments(parser)
    parser.elsewhere = group_hint


def run(given: dict[str, Any]) -> int:
    """Train, measure, save and say so.

    Args:
        given: The arguments.

    Returns:
        0.

    Raises:
        KeyboardInterrupt: Ctrl-C; it says what was saved.
    """
    options = merge_run(given)
    console = Console(as_json=options.get("json", False), quiet=options.get("quiet", False))
    for name, shown in (("train", "TRAIN, the file of labelled texts,"), ("out", "--out, a folder,")):
        if name not in options:
            raise UsageError(f"{shown} is missing. See textclf train --help.")
    folder = _free(options)
    classifier = TextClassifier(**classifier_options(options), progress=console.progress)
    text = run_text(options, classifier)
    files = read_files({name: options[name] for name in FILES if name in options}, options, console)
    _check_files(files)
    console.say(f"\nTraining {classifier.model} with seed {classifier.seed}.")
    started = time.perf_counter()
    valid = None if "valid" not in files else (files["valid"].data.texts, files["valid"].data.labels)
    data = files["train"].data
    classifier.fit(data.texts, data.labels, valid=valid)
    seconds = time.perf_counter() - started
    interrupted = classifier.history_.stopped == "interrupted"
    if interrupted and not len(classifier.history_):
        raise KeyboardInterrupt
    console.say(_training_in_words(classifier, seconds))
    report = None
    if "test" in files and not interrupted:
        test = files["test"].data
        report = classifier.evaluate(test.texts, test.labels)
        classifier.run_ = replace(classifier.run_, test=DataFacts.of(test.texts, test.labels))
        console.say(f"\nOn {options['test']}:\n{report}")
    classifier.save(
        folder,
        overwrite=options.get("overwrite", False),
        reports={} if report is None else {"test": report},
        add=lambda new: write_text(new / RUN_FILE, text),
    )
    where = quote(str(folder))
    console.say(f'\nThe classifier is in {folder}. Next:\n  textclf predict {where} "A text of yours"')
    if report is None:
        console.say(f"  textclf evaluate {where} TEST_FILE")
    if console.as_json:
        console.result(_facts(classifier, files, report, folder, seconds))
    if interrupted:
        raise KeyboardInterrupt(f"what was learned by then is in {folder}")
    return 0


def _free(options: dict[str, Any]) -> Path:
    """Return the folder to make, or raise before any work if it is taken or cannot be made."""
    folder = Path(options["out"])
    if folder.exists() and not options.get("overwrite", False):
        cure = "Choose another folder, or pass --overwrite to replace it."
        raise OutputExistsError(f"`--out` must be free. Received: {str(folder)!r}, which exists. {cure}")
    above = next(parent for parent in folder.absolute().parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise must_be("--out", "where a folder can be made", str(folder), f"{str(above)!r} takes none.")
    return folder


def _check_files(files: dict[str, FileRead]) -> None:
    """Raise before any work if a label of another file is not in that of training."""
    known = files["train"].counts
    for name in ("valid", "test"):
        if name in files:
            check_labels(files[name], known)


def _training_in_words(classifier: TextClassifier, seconds: float) -> str:
    history = classifier.history_
    lines = [str(history)] if len(history) else []
    lines.append(f"Trained in {seconds:.1f} s")
    if history.best_epoch is None:
        lines[-1] += "; nothing was held out to measure it with."
    else:
        lines[-1] += f"; the weights are those of epoch {history.best_epoch}, marked *."
    if classifier.coverage_ is not None:
        lines.append(str(classifier.coverage_))
    return "\n".join(lines)


def _facts(
    classifier: TextClassifier,
    files: dict[str, FileRead],
    report: Report | None,
    folder: Path,
    seconds: float,
) -> dict[str, Any]:
    """Return the JSON object; the scores are those of ``--test``, and null without it."""
    history = classifier.history_
    best: dict[str, Any] = next((row for row in history if row["epoch"] == history.best_epoch), {})
    validation = {
        name.removeprefix("valid_"): value if math.isfinite(value) else None
        for name, value in best.items()
        if name.startswith("valid_")
    }
    scores = dict.fromkeys(["accuracy", "accuracy_interval", "macro_f1", "n", "per_class"])
    return {
        "out": str(folder),
        "model": classifier.model,
        "seed": classifier.seed,
        "seconds": round(seconds, 3),
        "epochs": len(history),
        "best_epoch": history.best_epoch,
        "stopped": history.stopped,
        "findings": [{"code": its.code, "severity": its.severity} for its in history.findings],
        "data_hash": files["train"].hash,
        "unread": classifier.run_.unread,
        "data": {name: file.facts() for name, file in files.items()},
        "validation": validation or None,
        **(scores if report is None else report.as_dict()),
    }
