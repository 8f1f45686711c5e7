from __future__ import annotations

import numpy as np
import pytest

from textclf.data.encoding import GivenTexts, TextIds, read_ids
from textclf.data.text_ids import TextReader
from textclf.errors import ArgumentError, DataError
from textclf.text import LabelMap, Vocab

VOCAB = Vocab(["a", "film"])
LABELS = LabelMap(["neg", "pos"])


def read(given, labels=LABELS, **options):
    options = {"max_length": None, "keep": "head", "memory_map_above": 100, **options}
    return read_ids(given, TextReader(str.split, VOCAB.encode), labels, **options)


def test_labels_are_one_kind_or_none():
    texts = [["a"], ["film"]]
    assert GivenTexts.checked(texts, None, None) == GivenTexts(texts, None, False)
    assert GivenTexts.checked(texts, ("pos", "neg"), None) == GivenTexts(texts, ["pos", "neg"], False)
    assert GivenTexts.checked(texts, None, [["x"], ("y",)]) == GivenTexts(texts, [["x"], ["y"]], True)


def test_what_the_labels_are_called():
    assert GivenTexts([], [], False).name == "labels"
    assert GivenTexts([], [], True).name == "token_labels"


def test_numbers_are_compared_as_soon_as_they_are_known():
    with pytest.raises(ArgumentError, match="`labels` must be as many as the texts, 1"):
        GivenTexts.checked(["a"], ["pos", "neg"], None)
    with pytest.raises(ArgumentError, match="`token_labels` must be as many as the texts, 2"):
        GivenTexts.checked([["a"], []], None, [["x"]])
    given = GivenTexts.checked(iter(["a"]), ["pos", "neg"], None)
    with pytest.raises(ArgumentError, match="`labels` must be as many as the texts, 1"):
        given.check_count(1)
    GivenTexts.checked(["a"], None, None).check_count(5)


def test_label_maps():
    assert GivenTexts(["a"], None, False).label_map() is None
    assert GivenTexts(["a", "b"], ["pos", "neg"], False).label_map().names == ("neg", "pos")
    assert GivenTexts([["a", "b"], []], [["y", "x"], []], True).label_map().names == ("x", "y")
    with pytest.raises(DataError):
        GivenTexts([], [], False).label_map()


def test_texts_and_labels_become_arrays():
    found = read(GivenTexts.checked(["a film", "", "b"], ["pos", "neg", "pos"], None))
    assert found.ids.tolist() == [2, 3, 1]
    assert found.offsets.tolist() == [0, 2, 2, 3]
    assert found.labels.tolist() == [1, 0, 1]
    assert found.dropped_share == 0
    assert (found.ids.dtype, found.offsets.dtype) == (np.int32, np.int64)


@pytest.mark.parametrize("memory_map_above", [0, 10**6])
def test_the_ids_may_be_written_to(memory_map_above):
    found = read(GivenTexts.checked(["a film"], None, None), memory_map_above=memory_map_above)
    found.ids[:] = found.ids[::-1].copy()
    corpus = found.corpus(None, tagging=False)
    assert corpus.ids.tolist() == [3, 2]
    assert not corpus.ids.flags.writeable


def test_tags_are_truncated_with_their_texts():
    given = GivenTexts.checked([["a", "b", "film"], ["a"]], None, [["neg", "pos", "neg"], ["pos"]])
    found = read(given, max_length=2, keep="both")
    assert found.ids.tolist() == [2, 3, 2]
    assert found.labels.tolist() == [0, 0, 1]
    assert found.dropped_share == 0.25
    corpus = found.corpus(LABELS, tagging=True)
    assert corpus.token_labels
    assert corpus.label_names == ("neg", "pos")


def test_nothing():
    found = read(GivenTexts.checked([], None, None))
    assert (found.ids.tolist(), found.offsets.tolist(), found.labels) == ([], [0], None)
    assert len(found.corpus(LABELS, tagging=False)) == 0
    assert read(GivenTexts.checked([], None, [])).labels.tolist() == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_or_too_many_labels_for_an_iterator(count):
    for tagging, labels in [(False, ["pos"] * count), (True, [["pos"]] * count)]:
        given = GivenTexts(iter([["a"], ["film"]]), labels, tagging)
        with pytest.raises(ArgumentError, match=f"`{given.name}` must be as many as the texts, 2"):
            read(given)


def test_names_only_come_with_labels():
    arrays = (np.zeros(1, dtype=np.int32), np.array([0, 1]))
    assert TextIds(*arrays, None, 0.0).corpus(LABELS, tagging=False).label_names is None
    assert TextIds(*arrays, np.array([1]), 0.0).corpus(LABELS, tagging=False).label_names == ("neg", "pos")
