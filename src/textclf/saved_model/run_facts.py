"""What a run knows about itself: the data it learnt from, its settings, and its scores."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from textclf.errors import DataError, must_be
from textclf.findings import Findings
from textclf.metrics import MultiLabelReport, Report
from textclf.saved_model.plain_json import read_object, write_object

__all__ = ["METRICS_FILE", "DataFacts", "RunFacts"]

METRICS_FILE = "metrics.json"


@dataclass(frozen=True)
class DataFacts:
    """What labelled texts were: how many, of which classes, and exactly which.

    Attributes:
        rows: How many texts.
        classes: Each label and how many texts have it.
        sha256: Of the texts and labels in their order: of one line of JSON, ``[text, label]``, for each.

    Example:
        >>> facts = DataFacts.of(["a film", "a bore"], ["pos", "neg"])
        >>> facts.rows, facts.classes, facts.sha256[:8]
        (2, [['neg', 1], ['pos', 1]], '28236a56')
    """

    rows: int
    classes: list[list[Any]]
    sha256: str

    @classmethod
    def of(cls, texts: Sequence[Any], labels: Sequence[Any]) -> DataFacts:
        """Describe texts, each a string or a list of tokens, with a label or a list of labels each."""
        digest = hashlib.sha256()
        counts: Counter[str | int] = Counter()
        for text, label in zip(texts, labels, strict=True):
            line = json.dumps([text, label], ensure_ascii=False, default=list)
            digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
            counts.update([label] if isinstance(label, str | int) else label)
        return cls(len(texts), [list(pair) for pair in sorted(counts.items())], digest.hexdigest())


@dataclass(frozen=True)
class RunFacts:
    """What a model card and ``metrics.json`` are written from.

    Attributes:
        training: The data that training was given; None if that is not known.
        held_out: How many of them were kept to stop by and to calibrate with.
        validation: Other data that were given for that, or None.
        unread: The share of the tokens of the training data that the model does not read.
        settings: Parameters by name, for the card alone.
        findings: What was found wrong with the training, for the card alone; the history has it too.
        reports: Scores by the name of the data, as :meth:`~textclf.metrics.Report.as_dict` gives them.
        test: The data of the report ``"test"``, where they are known.
        environment: The versions and the machine, as
            :func:`~textclf.environment.environment_of` gives them.
    """

    training: DataFacts | None = None
    held_out: int = 0
    validation: DataFacts | None = None
    unread: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)
    findings: Findings = field(default_factory=lambda: Findings([]))
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    test: DataFacts | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def with_reports(self, reports: Mapping[str, Report | MultiLabelReport]) -> RunFacts:
        """Return the same with further reports, by the name of the data.

        Raises:
            ArgumentError: A name is not a string, or a report is none.
        """
        for name, report in reports.items():
            if not isinstance(name, str) or not hasattr(report, "as_dict"):
                raise must_be("reports", "a dictionary such as {'test': report}", {name: report})
        return replace(self, reports={**self.reports, **{n: r.as_dict() for n, r in reports.items()}})

    def save(self, folder: Path) -> None:
        """Write ``metrics.json``."""
        content = asdict(replace(self, settings={}))
        del content["findings"]
        write_object(folder / METRICS_FILE, content)

    @classmethod
    def load(cls, folder: Path) -> RunFacts:
        """Read what :meth:`save` wrote; folders of format 1 have nothing of the kind.

        Raises:
            DataError: The file does not hold it.
        """
        path = folder / METRICS_FILE
        if not path.exists():
            return cls()
        content = read_object(path)
        try:
            facts = cls(**content)
            training, validation, test = map(_data_facts, (facts.training, facts.validation, facts.test))
            good = (
                _is_count(facts.held_out) and type(facts.unread) in (int, float) and 0 <= facts.unread <= 1
            )
            if not good or not all(isinstance(report, dict) for report in facts.reports.values()):
                raise TypeError("its counts must be numbers, and its reports objects")
            if not all(isinstance(value, str) for value in facts.environment.values()):
                raise TypeError("its environment must be strings")
            return replace(facts, training=training, validation=validation, test=test, settings={})
        except (AttributeError, TypeError, ValueError) as error:
            raise DataError(f"the file must hold the facts of a run: {error}.", path=path) from None


def _data_facts(content: Any) -> DataFacts | None:
    if content is None:
        return None
    facts = DataFacts(**content)
    pairs: Iterable[Any] = facts.classes
    good = all(isinstance(label, str | int) and _is_count(count) for label, count in pairs)
    if not good or not _is_count(facts.rows) or not isinstance(facts.sha256, str):
        raise TypeError("data must be described by rows, classes and a digest")
    return facts


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**63
