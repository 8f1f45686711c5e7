from __future__ import annotations

import numpy as np
import pytest

from textclf.data import BatchLoader, EncodedCorpus, head_of, joint_corpus
from textclf.errors import ArgumentError

TEXTS = [[5, 6, 7], [], [8], [9, 5]]
NAMES = {"inside": ("no", "yes"), "tag": ("O", "B", "I")}
TAGS = EncodedCorpus.from_lists(
    TEXTS, [[1, 2, 0], [], [1], [0, 1]], token_labels=True, label_names=NAMES["tag"]
)
INSIDE = TAGS.with_labels(np.minimum(TAGS.labels, 1), NAMES["inside"], token_labels=True)
BOTH = joint_corpus({"inside": INSIDE, "tag": TAGS})
OF_TEXTS = EncodedCorpus.from_lists(
    TEXTS, np.array([[0, 1], [1, 2], [1, 0], [0, 0]]), label_names={"mood": ["a", "b"], "topic": [1, 2, 3]}
)


def test_side_by_side():
    assert BOTH.heads == NAMES
    assert BOTH.label_names is None
    assert (BOTH.token_labels, BOTH.multi_label) == (True, False)
    assert BOTH.labels.tolist() == [[1, 1], [1, 2], [0, 0], [1, 1], [0, 0], [1, 1]]
    assert repr(BOTH) == "EncodedCorpus(4 texts, 6 tokens, token labels of inside, tag)"


def test_each_head_alone():
    for name, whole in (("inside", INSIDE), ("tag", TAGS)):
        one = head_of(BOTH, name)
        assert one.labels.tolist() == whole.labels.tolist()
        assert one.label_names == whole.label_names
        assert one.token_labels
        assert one.heads is None
        assert np.shares_memory(one.ids, BOTH.ids)
    assert head_of(OF_TEXTS, "topic").labels.tolist() == [1, 2, 0, 0]


@pytest.mark.parametrize(("corpus", "name"), [(BOTH, "tags"), (TAGS, "tag")])
def test_no_such_head(corpus, name):
    with pytest.raises(ArgumentError, match="`name` must be one of the heads"):
        head_of(corpus, name)


def test_batches():
    batches = {len(batch): batch for batch in BatchLoader(BOTH, batch_size=3).epoch(0)}
    labels = batches[3].labels
    assert labels.tolist() == [[[-100, -100]] * 2, [[1, 1], [-100, -100]], [[0, 0], [1, 1]]]
    assert not batches[3].multi_label
    of_texts = next(BatchLoader(OF_TEXTS, bucket=False).epoch(0)).labels
    assert of_texts.tolist() == OF_TEXTS.labels.tolist()
    empty = joint_corpus({"one": TAGS.subset([1]), "two": TAGS.subset([1])})
    assert next(BatchLoader(empty).epoch(0)).labels.tolist() == [[[-100, -100]]]


@pytest.mark.parametrize("corpus", [BOTH, OF_TEXTS])
def test_subset_split_and_folder(corpus, tmp_path):
    assert corpus.subset([3, 0]).labels.shape[1] == 2
    assert corpus.subset([3, 0]).heads == corpus.heads
    rest, part = corpus.split(0.5, seed=0, stratify=False)
    assert len(rest.labels) + len(part.labels) == len(corpus.labels)
    corpus.save(tmp_path / "corpus")
    again = EncodedCorpus.load(tmp_path / "corpus")
    assert again.heads == corpus.heads
    assert list(again.heads) == list(corpus.heads)
    assert again.labels.tolist() == corpus.labels.tolist()


def test_what_needs_one_head():
    with pytest.raises(ArgumentError, match="`stratify` must be False without a label for each text"):
        OF_TEXTS.split(0.5, seed=0)
    with pytest.raises(ArgumentError, match=r"one of one head.*textclf\.data\.head_of"):
        BOTH.label_counts()


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        ({"tag": TAGS}, "`heads` must be two or more corpora by name"),
        ([TAGS, TAGS], "`heads` must be two or more corpora by name"),
        ({"a": TAGS, "b": [1]}, r"`heads\['b'\]` must be an EncodedCorpus"),
        ({"a": TAGS, "b": TAGS.subset([0, 1, 2, 2])}, "of the same texts as the first"),
        ({"a": TAGS, "b": TAGS.with_labels(None)}, "labelled with one named class"),
        ({"a": TAGS, "b": TAGS.with_labels([0, 1, 1, 0])}, "labelled with one named class"),
        ({"a": TAGS, "b": TAGS.with_labels([0, 1, 1, 0], ["x", "y"])}, "by text or by token"),
        ({"a": TAGS, "b": BOTH}, "labelled with one named class"),
        ({"a/b": TAGS, "c": TAGS}, "`label_names` must be the names of the classes of two or more heads"),
    ],
)
def test_corpora_that_cannot_be_joined(heads, message):
    with pytest.raises(ArgumentError, match=message):
        joint_corpus(heads)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], r"of shape \(N, 2\), one column for each of the heads mood, topic. Received: \(2,\)"),
        ([[0, 1, 1], [0, 0, 1]], r"Received: \(2, 3\)"),
        ([[0, 1]], "as many as there are texts, 2. Received: '1 labels'"),
        ([[2, 0], [0, 0]], "below 2, the number of names of 'mood'. Received: 2"),
        ([[0, -1], [0, 0]], "integers from 0"),
        ([[0.5, 1], [0, 0]], "integers"),
    ],
)
def test_labels_that_do_not_fit_the_heads(labels, message):
    with pytest.raises(ArgumentError, match=message):
        EncodedCorpus([5, 6], [0, 1, 2], labels, label_names={"mood": ["a", "b"], "topic": [1, 2, 3]})
