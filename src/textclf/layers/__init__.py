"""Layers over tensors and lengths; none of them lets padding change a result."""

from textclf.layers.convolution import ConvMaxPool
from textclf.layers.embedding import TokenEmbedding
from textclf.layers.masking import length_mask, reverse_within_lengths
from textclf.layers.ngrams import NgramScores
from textclf.layers.normalization import BatchNorm
from textclf.layers.pooling import AttentionPooling, create_pooling, last_pool, max_pool, mean_pool
from textclf.layers.recurrence import Recurrence
from textclf.layers.recurrent import GRUByHand, LSTMByHand

__all__ = [
    "AttentionPooling",
    "BatchNorm",
    "ConvMaxPool",
    "GRUByHand",
    "LSTMByHand",
    "NgramScores",
    "Recurrence",
    "TokenEmbedding",
    "create_pooling",
    "last_pool",
    "length_mask",
    "max_pool",
    "mean_pool",
    "reverse_within_lengths",
]
