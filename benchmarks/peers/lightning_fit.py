"""Lightning: a LightningModule and a Trainer."""

import tempfile
import time

import lightning
import torch
from networks import make_network
from task import BATCH, LEARNING_RATE, Vocabulary, read_task, report
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

task = read_task()
lightning.seed_everything(task.seed)


class Classifier(lightning.LightningModule):
    """The network with its loss and its optimizer."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, ids):
        """Return the logits of a batch."""
        return self.network(ids)

    def training_step(self, batch, batch_idx):
        """Return the loss of a batch."""
        ids, targets = batch
        loss = nn.functional.cross_entropy(self(ids), targets)
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def predict_step(self, batch, batch_idx):
        """Return the labels of a batch."""
        return self(batch[0]).argmax(dim=1)

    def configure_optimizers(self):
        """Return the optimizer."""
        return torch.optim.Adam(self.parameters(), lr=LEARNING_RATE)


vocabulary = Vocabulary(task.train_texts)


def encode(texts):
    """Return a tensor of ids, padded."""
    return torch.tensor([vocabulary.encode_padded(text) for text in texts])


dataset = TensorDataset(encode(task.train_texts), torch.tensor(task.train_labels))
loader = DataLoader(dataset, batch_size=BATCH, shuffle=True)
model = Classifier(make_network(task.model, len(vocabulary), task.num_classes))
trainer = lightning.Trainer(
    max_epochs=task.epochs,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    default_root_dir=tempfile.mkdtemp(),
)

started = time.perf_counter()
trainer.fit(model, loader)
train_seconds = time.perf_counter() - started


def predict(texts):
    """Return the label of each text."""
    batches = trainer.predict(model, DataLoader(TensorDataset(encode(texts)), batch_size=BATCH))
    return torch.cat(batches).tolist()


def predict_one(text):
    """Return the label of one text."""
    model.eval()
    with torch.no_grad():
        return int(model(encode([text])).argmax())


report(
    task,
    train_seconds=train_seconds,
    predict=predict,
    predict_one=predict_one,
    packages=("torch", "lightning"),
)
