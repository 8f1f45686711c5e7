"""The parts of a report: what a run knows of itself, and what it answers to labelled texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textclf.findings import Findings
from textclf.metrics import Report
from textclf.report.answers import Answers, Slice, WrongAnswer, slices_by
from textclf.report.charts import Series, bar, interval_bar, line_chart, reliability_chart
from textclf.report.markup import Html, facts, join, label, note, table, tag
from textclf.report.matrix import confusion_chart, most_confused
from textclf.saved_model.run_facts import DataFacts, RunFacts
from textclf.training import History

__all__ = [
    "answered",
    "confusion",
    "curves",
    "data_summary",
    "figure",
    "findings",
    "per_class",
    "scores",
    "settings",
]

_MOST_CLASSES = 20
_BESIDE = 6  # classes of a matrix that leaves room for a table beside it
_MOST_LETTERS = 600
_MOST_ROWS = 3


def figure(title: str, picture: Html) -> Html:
    """Return a picture or a table with its title."""
    return tag("figure", tag("figcaption", title), picture)


def scores(reports: Mapping[str, Mapping[str, Any]]) -> Html:
    """Return the scores on each data set, a row each.

    Args:
        reports: By the name of the data, as :meth:`textclf.metrics.Report.as_dict` gives them.
    """
    rows = []
    for name, report in reports.items():
        low, high = report["accuracy_interval"]
        kinds = ("accuracy", "macro_f1", "log_loss", "calibration_error")
        accuracy, *others = (_number(report.get(kind)) for kind in kinds)
        rows.append(
            [label(name), f"{report['n']:,}", accuracy, f"{_number(low)} to {_number(high)}", *others]
        )
    head = ["data", "texts", "accuracy", "95 % interval", "macro F1", "log loss", "calibration error"]
    words = "The interval is that of chance in the choice of the texts (bootstrap)."
    if any("hamming_loss" in report for report in reports.values()):
        words += " Accuracy is the share of texts whose labels are all right."
    if "validation" in reports:
        words += " The validation data chose when to stop, and the temperature: they flatter the model."
    return join([table(head, rows), note(words)])


def curves(history: History) -> Html:
    """Return loss and accuracy over the epochs.

    Args:
        history: Of the run.
    """
    if not len(history):
        return note("The run ended before its first epoch was over.")
    best = history.best_epoch
    pictures = []
    for kind in ("loss", "accuracy"):
        lines = [
            Series(name, [(row["epoch"], row[column]) for row in history if column in row])
            for name, column in (("training", f"train_{kind}"), ("validation", f"valid_{kind}"))
        ]
        mark = None if best is None else (float(best), "best epoch")
        pictures.append(figure(kind.capitalize(), line_chart(lines, x="epoch", y=kind, mark=mark)))
    words = {
        "epochs": "all epochs were run",
        "patience": "the validation data showed no more progress",
        "interrupted": "it was interrupted",
        "callback": "a callback ended it",
        "None": "it is under way, or was broken off",
    }
    seconds = sum(row.get("seconds", 0) for row in history)
    ended = words.get(str(history.stopped), str(history.stopped))
    epochs = f"{len(history)} epoch{'s' if len(history) > 1 else ''}"
    said = f"{epochs} in {seconds:.1f} s of training; {ended}. "
    said += "Training figures are taken with dropout on, while the weights change."
    return join([tag("div", *pictures, class_="pair"), note(said)])


def findings(found: Findings) -> Html:
    """Return what was found wrong with the training: what was seen, its cause, its cure and its page.

    Args:
        found: The findings of the run.
    """
    parts: list[Html] = [] if found else [note("None.")]
    for its in found:
        kind = None if its.severity == "note" else "wrong"
        head = tag("p", tag("span", its.severity, class_=kind), " ", tag("code", its.code))
        rows = [note(str(row)) for row in its.rows[:_MOST_ROWS]]
        more = facts({"cause": its.cause, "cure": its.cure, "page": tag("code", its.page)})
        parts.append(tag("article", head, tag("p", its.seen, class_="text"), *rows, more, class_="error"))
    return join([*parts, *([note(" ".join(found.remarks))] if found.remarks else [])])


def data_summary(run: RunFacts) -> Html:
    """Return what the run learnt from.

    Args:
        run: What it knows.
    """
    if run.training is None:
        return note("This folder was written without knowledge of the training data.")
    pairs: dict[str, object] = {
        "training texts": f"{run.training.rows:,}",
        "held out of them": f"{run.held_out:,}, to stop by and to calibrate with" if run.held_out else "0",
        "tokens not read": f"{run.unread:.1%}",
        "SHA-256 of the content": tag("code", run.training.sha256),
    }
    for name, data in (("validation", run.validation), ("test", run.test)):
        if data is not None:
            pairs[f"{name} texts"] = join([f"{data.rows:,}, SHA-256 ", tag("code", data.sha256)])
    return tag("div", facts(pairs), _classes(run.training), class_="pair")


def settings(pairs: Mapping[str, object]) -> Html:
    """Return settings with their values; those that are None are left out.

    Args:
        pairs: By name.
    """
    return facts({name: _shown(value) for name, value in pairs.items() if value is not None})


def confusion(report: Report) -> Html:
    """Return the matrix and the most frequent mistakes."""
    found = most_confused(report)
    rows = [[label(true), label(said), f"{n:,}", f"{share:.1%}"] for true, said, n, share in found]
    words = "Rows are true labels, columns predicted ones; the stronger, the larger the share of the row. "
    words += "Blue is right, orange is wrong."
    parts = [tag("div", confusion_chart(report), note(words))]
    if rows:
        head = ["true", "predicted", "texts", "of the true"]
        parts.append(figure("Most frequent mistakes", table(head, rows, texts=2)))
    return tag("div", *parts, class_="pair" if report.num_classes <= _BESIDE else None)


def per_class(rows: Any, run: RunFacts | None = None) -> Html:
    """Return the scores of each class, the weakest first.

    Args:
        rows: Of each class its name, precision, recall, F1 and texts.
        run: What the run knows of its training texts.
    """
    learnt: dict[Any, int] = {}
    if run is not None and run.training is not None:
        learnt = {name: count for name, count in run.training.classes}  # noqa: C416 - a list of lists
    shown = []
    for name, precision, recall, f1, support in sorted(rows, key=lambda row: (row[3], str(row[0]))):
        cells = [label(name), f"{learnt[name]:,}" if name in learnt else "", f"{support:,}"]
        shown.append([*cells, *(f"{score:.3f}" for score in (precision, recall, f1)), bar(f1)])
    return table(["label", "trained on", "texts", "precision", "recall", "F1", ""], shown)


def answered(answers: Answers) -> list[tuple[str, Html]]:
    """Return what only texts can show: calibration, slices and the worst errors, each with its title.

    Args:
        answers: Of the model.
    """
    error = answers.report.calibration_error
    words = "An answer given with a confidence of 0.8 should be right 8 times of 10; below the dashed line "
    words += "the model is too sure. Lines through points are 95 % intervals; the bars at the foot show "
    words += f"how many answers there are. Calibration error {error:.4f}."
    calibration = join([reliability_chart(answers.reliability), note(words)])
    return [
        ("Calibration", calibration),
        ("Slices", _slices(answers)),
        ("Worst errors", _errors(answers)),
    ]


def _slices(answers: Answers) -> Html:
    known = answers.unknown == 0
    by_length = slices_by(answers.lengths, answers.right, "tokens", most=5)
    by_unknown = [
        its._replace(name="none")
        for its in slices_by(answers.unknown[known], answers.right[known], "", most=1)
    ]
    by_unknown += slices_by(answers.unknown[~known], answers.right[~known], "", most=4)
    overall = float(answers.right.mean())
    words = f"The dashed line is the accuracy of all, {overall:.3f}; lines are 95 % intervals. "
    words += f"Of the tokens, {answers.unread:.1%} are not read, since texts are too long."
    both = [
        figure("By length of the text", _slice_table("tokens", by_length, overall)),
        figure("By share of unknown tokens", _slice_table("unknown", by_unknown, overall)),
    ]
    return join([tag("div", *both, class_="pair"), note(words)])


def _slice_table(name: str, parts: list[Slice], overall: float) -> Html:
    rows = [
        [its.name.removesuffix(" tokens"), f"{its.n:,}", f"{its.accuracy:.3f}",
         interval_bar(its.accuracy, *its.interval, reference=overall)]
        for its in parts
    ]  # fmt: skip
    return table([name, "texts", "accuracy", ""], rows)


def _errors(answers: Answers) -> Html:
    wrong = int((~answers.right).sum())
    if not wrong:
        return note("Every answer is right.")
    found = answers.worst()
    shown = f"the {len(found)} of the {wrong:,}" if len(found) < wrong else f"all {wrong:,}"
    words = f"Shown are {shown} wrong answers, that with the largest loss first."
    return join([note(words), *(map(_error, found))])


def _error(wrong: WrongAnswer) -> Html:
    def named(names: list[Any], kind: str) -> Html:
        parts: list[object] = []
        for name in names:
            share = f" ({wrong.probabilities[name]:.3f})"
            parts += [", " if parts else "", tag("span", label(name), class_=kind), share]
        return join(parts or [tag("span", "no label", class_=kind)])

    head = tag("p", "true ", named(wrong.true, "right"), ", predicted ", named(wrong.predicted, "wrong"))
    text = wrong.text[:_MOST_LETTERS]
    left = len(wrong.text) - len(text)
    more = [note(f"… and {left:,} characters more")] if left else []
    if not text.strip():
        return tag("article", head, note("(an empty text)"), class_="error")
    return tag("article", head, tag("p", text, class_="text", dir="auto"), *more, class_="error")


def _classes(data: DataFacts) -> Html:
    """Return the most frequent labels, and how many more there are."""
    ordered = sorted(data.classes, key=lambda pair: (-pair[1], str(pair[0])))
    first, rest = ordered[:_MOST_CLASSES], ordered[_MOST_CLASSES:]
    most = max((count for _, count in first), default=1)
    rows = [
        [label(name), f"{count:,}", f"{count / max(data.rows, 1):.1%}", bar(count / max(most, 1))]
        for name, count in first
    ]
    parts = [table(["label", "texts", "share", ""], rows)]
    if rest:
        fewest, largest = rest[-1][1], rest[0][1]
        parts.append(note(f"and {len(rest)} labels more, with {fewest:,} to {largest:,} texts each"))
    return figure("Labels of the training texts", join(parts))


def _number(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float | int) else ""


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={inner}" for name, inner in value.items()) or "none"
    return str(value)
