"""What a fault is planted into: texts, a model and a seed; and how a script shows its two runs.

Each other file here is one fault: ``faulty(case)`` trains with it, ``repaired(case, cure)`` does what the
finding says, and ``CODE`` is what the finding should be called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from textclf import EncodedCorpus, LabelledTexts, TextEncoder, Trainer, create_model, seed_everything
from textclf.doctor import Findings
from textclf.errors import NonFiniteLossError
from textclf.layers import mean_pool

__all__ = ["Case", "Data", "OwnModel", "Pool", "changed", "number", "sentences", "show"]

_WORDS = (["good", "fine", "great", "superb", "warm"], ["bad", "poor", "dull", "awful", "cold"])
_SIZES: dict[str, Any] = {"embed_dim": 32, "ngrams": 0}
_CELLS = {"rnn_tagger": "rnn", "gru_tagger": "gru"}
Pool = Callable[[Tensor, Tensor], Tensor]


def sentences(count: int, *, seed: int = 0) -> LabelledTexts:
    """Return sentences of 6 to 24 words, two of which say the label."""
    random = np.random.default_rng(seed)
    texts, labels = [], []
    for label in random.permutation(np.arange(count) % 2):
        words = [f"w{i}" for i in random.integers(0, 60, random.integers(6, 25))]
        for place in random.permutation(len(words))[:2]:
            words[place] = str(random.choice(_WORDS[label]))
        texts.append(" ".join(words))
        labels.append(("pos", "neg")[label])
    return LabelledTexts(texts, labels)


@dataclass(frozen=True)
class Data:
    """Encoded texts to learn from and to validate on."""

    name: str
    train: EncodedCorpus
    valid: EncodedCorpus
    vocab_size: int

    @classmethod
    def of(cls, name: str, train: LabelledTexts, valid: LabelledTexts, *, tokenizer: str = "word") -> Data:
        """Encode texts, of which 30 tokens are kept."""
        encoder, corpus = TextEncoder.build_and_encode(
            train.texts, train.labels, tokenizer=tokenizer, max_length=30
        )
        return cls(name, corpus, encoder.encode(valid.texts, valid.labels), encoder.vocab_size)

    @cached_property
    def num_classes(self) -> int:
        """Classes of the training texts."""
        return len(self.train.label_names or ())

    def tagged(self, share: float) -> Data:
        """Label tokens instead: some words, which make up this share of the tokens, are "in"."""
        counts = np.bincount(self.train.ids, minlength=self.vocab_size)
        words = np.random.default_rng(0).permutation(np.arange(2, self.vocab_size))
        words = words[counts[words] < share / 4 * counts.sum()]
        inside = words[: int(np.searchsorted(np.cumsum(counts[words]), share * counts.sum()))]

        def inside_or_not(part: EncodedCorpus) -> EncodedCorpus:
            labels = np.isin(part.ids, inside).astype(np.int64)
            return part.with_labels(labels, ["out", "in"], token_labels=True)

        train, valid = inside_or_not(self.train), inside_or_not(self.valid)
        return Data(self.name, train, valid, self.vocab_size)

    def unbalanced(self, share: float) -> Data:
        """Make two classes, and keep so few texts of the second that the first has this share.

        The first are the most frequent classes, as many as make up half of the texts.
        """
        counts = np.bincount(np.asarray(self.train.labels))
        order = np.argsort(-counts, kind="stable")
        most = order[: int(np.searchsorted(np.cumsum(counts[order]), counts.sum() / 2)) + 1]

        def kept(part: EncodedCorpus) -> EncodedCorpus:
            second = ~np.isin(np.asarray(part.labels), most)
            main, others = np.flatnonzero(~second), np.flatnonzero(second)
            few = others[:: max(1, round(len(others) / (len(main) * (1 / share - 1))))]
            two = part.with_labels(second.astype(np.int64), ["frequent", "rare"])
            return two.subset(np.sort(np.concatenate([main, few])))

        return Data(self.name, kept(self.train), kept(self.valid), self.vocab_size)


@dataclass(frozen=True)
class Case:
    """Texts, a model and a seed."""

    data: Data
    model_name: str
    seed: int = 0

    def model(self, **options: Any) -> Any:
        """Make the model, of the network alone, from the seed."""
        seed_everything(self.seed)
        name = self.model_name
        if name in _CELLS:
            name, options = "rnn_tagger", {"cell": _CELLS[name], **options}
        its = {"vocab_size": self.data.vocab_size, "num_classes": self.data.num_classes}
        return create_model(name, **{**its, **_SIZES, **options})

    def own_model(self, pool: Pool = mean_pool, **options: Any) -> OwnModel:
        """Make a model that is none of the library's; ``model_name`` is "average" or "convolution"."""
        seed_everything(self.seed)
        convolution = self.model_name == "convolution"
        return OwnModel(self.data.vocab_size, self.data.num_classes, pool, convolution, **options)

    def train(
        self,
        model: nn.Module,
        train: EncodedCorpus | None = None,
        valid: EncodedCorpus | None = None,
        **options: Any,
    ) -> Findings:
        """Train on the data, or on others, and return what was found."""
        given = {"epochs": 1, "batch_size": 20, "seed": self.seed, "device": "cpu", "progress": False}
        trainer = Trainer(model, **{**given, **options})
        try:
            trainer.fit(train or self.data.train, valid or self.data.valid)
        except NonFiniteLossError as error:
            print(error)
        return trainer.history.findings


class OwnModel(nn.Module):
    """Embeds, perhaps convolves, pools in a way that is given, and ends in a linear layer."""

    def __init__(
        self,
        vocab_size: int,
        num_classes: int,
        pool: Pool,
        convolution: bool,
        *,
        padding_idx: int | None = 0,
    ) -> None:
        """Make the layers."""
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 32, padding_idx=padding_idx)
        self.convolution = nn.Conv1d(32, 32, 3, padding=1) if convolution else None
        self.classifier: nn.Module = nn.Linear(32, num_classes)
        self.pool, self.num_classes = pool, num_classes

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Give logits ``(B, C)``."""
        x = self.embedding(token_ids)
        if self.convolution is not None:
            x = x + self.convolution(x.transpose(1, 2)).relu().transpose(1, 2)
        logits: Tensor = self.classifier(self.pool(x, lengths))
        return logits


def changed(layer: nn.Module, change: Callable[[Tensor], Tensor]) -> None:
    """Have a layer give something else, as a line too many in ``forward`` would."""
    layer.register_forward_hook(lambda module, given, output: change(output))


def number(cure: str, option: str) -> float:
    """Return the number that a cure gives for an option.

    Raises:
        ValueError: It gives none.
    """
    found = re.search(rf"\b{option}=([0-9.e+-]*[0-9])", cure)
    if found is None:
        raise ValueError(f"no {option}= in: {cure}")
    return float(found[1])


def show(
    code: str,
    models: Sequence[str],
    faulty: Callable[[Case], Findings],
    repaired: Callable[[Case, str], Findings],
) -> None:
    """Train with the fault and without it, and print what was found."""
    torch.set_num_threads(1)
    data = Data.of("sentences", sentences(640), sentences(320, seed=1))
    case = Case(data, models[0])
    found = faulty(case)
    print(f"--- with the fault\n\n{found}\n")
    cures = [its.cure for its in found if its.code == code]
    if not cures:
        raise SystemExit(f"{code} was not found")
    print(f"--- repaired\n\n{repaired(case, cures[0])}")
