"""Write a model to a folder with all that prediction needs, and read it again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from textclf.atomic import new_folder, write_text
from textclf.data.encoder import TextEncoder
from textclf.errors import DataError, TextclfError, must_be
from textclf.models.base import Classifier, model_name
from textclf.saved_model.card import model_card
from textclf.saved_model.folder import CARD_FILE, CONFIG_FILE, PROBE_FILE, WEIGHTS_FILE, check_folder, seal
from textclf.saved_model.probe import Probabilities, Probe
from textclf.saved_model.run_facts import RunFacts
from textclf.saved_model.weights import load_model
from textclf.training.checkpoint import save_weights
from textclf.training.int8 import dequantized, quantized

__all__ = ["SavedModel", "belonging_together", "read_model", "write_model"]

_WRITERS = {"Predictor": "Predictor.save() or TextClassifier.save()", "Tagger": "Tagger.save()"}


class SavedModel(NamedTuple):
    """What is read from a folder: the parts, ``config.json``, and a probe to hold them to.

    A folder of format 1 has no probe.
    """

    folder: Path
    encoder: TextEncoder
    model: Classifier
    config: dict[str, Any]
    probe: Probe | None

    def check_answers(
        self, probabilities: Probabilities, *, device: str, labels: Sequence[Any] | None = None
    ) -> None:
        """Hold the model to the probe, if there is one.

        Args:
            probabilities: The model, from ids to probabilities in 32 bits.
            device: The kind of device that the model is on.
            labels: What the probabilities are of, if not of the labels of the encoder.

        Raises:
            DataError: It does not answer as it did when it was saved.
        """
        if self.probe is not None:
            path = self.folder / PROBE_FILE
            self.probe.check(self.encoder, probabilities, device=device, path=path, labels=labels)


def write_model(
    folder: str | PathLike[str],
    encoder: TextEncoder,
    model: Classifier,
    *,
    settings: Mapping[str, Any],
    probe: Callable[[], Probe],
    int8: bool = False,
    run: RunFacts | None = None,
    overwrite: bool = False,
    add: Callable[[Path], None] | None = None,
) -> None:
    """Write a model to a folder, whole or not at all.

    Args:
        folder: To make.
        encoder: Turns texts into ids, and knows the labels.
        model: The model.
        settings: What else ``config.json`` is to hold, such as the temperature; ``reader`` is the class
            that reads the folder, and none means :class:`~textclf.predictor.Predictor`.
        probe: Makes the probe.
        int8: Write the weights, which have been rounded to 8 bits, as 8-bit integers.
        run: What the run knows, for ``metrics.json`` and the card.
        overwrite: Replace a folder that is there; it stays as it was until the new one is whole.
        add: Called with the new folder, to write further files, which are then looked after like the rest.

    Raises:
        OutputExistsError: The folder is there and ``overwrite`` is false.
        ArgumentError: The model's class is not registered, has options that JSON cannot hold, or gives
            probabilities that are not finite; or its weights have changed since they were rounded.
    """
    name = model_name(model)
    config = {"model": name, "options": model.config, **settings}
    try:
        json.dumps(config, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise must_be("model", "made with options that JSON can hold", model.config) from error
    weights = _as_integers(model.state_dict()) if int8 else model.state_dict()
    with new_folder(folder, overwrite=overwrite) as new:
        save_weights(new / WEIGHTS_FILE, weights)
        encoder.save(new)
        probe().save(new / PROBE_FILE)
        if add is not None:
            add(new)
        if run is not None:
            run.save(new)
        reader = settings.get("reader", "Predictor" if run is None else "TextClassifier")
        windows = settings.get("windows") is not None
        card = model_card(Path(folder).name, name, encoder, model, run, reader=reader, windows=windows)
        write_text(new / CARD_FILE, card)
        seal(new, config)


def _as_integers(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return rounded weights as 8-bit integers, or raise if they were not rounded or have changed."""
    stored = quantized(weights)
    for name, tensor in dequantized(stored).items():
        if not torch.allclose(tensor, weights[name], rtol=1e-4, atol=0):
            cure = "It was trained on; call textclf.export.quantize again."
            raise must_be("model", "as it was when its weights were rounded to 8 bits", name, cure)
    return stored


def read_model(
    folder: str | PathLike[str],
    *,
    tokenizer: Callable[[str], list[str]] | None = None,
    reader: str = "Predictor",
) -> SavedModel:
    """Read what :func:`write_model` wrote; the caller has still to hold it to the probe.

    Args:
        folder: The folder.
        tokenizer: The function that was the tokenizer, if it was one of the caller's own.
        reader: The class that is going to answer.

    Raises:
        MissingFileError: The folder or one of its files is not there.
        DataError: A file is damaged, was changed, or is of another folder; or another class reads it.
        ArgumentError: ``tokenizer`` is missing, or given and not needed.
    """
    folder = Path(folder)
    config = check_folder(folder)
    _check_reader(config.get("reader", "Predictor"), reader, folder)
    probe = Probe.load(folder / PROBE_FILE) if PROBE_FILE in config["files"] else None
    encoder = TextEncoder.load(folder, tokenizer=tokenizer)
    model = load_model(
        folder / WEIGHTS_FILE, config.get("model"), config.get("options"), config_file=folder / CONFIG_FILE
    )
    return SavedModel(folder, encoder, model, config, probe)


def _check_reader(found: object, wanted: str, folder: Path) -> None:
    """Raise unless the folder is for this class."""
    if found == wanted:
        return
    if found not in [*_WRITERS]:
        known = " or ".join(map(repr, _WRITERS))
        raise DataError(
            f"`reader` must be {known}. Received: {str(found)[:80]!r}.", path=folder / CONFIG_FILE
        )
    raise DataError(
        f"the folder must be one that {_WRITERS[wanted]} wrote. Received: one of {_WRITERS[str(found)]}. "
        f"Load it with textclf.{found}.load().",
        path=folder,
    )


@contextlib.contextmanager
def belonging_together(folder: str | PathLike[str]) -> Iterator[None]:
    """Say of an error within the block that the parts read from a folder do not fit each other.

    Raises:
        DataError: There was an error of textclf.

    Example:
        >>> with belonging_together("film-model"):
        ...     raise must_be("model", "another", "this")
        Traceback (most recent call last):
        textclf.errors.DataError: film-model: the files do not belong together. `model` must be another. ...
    """
    try:
        yield
    except TextclfError as error:
        raise DataError(f"the files do not belong together. {error}", path=folder) from error
