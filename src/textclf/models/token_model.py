"""What every model that labels tokens is: logits for each step of a text."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from typing_extensions import Unpack

from textclf.errors import must_be
from textclf.models.base import TextModel
from textclf.models.options import TextOptions, records_options
from textclf.validation import require_int

__all__ = ["TokenModel"]


class TokenModel(TextModel):
    """A network that labels tokens: embedding, windows, features of each token, and what follows.

    A model of the zoo says how the vectors of the tokens become features, in :meth:`features`. The linear
    path of other networks scores a text as a whole, so there is none here: ``ngrams`` is 0.

    Args:
        window: Tokens in each step's input, an odd number: the token itself and as many on either side,
            their vectors side by side, zeros beyond the ends of the text.
        options: Those of every :class:`~textclf.models.base.TextModel`.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, L, C)``, finite and of no meaning at padding.

    Example:
        >>> class Lookup(TokenModel):
        ...     @records_options
        ...     def __init__(self, **options):
        ...         super().__init__(**options)
        ...         self.add_classifier(self.input_dim)
        ...
        ...     def features(self, embedded, lengths):
        ...         return embedded
        >>> model = Lookup(vocab_size=10, num_classes=2, window=3)
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 3, 2])
    """

    labels_tokens = True

    @records_options
    def __init__(self, *, window: int = 1, **options: Unpack[TextOptions]) -> None:
        if options.setdefault("ngrams", 0) != 0:
            cure = "The linear path scores a text as a whole."
            raise must_be("ngrams", "0 for a model that labels tokens", options["ngrams"], cure)
        super().__init__(**options)
        self.window = require_int("window", window, at_least=1)
        if window % 2 == 0:
            raise must_be("window", "odd, with as many tokens on either side", window)

    @property
    def input_dim(self) -> int:
        """Number of features of each step's input."""
        return self.embedding.output_dim * self.window

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Turn ``embedded (B, L, input_dim)``, zeros at padding, into ``features (B, L, H)``."""
        raise NotImplementedError(f"{type(self).__name__} must say how, in `features`.")

    def token_features(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Turn ``token_ids (B, L)`` into ``features (B, L, H)``."""
        return self.features(self._windows(self.embedding(token_ids, lengths)), lengths)

    def _windows(self, embedded: Tensor) -> Tensor:
        """Put the vectors of neighbours side by side: ``(B, L, D)`` to ``(B, L, window * D)``."""
        if self.window == 1:
            return embedded
        side, width = self.window // 2, embedded.shape[1]
        padded = F.pad(embedded, (0, 0, side, side))
        return torch.cat([padded[:, shift : shift + width] for shift in range(self.window)], dim=2)

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Give ``logits (B, L, C)`` for ``token_ids (B, L)`` and ``lengths (B,)``."""
        logits = super().forward(token_ids, lengths)
        return logits[:, : token_ids.shape[1]]  # of no token, where the layers needed one
