"""Recurrent classifiers: an RNN, LSTM or GRU reads the text, in one or both directions.

Elman 1990 (RNN), Hochreiter and Schmidhuber 1997 (LSTM), Cho et al. 2014 (GRU).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from textclf.layers.pooling import create_pooling, last_pool
from textclf.layers.recurrence import Recurrence
from textclf.models.base import MODELS, TextModel, records_options
from textclf.validation import require_bool, require_int, require_share

__all__ = ["TextRNN"]


@MODELS.register("textrnn")
class TextRNN(TextModel):
    """A recurrent network over the tokens, pooled to one vector a text.

    ``create_model`` also knows it as ``rnn``, ``lstm`` and ``gru`` (one direction) and as ``bilstm``
    and ``bigru`` (both).

    Args:
        vocab_size: V, the number of token ids.
        num_classes: C, at least 2.
        embedding: ``(V, D)`` pretrained vectors, or None for random ones.
        embed_dim: D; by default that of ``embedding``, or 100 without.
        embedding_mode: ``"random"``, ``"static"``, ``"non-static"``, ``"multichannel"``, or
            ``"auto"``: non-static with vectors and random without.
        cell: ``"rnn"``, ``"lstm"`` or ``"gru"``.
        nonlinearity: ``"tanh"`` or ``"relu"``, of the cell ``"rnn"``.
        bidirectional: Read in both directions.
        hidden_dim: Size of the state of each direction.
        num_layers: Number of layers.
        pooling: ``"last"`` (the state after the last real token, and in the other direction after
            the first), ``"max"``, ``"mean"`` or ``"attention"`` over the real tokens.
        layer_dropout: Share of the features between layers set to zero in training.
        embedding_std: Standard deviation of the embedding at the start: random vectors are drawn with
            it and pretrained ones scaled to it; None leaves pretrained ones as they are.
        embedding_dropout: Share of the embedded features set to zero in training.
        token_dropout: Share of the tokens set to zero in training.
        dropout: Share of the pooled features, and of the n-grams, set to zero in training.
        ngrams: Longest n-gram of the linear path beside the network; 0 for the network alone.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, C)``. A text of length 0 gets the
        bias of the last layer.

    References:
        Elman 1990; Hochreiter and Schmidhuber 1997; Cho et al. 2014; Schuster and Paliwal 1997; in full
        in :class:`~textclf.layers.Recurrence`.

    Example:
        >>> model = TextRNN(vocab_size=100, num_classes=2, cell="gru", pooling="last")
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 2])
    """

    @records_options
    def __init__(
        self,
        *,
        vocab_size: int,
        num_classes: int,
        embedding: Tensor | None = None,
        embed_dim: int | None = None,
        embedding_mode: str = "auto",
        embedding_std: float | None = 0.1,
        cell: str = "lstm",
        nonlinearity: str = "tanh",
        bidirectional: bool = False,
        hidden_dim: int = 64,
        num_layers: int = 1,
        pooling: str = "max",
        layer_dropout: float = 0.0,
        embedding_dropout: float = 0.2,
        token_dropout: float = 0.0,
        dropout: float = 0.5,
        ngrams: int = 2,
    ) -> None:
        super().__init__(
            vocab_size=vocab_size,
            num_classes=num_classes,
            embedding=embedding,
            embed_dim=embed_dim,
            embedding_mode=embedding_mode,
            embedding_std=embedding_std,
            embedding_dropout=embedding_dropout,
            token_dropout=token_dropout,
            dropout=dropout,
            ngrams=ngrams,
        )
        require_bool("bidirectional", bidirectional)
        hidden_dim = require_int("hidden_dim", hidden_dim, at_least=1)
        self.recurrence = Recurrence(
            self.embedding.output_dim,
            hidden_dim=hidden_dim,
            cell=cell,
            nonlinearity=nonlinearity,
            bidirectional=bidirectional,
            num_layers=require_int("num_layers", num_layers, at_least=1),
            dropout=require_share("layer_dropout", layer_dropout),
        )
        feature_dim = hidden_dim * (2 if bidirectional else 1)
        self.pooling_name = pooling
        self.pooling = create_pooling(pooling, feature_dim)
        self.add_classifier(feature_dim)

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
