"""Pretrained word vectors: from a vector file to the embedding matrix of a vocabulary."""

from textclf.embedding.coverage import Coverage
from textclf.embedding.loader import EmbeddingLoader
from textclf.embedding.train import train_vectors

__all__ = ["Coverage", "EmbeddingLoader", "train_vectors"]
