from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from textclf.classifier import TextClassifier

VOID = {"meta"}
LOADS = {"src", "srcset", "data", "poster", "action", "formaction", "background", "ping", "xlink:href"}


class Page(HTMLParser):
    """A page that has been read: its text, its tags, and what it would load."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.source, self.text, self.open, self.tags = source, "", [], []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in LOADS
            assert name != "href" or value.startswith("#")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data


@pytest.fixture(scope="session")
def read():
    """Return a function that reads a page and raises where a tag is left open or something is loaded."""
    return Page


def texts_and_labels(labels, rows=60, seed=0):
    random = np.random.default_rng(seed)
    chosen = [labels[i] for i in random.integers(0, len(labels), rows)]
    texts = [
        " ".join([f"word{labels.index(label)}"] * random.integers(0, 3) + ["film"] * random.integers(0, 9))
        for label in chosen
    ]
    return texts, chosen


@pytest.fixture(scope="session")
def data():
    """Return labelled texts that cannot all be told apart, some with words that training did not have."""
    texts, labels = texts_and_labels(["neg", "pos"], seed=1)
    return [text.replace("film film", "movie") for text in texts], labels


@pytest.fixture(scope="session")
def classifier():
    texts, labels = texts_and_labels(["neg", "pos"])
    return TextClassifier(
        "dan", epochs=3, validation_share=0.2, device="cpu", model_options={"embed_dim": 4, "ngrams": 0}
    ).fit(texts, labels)
