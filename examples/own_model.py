"""Your own model, and your own training step, in the Trainer.

    python examples/own_model.py

The model is any ``torch.nn.Module`` called as ``model(token_ids, lengths)``. This one labels tokens:
a GRU adds two numbers digit by digit, least significant first, on the built-in addition task. The
step is changed too: it adds Gaussian noise to the gradient. For a step of another kind, such as
adversarial or contrastive training, replace ``train_step`` in the same way.
"""

import argparse

import torch
from torch import Tensor, nn

from textclf import TextEncoder, Trainer, addition_corpus, seed_everything

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--length", type=int, default=10, help="digits of each number")
parser.add_argument("--epochs", type=int, default=15)
arguments = parser.parse_args()


class Adder(nn.Module):
    """One label for each token: logits of shape (B, L, C)."""

    def __init__(self, vocab_size: int, num_classes: int) -> None:
        """Make the layers."""
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 32, padding_idx=0)
        self.network = nn.GRU(32, 64, batch_first=True)
        self.classifier = nn.Linear(64, num_classes)

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Read from left to right, as the carry goes; padding comes last, so it changes nothing."""
        states, _ = self.network(self.embedding(token_ids))
        logits: Tensor = self.classifier(states)
        return logits


class NoisyTrainer(Trainer):
    """Adds noise to the gradient (Neelakantan et al., 2015), between backward and step."""

    def clip_gradients(self) -> float | Tensor:
        """Clip as ever, then add the noise."""
        norm = super().clip_gradients()
        for parameter in self.model.parameters():
            if parameter.grad is not None:
                parameter.grad.add_(torch.randn_like(parameter.grad), alpha=1e-4)
        return norm


task = addition_corpus(2000, length=arguments.length, seed=1)
encoder = TextEncoder.build(task.tokens, token_labels=task.labels)
train_set = encoder.encode(task.tokens, token_labels=task.labels)
fresh = addition_corpus(500, length=2 * arguments.length, seed=2)
test_set = encoder.encode(fresh.tokens, token_labels=fresh.labels)

seed_everything(1)
model = Adder(encoder.vocab_size, encoder.num_classes)
trainer = NoisyTrainer(model, epochs=arguments.epochs, learning_rate=0.01, seed=1, progress=False)
print(trainer.fit(train_set))
report = trainer.evaluate(test_set)
print(f"digits of {2 * arguments.length}-digit sums that are right: {report.accuracy:.4f}")
