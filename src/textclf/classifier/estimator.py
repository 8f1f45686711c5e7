"""TextClassifier: the whole of the library behind ``fit`` and ``predict``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.classifier.core import Core
from textclf.classifier.measuring import Calibrated, Labels, Texts
from textclf.classifier.options import OptionGroups, names_its_options
from textclf.classifier.parameters import (
    PARAMETERS_FILE,
    plain_parameters,
    read_parameters,
    write_parameters,
)
from textclf.classifier.training_data import hold_out, listed, listed_texts
from textclf.environment import environment_of
from textclf.errors import DataError, TextclfError
from textclf.metrics import AbstainBelow, MultiLabelReport, Report
from textclf.predictor import Predictor
from textclf.registry import check_options
from textclf.saved_model.probe import some_texts
from textclf.saved_model.run_facts import DataFacts, RunFacts
from textclf.text import LabelMap
from textclf.training import History
from textclf.training.losses import ClassWeight
from textclf.windows import GivenWindows

__all__ = ["TextClassifier"]

_HISTORY_FILE = "history.jsonl"


class TextClassifier(Calibrated, OptionGroups):
    """A neural text classifier that works on raw text, as scikit-learn's estimators do on numbers.

    It builds the vocabulary, loads the vectors, makes the model, trains, and calibrates; each of these
    is done by the part of the library that does it alone, and the groups of options reach all that
    those parts can do. Nothing is looked at before :meth:`fit`.

    Args:
        model: One of :func:`textclf.list_models`.
        tokenizer: A tokenizer's name, or what takes a string and returns its tokens.
        max_length: Longest length in tokens; ``None`` keeps all. What it cuts off is logged as a warning.
        windows: Answer texts that are longer than that whole, window by window:
            :class:`~textclf.windows.Windows`, its options by name, or the tokens in a window, such as
            ``max_length``. None cuts them off. Training reads what ``max_length`` keeps either way.
        min_freq: How often a token must occur to be in the vocabulary.
        embedding: A file of pretrained word vectors, or None for random ones.
        epochs: Largest number of passes over the training data; None makes it about 800 steps.
        batch_size: Texts a batch.
        learning_rate: Step size of the optimiser.
        patience: Epochs without a better metric or a lower loss on the validation data after which
            training stops.
        monitor: The metric watched there.
        class_weight: ``"balanced"``, one number a class, or numbers by label; where a text may have
            several labels, the weight of the presence of each against its absence.
        sampling: ``"oversample"`` or ``"undersample"``: train on as many texts of each class, by
            repeating or dropping some; None takes them as they are, as it must be where a text may have
            several labels.
        validation_share: Share of each class that ``fit`` holds out to stop by and to calibrate with,
            where it is given no validation data. ``"auto"`` is a tenth, or none of fewer than 300
            texts; None holds none out. A model that learns at its start has nothing to stop, and with
            ``"auto"`` learns from all.
        temperature: What the logits are divided by before the softmax or sigmoid; ``"auto"`` fits it on the
            validation data, and is 1 without any.
        seed: Of all random numbers.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        progress: Show progress bars.
        model_options: Further options of the model, such as ``{"num_filters": 50}``.
        encoder_options: Of :meth:`TextEncoder.build_and_encode
            <textclf.data.encoder.TextEncoder.build_and_encode>`, such as ``{"keep": "both"}``.
        embedding_options: Of :class:`~textclf.embedding.loader.EmbeddingLoader`, such as
            ``{"unknown": "zero"}``.
        trainer_options: Of :class:`~textclf.training.trainer.Trainer`, such as
            ``{"weight_decay": 0.1}``.

    Attributes:
        multi_label_: Whether a text may have several labels, as those that were learnt from have.
        classes_: The labels, sorted, in the order of the columns of :meth:`predict_proba`.
        predictor_: The :class:`~textclf.predictor.Predictor` that answers.
        history_: What happened in training, one row an epoch.
        coverage_: How much of the vocabulary has pretrained vectors; None without them, and after
            :meth:`load`.
        run_: A :class:`~textclf.saved_model.run_facts.RunFacts`: what the data were, with their content
            hash, the versions and the machine, and the scores on the validation data.

    Raises:
        UnknownOptionError: No such option; with the near matches, or the group that it belongs to.

    Example:
        >>> texts = ["a good film", "good acting", "a bad film", "bad acting"]
        >>> classifier = TextClassifier("fasttext").fit(texts, ["pos", "pos", "neg", "neg"])
        >>> classifier.predict(["good film", "a bad one"]).tolist()
        ['pos', 'neg']
        >>> classifier.classes_.tolist(), classifier.predict_proba(["good"]).shape
        (['neg', 'pos'], (1, 2))
    """

    @names_its_options
    def __init__(
        self,
        model: str = "textcnn",
        *,
        tokenizer: str | Callable[[str], list[str]] = "word",
        max_length: int | None = None,
        windows: GivenWindows = None,
        min_freq: int = 1,
        embedding: str | PathLike[str] | None = None,
        epochs: int | None = None,
        batch_size: int = 64,
        learning_rate: float = 2e-3,
        patience: int | None = 3,
        monitor: str = "accuracy",
        class_weight: ClassWeight = None,
        sampling: str | None = None,
        validation_share: float | str | None = "auto",
        temperature: float | str = "auto",
        seed: int = 0,
        device: str = "auto",
        precision: str = "auto",
        progress: bool = False,
        model_options: dict[str, Any] | None = None,
        encoder_options: dict[str, Any] | None = None,
        embedding_options: dict[str, Any] | None = None,
        trainer_options: dict[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.windows = windows
        self.min_freq = min_freq
        self.embedding = embedding
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.monitor = monitor
        self.class_weight = class_weight
        self.sampling = sampling
        self.validation_share = validation_share
        self.temperature = temperature
        self.seed = seed
        self.device = device
        self.precision = precision
        self.progress = progress
        self.model_options = model_options
        self.encoder_options = encoder_options
        self.embedding_options = embedding_options
        self.trainer_options = trainer_options

    def fit(
        self,
        X: Texts,
        y: Labels,
        *,
        valid: tuple[Texts, Labels] | None = None,
        resume: bool = False,
    ) -> TextClassifier:
        """Learn from texts and their labels.

        Args:
            X: The texts: strings, or lists of tokens.
            y: The label of each, all strings or all integers; or, where a text may have several or none,
                a list, tuple or set of labels for each.
            valid: Texts and labels to stop by and to calibrate with, in place of a share of ``X``.
            resume: Go on from the checkpoint in the ``run_folder`` of ``trainer_options``.

        Returns:
            The classifier itself.

        Raises:
            UnknownNameError: No model, tokenizer, metric or optimiser of that name.
            UnknownOptionError: A group holds an option that does not exist; with the near matches.
            ArgumentError: A parameter, text or label cannot be used; texts and labels with their index.
            UnseenLabelError: ``valid`` has a label that ``y`` does not have.
            DataError: There are no tokens, or fewer than two classes.
        """
        core = self._core()
        share = core.validation_share if valid is None else None
        given = listed(X, y)
        train, held_out = hold_out(given, share, seed=core.seed)
        if valid is not None:
            held_out = listed(*valid)
        trained = core.train(train, held_out, resume=resume)
        self.predictor_, self.history_, self.coverage_ = (
            trained.predictor,
            trained.history,
            trained.coverage,
        )
        self.classes_ = _class_array(self.predictor_.labels)
        self.run_ = RunFacts(
            DataFacts.of(*given),
            held_out=len(given.texts) - len(train.texts),
            validation=None if valid is None or held_out is None else DataFacts.of(*held_out),
            unread=trained.unread,
            environment=environment_of(self.predictor_.device),
        )
        if trained.report is not None:
            self.run_ = self.run_.with_reports({"validation": trained.report})
        self._probe_texts = some_texts((held_out or train).texts)
        return self

    def _core(self) -> Core:
        """Check every parameter, without reading a text, and return the parts that they ask for."""
        return Core(self.get_params(deep=False), self._groups())

    def predict(
        self,
        X: Texts,
        *,
        abstain_below: AbstainBelow | None = None,
        thresholds: AbstainBelow | None = None,
    ) -> Any:
        """Return the most probable label of each text, or all its labels, in order.

        Args:
            X: The texts.
            abstain_below: Where a text has one label, the probability below which there is no answer: one
                number, or numbers by label such as :meth:`thresholds` gives.
                ``evaluate(...).answered(abstain_below)`` tells the coverage that it costs and the accuracy
                that it brings.
            thresholds: Where a text may have several labels, the probability from which on it gets one:
                one number, or numbers by label such as :meth:`thresholds` gives, 0.5 where none is given.
                ``evaluate(...).at(thresholds)`` tells what they bring.

        Returns:
            ``(N,)`` labels; with ``abstain_below``, an array of objects with None for no answer. Where a
            text may have several labels, a list of N tuples in the order of ``classes_``.

        Raises:
            ArgumentError: A text or a threshold cannot be used, or is meant for the other kind of labels.
        """
        predictor = self._fitted()
        self._check_limits(abstain_below, thresholds)
        if self.multi_label_:
            return predictor.predict(listed_texts(X), thresholds=thresholds)
        if abstain_below is None:
            return self.classes_[predictor.predict_logits(listed_texts(X)).argmax(axis=1)]
        return self._labels_of(self.predict_proba(X), abstain_below, thresholds)

    def predict_proba(self, X: Texts) -> npt.NDArray[np.float64]:
        """Return the probability of each label, ``(N, C)``, with columns in the order of ``classes_``.

        Where a text may have several labels, the row of a text does not sum to one.
        """
        return self._fitted().predict_proba(listed_texts(X))

    def save(
        self,
        folder: str | PathLike[str],
        *,
        overwrite: bool = False,
        reports: Mapping[str, Report | MultiLabelReport] | None = None,
        probe_texts: Sequence[str | Sequence[str]] | None = None,
        add: Callable[[Path], None] | None = None,
    ) -> None:
        """Write the classifier to a folder, whole or not at all, with a model card; no pickle.

        ``Predictor.load`` reads the folder too. A tokenizer that is a function of your own cannot be
        written; pass it to :meth:`load`.

        Args:
            folder: To make.
            overwrite: Replace a folder that is there.
            reports: Reports by the name of the data, such as ``{"test": classifier.evaluate(...)}``,
                for the card and ``metrics.json``, beside that of the validation data.
            probe_texts: Texts of which a few are written to the folder, cut to 200 characters, with the
                answers that :meth:`load` checks. By default they are taken from the validation data, or
                from the training data without any. ``[]`` leaves your texts out: they are then made of
                words of the vocabulary.
            add: Called with the new folder, to write further files, which :meth:`load` then looks after
                like its own.

        Raises:
            OutputExistsError: The folder is there and ``overwrite`` is false.
            ArgumentError: ``reports`` holds something else.
        """
        predictor = self._fitted()
        run = self.run_.with_reports(reports or {})
        params = plain_parameters(self.get_params(deep=False))

        def add_own(new: Path) -> None:
            write_parameters(new, params)
            self.history_.to_jsonl(new / _HISTORY_FILE)
            if add is not None:
                add(new)

        predictor.save(
            folder,
            overwrite=overwrite,
            probe_texts=self._probe_texts if probe_texts is None else probe_texts,
            run=replace(run, settings=params, findings=self.history_.findings),
            add=add_own,
        )

    @classmethod
    def load(
        cls,
        folder: str | PathLike[str],
        *,
        tokenizer: Callable[[str], list[str]] | None = None,
        device: str = "auto",
        precision: str = "auto",
        windows: GivenWindows | str = "saved",
    ) -> TextClassifier:
        """Read what :meth:`save` wrote, on this or another machine and device.

        Args:
            folder: The folder.
            tokenizer: The function that was the tokenizer, if it was one of your own.
            device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``; where it was trained does not matter.
            precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
            windows: In place of those that were saved, or None to cut long texts off.

        Raises:
            MissingFileError: The folder or one of its files is not there.
            DataError: A file is damaged, was changed, or is of another folder; or the model does not
                answer the texts of the probe as it did when it was saved.
            ArgumentError: ``tokenizer`` is missing, or given and not needed.
        """
        predictor = Predictor.load(
            folder, tokenizer=tokenizer, device=device, precision=precision, windows=windows
        )
        params = read_parameters(Path(folder), predictor.classes)
        params = {"tokenizer": predictor.encoder.tokenizer, **params}
        try:
            check_options(cls, params, cls.__name__)
        except TextclfError as error:
            raise DataError(str(error), path=Path(folder) / PARAMETERS_FILE) from error
        params |= {"device": device, "precision": precision}
        loaded = cls(**params if windows == "saved" else {**params, "windows": windows})
        loaded.predictor_ = predictor
        loaded.history_ = History.from_jsonl(Path(folder) / _HISTORY_FILE)
        loaded.coverage_ = None
        loaded.run_ = RunFacts.load(Path(folder))
        loaded._probe_texts = []
        loaded.classes_ = _class_array(predictor.labels)
        return loaded


def _class_array(labels: LabelMap) -> npt.NDArray[Any]:
    """Return the labels as an array, of objects where numpy's own types would change one."""
    names = list(labels.names)
    array = np.array(names)
    return array if array.tolist() == names else np.array(names, dtype=object)
