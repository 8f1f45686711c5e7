"""Recurrent classifiers: an RNN, LSTM or GRU reads the text, in one or both directions.

Elman 1990 (RNN), Hochreiter and Schmidhuber 1997 (LSTM), Cho et al. 2014 (GRU).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from typing_extensions import Unpack

from textclf.layers.pooling import create_pooling, last_pool
from textclf.layers.recurrence import Recurrence
from textclf.models.base import MODELS, TextModel
from textclf.models.options import TextOptions, records_options
from textclf.validation import require_share

__all__ = ["TextRNN"]


@MODELS.register("textrnn")
class TextRNN(TextModel):
    """A recurrent network over the tokens, pooled to one vector a text.

    ``create_model`` also knows it as ``rnn``, ``lstm`` and ``gru`` (one direction), as ``bilstm`` and
    ``bigru`` (both), and as ``attention_bilstm`` (both, and attention over their states).

    Args:
        cell: ``"rnn"``, ``"lstm"`` or ``"gru"``; or ``"lstm_by_hand"`` or ``"gru_by_hand"``, the same
            written step by step, for study: they take several times as long.
        nonlinearity: ``"tanh"`` or ``"relu"``, of the cell ``"rnn"``.
        bidirectional: Read in both directions.
        hidden_dim: Size of the state of each direction.
        num_layers: Number of layers.
        pooling: ``"last"`` (the state after the last real token, and in the other direction after
            the first), ``"max"``, ``"mean"`` or ``"attention"`` over the real tokens.
        layer_dropout: Share of the features between layers set to zero in training.
        initial_state: The state before the first token: ``"zeros"``, or random, ``"gaussian"``,
            ``"gaussian_x10"``, ``"xavier_tanh"`` or ``"xavier_relu"``, drawn once and the same for every
            text.
        carry_state: In training, begin in the state in which the batch before ended, without a gradient
            to it; for one direction only. See the warning of :class:`~textclf.layers.Recurrence`: in the
            shuffled batches of a ``Trainer`` that is the state of other texts.
        options: Those of every :class:`~textclf.models.base.TextModel`.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, C)``. A text of length 0 gets the
        bias of the last layer.

    References:
        Elman 1990; Hochreiter and Schmidhuber 1997; Cho et al. 2014; Schuster and Paliwal 1997; in full
        in :class:`~textclf.layers.Recurrence`. Of attention over a BiLSTM: Zhou et al., Attention-Based
        Bidirectional Long Short-Term Memory Networks for Relation Classification, 2016; Yang et al.,
        Hierarchical Attention Networks for Document Classification, 2016.

    Example:
        >>> model = TextRNN(vocab_size=100, num_classes=2, cell="gru", pooling="last")
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 2])
    """

    @records_options
    def __init__(
        self,
        *,
        cell: str = "lstm",
        nonlinearity: str = "tanh",
        bidirectional: bool = False,
        hidden_dim: int = 64,
        num_layers: int = 1,
        pooling: str = "max",
        layer_dropout: float = 0.0,
        initial_state: str = "zeros",
        carry_state: bool = False,
        **options: Unpack[TextOptions],
    ) -> None:
        super().__init__(**options)
        self.recurrence = Recurrence(
            self.embedding.output_dim,
            hidden_dim=hidden_dim,
            cell=cell,
            nonlinearity=nonlinearity,
            bidirectional=bidirectional,
            num_layers=num_layers,
            dropout=require_share("layer_dropout", layer_dropout),
            initial_state=initial_state,
            carry_state=carry_state,
        )
        self.pooling_name = pooling
        self.pooling = create_pooling(pooling, self.recurrence.output_dim)
        self.add_classifier(self.recurrence.output_dim)

    def features(self, embedded: Tensor, lengths: Tensor, places: Tensor | None = None) -> Tensor:
        """Run and pool to ``(B, hidden_dim)``, or twice that with both directions."""
        forward, backward = self.recurrence(embedded, lengths, places)
        if backward is not None and self.pooling_name == "last":
            first = last_pool(backward, lengths.clamp(max=1))
            return torch.cat([last_pool(forward, lengths), first], dim=1)
        states = forward if backward is None else torch.cat([forward, backward], dim=2)
        pooled: Tensor = self.pooling(states, lengths)
        return pooled

    def token_features(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Embed, run and pool; in a large batch on a CPU, each distinct token is embedded once."""
        if not self.recurrence.gains_by_places(lengths.shape[0]):
            return super().token_features(token_ids, lengths)
        vectors, places = self.embedding.distinct(token_ids, lengths)
        return self.features(vectors, lengths, places)


@MODELS.register("rnn")
def _rnn(**options: Any) -> TextRNN:
    """A textrnn with plain recurrent cells, in one direction."""
    return TextRNN(**{"cell": "rnn", **options})


@MODELS.register("lstm")
def _lstm(**options: Any) -> TextRNN:
    """A textrnn with LSTM cells, in one direction."""
    return TextRNN(**{"cell": "lstm", **options})


@MODELS.register("gru")
def _gru(**options: Any) -> TextRNN:
    """A textrnn with GRU cells, in one direction."""
    return TextRNN(**{"cell": "gru", **options})


@MODELS.register("bilstm")
def _bilstm(**options: Any) -> TextRNN:
    """A textrnn with LSTM cells, in both directions."""
    return TextRNN(**{"cell": "lstm", "bidirectional": True, **options})


@MODELS.register("bigru")
def _bigru(**options: Any) -> TextRNN:
    """A textrnn with GRU cells, in both directions."""
    return TextRNN(**{"cell": "gru", "bidirectional": True, **options})


@MODELS.register("attention_bilstm")
def _attention_bilstm(**options: Any) -> TextRNN:
    """A textrnn with LSTM cells, in both directions, and attention over their states."""
    return TextRNN(**{"cell": "lstm", "bidirectional": True, "pooling": "attention", **options})
