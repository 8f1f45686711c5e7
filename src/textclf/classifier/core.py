"""The parts of the core that a TextClassifier puts together, in the order in which they are used."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

from textclf.classifier.training_data import Labelled, checked_share
from textclf.data import EncodedCorpus, TextEncoder
from textclf.data.sampling import SAMPLING, balanced_rows
from textclf.device import seed_everything
from textclf.embedding import Coverage, EmbeddingLoader
from textclf.errors import must_be
from textclf.metrics import fit_temperature
from textclf.models import create_model
from textclf.predictor import Predictor
from textclf.text import create_tokenizer
from textclf.training import History, Trainer
from textclf.validation import require_choice, require_int, require_number
from textclf.windows import windows_of

__all__ = ["Core", "Trained"]

_LOG = logging.getLogger(__name__)
_OF_TRAINER = ("epochs", "batch_size", "learning_rate", "patience", "monitor", "class_weight")
_OF_ALL_RUNS = ("seed", "device", "precision", "progress")
_OF_ENCODER = ("tokenizer", "max_length", "min_freq", "progress")


class Trained(NamedTuple):
    """What training gives.

    Attributes:
        predictor: What answers.
        history: What happened.
        coverage: How many words have pretrained vectors; None without them.
        unread: The share of the training tokens that were not read.
        report: The scores on the validation data; None without them.
    """

    predictor: Predictor
    history: History
    coverage: Coverage | None
    unread: float
    report: Any


class Core:
    """The encoder, vectors, model and trainer that some parameters ask for.

    Every parameter is checked here, by making each part at its smallest, before a text is read.

    Args:
        params: The parameters of a TextClassifier.
        groups: Its groups of options, each a dictionary.

    Raises:
        TextclfError: A parameter or option cannot be used; of the kind that the part itself raises.
    """

    def __init__(self, params: Mapping[str, Any], groups: Mapping[str, dict[str, Any]]) -> None:
        self.params = params
        self.groups = groups
        self.seed = require_int("seed", params["seed"], at_least=0)
        self.temperature = _checked_temperature(params["temperature"])
        if params["sampling"] is not None:
            require_choice("sampling", params["sampling"], SAMPLING)
        create_tokenizer(params["tokenizer"])
        self.vectors = self._loader()
        smallest = None if self.vectors is None else torch.eye(2, self.vectors.dim)
        model = self._model(2, 2, smallest)
        if model.labels_tokens:
            cure = "Train it with a Trainer, on a corpus with token_labels."
            raise must_be("model", "one that labels texts", params["model"], cure)
        windows_of(params["windows"], reads_at_most=model.reads_at_most)
        self._trainer(model)
        share = checked_share(params["validation_share"])
        self.validation_share = None if share == "auto" and model.learns_at_start else share

    def train(self, train: Labelled, valid: Labelled | None, *, resume: bool = False) -> Trained:
        """Encode, make the model, train it and calibrate it.

        Args:
            train: To learn from.
            valid: To stop by and calibrate with, or None.
            resume: Go on from a checkpoint.

        Raises:
            ArgumentError: A text may have several labels, and there is a ``sampling``; or as in the parts.
        """
        if train.multi_label and self.params["sampling"] is not None:
            cure = "A text of a rare label has frequent ones too; use class_weight."
            raise must_be(
                "sampling", "None where a text may have several labels", self.params["sampling"], cure
            )
        options = {name: self.params[name] for name in _OF_ENCODER} | self.groups["encoder_options"]
        encoder, corpus = TextEncoder.build_and_encode(train.texts, train.labels, **options)
        held_out = None if valid is None else encoder.encode(valid.texts, valid.labels)
        matrix, coverage = (None, None) if self.vectors is None else self.vectors.load(encoder.vocab)
        seed_everything(self.seed)
        model = self._model(encoder.vocab_size, encoder.num_classes, matrix)
        trainer = self._trainer(model)
        history = trainer.fit(self._sampled(corpus), held_out, resume=resume)
        options = {"device": trainer.device, "precision": self.params["precision"]}
        unread = Predictor(encoder, model, **options).unread_share(corpus)
        predictor = Predictor(encoder, model, windows=self.params["windows"], **options)
        if unread > 0 and predictor.windows is None:
            _LOG.warning(
                "%.1f %% of the tokens of the training texts were not read, since they are too long. "
                "`max_length` says how much is read, and with `windows` long texts are answered whole.",
                100 * unread,
            )
        report = self._calibrated(predictor, valid, held_out)
        return Trained(predictor, history, coverage, unread, report)

    def _loader(self) -> EmbeddingLoader | None:
        path, options = self.params["embedding"], self.groups["embedding_options"]
        if path is not None:
            return EmbeddingLoader(path, seed=self.seed, progress=self.params["progress"], **options)
        if options:
            raise must_be("embedding_options", "empty without `embedding`", options)
        return None

    def _model(self, vocab_size: int, num_classes: int, vectors: torch.Tensor | None) -> Any:
        return create_model(
            self.params["model"],
            vocab_size=vocab_size,
            num_classes=num_classes,
            embedding=vectors,
            **self.groups["model_options"],
        )

    def _trainer(self, model: Any) -> Trainer:
        names = (*_OF_TRAINER, *_OF_ALL_RUNS)
        return Trainer(model, **{n: self.params[n] for n in names}, **self.groups["trainer_options"])

    def _sampled(self, corpus: EncodedCorpus) -> EncodedCorpus:
        sampling = self.params["sampling"]
        if sampling is None or corpus.labels is None:
            return corpus
        return corpus.subset(balanced_rows(corpus.labels, sampling, seed=self.seed))

    def _calibrated(
        self, predictor: Predictor, valid: Labelled | None, encoded: EncodedCorpus | None
    ) -> Any:
        """Set the temperature, and return the scores on the validation data, if there are any."""
        if self.temperature is not None:
            predictor.temperature = self.temperature
        if valid is None or encoded is None:
            return None
        read = encoded if predictor.windows is None else predictor.encode(valid.texts)
        labels, logits = np.asarray(encoded.labels), predictor.logits(read)
        if self.temperature is None:
            predictor.temperature = fit_temperature(labels, logits)
        probabilities = predictor.probabilities(logits)
        return predictor.target.report(labels, probabilities, label_names=predictor.classes)


def _checked_temperature(temperature: object) -> float | None:
    """Return the temperature, or None where it is to be fitted."""
    if isinstance(temperature, str):
        if temperature != "auto":
            raise must_be("temperature", "'auto' or a number above 0", temperature)
        return None
    return require_number("temperature", temperature, above=0)
