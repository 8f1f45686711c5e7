"""skorch: a NeuralNetClassifier that is fitted like any estimator of scikit-learn."""

import time

import numpy as np
import torch
from networks import make_network
from skorch import NeuralNetClassifier
from task import BATCH, LEARNING_RATE, Vocabulary, read_task, report
from torch import nn

task = read_task()
torch.manual_seed(task.seed)
vocabulary = Vocabulary(task.train_texts)


def encode(texts):
    """Return an array of ids, padded."""
    return np.array([vocabulary.encode_padded(text) for text in texts], dtype=np.int64)


net = NeuralNetClassifier(
    make_network(task.model, len(vocabulary), task.num_classes),
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=LEARNING_RATE,
    max_epochs=task.epochs,
    batch_size=BATCH,
    iterator_train__shuffle=True,
    train_split=None,
)
inputs, labels = encode(task.train_texts), np.array(task.train_labels, dtype=np.int64)

started = time.perf_counter()
net.fit(inputs, labels)
train_seconds = time.perf_counter() - started


def predict(texts):
    """Return the label of each text."""
    return net.predict(encode(texts)).tolist()


report(task, train_seconds=train_seconds, predict=predict, packages=("torch", "skorch"))
