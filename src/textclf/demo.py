"""The demonstration: a TextCNN learns which library a paragraph of documentation comes from."""

from __future__ import annotations

import time
from collections.abc import Callable
from os import PathLike
from pathlib import Path

from textclf.baseline import LinearBaseline
from textclf.classifier import TextClassifier
from textclf.data.docstrings import docstring_corpus
from textclf.errors import MissingDependencyError, OutputExistsError
from textclf.metrics import Report

__all__ = ["run_demo"]

PICTURE = "learning-curve.png"
SENTENCES = (
    "Applies dropout to the input during training and backpropagates the gradient on the GPU.",
    "Fit the estimator to the training samples and predict the class of each sample.",
    "Train word vectors on a corpus that is streamed from disk, one sentence at a time.",
)


def run_demo(
    folder: str | PathLike[str],
    *,
    seed: int = 0,
    epochs: int = 6,
    progress: bool = True,
    overwrite: bool = False,
    say: Callable[[str], None],
) -> dict[str, float]:
    """Train on the built-in docstrings, compare with the linear baseline, predict, and save.

    Args:
        folder: Where the trained model and the learning-curve picture go.
        seed: Of the corpus, the first weights and the training.
        epochs: Largest number of epochs.
        progress: Show progress bars.
        overwrite: Replace a folder that is there.
        say: Takes each paragraph of the report, such as ``print``.

    Returns:
        The accuracies, ``{"textcnn": ..., "baseline": ...}``.

    Raises:
        OutputExistsError: The folder is there and ``overwrite`` is false.
    """
    if Path(folder).exists() and not overwrite:
        raise OutputExistsError(
            f"`folder` must be free. Received: {str(folder)!r}, which exists. "
            "Choose another folder, or pass overwrite=True to replace it."
        )
    say("Which library is a paragraph of documentation from? The names of the libraries are masked.")
    corpus = docstring_corpus(seed=seed, progress=progress)
    say(corpus.describe())

    classifier = TextClassifier(
        "textcnn", min_freq=2, max_length=100, epochs=epochs, seed=seed, progress=progress
    )
    started = time.perf_counter()
    classifier.fit(corpus.train.texts, corpus.train.labels, valid=(corpus.valid.texts, corpus.valid.labels))
    seconds = time.perf_counter() - started
    history = classifier.history_
    say(f"{history}\nTrained in {seconds:.0f} s; the weights are those of epoch {history.best_epoch}.")

    report = classifier.evaluate(corpus.test.texts, corpus.test.labels)
    say(f"On {report.n} test paragraphs, from modules that are not in the training data:\n{report}")
    say(f"True library (rows) and predicted one (columns):\n{report.confusion_table()}")

    baseline = (
        LinearBaseline(classifier.predictor_.encoder.tokenizer).fit(corpus.train).evaluate(corpus.test)
    )
    say(_comparison(report, baseline))
    say(_answers(classifier))

    def add_picture(new: Path) -> None:
        try:
            history.plot(new / PICTURE)
        except MissingDependencyError as error:
            say(f"No picture of the learning curve: {error}")

    classifier.save(folder, overwrite=overwrite, reports={"test": report}, add=add_picture)
    say(f"The model is in {folder}: load it with TextClassifier.load({str(folder)!r}).")
    if (Path(folder) / PICTURE).exists():
        say(f"The learning curve is in {Path(folder) / PICTURE}.")
    return {"textcnn": report.accuracy, "baseline": baseline.accuracy}


def _comparison(network: Report, baseline: Report) -> str:
    """Say which of the two is better on the same test texts, and by how much."""
    gain = network.accuracy - baseline.accuracy
    low, high = baseline.accuracy_interval
    if gain >= 0:
        verdict = f"The network {'beats' if gain > 0 else 'matches'} it by {100 * gain:.1f} points."
    else:
        verdict = (
            f"The network is {-100 * gain:.1f} points worse: here the simpler model is the better one."
        )
    return (
        "Against TF-IDF (1- and 2-grams) with logistic regression on the same split:\n"
        f"  TextCNN   accuracy {network.accuracy:.4f}, macro F1 {network.macro_f1:.4f}\n"
        f"  baseline  accuracy {baseline.accuracy:.4f} (95% interval {low:.4f} to {high:.4f}), "
        f"macro F1 {baseline.macro_f1:.4f}\n{verdict}"
    )


def _answers(classifier: TextClassifier) -> str:
    """Say what the classifier takes each of the sentences for."""
    lines = ["Three sentences that are in no docstring:"]
    for sentence, shares in zip(SENTENCES, classifier.predict_proba(SENTENCES), strict=True):
        ranked = sorted(zip(shares, classifier.classes_, strict=True), key=lambda pair: -pair[0])
        shown = ", ".join(f"{name} {share:.2f}" for share, name in ranked[:3])
        lines.append(f"  {sentence}\n    {shown}")
    return "\n".join(lines)
