"""Several heads on one input: one corpus with labels of several kinds, and each kind alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from textclf.data.corpus import EncodedCorpus
from textclf.errors import must_be

__all__ = ["head_of", "joint_corpus"]


def joint_corpus(heads: Mapping[str, EncodedCorpus]) -> EncodedCorpus:
    """Put the labels of several corpora of the same texts side by side, to train several heads at once.

    Args:
        heads: Two or more corpora by the name of the head that learns from each: the same texts, all with
            named labels of texts, or all with named labels of tokens. The ids are those of the first.

    Returns:
        A corpus whose ``labels`` have one column a head, in this order.

    Raises:
        ArgumentError: The corpora are not of the same texts, or their labels cannot be put side by side.

    Example:
        >>> texts = EncodedCorpus([5, 6, 7], [0, 3])
        >>> tags = texts.with_labels([1, 2, 0], ["O", "B", "I"], token_labels=True)
        >>> inside = tags.with_labels(np.minimum(tags.labels, 1), ["no", "yes"], token_labels=True)
        >>> corpus = joint_corpus({"inside": inside, "tag": tags})
        >>> corpus.heads, corpus.labels.tolist()
        ({'inside': ('no', 'yes'), 'tag': ('O', 'B', 'I')}, [[1, 1], [1, 2], [0, 0]])
    """
    if not isinstance(heads, Mapping) or len(heads) < 2:
        raise must_be("heads", "two or more corpora by name", heads)
    first = next(iter(heads.values()))
    columns, names = [], {}
    for name, corpus in heads.items():
        if not isinstance(corpus, EncodedCorpus):
            raise must_be(f"heads[{name!r}]", "an EncodedCorpus", corpus)
        if not (np.array_equal(corpus.offsets, first.offsets) and np.array_equal(corpus.ids, first.ids)):
            raise must_be(f"heads[{name!r}]", "of the same texts as the first", corpus)
        if corpus.labels is None or corpus.labels.ndim != 1 or corpus.label_names is None:
            cure = "Give with_labels() the names of the classes."
            raise must_be(f"heads[{name!r}]", "labelled with one named class a text or token", corpus, cure)
        if corpus.token_labels != first.token_labels:
            raise must_be(f"heads[{name!r}]", "labelled by text or by token as the first is", corpus)
        columns.append(corpus.labels)
        names[name] = corpus.label_names
    return first.with_labels(np.stack(columns, axis=1), names, token_labels=first.token_labels)


def head_of(corpus: EncodedCorpus, name: str) -> EncodedCorpus:
    """Return the same texts with the labels of one head alone.

    Args:
        corpus: Of several heads.
        name: The head.

    Returns:
        The corpus; it shares its ids with the whole.

    Raises:
        ArgumentError: The corpus has no such head.

    Example:
        >>> corpus = EncodedCorpus([5, 6], [0, 1, 2], [[0, 2], [1, 0]],
        ...                        label_names={"mood": ["bad", "good"], "topic": ["art", "law", "war"]})
        >>> head_of(corpus, "topic").labels.tolist(), head_of(corpus, "topic").label_names
        ([2, 0], ('art', 'law', 'war'))
    """
    if corpus.heads is None or name not in corpus.heads or corpus.labels is None:
        raise must_be("name", f"one of the heads {list(corpus.heads or ())}", name)
    column = list(corpus.heads).index(name)
    return corpus.with_labels(
        corpus.labels[:, column], corpus.heads[name], token_labels=corpus.token_labels
    )
