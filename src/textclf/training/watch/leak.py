"""The check that validation rows are not training rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from textclf.data.corpus import EncodedCorpus
from textclf.findings import Finding, percent
from textclf.text.vocab import UNK_ID
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import LATE_EXPERIMENTS, Figures, sample_rows
from textclf.training.watch.record import Record

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["LEAK", "TAKE_OUT", "leaked_texts", "shared_rows", "shared_share"]

LEAK = 0.05
"""Share of the validation rows: fewer are copies that any collection has."""

TAKE_OUT = (
    "seen = {row.tobytes() for row in train}; valid = valid.subset([i for i, row in enumerate(valid) "
    "if row.tobytes() not in seen])"
)
"""The cure: training rows are taken out of the validation data."""

_ROWS = 20  # of fewer, one copy would do
_VALID_ROWS, _TRAIN_ROWS = 2_000, 200_000  # compared, at most
_TOKENS = 3  # shorter texts are alike by chance


@TRAINING_CHECKS.register("leaked-texts")
def leaked_texts(record: Record) -> Iterator[Finding]:
    """Find validation rows that are training rows, whether or not the scores show it.

    It is a note where both are the same data, since nobody does that by mistake.
    """
    its, share = record.experiments.get("shared-rows", {}), shared_share(record)
    if share < LEAK or its["rows"] < _ROWS:
        return
    same = bool(its["same"])
    yield Finding(
        "leaked-texts",
        "note" if same else "warning",
        f"{its['shared']:,.0f} of {its['rows']:,.0f} validation rows that were looked at "
        f"({percent(share, 1)}) are training rows.",
        "The model is validated on what it was trained on, so that the score says how well it has learnt "
        "by heart."
        if same
        else "The data were split before copies were taken out, or one file is a part of the other: the "
        "score says in part how well the model has learnt by heart.",
        TAKE_OUT,
        {"rows": its["rows"], "shared": its["shared"]},
    )


def shared_share(record: Record) -> float:
    """Return the share of the validation rows that are training rows; 0 where that was not looked at."""
    its = record.experiments.get("shared-rows", {})
    return its["shared"] / its["rows"] if its.get("rows") else 0.0


@LATE_EXPERIMENTS.register("shared-rows")
def shared_rows(trainer: Trainer) -> Figures:
    """Count validation rows that are training rows too.

    Those with unknown tokens are left out: their texts may differ in what the vocabulary does not have.
    """
    train = sample_rows(trainer.train_data, _TRAIN_ROWS)
    valid = sample_rows(trainer.valid_data, _VALID_ROWS)
    if train is None or valid is None:
        return {}
    texts = [its.tobytes() for its in valid if len(its) >= _TOKENS and UNK_ID not in its]
    wanted = set(texts)
    alike = np.flatnonzero(np.isin(_ends(train), _ends(valid))).tolist()  # few are compared whole
    shared = {text for row in alike if (text := train[row].tobytes()) in wanted}
    return {
        "rows": len(valid),
        "shared": sum(text in shared for text in texts),
        "same": trainer.valid_data is trainer.train_data,
    }


def _ends(corpus: EncodedCorpus) -> npt.NDArray[np.int64]:
    """Return a number for each row that rows of the same length, first and last token share."""
    if not corpus.num_tokens:
        return np.zeros(len(corpus), dtype=np.int64)
    first = np.minimum(corpus.offsets[:-1], corpus.num_tokens - 1)
    last = np.maximum(corpus.offsets[1:] - 1, 0)
    ids = corpus.ids
    return (corpus.lengths << 42) ^ (ids[first].astype(np.int64) << 21) ^ ids[last].astype(np.int64)
