"""TextEnsemble: several classifiers of the same labels, which answer as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.utils.metaestimators import _BaseComposition

from textclf.atomic import new_folder
from textclf.classifier.ensemble_folder import checked_weights, read_members, write_members
from textclf.classifier.estimator import TextClassifier
from textclf.classifier.measuring import Labels, Measured, Texts
from textclf.classifier.training_data import listed, listed_texts
from textclf.errors import must_be
from textclf.metrics import AbstainBelow
from textclf.predictor import Predictor
from textclf.saved_model.saving import belonging_together
from textclf.text import LabelMap
from textclf.training.targets import Target

__all__ = ["TextEnsemble"]


class TextEnsemble(Measured, _BaseComposition):  # type: ignore[misc]
    """Several :class:`~textclf.classifier.TextClassifier` that answer as one, by their mean probabilities.

    What several models agree on is right more often than what one of them says, if they err in different
    places (Dietterich 2000), as models of words and of characters do. It takes the time of all of its
    members, one after the other.

    Each member holds out its own validation texts, as it does alone, unless :meth:`fit` is given some.

    Args:
        members: Pairs of a name and a :class:`~textclf.classifier.TextClassifier`. For members that differ
            in the seed alone, give each its own.
        weights: How much each member counts, numbers above 0; None is alike.

    Attributes:
        members_: The trained members by their names.
        classes_: The labels, in the order of the columns of :meth:`predict_proba`.

    References:
        Dietterich, Ensemble Methods in Machine Learning, MCS 2000.

    Example:
        >>> texts = ["a good film", "good acting", "a bad film", "bad acting"]
        >>> words, characters = TextClassifier("fasttext"), TextClassifier("fasttext", tokenizer="char")
        >>> both = TextEnsemble([("words", words), ("characters", characters)])
        >>> both.fit(texts, ["pos", "pos", "neg", "neg"]).predict(["good film", "a bad one"]).tolist()
        ['pos', 'neg']
    """

    members_: dict[str, TextClassifier]
    classes_: npt.NDArray[Any]

    def __init__(
        self, members: Sequence[tuple[str, TextClassifier]], *, weights: Sequence[float] | None = None
    ) -> None:
        self.members = members
        self.weights = weights

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; with ``deep`` those of the members too, as ``NAME__epochs``."""
        found: dict[str, Any] = self._get_params("members", deep=deep)
        return found

    def set_params(self, **params: Any) -> TextEnsemble:
        """Set parameters: its own, a member by its name, or one of a member as ``NAME__epochs``."""
        self._set_params("members", **params)
        return self

    def fit(self, X: Texts, y: Labels, *, valid: tuple[Texts, Labels] | None = None) -> TextEnsemble:
        """Train each member on texts and their labels.

        Args:
            X: The texts: strings, or lists of tokens.
            y: The label, or the list of labels, of each.
            valid: Texts and labels to stop by and to calibrate with.

        Returns:
            The ensemble itself.

        Raises:
            ArgumentError: The members or weights cannot be used, or a parameter of one; before any
                training.
            TextclfError: As in :meth:`TextClassifier.fit <textclf.classifier.TextClassifier.fit>`.
        """
        members = self._checked()
        train = listed(X, y)
        held_out = None if valid is None else listed(*valid)
        self._answer_by({name: clone(member).fit(*train, valid=held_out) for name, member in members})
        return self

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
            abstain_below: As in :meth:`TextClassifier.predict <textclf.classifier.TextClassifier.predict>`.
            thresholds: As there.

        Returns:
            ``(N,)`` labels; with ``abstain_below``, an array of objects with None for no answer. Where a
            text may have several labels, a list of N tuples in the order of ``classes_``.

        Raises:
            ArgumentError: A text or a threshold cannot be used, or is meant for the other kind of labels.
        """
        self._check_limits(abstain_below, thresholds)
        return self._labels_of(self.predict_proba(X), abstain_below, thresholds)

    def predict_proba(self, X: Texts) -> npt.NDArray[np.float64]:
        """Return the mean probability of each label, ``(N, C)``, with columns as in ``classes_``."""
        return self._fitted().predict_proba(listed_texts(X))

    def save(self, folder: str | PathLike[str], *, overwrite: bool = False) -> None:
        """Write all members to a folder, whole or not at all, each as a folder of its own; no pickle.

        Args:
            folder: To make.
            overwrite: Replace a folder that is there.

        Raises:
            OutputExistsError: The folder is there and ``overwrite`` is false.
        """
        self._fitted()
        with new_folder(folder, overwrite=overwrite) as new:
            write_members(new, self.members_, self._weights)

    @classmethod
    def load(
        cls,
        folder: str | PathLike[str],
        *,
        tokenizers: Mapping[str, Callable[[str], list[str]]] | None = None,
        device: str = "auto",
        precision: str = "auto",
    ) -> TextEnsemble:
        """Read what :meth:`save` wrote.

        Args:
            folder: The folder.
            tokenizers: The functions that were tokenizers, if some were your own, by the member's name.
            device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
            precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.

        Raises:
            MissingFileError: The folder or one of its files is not there.
            DataError: A file is damaged, was changed, or is of another folder.
            ArgumentError: A tokenizer is missing, or given and not needed.
        """
        members, weights = read_members(
            Path(folder), tokenizers=tokenizers, device=device, precision=precision
        )
        loaded = cls([(name, clone(member)) for name, member in members.items()], weights=weights)
        with belonging_together(folder):
            loaded._answer_by(members)
        return loaded

    def _checked(self) -> list[tuple[str, TextClassifier]]:
        """Return the members, each with parameters that can be used."""
        members: Any = self.members
        if not isinstance(members, Sequence) or not members:
            raise must_be("members", "a list of at least one pair of a name and a TextClassifier", members)
        for number, pair in enumerate(members):
            if not (isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[0], str)):
                raise must_be(f"members[{number}]", "a pair of a name and a TextClassifier", pair)
            if not isinstance(pair[1], TextClassifier):
                raise must_be(f"members[{number}]", "a TextClassifier after the name", pair[1])
        names = [name for name, _ in members]
        unusable = [name for name in names if "__" in name or name in ("", "members", "weights")]
        if unusable or len(set(names)) < len(names):
            cure = "They stand in the names of parameters, as NAME__epochs."
            expected = "named differently, without '__', and not 'members' or 'weights'"
            raise must_be("members", expected, names, cure)
        checked_weights(self.weights, len(members))
        for _, member in members:
            member._core()
        return [(name, member) for name, member in members]

    def _answer_by(self, trained: dict[str, TextClassifier]) -> None:
        """Answer by these members from now on."""
        first = next(iter(trained.values()))
        for name, member in trained.items():
            if member.predictor_.labels != first.predictor_.labels:
                expected = f"trained on the labels of the first, {list(first.predictor_.labels.names)}"
                raise must_be(f"members[{name!r}]", expected, list(member.predictor_.labels.names))
        self.members_ = trained
        self.classes_ = first.classes_
        self._weights = checked_weights(self.weights, len(trained))
        self.predictor_ = _MeanPredictor([its.predictor_ for its in trained.values()], self._weights)


class _MeanPredictor:
    """The weighted mean of what several predictors answer."""

    def __init__(self, predictors: Sequence[Predictor], weights: Sequence[float] | None) -> None:
        self.labels: LabelMap = predictors[0].labels
        self.target: Target = predictors[0].target
        self._predictors = predictors
        counts = np.ones(len(predictors)) if weights is None else np.asarray(weights)
        self._shares = counts / counts.sum()

    def predict_proba(self, texts: Any) -> npt.NDArray[np.float64]:
        """Return the mean probability of each label, ``(N, C)``."""
        answers = np.stack([predictor.predict_proba(texts) for predictor in self._predictors])
        mean: npt.NDArray[np.float64] = np.tensordot(self._shares, answers, axes=1)
        return mean
