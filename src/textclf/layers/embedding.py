"""Token ids to vectors: random, static, non-static or both at once."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from textclf.errors import ArgumentError, must_be
from textclf.layers.masking import length_mask

__all__ = ["EMBEDDING_MODES", "TokenEmbedding"]

EMBEDDING_MODES = ("random", "static", "non-static", "multichannel")


class TokenEmbedding(nn.Module):
    """Look up one vector a token, with padding as zeros.

    The four modes are those of Kim (2014): ``random`` vectors that are trained, ``static`` pretrained
    vectors that are not, ``non-static`` pretrained vectors that are, and ``multichannel``, both side
    by side, so that each token has ``2 * embed_dim`` features.

    Args:
        vocab_size: V, the number of token ids, ``<pad>`` (0) and ``<unk>`` (1) among them.
        embed_dim: D, the size of a vector; by default that of ``vectors``, or 100 without.
        vectors: ``(V, D)`` pretrained vectors.
        mode: One of the four, or ``"auto"``: non-static with ``vectors`` and random without.
        std: Standard deviation at the start. Random vectors are drawn with it. Pretrained ones come
            in any scale, and a network learns slowly from large ones: they are multiplied by the one
            number that gives them this standard deviation. None leaves them as they are.
        dropout: Share of the features that is set to zero in training, drawn anew for each batch and
            each token of the vocabulary: wherever the token stands, it lacks the same ones.
        token_dropout: Share of the tokens whose whole vector is set to zero in training.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``embedded (B, L, output_dim)``, zeros at padding.

    Raises:
        ArgumentError: Sizes that do not fit, vectors with NaN, a pretrained mode without vectors.

    References:
        Kim, Convolutional Neural Networks for Sentence Classification, 2014; of the dropout, Gal and
        Ghahramani, A Theoretically Grounded Application of Dropout in Recurrent Neural Networks, 2016.

    Example:
        >>> layer = TokenEmbedding(10, embed_dim=4)
        >>> layer(torch.tensor([[5, 0]]), torch.tensor([1]))[0, 1].tolist()
        [0.0, 0.0, 0.0, 0.0]
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        embed_dim: int | None = None,
        vectors: Tensor | None = None,
        mode: str = "auto",
        std: float | None = 0.1,
        dropout: float = 0.0,
        token_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.mode = _resolve_mode(mode, vectors)
        if vectors is not None:
            _check_vectors(vectors, vocab_size, embed_dim)
            embed_dim = vectors.shape[1]
            if std is not None:
                vectors = _scaled(vectors, std)
        elif embed_dim is None:
            embed_dim = 100
        self.vocab_size = vocab_size
        self.embed_dim = embed_dim
        self.token_dropout = token_dropout
        self.dropout = nn.Dropout(dropout)
        start = torch.empty(vocab_size, embed_dim)
        if self.mode == "random" or vectors is None:
            start.normal_(0.0, 0.1 if std is None else std)
        else:
            start.copy_(vectors)
        self.channels = nn.ModuleList()
        if self.mode in ("static", "multichannel"):
            self.channels.append(_table(start, trained=False))
        if self.mode != "static":
            self.channels.append(_table(start, trained=True))

    @property
    def _tables(self) -> list[Tensor]:
        return [channel.weight for channel in self.channels]  # type: ignore[misc]

    @property
    def output_dim(self) -> int:
        """Number of features of each token: D, or 2 D with two channels."""
        return self.embed_dim * len(self.channels)

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Look up ``(B, L)`` ids; give ``(B, L, output_dim)``."""
        if self.training and self.dropout.p > 0 and token_ids.device.type == "cpu":
            vectors, places = self.distinct(token_ids, lengths)
            return nn.functional.embedding(places, vectors)
        # Elsewhere, to count the distinct tokens is to wait for all that is being computed, and random
        # numbers for whole tables cost little. In evaluation the tables are as they are.
        tables = [self.dropout(table) for table in self._tables]
        return self._look_up(self._kept(token_ids, lengths), tables)

    def distinct(self, token_ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Look up ``(B, L)`` ids, each distinct one once.

        Returns:
            ``vectors (U, output_dim)``, of which the first is that of padding, and ``places (B, L)``
            from 0 to U - 1, so that ``vectors[places]`` is what :meth:`forward` gives.

        Example:
            >>> layer = TokenEmbedding(10, embed_dim=4)
            >>> vectors, places = layer.distinct(torch.tensor([[5, 7, 5], [7, 0, 0]]), torch.tensor([3, 1]))
            >>> vectors.shape, places.tolist()
            (torch.Size([3, 4]), [[1, 2, 1], [2, 0, 0]])
        """
        kept = self._kept(token_ids, lengths)
        # One 0 more, so that padding is there and, being the least, first.
        found, places = torch.unique(nn.functional.pad(kept.flatten(), (1, 0)), return_inverse=True)
        vectors = self._look_up(found, self._tables)
        share = self.dropout.p
        if self.training and share > 0:  # as nn.Dropout, whose random numbers cost twice as much on a CPU
            vectors = vectors * torch.rand_like(vectors).ge_(share).div_(1 - share)
        return vectors, places[1:].view(kept.shape)

    def _kept(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Return the ids with 0 for padding and for dropped tokens."""
        mask = length_mask(lengths, token_ids.shape[1])
        if self.training and self.token_dropout > 0:
            mask = mask & (torch.rand(mask.shape, device=mask.device) >= self.token_dropout)
        return token_ids.masked_fill(~mask, 0)

    def _look_up(self, token_ids: Tensor, tables: Iterable[Tensor]) -> Tensor:
        """Look up ids of any shape in each table ``(V, D)``; give their vectors side by side."""
        try:
            found = [nn.functional.embedding(token_ids, table, padding_idx=0) for table in tables]
        except IndexError:
            raise must_be(
                "token_ids",
                f"from 0 to {self.vocab_size - 1}",
                [int(token_ids.min()), int(token_ids.max())],
                "Encode the text with the vocabulary that the model was made for.",
            ) from None
        return found[0] if len(found) == 1 else torch.cat(found, dim=-1)


def _resolve_mode(mode: str, vectors: Tensor | None) -> str:
    if mode == "auto":
        return "random" if vectors is None else "non-static"
    if mode not in EMBEDDING_MODES:
        raise must_be("embedding_mode", f"'auto' or one of {', '.join(EMBEDDING_MODES)}", mode)
    if mode != "random" and vectors is None:
        raise ArgumentError(
            f"`embedding` must be given for embedding_mode={mode!r}. Received: None. "
            "Load vectors with EmbeddingLoader(path).load(vocab), or use embedding_mode='random'."
        )
    return mode


def _check_vectors(vectors: Tensor, vocab_size: int, embed_dim: int | None) -> None:
    if not isinstance(vectors, Tensor) or vectors.dim() != 2 or vectors.shape[1] == 0:
        shape = tuple(vectors.shape) if isinstance(vectors, Tensor) else type(vectors).__name__
        raise must_be("embedding", "a tensor of shape (vocab_size, embed_dim)", shape)
    if vectors.shape[0] != vocab_size:
        raise must_be(
            "embedding",
            f"of {vocab_size} rows, one for each token of the vocabulary",
            tuple(vectors.shape),
            "Load the vectors for this vocabulary.",
        )
    if embed_dim is not None and vectors.shape[1] != embed_dim:
        raise must_be(
            "embed_dim", f"{vectors.shape[1]}, the width of `embedding`", embed_dim, "Leave embed_dim out."
        )
    finite = torch.isfinite(vectors.float()).all(dim=1)  # as 32-bit numbers, which the weights will be
    if not bool(finite.all()):
        row = int((~finite).nonzero()[0])
        raise must_be("embedding", "finite", f"NaN or infinity in row {row}", "Repair the vector file.")


def _scaled(vectors: Tensor, std: float) -> Tensor:
    """Multiply the vectors so that the rows that are not all zero have the standard deviation."""
    known = vectors[(vectors != 0).any(dim=1)]
    now = known.float().std().item() if known.numel() > 1 else 0.0
    return vectors * (std / now) if now > 0 else vectors


def _table(start: Tensor, *, trained: bool) -> nn.Embedding:
    table = nn.Embedding(start.shape[0], start.shape[1], padding_idx=0)
    with torch.no_grad():
        table.weight.copy_(start)
        table.weight[0] = 0.0
    table.weight.requires_grad_(trained)
    return table
