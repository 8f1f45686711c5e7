"""Write a report of a saved classifier or of a study: one page of HTML that needs no other file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textclf.atomic import write_text
from textclf.classifier import TextClassifier
from textclf.cli.console import Console
from textclf.cli.evaluate import as_trained
from textclf.cli.loading import add_loading_arguments, loading_options
from textclf.cli.parser import Parser, UsageError
from textclf.cli.reading import add_reading_arguments, read_files, reading_options
from textclf.cli.run_file import RUN_FILE, read_run
from textclf.errors import TextclfError
from textclf.experiment.record import has_studies
from textclf.report import is_run_folder, run_folder_page, run_page, study_page
from textclf.saved_model.run_facts import DataFacts

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    """Add the arguments of ``textclf report``."""
    add_loading_arguments(parser, folder="of a saved classifier, or of the runs of a study")
    parser.add_argument("--out", metavar="FILE", help="the page to write, such as report.html")
    parser.add_argument(
        "--data",
        metavar="FILE",
        action="append",
        help="labelled texts to measure on, as often as wanted; default: the test file of the run",
    )
    parser.add_argument("--title", metavar="TEXT", help="of the page; default: the name of the folder")
    parser.add_argument("--quiet", action="store_true", help="say nothing but warnings")
    add_reading_arguments(parser)


def run(given: dict[str, Any]) -> int:
    """Load, read, measure and write the page.

    Args:
        given: The arguments.

    Returns:
        0.
    """
    if "out" not in given:
        raise UsageError("--out, the page to write, is missing. See textclf report --help.")
    console = Console(quiet=given.get("quiet", False))
    folder = Path(given["folder"])
    others = {
        "the runs of a study": (has_studies, study_page),
        "the run of a Trainer": (is_run_folder, run_folder_page),
    }
    for what, (is_one, page_of) in others.items():
        if not is_one(folder):
            continue
        if "data" in given:
            raise UsageError(f"--data needs a saved classifier, and this folder has {what}.")
        write_text(given["out"], page_of(folder, title=given.get("title")))
        console.say(f"The report is {given['out']}.")
        return 0
    classifier = TextClassifier.load(folder, **loading_options(given))
    if "data" in given:
        files = read_files(_named(given["data"]), given, console)
        data = {name: (file.data.texts, as_trained(file, classifier)) for name, file in files.items()}
    else:
        data = _test_data(folder, classifier, console)
    write_text(given["out"], run_page(classifier, data, title=given.get("title", folder.resolve().name)))
    if not data:
        console.say("Calibration, slices and worst errors are left out: give labelled texts with --data.")
    console.say(f"The report is {given['out']}.")
    return 0


def _named(paths: list[str]) -> dict[str, str]:
    """Name files as a page should: without their folders, unless two have the same name."""
    names = [Path(path).name for path in paths]
    return {path if names.count(name) > 1 else name: path for path, name in zip(paths, names, strict=True)}


def _test_data(folder: Path, classifier: TextClassifier, console: Console) -> dict[str, Any]:
    """Return the test data of the run if they are still there and the same, or say why not."""
    wanted, run_file = classifier.run_.test, folder / RUN_FILE
    if wanted is None or not run_file.exists():
        console.say("The run has no test file.")
        return {}
    options = read_run(str(run_file))
    if "test" not in options:
        console.say(f"{RUN_FILE} names no test file.")
        return {}
    reading = reading_options(options)
    if reading.pop("quarantine", None) is not None:  # its file was written when the run was made
        reading["on_bad_row"] = "skip"
    try:
        file = read_files({"test": options["test"]}, reading, console)["test"]
    except (TextclfError, OSError) as error:
        console.say(f"The test file of the run cannot be read. {error}")
        return {}
    if DataFacts.of(file.data.texts, file.data.labels) != wanted:
        console.say(f"{options['test']} is not what it was when the run was made.")
        return {}
    return {"test": (file.data.texts, as_trained(file, classifier))}
