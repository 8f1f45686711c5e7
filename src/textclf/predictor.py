"""From raw text to a label: what is left when training is over, saved and loaded as one folder."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from textclf.atomic import new_folder, write_text
from textclf.data.corpus import EncodedCorpus
from textclf.data.encoder import TextEncoder
from textclf.device import resolve_device, resolve_precision
from textclf.errors import ArgumentError, DataError, MissingFileError, TextclfError, must_be
from textclf.metrics import AbstainBelow, class_limits
from textclf.models.base import Classifier, model_from_config, model_name
from textclf.text.labels import Label, LabelMap
from textclf.training.checkpoint import load_weights, save_weights
from textclf.training.inference import predict_logits
from textclf.training.targets import target_of
from textclf.validation import require_int, require_number
from textclf.windows import Windows

__all__ = ["Predictor"]

_LOG = logging.getLogger(__name__)
_FORMAT = 1
_CONFIG_FILE = "config.json"
_WEIGHTS_FILE = "weights.safetensors"


class Predictor:
    """A trained model together with the tokenizer, vocabulary and labels that it was trained with.

    Args:
        encoder: Turns texts into ids, and knows the labels.
        model: The trained model.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        batch_size: Texts a batch; it changes the speed alone.
        windows: Read long texts window by window, without regard to the encoder's ``max_length``. None
            cuts them off there; the first time that this happens, a warning is logged with the share of
            the tokens that were not read.
        temperature: What the logits are divided by before the softmax or sigmoid, as
            :func:`textclf.metrics.fit_temperature` finds it; it changes no label, only the
            probabilities.

    Attributes:
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
        windows: Windows | None = None,
        temperature: float = 1.0,
    ) -> None:
        self.labels = _checked_labels(encoder, model)
        self.target = target_of(self.labels.multi_label)
        self.encoder = encoder
        self.model = model
        self.device = resolve_device(device)
        self.precision = resolve_precision(precision, self.device)
        self.batch_size = require_int("batch_size", batch_size, at_least=1)
        self.windows = _checked_windows(windows, model)
        self._reader = encoder  # what texts are read with: if there are windows, it cuts nothing off
        if windows is not None:
            self._reader = TextEncoder(encoder.tokenizer, encoder.vocab, encoder.labels)
        self._warned = False
        self.temperature = require_number("temperature", temperature, above=0)
        self.model.to(self.device).eval()

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
        if thresholds is None:
            found = self.target.predictions(self.predict_logits(texts))
        elif self.labels.multi_label:
            limits = class_limits("thresholds", thresholds, self.classes, default=0.5)
            found = np.atleast_2d(self.predict_proba(texts)) >= limits
        else:
            raise must_be("thresholds", "None for a model of one label a text", thresholds)
        labels = self.labels.decode(found)
        return labels[0] if isinstance(texts, str) else labels

    def predict_proba(self, texts: str | Sequence[str | Sequence[str]]) -> npt.NDArray[np.float64]:
        """Return the probability of each label, in the order of :attr:`classes`.

        Args:
            texts: One string, or a list of texts.

        Returns:
            ``(C,)`` for a string, ``(N, C)`` for a list.
        """
        logits = self.predict_logits(texts)
        logits = logits if self.temperature == 1 else logits / np.float32(self.temperature)
        probabilities = self.target.probabilities(logits)
        return probabilities[0] if isinstance(texts, str) else probabilities

    def predict_logits(self, texts: str | Sequence[str | Sequence[str]]) -> npt.NDArray[np.floating[Any]]:
        """Return the logits ``(N, C)``, with one row for a string, before the temperature."""
        corpus = self.encode([texts] if isinstance(texts, str) else texts)
        share = self._unread_share(corpus)
        if share > 0 and not self._warned:
            self._warned = True
            _LOG.warning(
                "%.1f %% of the tokens of these texts were not read, since the texts are too long. "
                "Predictor(..., windows=Windows(length)) reads them whole. This is said once.",
                100 * share,
            )
        return self.logits(corpus)

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
            >>> Predictor(encoder, model, windows=Windows(3)).dropped_share(["a film that is good"])
            0.0
        """
        return self._unread_share(self.encode(texts))

    def _unread_share(self, corpus: EncodedCorpus) -> float:
        most = self.model.reads_at_most
        kept = 1 - corpus.dropped_share
        if most is not None and self.windows is None and corpus.num_tokens > 0:
            kept *= int(np.minimum(corpus.lengths, most).sum()) / corpus.num_tokens
        return 1 - kept

    def save(
        self,
        folder: str | PathLike[str],
        *,
        overwrite: bool = False,
        add: Callable[[Path], None] | None = None,
    ) -> None:
        """Write all that prediction needs to a folder, whole or not at all.

        Args:
            folder: To make. It gets ``config.json``, ``weights.safetensors``, ``encoder.json``,
                ``vocab.txt`` and ``labels.json``; no pickle.
            overwrite: Replace a folder that is there; it stays as it was until the new one is whole.
            add: Called with the new folder, to write further files, which :meth:`load` then looks after
                like its own.

        Raises:
            OutputExistsError: The folder is there and ``overwrite`` is false.
            ArgumentError: The model's class is not registered, or has options that JSON cannot hold, so
                it could not be loaded.
        """
        config = {"format": _FORMAT, "model": model_name(self.model), "options": self.model.config}
        config["temperature"] = self.temperature
        try:
            json.dumps(config)
        except (TypeError, ValueError) as error:
            raise must_be("model", "made with options that JSON can hold", config["options"]) from error
        with new_folder(folder, overwrite=overwrite) as new:
            save_weights(new / _WEIGHTS_FILE, self.model.state_dict())
            self.encoder.save(new)
            if add is not None:
                add(new)
            files = {file.name: _digest(file) for file in sorted(new.iterdir())}
            write_text(new / _CONFIG_FILE, json.dumps({**config, "files": files}, indent=2) + "\n")

    @classmethod
    def load(
        cls,
        folder: str | PathLike[str],
        *,
        tokenizer: Callable[[str], list[str]] | None = None,
        device: str | torch.device = "auto",
        precision: str = "auto",
        batch_size: int = 128,
        windows: Windows | None = None,
    ) -> Predictor:
        """Read what :meth:`save` wrote, on this or another machine and device.

        Args:
            folder: The folder.
            tokenizer: The function that was the tokenizer, if it was one of your own.
            device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
            precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
            batch_size: Texts a batch; it changes the speed alone.
            windows: Read long texts window by window; it is not saved.

        Raises:
            MissingFileError: The folder or one of its files is not there. It is a ``FileNotFoundError``
                too.
            DataError: A file is damaged, was changed, or is of another folder.
            ArgumentError: ``tokenizer`` is missing, or given and not needed.
        """
        folder = Path(folder)
        config = _read_config(folder)
        encoder = TextEncoder.load(folder, tokenizer=tokenizer)
        model = _load_model(folder, config)
        try:
            _checked_labels(encoder, model)
        except ArgumentError as error:
            raise DataError(f"the files do not belong together. {error}", path=folder) from error
        return cls(
            encoder,
            model,
            device=device,
            precision=precision,
            batch_size=batch_size,
            windows=windows,
            temperature=config["temperature"],
        )


def _checked_labels(encoder: TextEncoder, model: nn.Module) -> LabelMap:
    """Return the labels of the encoder, or raise if it is not the one that the model was made for."""
    if not isinstance(encoder, TextEncoder):
        raise must_be("encoder", "a TextEncoder", type(encoder).__name__)
    if not isinstance(model, Classifier):
        cure = "Make it with create_model, or derive its class from TextModel."
        raise must_be("model", "a textclf.models.Classifier", type(model).__name__, cure)
    if encoder.labels is None:
        cure = "Build it with TextEncoder.build(texts, labels)."
        raise must_be("encoder", "one with labels", encoder, cure)
    for what, own, its in (
        ("vocab_size", len(encoder.vocab), model.vocab_size),
        ("num_classes", len(encoder.labels), model.num_classes),
    ):
        if own != its:
            cure = "Use the encoder that the model was trained with."
            raise must_be("model", f"made with {what}={own}, as the encoder has it", its, cure)
    return encoder.labels


def _checked_windows(windows: Windows | None, model: Classifier) -> Windows | None:
    if windows is None:
        return None
    if not isinstance(windows, Windows):
        raise must_be("windows", "a textclf.Windows or None", windows, "Use Windows(length).")
    if model.reads_at_most is not None and windows.length > model.reads_at_most:
        expected = f"of at most {model.reads_at_most} tokens, which is what the model reads"
        raise must_be("windows", expected, windows)
    return windows


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_config(folder: Path) -> dict[str, Any]:
    """Read ``config.json``, and make sure that the files beside it are those it was written with."""
    path = folder / _CONFIG_FILE
    try:
        config: Any = json.loads(path.read_text(encoding="utf-8"))
        if config["format"] != _FORMAT:
            raise DataError(
                f"`format` must be {_FORMAT}. Received: {config['format']!r}. Use the version of textclf "
                "that wrote the folder.",
                path=path,
            )
        files = {folder / Path(name).name: digest for name, digest in config["files"].items()}
        config["temperature"] = require_number("temperature", config.get("temperature", 1.0), above=0)
    except ArgumentError as error:
        raise DataError(str(error), path=path) from None
    except FileNotFoundError:
        cure = "Check the folder; Predictor.save() makes one."
        raise MissingFileError(f"there is no saved Predictor here. {cure}", path=path) from None
    except TextclfError:
        raise
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DataError(f"the file must be the configuration of a model. {error!r}.", path=path) from error
    for file, digest in files.items():
        if not file.is_file():
            raise MissingFileError("the file is missing from the saved Predictor.", path=file)
        if _digest(file) != digest:
            raise DataError(
                f"the file must be the one that was saved with {_CONFIG_FILE}. It is damaged, was changed, "
                "or is of another folder; save the Predictor again.",
                path=file,
            )
    return config  # type: ignore[no-any-return]


def _load_model(folder: Path, config: dict[str, Any]) -> Classifier:
    path = folder / _CONFIG_FILE
    try:
        model = model_from_config(config["model"], config["options"])
    except TextclfError as error:
        raise DataError(f"the model cannot be made. {error}", path=path) from error
    except (AttributeError, KeyError, MemoryError, RuntimeError, TypeError, ValueError) as error:
        raise DataError(f"the file must be the configuration of a model. {error!r}.", path=path) from error
    weights = load_weights(folder / _WEIGHTS_FILE)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise DataError(
            f"the weights must be those of {config['model']!r} with the options in {_CONFIG_FILE}. "
            f"{str(error).splitlines()[-1].strip()}",
            path=folder / _WEIGHTS_FILE,
        ) from error
    return model
