"""The two networks as PyTorch tutorials write them: no masks, so padding is read like words."""

import torch
from task import DROPOUT, EMBEDDING, FILTERS, HIDDEN, PAD, WIDTHS
from torch import nn


class TextCNN(nn.Module):
    """Convolutions of several widths, the largest answer of each filter, one linear layer."""

    def __init__(self, vocab_size, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, EMBEDDING, padding_idx=PAD)
        self.convs = nn.ModuleList(nn.Conv1d(EMBEDDING, FILTERS, width) for width in WIDTHS)
        self.dropout = nn.Dropout(DROPOUT)
        self.fc = nn.Linear(FILTERS * len(WIDTHS), num_classes)

    def forward(self, ids):
        """Return the logits of a batch."""
        x = self.embedding(ids).transpose(1, 2)
        pooled = [torch.relu(conv(x)).amax(dim=2) for conv in self.convs]
        return self.fc(self.dropout(torch.cat(pooled, dim=1)))


class BiRNN(nn.Module):
    """An LSTM or GRU in both directions, its last two states, one linear layer."""

    def __init__(self, vocab_size, num_classes, cell=nn.LSTM):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, EMBEDDING, padding_idx=PAD)
        self.rnn = cell(EMBEDDING, HIDDEN, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.fc = nn.Linear(2 * HIDDEN, num_classes)

    def forward(self, ids):
        """Return the logits of a batch."""
        _, last = self.rnn(self.embedding(ids))
        hidden = last[0] if isinstance(last, tuple) else last
        return self.fc(self.dropout(torch.cat([hidden[0], hidden[1]], dim=1)))


def make_network(name, vocab_size, num_classes):
    """Make the network of that name."""
    if name == "textcnn":
        return TextCNN(vocab_size, num_classes)
    return BiRNN(vocab_size, num_classes, nn.LSTM if name == "bilstm" else nn.GRU)
