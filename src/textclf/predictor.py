"""From raw text to a label: what is left when training is over, saved and loaded as one folder."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from textclf.data.corpus import EncodedCorpus
from textclf.data.encoder import TextEncoder
from textclf.device import resolve_device, resolve_precision
from textclf.errors import must_be
from textclf.metrics import AbstainBelow, class_limits
from textclf.models.base import Classifier
from textclf.saved_model.parts import labels_of_texts
from textclf.saved_model.probe import Probe
from textclf.saved_model.run_facts import RunFacts
from textclf.saved_model.saving import belonging_together, read_model, write_model
from textclf.text.labels import Label
from textclf.training.inference import evaluating, predict_logits, predict_one
from textclf.training.targets import target_of
from textclf.validation import require_int, require_number
from textclf.windows import GivenWindows, windows_of

__all__ = ["Predictor"]

_LOG = logging.getLogger(__name__)


class Predictor:
    """A trained model together with the tokenizer, vocabulary and labels that it was trained with.

    Args:
        encoder: Turns texts into ids, and knows the labels.
        model: The trained model.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        batch_size: Texts a batch; it changes the speed alone.
        windows: Read long texts window by window, without regard to the encoder's ``max_length``:
            :class:`~textclf.windows.Windows`, or the tokens in one. None cuts them off there; the first
            time that this happens, a warning is logged with the share of the tokens that were not read.
        temperature: What the logits are divided by before the softmax or sigmoid, as
            :func:`textclf.metrics.fit_temperature` finds it; it changes no label, only the
            probabilities.

    Attributes:
        int8: Whether the weights have been rounded to 8 bits by :func:`textclf.export.quantize`, and are
            saved so.
        target: The kind of the labels: one or several a text, as ``encoder.labels.multi_label`` has it.

    Raises:
        ArgumentError: The encoder has no labels, its sizes are not those of the model, a window is
            longer than what the model reads, or the temperature is not above 0.

    Example:
        >>> from textclf.models import create_model
        >>> encoder = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])
        >>> model = create_model("dan", vocab_size=len(encoder.vocab), num_classes=2)
        >>> predictor = Predictor(encoder, model)
        >>> predictor.predict("a film") in ("neg", "pos")
        True
        >>> predictor.predict_proba(["a film", "bad"]).shape
        (2, 2)
    """

    def __init__(
        self,
        encoder: TextEncoder,
        model: Classifier,
        *,
        device: str | torch.device = "auto",
        precision: str = "auto",
        batch_size: int = 128,
        windows: GivenWindows = None,
        temperature: float = 1.0,
    ) -> None:
        self.labels = labels_of_texts(encoder, model)
        self.target = target_of(self.labels.multi_label)
        self.encoder = encoder
        self.model = model
        self.device = resolve_device(device)
        self.precision = resolve_precision(precision, self.device)
        self.batch_size = require_int("batch_size", batch_size, at_least=1)
        self.windows = windows_of(windows, reads_at_most=model.reads_at_most)
        self._reader = encoder  # what texts are read with: if there are windows, it cuts nothing off
        if self.windows is not None:
            self._reader = TextEncoder(encoder.tokenizer, encoder.vocab, encoder.labels)
        self._warned = False
        self.temperature = require_number("temperature", temperature, above=0)
        self.int8 = False
        self.model.to(self.device).eval()
        self._parts = tuple(self.model.modules())

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels, in the order of the columns of :meth:`predict_proba`."""
        return self.labels.names

    def predict(
        self, texts: str | Sequence[str | Sequence[str]], *, thresholds: AbstainBelow | None = None
    ) -> Any:
        """Return the most probable label of each text, or all its labels, in order.

        Args:
            texts: One string, or a list of texts: strings, or lists of tokens.
            thresholds: Where a text may have several labels, the probability from which on it gets one:
                one number, or numbers by label, 0.5 where none is given.

        Returns:
            A label for a string, and a list of as many labels as texts for a list. Where a text may have
            several labels, each of these is a tuple in the order of :attr:`classes`, which may be empty.
            A text without any token gets what the model answers to nothing, which says little more than
            how frequent the labels were.

        Raises:
            ArgumentError: A text or a threshold cannot be used, or a text has one label and no threshold.
        """
        if not self.labels.multi_label:
            if thresholds is not None:
                raise must_be("thresholds", "None for a model of one label a text", thresholds)
            classes = self.labels.names
            labels = [classes[best] for best in self.predict_logits(texts).argmax(axis=1).tolist()]
        elif thresholds is None:
            labels = self.labels.decode(self.target.predictions(self.predict_logits(texts)))
        else:
            limits = class_limits("thresholds", thresholds, self.classes, default=0.5)
            labels = self.labels.decode(np.atleast_2d(self.predict_proba(texts)) >= limits)
        return labels[0] if isinstance(texts, str) else labels

    def predict_proba(self, texts: str | Sequence[str | Sequence[str]]) -> npt.NDArray[np.float64]:
        """Return the probability of each label, in the order of :attr:`classes`.

        Args:
            texts: One string, or a list of texts.

        Returns:
            ``(C,)`` for a string, ``(N, C)`` for a list.
        """
        probabilities = self.probabilities(self.predict_logits(texts))
        return probabilities[0] if isinstance(texts, str) else probabilities

    def predict_logits(self, texts: str | Sequence[str | Sequence[str]]) -> npt.NDArray[np.floating[Any]]:
        """Return the logits ``(N, C)``, with one row for a string, before the temperature."""
        if isinstance(texts, str):
            texts = [texts]
        if isinstance(texts, list) and len(texts) == 1 and self.windows is None:
            ids, tokens = self._reader.encode_one(texts[0])
            self._warn_of(1 - self._read_of(len(ids)) / tokens if tokens > 0 else 0.0)
            trained = any(part.training for part in self._parts)  # since the Predictor was made
            with evaluating(self.model) if trained else contextlib.nullcontext():
                return predict_one(self.model, ids, device=self.device, precision=self.precision)
        corpus = self.encode(texts)
        self._warn_of(self.unread_share(corpus))
        return self.logits(corpus)

    def _warn_of(self, unread: float) -> None:
        if unread > 0 and not self._warned:
            self._warned = True
            _LOG.warning(
                "%.1f %% of the tokens of these texts were not read, since the texts are too long. "
                "`windows` reads them whole. This is said once.",
                100 * unread,
            )

    def encode(self, texts: Sequence[str | Sequence[str]]) -> EncodedCorpus:
        """Return the ids of the texts as prediction reads them: cut off, or whole if there are windows.

        Args:
            texts: A list of texts.
        """
        return self._reader.encode(texts)

    def tokenize(self, texts: Sequence[str | Sequence[str]]) -> list[list[str]]:
        """Return the tokens whose ids :meth:`encode` returns.

        Args:
            texts: A list of texts.
        """
        return self._reader.tokenize(texts)

    def logits(self, corpus: EncodedCorpus) -> npt.NDArray[np.floating[Any]]:
        """Return the logits ``(N, C)`` of encoded texts; those of windows are pooled.

        Args:
            corpus: The texts, as :meth:`encode` gives them.
        """
        if self.windows is None:
            return self._answers(corpus)
        cut, starts = self.windows.cut(corpus)
        return self.windows.pooled(self._answers(cut), starts, multi_label=self.labels.multi_label)

    def _answers(self, corpus: EncodedCorpus) -> npt.NDArray[np.float32]:
        return predict_logits(
            self.model,
            corpus,
            device=self.device,
            precision=self.precision,
            batch_size=self.batch_size,
        )

    def dropped_share(self, texts: Sequence[str | Sequence[str]]) -> float:
        """Return the share of the tokens that prediction does not read, since the texts are too long.

        That is what the encoder's ``max_length`` cuts off and what the model itself leaves unread; with
        windows it is 0.

        Args:
            texts: A list of texts.

        Example:
            >>> from textclf.models import create_model
            >>> encoder = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"], max_length=3)
            >>> model = create_model("dan", vocab_size=len(encoder.vocab), num_classes=2)
            >>> Predictor(encoder, model).dropped_share(["a film that is good"])
            0.4
            >>> Predictor(encoder, model, windows=3).dropped_share(["a film that is good"])
            0.0
        """
        return self.unread_share(self.encode(texts))

    def unread_share(self, corpus: EncodedCorpus) -> float:
        """Return what :meth:`dropped_share` returns, of texts that are encoded already."""
        kept = 1 - corpus.dropped_share
        if corpus.num_tokens > 0:
            kept *= int(self._read_of(corpus.lengths).sum()) / corpus.num_tokens
        return 1 - kept

    def _read_of(self, lengths: Any) -> Any:
        """Return how many tokens are read of texts that are as long, once they have been encoded."""
        most = None if self.windows is not None else self.model.reads_at_most
        return lengths if most is None else np.minimum(lengths, most)

    def save(
        self,
        folder: str | PathLike[str],
        *,
        overwrite: bool = False,
        probe_texts: Sequence[str | Sequence[str]] = (),
        run: RunFacts | None = None,
        add: Callable[[Path], None] | None = None,
    ) -> None:
        """Write all that prediction needs to a folder, whole or not at all; no pickle.

        Args:
            folder: To make. It gets ``config.json``, ``weights.safetensors``, ``encoder.json``,
                ``vocab.txt``, ``labels.json``, ``probe.json`` and a model card, ``README.md``.
            overwrite: Replace a folder that is there; it stays as it was until the new one is whole.
            probe_texts: A few of these are written to the folder with their probabilities, which
                :meth:`load` checks. Without any, texts are made of words of the vocabulary.
            run: What the run knows, for the card and ``metrics.json``.
            add: Called with the new folder, to write further files, which :meth:`load` then looks after
                like its own.

        Raises:
            OutputExistsError: The folder is there and ``overwrite`` is false.
            ArgumentError: The model's class is not registered, has options that JSON cannot hold, or
                gives probabilities that are not finite; or it was trained on after ``quantize``.
        """
        write_model(
            folder,
            self.encoder,
            self.model,
            settings={
                "temperature": self.temperature,
                "windows": None if self.windows is None else asdict(self.windows),
                "int8": self.int8,
            },
            int8=self.int8,
            probe=lambda: Probe.made(self.encoder, self._exact, probe_texts, device=self.device.type),
            run=run,
            overwrite=overwrite,
            add=add,
        )

    @classmethod
    def load(
        cls,
        folder: str | PathLike[str],
        *,
        tokenizer: Callable[[str], list[str]] | None = None,
        device: str | torch.device = "auto",
        precision: str = "auto",
        batch_size: int = 128,
        windows: GivenWindows | str = "saved",
    ) -> Predictor:
        """Read what :meth:`save` wrote, on any machine and device, and hold it to the probe.

        Args:
            folder: The folder.
            tokenizer: The function that was the tokenizer, if it was one of your own.
            device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
            precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
            batch_size: Texts a batch; it changes the speed alone.
            windows: In place of those that were saved, or None to cut long texts off.

        Raises:
            MissingFileError: The folder or one of its files is not there. It is a ``FileNotFoundError``
                too.
            DataError: A file is damaged, was changed, or is of another folder; the model does not
                answer the texts of the probe as it did when it was saved; or the folder is that of a
                :class:`~textclf.tagger.Tagger`.
            ArgumentError: ``tokenizer`` is missing, or given and not needed.
        """
        saved = read_model(folder, tokenizer=tokenizer)
        with belonging_together(folder):
            labels_of_texts(saved.encoder, saved.model)
            temperature = require_number("temperature", saved.config.get("temperature"), above=0)
            most = saved.model.reads_at_most
            saved_windows = windows_of(saved.config.get("windows"), reads_at_most=most)
        chosen: Any = saved_windows if isinstance(windows, str) and windows == "saved" else windows
        predictor = cls(
            saved.encoder,
            saved.model,
            device=device,
            precision=precision,
            batch_size=batch_size,
            windows=chosen,
            temperature=temperature,
        )
        predictor.int8 = saved.config.get("int8") is True
        saved.check_answers(predictor._exact, device=predictor.device.type)
        return predictor

    def _exact(self, corpus: EncodedCorpus) -> npt.NDArray[np.float64]:
        """Return the probabilities of encoded texts, without windows, computed in 32 bits."""
        with np.errstate(all="ignore"):  # whatever a folder holds, what is not finite is found below
            return self.probabilities(predict_logits(self.model, corpus, device=self.device))

    def probabilities(self, logits: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
        """Return the probabilities ``(N, C)`` of logits, at the temperature.

        Args:
            logits: ``(N, C)``, as :meth:`predict_logits` and :meth:`logits` give them.
        """
        logits = logits if self.temperature == 1 else logits / np.float32(self.temperature)
        return self.target.probabilities(logits)
