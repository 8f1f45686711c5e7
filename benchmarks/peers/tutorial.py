"""The loop of the tutorials: every text padded to the same length, a DataLoader, Adam, fp32."""

import time

import torch
from networks import make_network
from task import BATCH, LEARNING_RATE, Vocabulary, read_task, report
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

task = read_task()
torch.manual_seed(task.seed)

vocabulary = Vocabulary(task.train_texts)
inputs = torch.tensor([vocabulary.encode_padded(text) for text in task.train_texts])
labels = torch.tensor(task.train_labels)
loader = DataLoader(TensorDataset(inputs, labels), batch_size=BATCH, shuffle=True)

model = make_network(task.model, len(vocabulary), task.num_classes)
optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
criterion = nn.CrossEntropyLoss()

started = time.perf_counter()
for _ in range(task.epochs):
    model.train()
    total = 0.0
    for ids, targets in loader:
        optimizer.zero_grad()
        loss = criterion(model(ids), targets)
        loss.backward()
        optimizer.step()
        total += loss.item()
train_seconds = time.perf_counter() - started


def predict(texts):
    """Return the label of each text."""
    model.eval()
    answers = []
    with torch.no_grad():
        for start in range(0, len(texts), BATCH):
            ids = torch.tensor([vocabulary.encode_padded(text) for text in texts[start : start + BATCH]])
            answers += model(ids).argmax(dim=1).tolist()
    return answers


report(task, train_seconds=train_seconds, predict=predict)
