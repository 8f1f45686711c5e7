"""Say what is in the folder of a saved classifier, after checking that it is whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from textclf.cli.console import Console
from textclf.cli.parser import Parser
from textclf.models import model_name
from textclf.predictor import Predictor
from textclf.text.tokenizer_config import tokenizer_config

__all__ = ["add_arguments", "run"]

_SHOWN_LABELS = 20


def add_arguments(parser: Parser) -> None:
    """Add the arguments of ``textclf inspect``."""
    parser.add_argument("folder", metavar="DIR", help="where the classifier was saved")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(given: dict[str, Any]) -> int:
    """Load the folder and say what is in it.

    Args:
        given: The arguments.

    Returns:
        0.
    """
    facts = _facts(Path(given["folder"]))
    Console(as_json=given.get("json", False)).result(facts, _in_words(facts))
    return 0


def _facts(folder: Path) -> dict[str, Any]:
    predictor = Predictor.load(folder, device="cpu")
    encoder, model = predictor.encoder, predictor.model
    return {
        "folder": str(folder),
        "model": model_name(model),
        "options": model.config,
        "weights": sum(weights.numel() for weights in model.parameters()),
        "classes": list(predictor.classes),
        "tokenizer": tokenizer_config(encoder.tokenizer),
        "vocab_size": len(encoder.vocab),
        "max_length": encoder.max_length,
        "windows": None if predictor.windows is None else asdict(predictor.windows),
        "temperature": predictor.temperature,
        "files": {file.name: file.stat().st_size for file in sorted(folder.iterdir()) if file.is_file()},
    }


def _in_words(facts: dict[str, Any]) -> str:
    classes = facts["classes"]
    named = ", ".join(map(str, classes[:_SHOWN_LABELS]))
    more = f" and {len(classes) - _SHOWN_LABELS} more" if len(classes) > _SHOWN_LABELS else ""
    tokenizer = dict(facts["tokenizer"])
    rows = {
        "model": f"{facts['model']}, {facts['weights']:,} weights",
        "options": _listed(facts["options"]),
        "classes": f"{len(classes)}: {named}{more}",
        "tokenizer": f"{tokenizer.pop('name')} {_listed(tokenizer)}".strip(),
        "vocabulary": f"{facts['vocab_size']:,} tokens",
        "max length": "none" if facts["max_length"] is None else f"{facts['max_length']} tokens",
        "windows": "none" if facts["windows"] is None else _listed(facts["windows"]),
        "temperature": f"{facts['temperature']:.3f}",
    }
    files = facts["files"]
    width = max(map(len, files))
    return "\n".join(
        [
            f"{facts['folder']} is whole.",
            *(f"  {name:12} {value}" for name, value in rows.items()),
            "files",
            *(f"  {name:{width}}  {size:>12,} bytes" for name, size in files.items()),
        ]
    )


def _listed(options: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in options.items())
