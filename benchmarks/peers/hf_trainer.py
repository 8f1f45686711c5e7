"""The Trainer of Hugging Face's transformers, with a network of one's own."""

import tempfile
import time

import numpy as np
import torch
from datasets import Dataset
from networks import make_network
from task import BATCH, LEARNING_RATE, Vocabulary, read_task, report
from torch import nn
from transformers import Trainer, TrainingArguments

task = read_task()
vocabulary = Vocabulary(task.train_texts)


class Classifier(nn.Module):
    """The network, with the loss that the Trainer asks the model for."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, input_ids, labels=None):
        """Return the logits of a batch, and its loss if the labels are given."""
        logits = self.network(input_ids)
        if labels is None:
            return {"logits": logits}
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def dataset_of(texts, **columns):
    """Return a Dataset of encoded and padded texts."""
    ids = [vocabulary.encode_padded(text) for text in texts]
    return Dataset.from_dict({"input_ids": ids, **columns}).with_format("torch")


arguments = TrainingArguments(
    output_dir=tempfile.mkdtemp(),
    per_device_train_batch_size=BATCH,
    per_device_eval_batch_size=BATCH,
    num_train_epochs=task.epochs,
    learning_rate=LEARNING_RATE,
    lr_scheduler_type="constant",
    save_strategy="no",
    report_to="none",
    use_cpu=True,
    seed=task.seed,
)
train = dataset_of(task.train_texts, labels=task.train_labels)
torch.manual_seed(task.seed)
model = Classifier(make_network(task.model, len(vocabulary), task.num_classes))
trainer = Trainer(model=model, args=arguments, train_dataset=train)

started = time.perf_counter()
trainer.train()
train_seconds = time.perf_counter() - started


def predict(texts):
    """Return the label of each text."""
    return np.argmax(trainer.predict(dataset_of(texts)).predictions, axis=1).tolist()


def predict_one(text):
    """Return the label of one text."""
    model.eval()
    with torch.no_grad():
        return int(model(torch.tensor([vocabulary.encode_padded(text)]))["logits"].argmax())


report(
    task,
    train_seconds=train_seconds,
    predict=predict,
    predict_one=predict_one,
    packages=("torch", "transformers", "accelerate", "datasets"),
)
