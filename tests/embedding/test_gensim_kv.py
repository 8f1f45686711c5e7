from __future__ import annotations

import gzip
import pickle
import re

import numpy as np
import pytest

from textclf.embedding import EmbeddingLoader
from textclf.errors import DataError
from textclf.text.vocab import Vocab

WORDS = ["the", "film", "电影", "naïve", "Film"]
VECTORS = np.random.default_rng(2).standard_normal((5, 6)).astype(np.float32)


def keyed(vectors=VECTORS, words=WORDS):
    from gensim.models import KeyedVectors

    keyed_vectors = KeyedVectors(vectors.shape[1], dtype=vectors.dtype)
    keyed_vectors.add_vectors(words, vectors)
    return keyed_vectors


@pytest.mark.parametrize("name", ["vectors.kv", "vectors.kv.gz", "vectors"])
@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_vectors_inside_and_beside_the_pickle(tmp_path, load, name, beside, protocol):
    path = tmp_path / name
    keyed().save(str(path), separately=["vectors"] if beside else [], pickle_protocol=protocol)
    assert len(list(tmp_path.iterdir())) == 1 + beside
    loader = EmbeddingLoader(path)
    assert (loader.format, loader.dim) == ("gensim_kv", 6)
    rows, coverage = load(path, ["电影", "Film", "FILM", "zebra"])
    np.testing.assert_array_equal(np.float32(rows["电影"]), VECTORS[2])
    np.testing.assert_array_equal(np.float32(rows["Film"]), VECTORS[4])
    np.testing.assert_array_equal(np.float32(rows["FILM"]), VECTORS[1])
    assert coverage.missing == (("zebra", 1),)


def test_a_file_that_was_compressed_afterwards(tmp_path, load):
    keyed().save(str(tmp_path / "vectors.kv"), separately=["vectors"])
    packed = tmp_path / "vectors.kv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "vectors.kv").read_bytes()))
    rows, _ = load(packed, ["the"])
    np.testing.assert_array_equal(np.float32(rows["the"]), VECTORS[0])


def test_the_dimension_is_known_after_loading_too(tmp_path):
    keyed().save(str(tmp_path / "vectors.kv"))
    loader = EmbeddingLoader(tmp_path / "vectors.kv")
    matrix, _ = loader.load(Vocab(["the"]))
    assert loader.dim == matrix.shape[1] == 6


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
@pytest.mark.parametrize("beside", [False, True])
def test_other_precisions_become_32_bits(tmp_path, load, dtype, beside):
    path = tmp_path / "vectors.kv"
    keyed(VECTORS.astype(dtype)).save(str(path), separately=["vectors"] if beside else [])
    rows, _ = load(path, ["film"])
    np.testing.assert_array_equal(np.float32(rows["film"]), VECTORS[1].astype(dtype).astype(np.float32))


def test_a_number_too_large_for_32_bits_names_the_word(tmp_path, load):
    vectors = VECTORS.astype(np.float64)
    vectors[1, 2] = 1e300
    keyed(vectors).save(str(tmp_path / "vectors.kv"))
    with pytest.raises(
        DataError, match=r"the vector of 'film' in row 2 has a value .* too large for 32 bits"
    ):
        load(tmp_path / "vectors.kv", ["film"])


def test_rows_beside_are_read_in_blocks(tmp_path, load, monkeypatch):
    vectors = np.random.default_rng(0).standard_normal((100, 4)).astype(np.float32)
    words = [f"w{i}" for i in range(100)]
    keyed(vectors, words).save(str(tmp_path / "vectors.kv"), separately=["vectors"])
    monkeypatch.setattr("textclf.embedding.blocks._BLOCK", 7 * 16)
    rows, _ = load(tmp_path / "vectors.kv", ["w99", "w0", "w48", "w49"])
    for word in ("w0", "w48", "w49", "w99"):
        np.testing.assert_array_equal(np.float32(rows[word]), vectors[int(word[1:])])


def test_a_trained_models_vectors(tmp_path, load):
    from gensim.models import Word2Vec

    trained = Word2Vec([["good", "film", "bad", "end"]] * 20, vector_size=8, min_count=1, workers=1)
    trained.wv.save(str(tmp_path / "vectors.kv"))
    rows, _ = load(tmp_path / "vectors.kv", ["bad", "good"])
    np.testing.assert_array_equal(np.float32(rows["bad"]), trained.wv["bad"])


class _Old:
    """Stands for the classes of gensim 3, under their names."""


def test_files_of_gensim_3(tmp_path, load, monkeypatch):
    import gensim.models.keyedvectors as module

    old_vectors = type("Word2VecKeyedVectors", (_Old,), {"__module__": module.__name__})
    old_entry = type("Vocab", (_Old,), {"__module__": module.__name__})
    monkeypatch.setattr(module, "Word2VecKeyedVectors", old_vectors, raising=False)
    monkeypatch.setattr(module, "Vocab", old_entry, raising=False)
    saved, entries = old_vectors(), {}
    for i, word in enumerate(WORDS):
        entries[word] = old_entry()
        entries[word].__dict__.update(count=9, index=i, sample_int=2**32)
    saved.__dict__.update(
        {"vectors": VECTORS, "vocab": entries, "vector_size": 6, "index2word": WORDS, "vectors_norm": None}
    )
    path = tmp_path / "vectors.kv"
    path.write_bytes(pickle.dumps(saved, 2))
    rows, _ = load(path, ["电影", "the"])
    np.testing.assert_array_equal(np.float32(rows["电影"]), VECTORS[2])


def test_words_that_are_not_strings_are_passed_over(tmp_path, load):
    keyed(words=[0, 1, 2, "x", 4]).save(str(tmp_path / "vectors.kv"))
    rows, _ = load(tmp_path / "vectors.kv", ["x", "2"])
    np.testing.assert_array_equal(np.float32(rows["x"]), VECTORS[3])
    assert not any(rows["2"])


def test_nothing_found_shows_the_first_words(tmp_path, load):
    keyed().save(str(tmp_path / "vectors.kv"))
    with pytest.raises(DataError, match=r"begins with 'zebra', the file with 'the', 'film', '电影'"):
        load(tmp_path / "vectors.kv", ["zebra"])


def test_the_file_beside_is_missing(tmp_path, load):
    path = tmp_path / "vectors.kv"
    keyed().save(str(path), separately=["vectors"])
    (tmp_path / "vectors.kv.vectors.npy").unlink()
    with pytest.raises(
        DataError, match=r"a file of their own, vectors\.kv\.vectors\.npy, which is not there\. Put"
    ):
        load(path, ["the"])


def _save_array(path, array):
    with path.open("wb") as stream:
        np.save(stream, array)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes()[:-1]),
            r"ends within rows 1 to 5 of the 5 x 6 matrix",
        ),
        (lambda path: path.write_bytes(path.read_bytes()[:50]), r"not a NumPy array"),
        (lambda path: path.write_bytes(b"nothing"), r"not a NumPy array"),
        (
            lambda path: _save_array(path, VECTORS[:4]),
            r"of shape \(4, 6\), and there are 5 words of 6 numbers",
        ),
        (
            lambda path: _save_array(path, VECTORS[:, :5]),
            r"of shape \(5, 5\), and there are 5 words of 6 numbers",
        ),
        (lambda path: _save_array(path, VECTORS[0]), r"of shape \(6,\)"),
        (lambda path: _save_array(path, np.array([[{}] * 6] * 5)), r"floating-point numbers .* not object"),
        (lambda path: _save_array(path, np.ones((5, 6), int)), r"floating-point numbers .* not int64"),
        (lambda path: _save_array(path, np.asfortranarray(VECTORS)), r"in row order"),
    ],
)
def test_the_file_beside_is_wrong(tmp_path, load, change, message):
    path = tmp_path / "vectors.kv"
    keyed().save(str(path), separately=["vectors"])
    change(tmp_path / "vectors.kv.vectors.npy")
    with pytest.raises(DataError, match=rf"vectors\.kv\.vectors\.npy: .*{message}"):
        load(path, ["the"])


@pytest.mark.parametrize("damage", ["cut", "empty", "other"])
def test_the_compressed_file_beside_is_wrong(tmp_path, load, damage):
    path = tmp_path / "vectors.kv.gz"
    keyed().save(str(path), separately=["vectors"])
    beside = tmp_path / "vectors.kv.gz.vectors.npz"
    if damage == "other":
        np.savez_compressed(beside, another=VECTORS)
    else:
        beside.write_bytes(beside.read_bytes()[:-10] if damage == "cut" else b"")
    with pytest.raises(DataError, match=r"npz: this is not an array as gensim saves it"):
        load(path, ["the"])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1, 2], r"a pickle of list, not of gensim's KeyedVectors"),
        ({"index_to_key": ["a"], "vector_size": 3}, r"a pickle of dict, not of gensim's KeyedVectors"),
        (VECTORS, r"a pickle of numpy.*_reconstruct, not of gensim's KeyedVectors"),
    ],
)
def test_other_pickles(write, value, message):
    loader = EmbeddingLoader(write(pickle.dumps(value, 4)))
    with pytest.raises(DataError, match=message):
        _ = loader.dim


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vector_size": 7}, r"of shape \(5, 6\), and there are 5 words of 7 numbers"),
        ({"vector_size": 0}, r"a vector has 0 numbers"),
        ({"vector_size": 10**9}, r"a vector has 1,000,000,000 numbers"),
        ({"vector_size": "6"}, r"not of gensim's KeyedVectors"),
        ({"index_to_key": None}, r"not of gensim's KeyedVectors"),
        ({"index_to_key": ["the"] * 6}, r"there are 6 words"),
        ({"vectors": VECTORS.astype(int)}, r"not a whole array of floating-point numbers"),
        ({"vectors": np.asfortranarray(VECTORS)}, r"not a whole array of floating-point numbers"),
        ({"vectors": None}, r"in a file of their own"),
    ],
)
def test_contents_that_do_not_fit(write, load, changes, message):
    vectors = keyed()
    vectors.__dict__.update(changes)
    with pytest.raises(DataError, match=message):
        load(write(pickle.dumps(vectors, 4)), ["the"])


def test_an_array_that_is_not_whole(write, load):
    content = pickle.dumps(keyed(), 4)
    shape = pickle.dumps((5, 6), 4)[2:-1]
    assert content.count(b"K\x05K\x06\x86") == 1, shape
    with pytest.raises(DataError, match="not a whole array"):
        load(write(content.replace(b"K\x05K\x06\x86", b"K\x05K\x07\x86")), ["the"])


def test_fasttext_vectors_are_refused_with_the_way_out(tmp_path):
    from gensim.models import FastText

    trained = FastText([["good", "film"]] * 20, vector_size=8, min_count=1, bucket=20, workers=1)
    trained.wv.save(str(tmp_path / "vectors.kv"))
    with pytest.raises(
        DataError, match=r"FastTextKeyedVectors, which keeps no vectors .*save_facebook_model"
    ):
        _ = EmbeddingLoader(tmp_path / "vectors.kv").dim


def test_whole_models_are_refused_with_the_way_out(tmp_path):
    from gensim.models import Word2Vec

    Word2Vec([["good", "film"]] * 20, vector_size=8, min_count=1, workers=1).save(
        str(tmp_path / "w2v.model")
    )
    with pytest.raises(DataError, match=r"the pickle names .*" + re.escape("save_word2vec_format(")):
        _ = EmbeddingLoader(tmp_path / "w2v.model").dim
