"""The report of a run: one page from the folder of a saved classifier, and labelled texts beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from textclf.classifier import TextClassifier
from textclf.errors import DataError, TextclfError
from textclf.metrics import ClassScores, Report
from textclf.models import model_name
from textclf.report import sections
from textclf.report.answers import Answers, answers_to
from textclf.report.markup import Html, join, tag
from textclf.report.page import Section, page, tiles
from textclf.saved_model.run_facts import METRICS_FILE
from textclf.text.tokenizer_config import tokenizer_config

__all__ = ["run_page"]

_OF_THE_OPTIONS = ("device", "precision", "progress", "tokenizer", "max_length", "model", "seed")

LabelledData = tuple[Sequence[Any], Sequence[Any]]
"""Texts, and the label or the list of labels of each."""


def run_page(
    folder: str | PathLike[str] | TextClassifier,
    data: Mapping[str, LabelledData] | None = None,
    *,
    title: str | None = None,
) -> str:
    """Return a report of a run as one page of HTML that needs nothing else.

    It has scores, what was found wrong with the training, learning curves, data, settings and
    environment; of the last of the measured data, the confusion matrix and the scores of each class; and
    of each data set that is given, calibration, slices by length and by unknown tokens, and the worst
    errors with their texts. The same input gives the same page.

    Args:
        folder: Where :meth:`textclf.TextClassifier.save` or ``textclf train`` has written a classifier;
            or a trained classifier itself.
        data: Labelled texts that it was not trained on, by name, such as ``{"test": (texts, labels)}``.
        title: Of the page; by default the name of the folder or of the model.

    Returns:
        The page.

    Raises:
        MissingFileError: The folder or one of its files is not there.
        DataError: A file is damaged, was changed, or is of another folder.
        UnseenLabelError: The model does not know a label of the data.

    Example:
        >>> texts, labels = ["good film", "bad film"] * 4, ["pos", "neg"] * 4
        >>> classifier = TextClassifier("fasttext").fit(texts, labels)
        >>> shown = run_page(classifier, {"test": (texts, labels)})
        >>> "Confusion matrix" in shown, "<script" in shown
        (True, False)
    """
    if isinstance(folder, TextClassifier):
        classifier, name = folder, folder.model
    else:
        classifier, name = TextClassifier.load(folder, device="cpu"), Path(folder).resolve().name
    predictor = classifier.predictor_
    answers = {key: answers_to(predictor, *pair) for key, pair in (data or {}).items()}
    reports = {**classifier.run_.reports, **{key: its.report.as_dict() for key, its in answers.items()}}
    try:
        measured = _measured(reports, answers, classifier)
        head = _head(classifier, reports)
    except (AttributeError, KeyError, TypeError, ValueError, TextclfError) as error:
        place = None if isinstance(folder, TextClassifier) else Path(folder) / METRICS_FILE
        raise DataError(f"the reports cannot be read: {error!r}.", path=place) from error
    found = classifier.history_.findings
    parts = [
        measured[0],
        *([Section("Findings", sections.findings(found))] if found else []),
        Section("Learning curves", sections.curves(classifier.history_)),
        *measured[1:],
        Section("Training data", sections.data_summary(classifier.run_)),
        Section("Settings", sections.settings(_settings(classifier))),
        Section("Environment", _environment(classifier)),
    ]
    return page(title or name, parts, lead=head)


def _head(classifier: TextClassifier, reports: Mapping[str, Any]) -> Html:
    predictor = classifier.predictor_
    numbers = sum(weights.numel() for weights in predictor.model.parameters())
    kind = model_name(predictor.model)
    pairs = []
    if reports:
        name, last = [*reports.items()][-1]
        low, high = last["accuracy_interval"]
        pairs.append(("accuracy", f"{last['accuracy']:.3f}", f"{low:.3f} to {high:.3f}, {name}"))
        pairs.append(("macro F1", f"{last['macro_f1']:.3f}", f"{last['n']:,} texts, {name}"))
    pairs.append(("labels", f"{len(predictor.classes):,}", ""))
    if classifier.run_.training is not None:
        pairs.append(("training texts", f"{classifier.run_.training.rows:,}", ""))
    pairs.append(("weights", _short(numbers), f"{numbers:,}" if numbers >= 10_000 else ""))
    lead = tag("p", f"Trained with textclf: {kind}, seed {classifier.seed}.", class_="note")
    return join([lead, tiles(pairs)])


def _measured(
    reports: Mapping[str, Any], answers: Mapping[str, Answers], classifier: TextClassifier
) -> list[Section]:
    """Return the parts on scores, and of each data set those that it allows."""
    missing = tag(
        "p",
        "Calibration, slices and the worst errors need labelled texts, which are not kept with a "
        "classifier. Give them to the report: ",
        tag("code", "textclf report DIR --data FILE"),
        class_="missing",
    )
    if not reports:
        return [Section("Scores", join([tag("p", "None were measured."), missing]))]
    shown = [sections.scores(reports), *([] if answers else [missing])]
    found = [Section("Scores", join(shown))]
    for name in answers or [[*reports][-1]]:
        report = answers[name].report if name in answers else _report(reports[name])
        extra = f": {name}" if len(reports) > 1 else ""
        if isinstance(report, Report):
            found.append(Section(f"Confusion matrix{extra}", sections.confusion(report)))
            rows: Any = report.per_class
        else:
            rows = report["per_class"] if isinstance(report, dict) else report.per_class
            rows = [ClassScores(**row) if isinstance(row, dict) else row for row in rows]
        found.append(Section(f"Each label{extra}", sections.per_class(rows, classifier.run_)))
        if name in answers:
            found += [Section(f"{what}{extra}", body) for what, body in sections.answered(answers[name])]
    return found


def _report(content: Mapping[str, Any]) -> Any:
    """Return the report again that was written as a dictionary, or that where there is no matrix."""
    if "confusion" not in content:
        return dict(content)
    return Report.from_confusion(content["confusion"], label_names=content["label_names"])


def _settings(classifier: TextClassifier) -> dict[str, object]:
    """Return what the run was made with: the model's own settings, and the options of the classifier."""
    predictor = classifier.predictor_
    encoder = predictor.encoder
    tokenizer = tokenizer_config(encoder.tokenizer)
    options = classifier.get_params(deep=False)
    return {
        "model": model_name(predictor.model),
        **predictor.model.config,
        "tokenizer": tokenizer,
        "vocabulary": f"{len(encoder.vocab):,} tokens",
        "longest length": "none" if encoder.max_length is None else f"{encoder.max_length} tokens",
        "temperature": f"{predictor.temperature:.3f}",
        **{f"option {key}": value for key, value in options.items() if key not in _OF_THE_OPTIONS},
    }


def _environment(classifier: TextClassifier) -> Html:
    found = classifier.run_.environment
    if not found:
        found = {"versions": "not kept: the folder was written by an earlier textclf"}
    return sections.settings({"seed": classifier.seed, **found})


def _short(number: int) -> str:
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= 10 * size or (number >= size and size > 1000):
            return f"{number / size:.3g} {letter}"
    return f"{number:,}"
