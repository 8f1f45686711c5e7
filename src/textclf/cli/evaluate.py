"""Measure a saved classifier on a file of labelled texts that it was not trained on."""

from __future__ import annotations

import time
from typing import Any

from textclf.classifier import TextClassifier
from textclf.cli.console import Console
from textclf.cli.loading import add_loading_arguments, loading_options
from textclf.cli.parser import Parser
from textclf.cli.reading import FileRead, add_reading_arguments, check_labels, read_files

__all__ = ["add_arguments", "as_trained", "run"]


def add_arguments(parser: Parser) -> None:
    """Add the arguments of ``textclf evaluate``."""
    add_loading_arguments(parser)
    parser.add_argument("file", metavar="FILE", help="file or folder of labelled texts")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--quiet", action="store_true", help="say nothing but the report")
    add_reading_arguments(parser)


def run(given: dict[str, Any]) -> int:
    """Load, read, measure and say so.

    Args:
        given: The arguments.

    Returns:
        0.
    """
    console = Console(as_json=given.get("json", False), quiet=given.get("quiet", False))
    classifier = TextClassifier.load(given["folder"], **loading_options(given))
    file = read_files({"file": given["file"]}, given, console)["file"]
    labels = as_trained(file, classifier)
    started = time.perf_counter()
    report = classifier.evaluate(file.data.texts, labels)
    console.say()
    console.result(
        {
            "folder": str(given["folder"]),
            "model": classifier.model,
            "seed": classifier.seed,
            "seconds": round(time.perf_counter() - started, 3),
            "data_hash": file.hash,
            "data": {"file": file.facts()},
            **report.as_dict(),
        },
        str(report),
    )
    return 0


def as_trained(file: FileRead, classifier: TextClassifier) -> list[Any]:
    """Return the labels as the model has them: what is read is strings, and some learn from integers.

    Raises:
        UnseenLabelError: A label did not occur in training.
    """
    by_name = {str(label): label for label in classifier.classes_.tolist()}
    check_labels(file, by_name)
    labels = file.data.labels
    return [
        [by_name[name] for name in label] if isinstance(label, list) else by_name[label] for label in labels
    ]
