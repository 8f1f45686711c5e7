"""A recurrent tagger: an RNN, LSTM or GRU gives each token a label.

Elman 1990 (RNN), Hochreiter and Schmidhuber 1997 (LSTM), Cho et al. 2014 (GRU); of tagging in both
directions, Graves and Schmidhuber 2005.
"""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import Unpack

from textclf.layers.recurrence import Recurrence
from textclf.models.base import MODELS
from textclf.models.options import TextOptions, records_options
from textclf.models.token_model import TokenModel
from textclf.validation import require_share

__all__ = ["RNNTagger"]


@MODELS.register("rnn_tagger")
class RNNTagger(TokenModel):
    """A recurrent network over the tokens, and one linear layer at each step.

    Args:
        cell: ``"rnn"``, ``"lstm"``, ``"gru"``, ``"lstm_by_hand"`` or ``"gru_by_hand"``, as in
            :class:`~textclf.models.TextRNN`.
        nonlinearity: ``"tanh"`` or ``"relu"``, of the cell ``"rnn"``.
        bidirectional: Read in both directions, so that a label depends on what follows too.
        hidden_dim: Size of the state of each direction.
        num_layers: Number of layers.
        layer_dropout: Share of the features between layers set to zero in training.
        initial_state: The state before the first token, as in :class:`~textclf.models.TextRNN`.
        carry_state: In training, begin in the state in which the batch before ended, as in
            :class:`~textclf.models.TextRNN`; with the warning of :class:`~textclf.layers.Recurrence`.
        window: Tokens in each step's input, an odd number; see
            :class:`~textclf.models.token_model.TokenModel`.
        options: Those of every :class:`~textclf.models.base.TextModel`; ``ngrams`` is 0.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, L, C)``.

    References:
        Elman 1990; Hochreiter and Schmidhuber 1997; Cho et al. 2014, in full in
        :class:`~textclf.layers.Recurrence`; Graves and Schmidhuber, Framewise Phoneme Classification with
        Bidirectional LSTM and Other Neural Network Architectures, 2005.

    Example:
        >>> model = RNNTagger(vocab_size=100, num_classes=5, cell="gru", bidirectional=True)
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 3, 5])
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
        layer_dropout: float = 0.0,
        initial_state: str = "zeros",
        carry_state: bool = False,
        window: int = 1,
        **options: Unpack[TextOptions],
    ) -> None:
        super().__init__(window=window, **options)
        self.recurrence = Recurrence(
            self.input_dim,
            hidden_dim=hidden_dim,
            cell=cell,
            nonlinearity=nonlinearity,
            bidirectional=bidirectional,
            num_layers=num_layers,
            dropout=require_share("layer_dropout", layer_dropout),
            initial_state=initial_state,
            carry_state=carry_state,
        )
        self.add_classifier(self.recurrence.output_dim)

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Run to ``(B, L, hidden_dim)``, or twice that with both directions."""
        forward, backward = self.recurrence(embedded, lengths)
        return forward if backward is None else torch.cat([forward, backward], dim=2)
