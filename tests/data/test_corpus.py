from __future__ import annotations

import gc
import json
import mmap
import pickle
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data.corpus import EncodedCorpus
from textclf.data.encoder import TextEncoder
from textclf.data.labelled_texts import LabelledTexts
from textclf.errors import ArgumentError, DataError, MissingFileError, OutputExistsError

ROWS = [[3, 4, 5], [], [6], [7, 8]]


@pytest.fixture
def corpus() -> EncodedCorpus:
    return EncodedCorpus.from_lists(ROWS, [0, 1, 1, 0], label_names=["no", "yes"], dropped_share=0.25)


@pytest.fixture
def tagged() -> EncodedCorpus:
    tags = [[0, 1, 2], [], [1], [2, 2]]
    return EncodedCorpus.from_lists(ROWS, tags, token_labels=True, label_names=["O", "B", "I"])


def same(one: EncodedCorpus, other: EncodedCorpus) -> None:
    assert one.ids.tolist() == other.ids.tolist()
    assert one.offsets.tolist() == other.offsets.tolist()
    assert (one.labels is None) == (other.labels is None)
    if one.labels is not None and other.labels is not None:
        assert one.labels.tolist() == other.labels.tolist()
    assert one.token_labels == other.token_labels
    assert one.label_names == other.label_names
    assert one.dropped_share == other.dropped_share


def test_the_flat_arrays(corpus):
    assert corpus.ids.dtype == np.int32
    assert corpus.offsets.dtype == np.int64
    assert corpus.labels.dtype == np.int64
    assert corpus.ids.tolist() == [3, 4, 5, 6, 7, 8]
    assert corpus.offsets.tolist() == [0, 3, 3, 4, 6]
    assert corpus.lengths.tolist() == [3, 0, 1, 2]
    assert corpus.num_tokens == 6
    assert len(corpus) == 4
    assert corpus.label_names == ("no", "yes")
    assert repr(corpus) == "EncodedCorpus(4 texts, 6 tokens, labels)"


def test_rows_by_index(corpus):
    assert [row.tolist() for row in corpus] == ROWS
    assert [corpus[i].tolist() for i in range(4)] == ROWS
    assert corpus[-1].tolist() == [7, 8]
    assert corpus[np.int64(2)].tolist() == [6]
    for index in (4, -5):
        with pytest.raises(IndexError, match="`index` must be below 4"):
            corpus[index]
    with pytest.raises(ArgumentError, match=r"`index` must be an integer.*subset\(\)"):
        corpus[0:2]


def test_the_arrays_cannot_be_written_to(corpus):
    for array in (corpus.ids, corpus.offsets, corpus.labels, corpus[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9


def test_arrays_of_the_right_type_are_not_copied_and_stay_writable():
    ids = np.array([1, 2], dtype=np.int32)
    corpus = EncodedCorpus(ids, np.array([0, 2]))
    assert np.shares_memory(corpus.ids, ids)
    ids[0] = 5  # no error


@pytest.mark.parametrize("offsets", [[0], np.array([0])])
def test_empty(offsets):
    corpus = EncodedCorpus([], offsets, [])
    assert len(corpus) == 0
    assert corpus.num_tokens == 0
    assert corpus.lengths.shape == (0,)
    assert list(corpus) == []
    assert corpus.label_counts(2).tolist() == [0, 0]
    corpus.check_ids(1)
    assert len(corpus.subset([])) == 0
    assert len(EncodedCorpus.from_lists([])) == 0


def test_texts_that_are_all_empty():
    corpus = EncodedCorpus.from_lists([[], []], [1, 0])
    assert corpus.lengths.tolist() == [0, 0]
    assert corpus.subset([1]).labels.tolist() == [0]


@pytest.mark.parametrize(
    ("ids", "offsets", "message"),
    [
        ([1, 2], [], r"`offsets` must be an array that starts with 0\. Received: \[\]"),
        ([1, 2], [1, 2], r"`offsets` must be an array that starts with 0\. Received: \[1\]"),
        ([1, 2], [0, 2, 1, 2], "`offsets` must be an array that never falls"),
        ([1, 2], [0, 1], r"`offsets` must be an array that ends with len\(ids\), 2"),
        ([1, 2], [0, 3], r"`offsets` must be an array that ends with len\(ids\), 2"),
        ([1, 2], [0.0, 2.0], "`offsets` must be integers"),
        ([1, -1], [0, 2], r"`ids` must be integers from 0 to 2147483647\. Received: -1"),
        ([1, 2**31], [0, 2], r"`ids` must be integers from 0 to 2147483647\. Received: 2147483648"),
        ([1.0, 2.0], [0, 2], "`ids` must be integers"),
        ([True, False], [0, 2], "`ids` must be integers"),
        (["1", "2"], [0, 2], "`ids` must be integers"),
        ([[1, 2]], [0, 2], "`ids` must be one-dimensional"),
        ([[1, 2], [3]], [0, 2], "`ids` must be one-dimensional"),
        (5, [0, 1], "`ids` must be one-dimensional"),
        ([1, 2**70], [0, 2], "`ids` must be integers"),
    ],
)
def test_bad_ids_and_offsets(ids, offsets, message):
    with pytest.raises(ArgumentError, match=message):
        EncodedCorpus(ids, offsets)


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        ([0], {}, "`labels` must be as many as there are texts, 2. Received: '1 labels'"),
        ([0, 1, 0], {}, "`labels` must be as many as there are texts, 2"),
        ([0, 1], {"token_labels": True}, "`labels` must be as many as there are tokens, 3"),
        ([0, -1], {}, "`labels` must be integers from 0"),
        ([0.0, 1.0], {}, "`labels` must be integers"),
        (
            [0, 2],
            {"label_names": ["no", "yes"]},
            "`labels` must be below 2, the number of names. Received: 2",
        ),
        ([0, 1], {"label_names": "ab"}, "`label_names` must be a list of strings or integers"),
        ([0, 1], {"label_names": 5}, "`label_names` must be a list of strings or integers"),
        ([0, 1], {"label_names": [1.5, 2.5]}, "`label_names` must be a list of strings or integers"),
        ([0, 1], {"token_labels": 1}, "`token_labels` must be True or False"),
        (
            [0, 1],
            {"dropped_share": 1.0},
            r"`dropped_share` must be a finite number of at least 0 and below 1",
        ),
        (
            [0, 1],
            {"dropped_share": -0.1},
            r"`dropped_share` must be a finite number of at least 0 and below 1",
        ),
        (
            [0, 1],
            {"dropped_share": float("nan")},
            r"`dropped_share` must be a finite number of at least 0 and below 1",
        ),
        (
            [0, 1],
            {"dropped_share": "0"},
            r"`dropped_share` must be a finite number of at least 0 and below 1",
        ),
    ],
)
def test_bad_labels_and_options(labels, options, message):
    with pytest.raises(ArgumentError, match=message):
        EncodedCorpus([1, 2, 3], [0, 1, 3], labels, **options)


def test_from_lists_names_the_text_at_fault():
    with pytest.raises(ArgumentError, match=r"`texts\[1\]` must be integers"):
        EncodedCorpus.from_lists([[1], ["a"]])
    with pytest.raises(ArgumentError, match=r"`texts\[0\]` must be integers from 0"):
        EncodedCorpus.from_lists([[-3]])
    with pytest.raises(ArgumentError, match=r"`labels\[0\]` must be as long as the text, 2"):
        EncodedCorpus.from_lists([[1, 2], [3]], [[0], [0, 0]], token_labels=True)
    for tags in ([[0, 0]], [[0, 0], [0], [0]]):
        with pytest.raises(ArgumentError, match="`labels` must be as many as there are texts, 2"):
            EncodedCorpus.from_lists([[1, 2], [3]], tags, token_labels=True)


def test_from_lists_reads_a_generator_once():
    corpus = EncodedCorpus.from_lists(np.full(n, n) for n in range(4))
    assert corpus.ids.tolist() == [1, 2, 2, 3, 3, 3]


def test_check_ids(corpus):
    corpus.check_ids(9)
    with pytest.raises(ArgumentError, match="`vocab_size` must be above the corpus's largest id, 8"):
        corpus.check_ids(8)
    for bad in (0, True, 9.0):
        with pytest.raises(ArgumentError, match="`vocab_size` must be an integer of at least 1"):
            corpus.check_ids(bad)


def test_label_counts(corpus, tagged):
    assert corpus.label_counts(2).tolist() == [2, 2]
    assert corpus.label_counts(4).tolist() == [2, 2, 0, 0]
    assert corpus.label_counts().tolist() == [2, 2]
    assert tagged.label_counts().tolist() == [1, 2, 3]
    for bad in (0, 2.0, True):
        with pytest.raises(ArgumentError, match="`num_classes` must be an integer of at least 1"):
            corpus.label_counts(bad)
    with pytest.raises(ArgumentError, match="`num_classes` must be above the largest label, 1"):
        corpus.label_counts(1)
    with pytest.raises(ArgumentError, match="`corpus` must be a corpus with labels"):
        corpus.with_labels(None).label_counts(2)
    with pytest.raises(ArgumentError, match="`num_classes` must be given"):
        corpus.with_labels([0, 0, 0, 0]).label_counts()


def test_with_labels_shares_the_ids(corpus):
    other = corpus.with_labels([2, 2, 0, 1], ["a", "b", "c"])
    assert np.shares_memory(other.ids, corpus.ids)
    assert other.labels.tolist() == [2, 2, 0, 1]
    assert other.label_names == ("a", "b", "c")
    assert other.dropped_share == 0.25
    assert corpus.labels.tolist() == [0, 1, 1, 0]
    tagged = corpus.with_labels([0] * 6, token_labels=True)
    assert tagged.token_labels
    with pytest.raises(ArgumentError, match="`labels` must be as many as there are texts"):
        corpus.with_labels([0])


def test_subset(corpus):
    part = corpus.subset([3, 0, 3, 1])
    assert [row.tolist() for row in part] == [[7, 8], [3, 4, 5], [7, 8], []]
    assert part.labels.tolist() == [0, 0, 0, 1]
    assert part.label_names == ("no", "yes")
    assert part.dropped_share == 0.25


def test_subset_of_token_labels(tagged):
    part = tagged.subset(np.array([3, 0]))
    assert part.token_labels
    assert part.labels.tolist() == [2, 2, 0, 1, 2]


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ([0, 4], "`indices` must be below 4, the number of texts. Received: 4"),
        ([-1], "`indices` must be integers from 0"),
        ([True, False, True, True], "`indices` must be integers"),
        ([0.0], "`indices` must be integers"),
    ],
)
def test_bad_subsets(corpus, indices, message):
    with pytest.raises(ArgumentError, match=message):
        corpus.subset(indices)


def test_large_parts_live_in_temporary_files(corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    part = corpus.subset([3, 0], memory_map_above=0)
    assert len(list(tmp_path.iterdir())) == 3  # ids, offsets and labels
    same(part, corpus.subset([3, 0]))
    del part
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_split_is_that_of_the_texts_before_they_were_encoded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("textclf.data.corpus._ROWS_AT_ONCE", 7)
    texts = LabelledTexts([str(i) for i in range(100)], [("a", "b", "b")[i % 3] for i in range(100)])
    rows = [[i] * (i % 4 + 1) for i in range(100)]
    whole = EncodedCorpus.from_lists(rows, ["ab".index(name) for name in texts.labels])
    for stratify in (True, False):
        wanted = texts.split(0.3, seed=5, stratify=stratify)
        found = whole.split(0.3, seed=5, stratify=stratify)
        for side, expected in zip(found, wanted, strict=True):
            assert [int(row[0]) for row in side] == [int(text) for text in expected.texts]
            same(side, whole.subset([int(text) for text in expected.texts]))


def test_split_of_token_labels(tagged):
    rest, part = tagged.split(0.5, seed=0, stratify=False)
    assert len(rest) == len(part) == 2
    assert rest.token_labels
    assert sorted(rest.labels.tolist() + part.labels.tolist()) == sorted(tagged.labels.tolist())
    assert all(len(side.labels) == side.num_tokens for side in (rest, part))


def test_bad_splits(corpus, tagged):
    with pytest.raises(ArgumentError, match="`corpus` must be two or more texts to be split"):
        corpus.subset([0]).split(0.5, seed=0)
    for without in (tagged, corpus.with_labels(None)):
        with pytest.raises(ArgumentError, match="`stratify` must be False without a label for each text"):
            without.split(0.5, seed=0)
    with pytest.raises(ArgumentError, match="`labels` must be found more than once"):
        corpus.subset([0, 1]).split(0.5, seed=0)
    with pytest.raises(ArgumentError, match="`stratify` must be True or False"):
        corpus.split(0.5, seed=0, stratify=1)
    with pytest.raises(ArgumentError, match="`fraction` must be"):
        corpus.split(1.5, seed=0)


def test_splitting_takes_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    count = 300_000
    whole = EncodedCorpus(
        np.ones(20 * count, dtype=np.int32), 20 * np.arange(count + 1), np.arange(count) % 10
    )
    tracemalloc.start()
    try:
        rest, part = whole.split(0.1, seed=0, memory_map_above=2**20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(rest), len(part)) == (270_000, 30_000)
    assert peak < 12_000_000  # beside 24 MB of ids, which go from file to file


@given(st.lists(st.lists(st.integers(0, 50), max_size=6), max_size=12), st.data())
def test_subset_is_what_indexing_gives(rows, data):
    corpus = EncodedCorpus.from_lists(rows)
    assert [row.tolist() for row in corpus] == rows
    choice = st.lists(st.integers(0, len(rows) - 1)) if rows else st.just([])
    indices = data.draw(choice)
    assert [row.tolist() for row in corpus.subset(indices)] == [rows[i] for i in indices]


def test_a_large_corpus_lives_in_a_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    corpus = EncodedCorpus.from_lists(ROWS, [0, 1, 1, 0], memory_map_above=16)
    assert len(list(tmp_path.iterdir())) == 2  # the ids, and where texts begin
    part = corpus.with_labels(None)
    row = part[0]
    del corpus, part
    gc.collect()
    assert row.tolist() == [3, 4, 5]
    del row
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_building_a_large_corpus_takes_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = (np.full(1000, 7, dtype=np.int32) for _ in range(5000))
    tracemalloc.start()
    try:
        corpus = EncodedCorpus.from_lists(rows, memory_map_above=2**20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert corpus.ids.nbytes == 20_000_000
    assert peak < 4_000_000


def test_a_corpus_can_be_sent_to_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    corpus = EncodedCorpus.from_lists(ROWS, [0, 1, 1, 0], memory_map_above=0)
    same(pickle.loads(pickle.dumps(corpus)), corpus)


@pytest.mark.parametrize("name", ["corpus", "tagged"])
def test_save_and_load(name, request, tmp_path: Path):
    corpus = request.getfixturevalue(name)
    corpus.save(tmp_path / "c")
    loaded = EncodedCorpus.load(tmp_path / "c")
    same(loaded, corpus)
    assert sorted(file.name for file in (tmp_path / "c").iterdir()) == [
        "corpus.json",
        "ids.npy",
        "labels.npy",
        "offsets.npy",
    ]


def test_loading_reads_no_ids_and_check_ids_finds_damage(corpus, tmp_path: Path):
    corpus.save(tmp_path / "c")
    ids = np.load(tmp_path / "c" / "ids.npy")
    ids[3] = -5
    np.save(tmp_path / "c" / "ids.npy", ids)
    loaded = EncodedCorpus.load(tmp_path / "c")
    with pytest.raises(ArgumentError, match="`ids` must be integers from 0. Received: -5.*damaged"):
        loaded.check_ids(100)
    np.save(tmp_path / "c" / "ids.npy", ids.astype(np.int64))
    with pytest.raises(DataError, match="`ids` must be integers from 0 to 2147483647. Received: -5"):
        EncodedCorpus.load(tmp_path / "c")


def test_loaded_arrays_stay_in_their_files(corpus, tmp_path: Path):
    corpus.save(tmp_path / "c")
    loaded = EncodedCorpus.load(tmp_path / "c")
    for array in (loaded.ids, loaded.offsets, loaded.labels):
        assert type(array) is np.ndarray  # whose methods are faster than those of a memmap
        while isinstance(array.base, np.ndarray):
            array = array.base
        assert isinstance(array.base, mmap.mmap)


def test_save_and_load_without_labels_and_without_texts(tmp_path: Path):
    for number, corpus in enumerate([EncodedCorpus.from_lists(ROWS), EncodedCorpus.from_lists([])]):
        corpus.save(tmp_path / str(number))
        same(EncodedCorpus.load(tmp_path / str(number)), corpus)


def test_save_does_not_replace_unless_told(corpus, tagged, tmp_path: Path):
    corpus.save(tmp_path / "c")
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        tagged.save(tmp_path / "c")
    same(EncodedCorpus.load(tmp_path / "c"), corpus)
    tagged.save(tmp_path / "c", overwrite=True)
    same(EncodedCorpus.load(tmp_path / "c"), tagged)


def test_load_errors_name_the_file(corpus, tmp_path: Path):
    with pytest.raises(MissingFileError, match=r"corpus\.json: there is no saved corpus here"):
        EncodedCorpus.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        EncodedCorpus.load(tmp_path)
    folder = tmp_path / "c"

    def damaged(file: str, content: bytes, message: str) -> None:
        corpus.save(folder, overwrite=True)
        (folder / file).write_bytes(content)
        with pytest.raises(DataError, match=message):
            EncodedCorpus.load(folder)

    damaged("corpus.json", b"{", r"corpus\.json: this cannot be read as a saved corpus")
    damaged("corpus.json", b"\xff", r"corpus\.json: this cannot be read as a saved corpus")
    damaged("corpus.json", b"[]", r"corpus\.json: .*format number 1")
    damaged("corpus.json", b'{"format": 2}', r"corpus\.json: .*format number 1")
    damaged("corpus.json", b'{"format": 1}', r"corpus\.json: the entry 'labels' is missing")
    damaged("ids.npy", b"", r"ids\.npy: this cannot be read as a saved corpus")
    damaged("ids.npy", b"no array", r"ids\.npy: this cannot be read as a saved corpus")
    corpus.save(folder, overwrite=True)
    about = json.loads((folder / "corpus.json").read_text())
    about["label_names"] = 5
    (folder / "corpus.json").write_text(json.dumps(about))
    with pytest.raises(DataError, match="`label_names` must be a list"):
        EncodedCorpus.load(folder)
    corpus.save(folder, overwrite=True)
    (folder / "labels.npy").unlink()
    with pytest.raises(MissingFileError, match=r"labels\.npy"):
        EncodedCorpus.load(folder)
    corpus.save(folder, overwrite=True)
    np.save(folder / "offsets.npy", np.array([0, 9]))
    with pytest.raises(DataError, match="`offsets` must be an array that ends with"):
        EncodedCorpus.load(folder)


def test_load_never_unpickles(corpus, tmp_path: Path):
    corpus.save(tmp_path / "c")
    np.save(tmp_path / "c" / "ids.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"ids\.npy: this cannot be read"):
        EncodedCorpus.load(tmp_path / "c")


class TestSeveralLabels:
    hot = np.array([[True, False, True], [False, False, False], [False, True, False], [True, True, True]])
    corpus = EncodedCorpus.from_lists(ROWS, hot, label_names=["a", "b", "c"])

    def test_what_they_are(self):
        assert self.corpus.multi_label
        assert not self.corpus.token_labels
        assert not EncodedCorpus.from_lists(ROWS, [0, 1, 0, 1]).multi_label
        assert not EncodedCorpus.from_lists(ROWS).multi_label
        assert repr(self.corpus) == "EncodedCorpus(4 texts, 6 tokens, multi-hot labels)"

    def test_counts(self):
        assert self.corpus.label_counts().tolist() == [2, 2, 2]
        with pytest.raises(ArgumentError, match="`num_classes` must be 3, as the labels have it"):
            self.corpus.label_counts(4)

    @pytest.mark.parametrize("above", [0, 10**6])
    def test_subset(self, above):
        part = self.corpus.subset([3, 0, 0], memory_map_above=above)
        assert part.labels.tolist() == self.hot[[3, 0, 0]].tolist()
        assert part.label_names == ("a", "b", "c")
        assert self.corpus.subset([]).labels.shape == (0, 3)

    def test_split_is_that_of_labelled_texts(self):
        rows = [["a"], ["a", "b"], [], ["b"], ["a"], ["b", "a"], ["b"], []] * 3
        data = LabelledTexts([str(n) for n in range(24)], rows)
        encoder = TextEncoder.build(data.texts, data.labels)
        rest, part = encoder.encode(data.texts, data.labels).split(0.25, seed=3)
        texts = [text for text, _ in data.split(0.25, seed=3)[1]]
        assert [encoder.vocab.decode(ids)[0] for ids in part] == texts
        assert (len(rest) + len(part), part.labels.dtype) == (24, np.bool_)

    def test_saved_and_loaded(self, tmp_path):
        self.corpus.save(tmp_path / "corpus")
        loaded = EncodedCorpus.load(tmp_path / "corpus")
        assert loaded.multi_label
        assert loaded.labels.tolist() == self.hot.tolist()

    def test_other_labels(self):
        assert self.corpus.with_labels([0, 1, 2, 0]).multi_label is False
        with pytest.raises(ArgumentError, match="as many as there are texts, 4"):
            self.corpus.with_labels(self.hot[:2])
