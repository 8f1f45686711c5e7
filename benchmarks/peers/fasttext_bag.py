"""fastText with bigrams, 5 epochs and 50 dimensions; texts are made ready as its tutorial does it."""

import re
import tempfile
import time

import fasttext
from files import accuracy_of, read_options, read_rows, report_predictions, seconds_since_start, size_mb
from task import peak_mb, print_line, versions

MARKS = re.compile(r"([.!?,'/()])")
PACKAGES = ("fasttext-wheel",)

options = read_options("--learning-rate")


def ready(text):
    """Put spaces around the marks, or around every character, and make the text lower case."""
    return " ".join(text) if options.chars else MARKS.sub(r" \1 ", text.lower())


def label_of(labels):
    """Return the label that fastText means."""
    return labels[0].removeprefix("__label__")


def predict(texts):
    """Return the label of each text."""
    return [label_of(labels) for labels in model.predict([ready(text) for text in texts])[0]]


def predict_one(text):
    """Return the label of one text."""
    return label_of(model.predict(ready(text))[0])


def train(path, epochs):
    """Train on a file that is ready."""
    rate = float(options.learning_rate or 0.5)
    return fasttext.train_supervised(
        path, wordNgrams=2, epoch=epochs, dim=50, lr=rate, thread=options.threads, verbose=0
    )


if options.verb == "train":
    labels, texts = read_rows(options.train)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(
            f"__label__{label} {ready(text)}\n" for label, text in zip(labels, texts, strict=True)
        )
        file.flush()
        started = time.perf_counter()
        model = train(file.name, 5)
        train_seconds = time.perf_counter() - started
        model.save_model(options.output)
        measured = {"whole_s": seconds_since_start(options), "peak_mb": peak_mb()}
        measured["accuracy"] = accuracy_of(predict, options.test)
        del model  # its 400 MB would slow down what follows
        # Without an epoch it reads the file and makes its tables: what is over that is training alone.
        started = time.perf_counter()
        train(file.name, 0)
        measured["train_s"] = train_seconds - (time.perf_counter() - started)
    print_line(**measured, model_mb=size_mb(options.output), versions=versions(*PACKAGES))
else:
    fasttext.FastText.eprint = lambda text: None  # its warning that nothing is wrong
    model = fasttext.load_model(options.output)
    report_predictions(options, predict=predict, predict_one=predict_one, packages=PACKAGES)
