"""How soon a run gets somewhere: its scores step by step, and the first step that is good enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textclf.data.corpus import EncodedCorpus
from textclf.errors import UnknownNameError, must_be, near_matches
from textclf.metrics import METRICS
from textclf.training import Callback
from textclf.validation import require_int, require_number

if TYPE_CHECKING:
    from textclf.training.history import Row
    from textclf.training.state import StepResult
    from textclf.training.trainer import Trainer

__all__ = ["StepScores", "StepsUntil"]


@dataclass(frozen=True)
class StepsUntil:
    """The number of training steps until a metric first reaches a target, and at most ``cap``.

    It is called with the rows of a history, which have a column ``step``, and is also a measure for
    :func:`~textclf.experiment.compare`. Fewer steps are better.

    Args:
        metric: A column of the history, such as ``"valid_accuracy"``.
        target: To be reached from below, or from above by a loss.
        cap: The answer of a run that does not get there in as many steps.

    Example:
        >>> rows = [{"step": 10, "valid_accuracy": 0.7}, {"step": 20, "valid_accuracy": 0.9}]
        >>> StepsUntil("valid_accuracy", 0.8, cap=500)(rows)
        20
        >>> StepsUntil("valid_accuracy", 1.0, cap=500)(rows)
        500
    """

    metric: str
    target: float
    cap: int

    def __post_init__(self) -> None:
        if not isinstance(self.metric, str):
            raise must_be("metric", "the name of a column of the history", self.metric)
        require_number("target", self.target)
        require_int("cap", self.cap, at_least=1)

    def __str__(self) -> str:
        return f"steps until {self.metric} {self.target:g} (at most {self.cap})"

    def __call__(self, history: Iterable[Mapping[str, float]]) -> int:
        """Return the number of steps.

        Raises:
            UnknownNameError: The rows have no such column; with the near matches.
        """
        rows = list(history)
        if rows and not any(self.metric in row for row in rows):
            columns = {name for row in rows for name in row}
            raise UnknownNameError(
                f"`metric` must be a column of the history. Received: {self.metric!r}. "
                f"{near_matches(self.metric, columns)}"
            )
        name = self.metric.removeprefix("train_").removeprefix("valid_")
        rises = name not in METRICS or METRICS[name].higher_is_better
        for row in rows:
            value = row.get(self.metric)
            if value is not None and (value >= self.target if rises else value <= self.target):
                return min(int(row["step"]), self.cap)
        return self.cap


class StepScores(Callback):
    """Keeps scores of every step, or every few, where a history has only those of every epoch.

    Args:
        corpus: Labelled texts to measure on; None takes the loss and accuracy of the step's own batch,
            which cost nothing.
        every: Steps between two rows.

    Attributes:
        rows: One dictionary each time, with ``step``, ``loss`` and ``accuracy``.

    Example:
        >>> from textclf import Trainer, create_model, seed_everything
        >>> train = EncodedCorpus.from_lists([[2, 3], [4, 5], [2], [5]], [0, 1, 0, 1])
        >>> seed_everything(0)
        >>> scores = StepScores(train)
        >>> model = create_model("dan", vocab_size=6, num_classes=2)
        >>> trainer = Trainer(model, epochs=30, learning_rate=0.05, callbacks=[scores], progress=False)
        >>> _ = trainer.fit(train)
        >>> len(scores.rows), StepsUntil("accuracy", 1.0, cap=30)(scores.rows) < 30
        (30, True)
    """

    def __init__(self, corpus: EncodedCorpus | None = None, *, every: int = 1) -> None:
        if corpus is not None and not isinstance(corpus, EncodedCorpus):
            raise must_be("corpus", "an EncodedCorpus or None", corpus)
        self.corpus = corpus
        self.every = require_int("every", every, at_least=1)
        self.rows: list[Row] = []

    def on_step_end(self, trainer: Trainer, result: StepResult) -> None:
        """Add a row, if it is time."""
        step = trainer.state.step
        if step % self.every:
            return
        if self.corpus is None:
            loss, accuracy = float(result.loss), int(result.correct) / max(1, result.labels)
        else:
            report = trainer.evaluate(self.corpus)
            loss, accuracy = report.loss, report.accuracy
        self.rows.append({"step": step, "loss": loss, "accuracy": accuracy})
