from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import textclf
from textclf.embedding import EmbeddingLoader, train_vectors
from textclf.errors import ArgumentError, DataError
from textclf.text.vocab import Vocab

RNG = np.random.default_rng(0)
TEXTS = [[f"w{i}" for i in RNG.integers(0, 30, size=12)] for _ in range(60)]


def test_the_vectors_can_be_loaded(tmp_path):
    path = train_vectors(TEXTS, tmp_path / "new" / "own.bin", dim=8, min_count=1)
    assert path == tmp_path / "new" / "own.bin"
    loader = EmbeddingLoader(path)
    assert (loader.format, loader.dim) == ("word2vec_binary", 8)
    vocab = Vocab.build(TEXTS)
    matrix, coverage = loader.load(vocab)
    assert coverage.type_share == 1
    assert np.linalg.norm(matrix[2:].numpy(), axis=1).min() > 0
    assert [entry.name for entry in path.parent.iterdir()] == ["own.bin"]


def test_they_are_what_gensim_trains(tmp_path):
    from gensim.models import Word2Vec

    path = train_vectors(
        TEXTS, tmp_path / "own.bin", dim=8, epochs=2, window=3, algorithm="skipgram", seed=4
    )
    model = Word2Vec(TEXTS, vector_size=8, epochs=2, window=3, sg=1, seed=4, min_count=2, workers=1)
    matrix, _ = EmbeddingLoader(path).load(Vocab(model.wv.index_to_key))
    np.testing.assert_array_equal(matrix[2:].numpy(), model.wv.vectors)


def test_words_that_occur_together_lie_together(tmp_path):
    texts = [["sun", "warm", "light"], ["ice", "cold", "dark"]] * 400
    path = train_vectors(texts, tmp_path / "own.bin", dim=16, epochs=20, window=2, seed=1)
    matrix, _ = EmbeddingLoader(path).load(Vocab(["sun", "warm", "ice", "cold"]))
    unit = matrix[2:] / matrix[2:].norm(dim=1, keepdim=True)
    likeness = unit @ unit.T
    assert likeness[0, 1] > likeness[0, 3]
    assert likeness[2, 3] > likeness[2, 1]


def test_the_same_seed_gives_the_same_file_in_another_process(tmp_path):
    program = (
        "import sys; from textclf.embedding import train_vectors\n"
        "texts = [['a', 'good', 'film', 'x%d' % (i % 7)] for i in range(200)]\n"
        "train_vectors(texts, sys.argv[1], dim=8, min_count=1, seed=3)"
    )
    there = tmp_path / "there"
    source = str(Path(textclf.__file__).parents[1])  # not whatever else is installed
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": source}
    command = [sys.executable, "-c", program, str(there)]
    child = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert child.returncode == 0, f"the other process ended with {child.returncode}:\n{child.stderr}"
    texts = [["a", "good", "film", f"x{i % 7}"] for i in range(200)]
    here = train_vectors(texts, tmp_path / "here", dim=8, min_count=1, seed=3)
    first, second = (
        EmbeddingLoader(path).load(Vocab(["a", "good", "film", "x0"]))[0] for path in (here, there)
    )
    np.testing.assert_array_equal(first.numpy(), second.numpy())  # says how far apart they are
    assert here.read_bytes() == there.read_bytes()


def test_nothing_is_left_to_threads_and_hashes(tmp_path, monkeypatch):
    from gensim.models import Word2Vec

    made = []

    class Kept(Word2Vec):
        def __init__(self, **options):
            def no_hash(text):
                pytest.fail("the first vectors depend on a hash")

            made.append(options)
            super().__init__(**options, hashfxn=no_hash)

    monkeypatch.setattr("gensim.models.Word2Vec", Kept)
    path = train_vectors(TEXTS, tmp_path / "kept", dim=8, seed=3)
    assert [options["workers"] for options in made] == [1]
    monkeypatch.undo()
    assert train_vectors(TEXTS, tmp_path / "plain", dim=8, seed=3).read_bytes() == path.read_bytes()


def test_another_seed_gives_another_file(tmp_path):
    files = [
        train_vectors(TEXTS, tmp_path / str(seed), dim=8, seed=seed).read_bytes() for seed in (0, 0, 1)
    ]
    assert files[0] == files[1] != files[2]


def test_long_texts_are_cut_in_pieces_and_not_off(tmp_path):
    long = [f"w{i}" for i in RNG.integers(0, 50, size=23_000)] + ["last", "last"]
    options = {"dim": 4, "epochs": 1}
    whole = train_vectors([long], tmp_path / "whole", **options).read_bytes()
    pieces = [long[:10_000], long[10_000:20_000], long[20_000:]]
    assert whole == train_vectors(pieces, tmp_path / "pieces", **options).read_bytes()
    assert b"last " in whole


def test_min_count_leaves_rare_words_out(tmp_path):
    path = train_vectors([["a", "b", "a", "b", "once"]], tmp_path / "own.bin", dim=4)
    _, coverage = EmbeddingLoader(path).load(Vocab(["a", "b", "once"]))
    assert coverage.missing == (("once", 1),)


def test_the_progress_bar_can_be_shown(tmp_path, capsys):
    train_vectors(TEXTS, tmp_path / "own.bin", dim=4)
    assert "texts" not in capsys.readouterr().err
    train_vectors(TEXTS, tmp_path / "own.bin", dim=4, epochs=2, progress=True)
    assert "word vectors: 180 texts" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": 0}, r"`dim` must be an integer of at least 1"),
        ({"dim": True}, r"`dim` must be an integer"),
        ({"epochs": 0}, r"`epochs` must be an integer of at least 1"),
        ({"window": 0}, r"`window` must be an integer of at least 1"),
        ({"min_count": 0}, r"`min_count` must be an integer of at least 1"),
        ({"algorithm": "skip-gram"}, r"`algorithm` must be one of 'cbow', 'skipgram'"),
        ({"seed": -1}, r"`seed` must be an integer of at least 0"),
        ({"seed": 2**32}, r"`seed` must be an integer from 0 to 4294967295"),
        ({"progress": None}, r"`progress` must be True or False"),
    ],
)
def test_bad_options(tmp_path, options, message):
    with pytest.raises(ArgumentError, match=message):
        train_vectors(TEXTS, tmp_path / "own.bin", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ((text for text in TEXTS), r"must be a list, .* more than once.*Pass list\(tokenized_texts\) of a"),
        (7, r"`tokenized_texts` must be a list"),
        (["a good film"], r"`tokenized_texts\[0\]` must be a sequence of tokens\. Received: 'a good film'"),
        ([["a", "b"], 3], r"`tokenized_texts\[1\]` must be a sequence of tokens"),
        ([["a", "b"], {"a"}], r"`tokenized_texts\[1\]` must be a sequence of tokens"),
        ([["a", 3]], r"`tokenized_texts\[0\]` must be a sequence of strings"),
        ([["New York", "New York"]], r"words without spaces.*Received: 'New York'"),
        ([["a\n", "a\n"]], r"words without spaces.*Received: 'a\\n'"),
        ([["", ""]], r"words without spaces"),
        ([["\ud800", "\ud800"]], r"without .* lone surrogates"),
    ],
)
def test_bad_texts(tmp_path, texts, message):
    with pytest.raises(ArgumentError, match=message):
        train_vectors(texts, tmp_path / "own.bin")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("texts", [[], [[]], [["a", "b"]]])
def test_nothing_to_train_leaves_the_file_as_it_was(tmp_path, texts):
    path = tmp_path / "own.bin"
    path.write_text("before")
    with pytest.raises(DataError, match=r"no word occurs 2 times in the texts.*Lower `min_count`"):
        train_vectors(texts, path)
    assert path.read_text() == "before"


def test_bad_paths(tmp_path):
    for wrong in (None, "", 3):
        with pytest.raises(ArgumentError, match="`path` must be the path of the file to write"):
            train_vectors(TEXTS, wrong)
    with pytest.raises(ArgumentError, match=r"This is a folder\."):
        train_vectors(TEXTS, tmp_path)
    with pytest.raises(ArgumentError, match=r"`path` must be without \.gz"):
        train_vectors(TEXTS, tmp_path / "own.bin.gz")
