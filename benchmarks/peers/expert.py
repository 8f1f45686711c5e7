"""The loop of somebody who knows PyTorch well: batches of like lengths, and what else is to be had.

`--bf16` trains and predicts under autocast. A recurrent network reads packed sequences; with
`--unpacked` it reads the padding too, and the largest of the states at real tokens is taken.
"""

import random
import time

import torch
from networks import BiRNN, make_network
from task import BATCH, LEARNING_RATE, PAD, WIDTHS, Vocabulary, read_task, report
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

POOL = 50 * BATCH  # examples that are sorted by length together

task = read_task("--bf16", "--unpacked")
torch.manual_seed(task.seed)


class PackedRNN(BiRNN):
    """Stops at the last real token of each text."""

    def forward(self, ids, lengths):
        """Return the logits of a batch."""
        packed = pack_padded_sequence(self.embedding(ids), lengths, batch_first=True, enforce_sorted=False)
        _, last = self.rnn(packed)
        hidden = last[0] if isinstance(last, tuple) else last
        return self.fc(self.dropout(torch.cat([hidden[0], hidden[1]], dim=1)))


class MaskedRNN(BiRNN):
    """Reads everything and takes the largest state at a real token."""

    def forward(self, ids, lengths):
        """Return the logits of a batch."""
        states, _ = self.rnn(self.embedding(ids))
        padding = torch.arange(ids.shape[1]) >= lengths[:, None]
        states = states.masked_fill(padding[:, :, None], float("-inf"))
        return self.fc(self.dropout(states.amax(dim=1)))


def collate(encoded):
    """Pad a list of encoded texts to the longest of them."""
    lengths = torch.tensor([max(len(numbers), 1) for numbers in encoded])
    ids = torch.full((len(encoded), max(int(lengths.max()), max(WIDTHS))), PAD)
    for row, numbers in enumerate(encoded):
        ids[row, : len(numbers)] = torch.tensor(numbers)
    return ids, lengths


def batches_of_like_length(encoded):
    """Yield the indices of batches, in another order each time."""
    order = random.sample(range(len(encoded)), len(encoded))
    batches = []
    for start in range(0, len(order), POOL):
        pool = sorted(order[start : start + POOL], key=lambda index: len(encoded[index]))
        batches += [pool[i : i + BATCH] for i in range(0, len(pool), BATCH)]
    random.shuffle(batches)
    return batches


def logits_of(ids, lengths):
    """Run the model in the precision that was asked for."""
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=task.options.bf16):
        return model(ids) if task.model == "textcnn" else model(ids, lengths)


vocabulary = Vocabulary(task.train_texts)
train = [vocabulary.encode(text) for text in task.train_texts]
labels = torch.tensor(task.train_labels)
if task.model == "textcnn":
    model = make_network("textcnn", len(vocabulary), task.num_classes)
else:
    kind = MaskedRNN if task.options.unpacked else PackedRNN
    cell = nn.LSTM if task.model == "bilstm" else nn.GRU
    model = kind(len(vocabulary), task.num_classes, cell)
optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)

started = time.perf_counter()
model.train()
for _ in range(task.epochs):
    for rows in batches_of_like_length(train):
        logits = logits_of(*collate([train[row] for row in rows]))
        loss = nn.functional.cross_entropy(logits.float(), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
train_seconds = time.perf_counter() - started
model.eval()


@torch.inference_mode()
def predict(texts):
    """Return the label of each text, in order."""
    encoded = [vocabulary.encode(text) for text in texts]
    order = sorted(range(len(encoded)), key=lambda index: len(encoded[index]))
    answers = [0] * len(encoded)
    for start in range(0, len(order), 2 * BATCH):
        rows = order[start : start + 2 * BATCH]
        labels = logits_of(*collate([encoded[row] for row in rows])).argmax(dim=1).tolist()
        for row, label in zip(rows, labels, strict=True):
            answers[row] = label
    return answers


report(task, train_seconds=train_seconds, predict=predict)
