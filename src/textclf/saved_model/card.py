"""The model card of a saved model: a README.md in plain words, written from what the run knows.

Mitchell et al., Model Cards for Model Reporting, FAccT 2019.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from textclf.data.encoder import TextEncoder
from textclf.models.base import Classifier
from textclf.saved_model.run_facts import DataFacts, RunFacts
from textclf.text.tokenizer_config import tokenizer_config

__all__ = ["model_card"]

_MOST_ROWS = 50
_FEW = 20  # texts of a class, of which a score says little


def model_card(
    name: str,
    kind: str,
    encoder: TextEncoder,
    model: Classifier,
    run: RunFacts | None,
    *,
    reader: str,
    windows: bool = False,
) -> str:
    """Write the card of a model in Markdown.

    Args:
        name: Of the folder.
        kind: The registered name of the model's class.
        encoder: With tokenizer, vocabulary and labels.
        model: The model.
        run: What the run knows; None leaves out the data, the settings and the scores.
        reader: The class that loads the folder.
        windows: Whether it reads long texts window by window.
    """
    parts = [
        f"# {_safe(name)}",
        f"{_what(model)}, made with textclf.",
        _loading(name, reader),
        _data(run),
        _model(kind, encoder, model, run),
        _scores(run),
        _findings(run),
        _limits(encoder, run, windows, tokens=model.labels_tokens),
        "## Licence\n\nNone is given. Write here under which terms others may use this model.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _what(model: Classifier) -> str:
    if not model.labels_tokens:
        return f"A text classifier with {model.num_classes} labels"
    if model.heads is None:
        return f"A tagger, which gives each token of a text one of {model.num_classes} labels"
    heads = ", ".join(f"{_safe(head)} of {size}" for head, size in model.heads.items())
    return f"A tagger, which gives each token of a text a label of each of several heads: {heads} labels"


def _loading(name: str, reader: str) -> str:
    answer = "tag" if reader == "Tagger" else "predict"
    return (
        "## How to load it\n\n```python\n"
        f"from textclf import {reader}\n"
        f"model = {reader}.load({name!r})\n"
        f'print(model.{answer}(["a new text"]))\n```\n\n'
        "Loading runs no code from this folder. It checks each file against the digests in "
        "`config.json`, and a few texts against the answers in `probe.json`."
    )


def _data(run: RunFacts | None) -> str:
    if run is None or run.training is None:
        return "## Data\n\nThis folder was written without knowledge of the training data."
    rows = [["label", "texts", "share"]]
    for label, count in _first(run.training.classes):
        rows.append([str(label), str(count), f"{100 * count / max(run.training.rows, 1):.1f} %"])
    parts = ["## Data", f"Training data: {_described(run.training)}.", _table(rows)]
    if len(run.training.classes) > _MOST_ROWS:
        parts.append(f"{len(run.training.classes) - _MOST_ROWS} more labels are in `metrics.json`.")
    if run.held_out:
        parts.append(f"Of these, {run.held_out} were held out to stop training by and to calibrate with.")
    if run.validation is not None:
        parts.append(f"Validation data, to stop by and to calibrate with: {_described(run.validation)}.")
    parts.append(f"{100 * run.unread:.1f} % of their tokens were not read, as texts were too long.")
    return "\n\n".join(parts)


def _described(data: DataFacts) -> str:
    return f"{data.rows} texts, {len(data.classes)} labels, SHA-256 of the content `{data.sha256}`"


def _model(kind: str, encoder: TextEncoder, model: Classifier, run: RunFacts | None) -> str:
    size = sum(parameter.numel() for parameter in model.parameters())
    settings = {
        **model.config,
        "tokenizer": tokenizer_config(encoder.tokenizer),
        "max_length of texts": encoder.max_length,
    }
    rows = [["setting", "value"], *([key, str(value)] for key, value in settings.items())]
    if run is not None:
        changed = {key: value for key, value in run.settings.items() if value is not None}
        rows += [[f"fit: {key}", str(value)] for key, value in changed.items()]
    return f"## Model\n\n`{_safe(kind)}` with {size} parameters.\n\n{_table(rows)}"


def _scores(run: RunFacts | None) -> str:
    if run is None or not run.reports:
        return "## Scores\n\nNone were measured when this folder was written."
    rows = [["data", "texts", "accuracy", "95 % interval", "macro F1", "calibration error"]]
    for name, report in _first(run.reports.items()):
        low, high = _ends(report.get("accuracy_interval"))
        scores = (report.get(key) for key in ("accuracy", "macro_f1", "calibration_error"))
        accuracy, f1, calibration = map(_number, scores)
        rows.append([name, str(report.get("n")), accuracy, f"{low} to {high}", f1, calibration])
    parts = ["## Scores", _table(rows), _about_intervals(run), _per_class(run)]
    return "\n\n".join(part for part in parts if part)


def _about_intervals(run: RunFacts) -> str:
    facts = ["The interval is that of chance in the choice of the texts (bootstrap)."]
    if any("hamming_loss" in report for report in run.reports.values()):
        facts.append("Accuracy is the share of texts whose labels are all right.")
    if "validation" in run.reports:
        facts.append(
            "The validation data chose when to stop, and the temperature: scores on them are too good, "
            "above all the calibration error."
        )
    if "test" not in run.reports:
        facts.append("No score on data that had no part in training was given.")
    return " ".join(facts)


def _per_class(run: RunFacts) -> str:
    """Show the scores of each class on the test data, or on the data that were given last."""
    name = "test" if "test" in run.reports else [*run.reports][-1]
    scores = run.reports[name].get("per_class")
    if not isinstance(scores, Sequence) or not all(isinstance(row, Mapping) for row in scores):
        return ""
    rows = [["label", "precision", "recall", "F1", "texts"]]
    for row in _first(scores):
        numbers = [_number(row.get(key)) for key in ("precision", "recall", "f1")]
        rows.append([str(row.get("name")), *numbers, str(row.get("support"))])
    return f"By label, on the {_safe(name)} data:\n\n{_table(rows)}"


def _findings(run: RunFacts | None) -> str:
    """Say what was found wrong with the training, unless it is only good to know."""
    found = [] if run is None else [its for its in run.findings if its.severity != "note"]
    if not found:
        return ""
    lines = [f"- {its.severity}: {_safe(its.seen, most=1000)} ({its.code})" for its in found]
    return "## Findings\n\nWhat was seen while it was trained, the gravest first:\n\n" + "\n".join(lines)


def _limits(encoder: TextEncoder, run: RunFacts | None, windows: bool, *, tokens: bool) -> str:
    several = encoder.labels is not None and encoder.labels.multi_label
    gives = f"one of them to any {'token' if tokens else 'text'}, whatever it is"
    gives = "any number of them to a text" if several else gives
    limits = [
        f"It knows no other labels than these, and gives {gives}.",
        "Its probabilities are its own opinion; do not act on answers below a probability that you choose.",
        f"It knows {len(encoder.vocab) - 2} tokens; all others look the same to it.",
        "It repeats what its training data say, with their errors and prejudices.",
    ]
    if windows:
        limits.append("It answers a long text by windows of it, each as if it were a text of its own.")
    elif tokens and encoder.max_length is not None:
        limits.append(f"It reads at most {encoder.max_length} tokens of a text; the others get no label.")
    elif encoder.max_length is not None:
        limits.append(
            f"It reads at most {encoder.max_length} tokens of a text, unless it is loaded with windows."
        )
    if run is not None and run.training is not None:
        few = [_safe(str(label)) for label, count in run.training.classes if count < _FEW]
        if few:
            more = f" and {len(few) - 5} more" if len(few) > 5 else ""
            limits.append(f"It saw fewer than {_FEW} texts of {', '.join(few[:5])}{more}.")
    if run is None or "test" not in run.reports:
        limits.append("How well it does on texts that had no part in training is not known here.")
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = [f"| {' | '.join(map(_safe, row))} |" for row in rows]
    return "\n".join([head, f"|{'---|' * len(rows[0])}", *body])


def _safe(text: str, *, most: int = 200) -> str:
    """Return what someone wrote, such as a label, so that it is neither Markdown nor HTML."""
    plain = "".join(character if character.isprintable() else " " for character in text[:most])
    for sign in "\\`*[|#":
        plain = plain.replace(sign, f"\\{sign}")
    return html.escape(plain, quote=False)


def _first(rows: Iterable[Any]) -> list[Any]:
    return [*rows][:_MOST_ROWS]


def _number(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else "unknown"


def _ends(interval: object) -> tuple[str, str]:
    pair = interval if isinstance(interval, Sequence) and len(interval) == 2 else (None, None)
    return _number(pair[0]), _number(pair[1])
