"""Study 3: plain RNN, LSTM, GRU and an LSTM written by hand on IMDB; width, batch size, a mistaken loss.

    python examples/studies/imdb_recurrent.py DATA [--out DIR] [--seeds 5] [--quick]

Vocabulary 20,001, embedding 64, hidden 64, dropout 0.5; the best of at most ten epochs, by validation.
"""

from typing import Any

from frame import Page, arguments, small, small_split, split
from torch.nn.functional import nll_loss

from textclf import TextClassifier
from textclf.experiment import compare, plot_curves, plot_scores

given = arguments(__doc__, out="imdb_recurrent", parts=["cells", "alone", "sizes", "loss"])
page = Page(given.out)
data = small_split() if given.quick else split("imdb", given.data)
runs: dict[str, Any] = {"seeds": given.seeds, "folder": page.runs, "n_jobs": given.jobs}


def recurrent(
    cell: str, *, length: int = 400, batch_size: int = 64, trainer: Any = None, **options: Any
) -> TextClassifier:
    """Return a network of the reference's sizes, with masking and the best of at most ten epochs."""
    made = TextClassifier(
        "textrnn",
        max_length=length,
        epochs=10,
        batch_size=batch_size,
        encoder_options={"max_size": 20_001, "keep": "both"},
        model_options={"cell": cell, "embed_dim": 64, "hidden_dim": 64} | options,
        trainer_options=trainer,
    )
    return small(made) if given.quick else made


cells = {"RNN": "rnn", "LSTM": "lstm", "GRU": "gru", "LSTM by hand": "lstm_by_hand"}
parts = {
    # The whole model of the library: the network, and a linear path of n-grams beside it.
    "cells": {name: recurrent(cell) for name, cell in cells.items()},
    # The network alone, as the reference has it.
    "alone": {name: recurrent(cell, ngrams=0) for name, cell in cells.items()},
    # Wider, and fewer and larger steps.
    "sizes": {
        "LSTM": recurrent("lstm"),
        "hidden 128": recurrent("lstm", hidden_dim=128),
        "batch 128": recurrent("lstm", batch_size=128),
    },
    # The negative log likelihood of what are no log probabilities has no lower bound.
    "loss": {
        "cross-entropy": recurrent("lstm", length=100, ngrams=0),
        "NLL without log-softmax": recurrent("lstm", length=100, ngrams=0, trainer={"loss": nll_loss}),
    },
}
for part in given.parts:
    study = compare(parts[part], data, **runs)
    page.add(part, study, scores=plot_scores(study), curves=plot_curves(study))
