"""The report of a folder in which a Trainer keeps its run: what was found, and the learning curves."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from textclf.errors import DataError
from textclf.findings import Findings
from textclf.report import sections
from textclf.report.markup import note
from textclf.report.page import Section, page
from textclf.training import History
from textclf.training.resume import CHECKPOINT
from textclf.training.watch.callback import FINDINGS_FILE

__all__ = ["is_run_folder", "run_folder_page"]

_HISTORY_FILE = "history.jsonl"


def is_run_folder(folder: str | PathLike[str]) -> bool:
    """Say whether a folder is the ``run_folder`` of a Trainer, and no saved classifier."""
    return (Path(folder) / CHECKPOINT).is_file()


def run_folder_page(folder: str | PathLike[str], *, title: str | None = None) -> str:
    """Return a report of the ``run_folder`` of a Trainer as one page of HTML.

    Args:
        folder: Of a run, which may still be under way.
        title: Of the page; by default the name of the folder.

    Raises:
        MissingFileError: There is no history in it.
        DataError: A file is damaged.
    """
    folder = Path(folder)
    history = History.from_jsonl(folder / _HISTORY_FILE)
    parts = [Section("Learning curves", sections.curves(history))]
    path = folder / FINDINGS_FILE
    if path.exists():
        try:
            found = Findings.from_json(path.read_text(encoding="utf-8"))
        except (DataError, UnicodeDecodeError) as error:
            raise DataError(str(error), path=path) from error
        parts.insert(0, Section("Findings", sections.findings(found)))
    lead = note("The run of a Trainer; scores and worst errors need the saved classifier.")
    return page(title or folder.resolve().name, parts, lead=lead)
