"""Stacked recurrent networks with a head each: a simple question first, a finer one on top of it.

Zhang, Wang, Gong and Huang, Keyphrase Extraction Using Deep Recurrent Neural Networks on Twitter, 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from textclf.errors import must_be
from textclf.layers.recurrence import Recurrence
from textclf.models.base import MODELS, check_batch
from textclf.models.options import records_options
from textclf.models.token_model import TokenModel
from textclf.validation import require_int

__all__ = ["JointRNN"]


@MODELS.register("joint_rnn")
class JointRNN(TokenModel):
    """Recurrent networks one above the other; each labels the tokens in its own way.

    The first network reads the tokens, each further one the states of the one below, and each has a
    linear layer of its own, its head. In the study of keyphrases the first head says whether a token is
    part of one, the second which tag it has (B, I, E, S or O). Train it on a
    :func:`~textclf.data.joint_corpus` with the same heads, such as by
    ``Trainer(model, loss={"inside": 0.3, "tag": 0.7})``.

    Args:
        num_classes: The number of classes of each head by its name, the lowest head first, such as
            ``{"inside": 2, "tag": 5}``.
        cell: ``"rnn"``, ``"lstm"``, ``"gru"``, ``"lstm_by_hand"`` or ``"gru_by_hand"``.
        hidden_dim: Size of the state of each network.
        window: Tokens in each step's input, an odd number; the study has 3.
        options: Those of every :class:`~textclf.models.base.TextModel`; ``ngrams`` is 0.
            ``embedding_mode="static"`` keeps pretrained vectors as they are.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``{head: logits (B, L, C)}``.

    References:
        Zhang, Wang, Gong and Huang, Keyphrase Extraction Using Deep Recurrent Neural Networks on Twitter,
        2016.

    Example:
        >>> model = JointRNN(vocab_size=100, num_classes={"inside": 2, "tag": 5})
        >>> logits = model(Tensor([[5, 7, 0]]).long(), Tensor([2]).long())
        >>> {head: its.shape for head, its in logits.items()}
        {'inside': torch.Size([1, 3, 2]), 'tag': torch.Size([1, 3, 5])}
    """

    @records_options
    def __init__(
        self,
        /,
        *,
        num_classes: Mapping[str, int],
        cell: str = "rnn",
        hidden_dim: int = 64,
        window: int = 3,
        **options: Any,
    ) -> None:
        sizes = _checked_heads(num_classes)
        super().__init__(num_classes=sum(sizes.values()), window=window, **options)
        hidden_dim = require_int("hidden_dim", hidden_dim, at_least=1)
        self.heads: dict[str, int] = sizes
        inputs = [self.input_dim, *[hidden_dim] * (len(sizes) - 1)]
        self.levels = nn.ModuleList(Recurrence(size, hidden_dim=hidden_dim, cell=cell) for size in inputs)
        self.classifiers = nn.ModuleList(nn.Linear(hidden_dim, size) for size in sizes.values())

    def forward(self, token_ids: Tensor, lengths: Tensor) -> dict[str, Tensor]:  # type: ignore[override]
        """Give ``{head: logits (B, L, C)}`` for ``token_ids (B, L)`` and ``lengths (B,)``."""
        check_batch(token_ids, lengths)
        width = token_ids.shape[1]
        if width == 0:  # every text is empty, and the layers need a position to look at
            token_ids = F.pad(token_ids, (0, 1))
        states = self.token_features(token_ids, lengths)
        logits = {}
        for head, level, classifier in zip(self.heads, self.levels, self.classifiers, strict=True):
            states = level(states, lengths)[0]
            logits[head] = classifier(self.dropout(states))[:, :width]
        return logits

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return the inputs of the lowest network as they are."""
        return embedded


def _checked_heads(num_classes: object) -> dict[str, int]:
    """Return the number of classes of each head by its name, or raise if there are not two or more."""
    if not isinstance(num_classes, Mapping) or len(num_classes) < 2:
        expected = "the number of classes of two or more heads, each by its name"
        raise must_be("num_classes", expected, num_classes, 'Such as {"inside": 2, "tag": 5}.')
    return {
        str(head): require_int(f"num_classes[{head!r}]", size, at_least=2)
        for head, size in num_classes.items()
    }
