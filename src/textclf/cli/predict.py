"""Label texts: those given, those of a file, or those of standard input.

Each text gives one row, in the order of the texts: its label. A row that cannot be read and is left out
with --on-bad-row gives an empty row, so that every row stays in its place.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from textclf.atomic import write_file
from textclf.cli.console import Console
from textclf.cli.loading import add_loading_arguments, loading_options
from textclf.cli.parser import Parser, UsageError
from textclf.cli.reading import add_reading_arguments, reading_options
from textclf.data.readers import TextFile
from textclf.predictor import Predictor
from textclf.validation import require_int

__all__ = ["add_arguments", "run", "texts_of"]

_STDIN = Path("/dev/stdin")
_BATCH = 256


def add_arguments(parser: Parser) -> None:
    """Add the arguments of ``textclf predict``."""
    add_loading_arguments(parser)
    parser.add_argument(
        "texts", metavar="TEXT", nargs="*", help="a text; without one, standard input is read"
    )
    parser.add_argument("--input", metavar="FILE", help="file of texts, or - for standard input")
    parser.add_argument("--output", metavar="FILE", help="where the rows go, whole or not at all")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--proba", action="store_true", help="each row: label, tab, its probability")
    form.add_argument("--json", action="store_true", help="each row: a JSON object with all probabilities")
    parser.add_argument("--quiet", action="store_true", help="say nothing but the rows")
    parser.add_argument(
        "--batch-size",
        metavar="N",
        type=int,
        default=_BATCH,
        help="texts answered together; 1 answers each line as it comes (default: %(default)s)",
    )
    add_reading_arguments(parser, labelled=False)


def run(given: dict[str, Any]) -> int:
    """Read, predict and write, some texts at a time.

    Args:
        given: The arguments.

    Returns:
        0.
    """
    if given.get("texts") and "input" in given:
        raise UsageError("TEXT and --input cannot be used together.")
    size = require_int("batch_size", given["batch_size"], at_least=1)
    predictor = Predictor.load(given["folder"], batch_size=min(size, _BATCH), **loading_options(given))
    with contextlib.ExitStack() as stack:
        texts: Iterable[str | None] = given.get("texts") or _from_input(given, stack)
        lines = _lines(predictor, texts, given, size)
        if "output" in given:
            write_file(given["output"], lambda path: _write_to(path, lines))
        else:
            _write(sys.stdout, lines)
    return 0


def texts_of(file: TextFile) -> Iterator[str | None]:
    """Yield the texts of a file, and None in the place of each bad row that is left out.

    Args:
        file: To be gone through once.
    """
    before = 0
    for text in file:
        yield from [None] * (file.bad_rows.count - before)
        before = file.bad_rows.count
        yield text
    yield from [None] * (file.bad_rows.count - before)


def _from_input(given: dict[str, Any], stack: contextlib.ExitStack) -> Iterator[str | None]:
    options = reading_options(given, labelled=False)
    path = given.get("input", "-")
    if path == "-":
        plain = not {"kind", "text", "delimiter", "header", "quoted"} & set(options)
        if plain or options.get("kind") == "lines":
            options["kind"] = "lines"
            return texts_of(TextFile(_STDIN if _opens_again() else _spooled(stack), **options))
        path = _spooled(stack)
    file = TextFile(path, **options)
    Console(as_json=True, quiet=given.get("quiet", False)).say(f"{given.get('input', '-')}: {file.format}")
    return texts_of(file)


def _opens_again() -> bool:
    """Say whether standard input has a path; a socket and the input of Windows have none."""
    return _STDIN.exists() and not stat.S_ISSOCK(os.fstat(0).st_mode)


def _spooled(stack: contextlib.ExitStack) -> Path:
    """Copy standard input to a file, since a format is recognised by reading the beginning twice."""
    path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "standard input"
    with path.open("wb") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    return path


def _lines(
    predictor: Predictor, texts: Iterable[str | None], given: dict[str, Any], size: int
) -> Iterator[list[str]]:
    """Yield the output rows of each batch."""
    rows = iter(texts)
    while batch := list(islice(rows, size)):
        good = [text for text in batch if text is not None]
        answers = iter(_answers(predictor, good, given))
        bad = '{"label": null}' if given.get("json") else ""
        yield [bad if text is None else next(answers) for text in batch]


def _answers(predictor: Predictor, texts: Sequence[str], given: dict[str, Any]) -> list[str]:
    """Return the output row of each text."""
    if not texts:
        return []
    logits = predictor.predict_logits(texts)
    labels = predictor.labels.decode(predictor.target.predictions(logits))
    if not (given.get("json") or given.get("proba")):
        return [_on_a_line(label) for label in labels]
    rows = predictor.probabilities(logits).tolist()
    shares = [dict(zip(predictor.classes, row, strict=True)) for row in rows]
    if given.get("proba"):
        return [f"{_on_a_line(name)}\t{_share(name, by)}" for name, by in zip(labels, shares, strict=True)]
    answers = [{"label": name, "probabilities": by} for name, by in zip(labels, shares, strict=True)]
    return [json.dumps(answer, ensure_ascii=False) for answer in answers]


def _share(label: Any, shares: dict[Any, float]) -> str:
    if isinstance(label, tuple | list):
        return json.dumps([round(shares[one], 4) for one in label])
    return f"{shares[label]:.4f}"


def _on_a_line(label: object) -> str:
    r"""Return a label without line ends and tabs, which are written ``\n`` and so on; several as JSON."""
    if isinstance(label, tuple | list):
        return json.dumps(label, ensure_ascii=False)
    return str(label).replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _write(stream: IO[str], batches: Iterable[list[str]]) -> None:
    for batch in batches:
        stream.write("".join(f"{line}\n" for line in batch))
        stream.flush()


def _write_to(path: Path, batches: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        _write(stream, batches)
