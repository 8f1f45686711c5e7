from __future__ import annotations

import gzip
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.embedding import EmbeddingLoader
from textclf.errors import DataError
from textclf.text.vocab import Vocab

WORDS = ["</s>", "film", "Film", "电影", "naïve"]
RNG = np.random.default_rng(5)
BUCKETS, DIM = 40, 6
MATRIX = RNG.standard_normal((len(WORDS) + BUCKETS, DIM)).astype(np.float32)


def model(
    *,
    words=WORDS,
    labels=(),
    dim=DIM,
    buckets=BUCKETS,
    shortest=3,
    longest=5,
    version=12,
    kind=2,
    pruned=-1,
    quantised=False,
    matrix=MATRIX,
):
    """Write a model as fastText does, field by field."""
    content = struct.pack("<2i", 793712314, version)
    content += struct.pack("<12id", dim, 5, 5, 1, 5, 1, 2, kind, buckets, shortest, longest, 100, 1e-4)
    content += struct.pack("<3i2q", len(words) + len(labels), len(words), len(labels), 1000, pruned)
    for entry, is_label in [*((word, 0) for word in words), *((label, 1) for label in labels)]:
        content += entry.encode() + b"\0" + struct.pack("<qb", 7, is_label)
    content += struct.pack("<?2q", quantised, *matrix.shape) + matrix.astype("<f4").tobytes()
    return (
        content + struct.pack("<?2q", False, 3, dim) + bytes(12 * DIM)
    )  # what fastText needs for training


def ngram_rows(word, words=WORDS, shortest=3, longest=5):
    """Find the rows of a word's n-grams the slow way, from fastText's definition of its hash."""
    text = f"<{word}>"
    rows = []
    for start in range(len(text)):
        for size in range(shortest, longest + 1):
            if start + size <= len(text):
                value = 2166136261
                for byte in text[start : start + size].encode():
                    value ^= byte if byte < 128 else byte | 0xFFFFFF00
                    value = value * 16777619 % 2**32
                rows.append(len(words) + value % BUCKETS)
    return rows


@pytest.mark.parametrize("word", ["film", "Film", "电影", "naïve"])
def test_a_word_is_the_mean_of_its_row_and_its_ngrams(write, compress, load, word):
    rows, coverage = load(write(compress(model())), [word])
    expected = MATRIX[[WORDS.index(word), *ngram_rows(word)]].mean(axis=0)
    np.testing.assert_allclose(rows[word], expected, atol=1e-6)
    assert (coverage.types_found, coverage.composed) == (1, 0)


def test_the_end_of_sentence_has_no_ngrams(write, load):
    rows, _ = load(write(model()), ["</s>"])
    np.testing.assert_array_equal(np.float32(rows["</s>"]), MATRIX[0])


def test_the_lower_case_form_has_the_ngrams_of_the_lower_case_form(write, load):
    rows, coverage = load(write(model()), ["FILM", "Film", "film"])
    assert rows["FILM"] == rows["film"] != rows["Film"]
    assert (coverage.types_found, coverage.found_by_lowercase) == (3, 1)


@pytest.mark.parametrize("word", ["films", "影", "x"])
def test_an_unknown_word_is_the_mean_of_its_ngrams(write, compress, load, word):
    rows, coverage = load(write(compress(model())), ["film", word], unknown="subword")
    np.testing.assert_allclose(rows[word], MATRIX[ngram_rows(word)].mean(axis=0), atol=1e-6)
    assert (coverage.types_found, coverage.composed, coverage.missing) == (1, 1, ((word, 1),))


def test_an_unknown_word_without_ngrams_is_zero(write, load):
    path = write(model(shortest=5, longest=5))
    rows, coverage = load(path, ["film", "ab", "\ud800bcde"], unknown="subword")
    assert not any(rows["ab"])
    assert not any(rows["\ud800bcde"])
    assert coverage.composed == 0


def test_other_schemes_serve_unknown_words_of_a_model_too(write, load):
    path = write(model())
    rows, coverage = load(path, ["film", "电影", "films"], unknown="mean")
    assert coverage.composed == 0
    np.testing.assert_allclose(rows["films"], (np.array(rows["film"]) + rows["电影"]) / 2, atol=1e-6)
    assert rows["<unk>"] == rows["films"]


def test_a_model_without_ngrams(write, load):
    path = write(model(buckets=0, shortest=0, longest=0, matrix=MATRIX[: len(WORDS)]))
    rows, coverage = load(path, ["film", "films"], unknown="subword")
    np.testing.assert_array_equal(np.float32(rows["film"]), MATRIX[1])
    assert not any(rows["films"])
    assert coverage.composed == 0


def test_labels_of_a_classifier_are_not_words(write, load):
    rows, coverage = load(write(model(labels=["__label__good", "bad"], kind=3)), ["film", "bad"])
    np.testing.assert_allclose(rows["film"], MATRIX[[1, *ngram_rows("film")]].mean(axis=0), atol=1e-6)
    assert coverage.missing == (("bad", 1),)


def test_old_classifiers_have_no_ngrams(write, load):
    rows, _ = load(write(model(kind=3, version=11)), ["film"])
    np.testing.assert_array_equal(np.float32(rows["film"]), MATRIX[1])


def test_the_format_is_recognised(write, compress):
    loader = EmbeddingLoader(write(compress(model())))
    assert (loader.format, loader.dim) == ("fasttext_bin", DIM)


def test_nothing_found_shows_the_first_words(write, load):
    with pytest.raises(
        DataError, match=r"begins with 'zebra', the file with '</s>', 'film', 'Film', '电影', 'naïve'"
    ):
        load(write(model()), ["zebra"], unknown="subword")


def test_a_value_that_is_not_finite_names_the_word(write, load):
    matrix = MATRIX.copy()
    matrix[ngram_rows("film")[0], 2] = np.nan
    with pytest.raises(DataError, match=r"the vector of 'film' in row 2 has a value that is NaN"):
        load(write(model(matrix=matrix)), ["电影", "film"])


def test_an_unknown_word_with_a_value_that_is_not_finite_is_named(write, load):
    matrix = MATRIX.copy()
    matrix[sorted(set(ngram_rows("zzzzzz")) - set(ngram_rows("film")))[0]] = np.inf
    with pytest.raises(DataError, match=r"the vector of 'zzzzzz' has a value that is NaN, infinite"):
        load(write(model(matrix=matrix)), ["film", "zzzzzz"], unknown="subword")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (model(version=13), r"fastText's format version 13; 11 and 12 are known"),
        (model(quantised=True), r"a quantised fastText model \(\.ftz\).*Give the \.bin or \.vec"),
        (model(pruned=4), r"a quantised fastText model"),
        (model(dim=0), r"a vector has 0 numbers"),
        (model(dim=-1), r"a vector has -1 numbers"),
        (model(dim=7), r"the matrix is 45 x 6, and the settings say 45 x 7"),
        (model(buckets=41), r"the matrix is 45 x 6, and the settings say 46 x 6"),
        (model(buckets=-1), r"the settings are impossible"),
        (model(words=[]), r"the settings are impossible"),
        (model()[:50], r"ends within the model's settings: 92 bytes belong there and 50 are left"),
        (model()[:97], r"ends at byte 97, within row 1 of 5, which begins at byte 92"),
        (model()[:106], r"ends at byte 106, before row 2 of 5"),
        (model(words=["film"] * 5, matrix=MATRIX)[:170], r"ends within the head of the matrix"),
        (model()[: -12 * DIM - 17 - 1], r"ends within rows 1 to 45 of the 45 x 6 matrix"),
    ],
)
def test_wrong_models(write, compress, load, content, message):
    with pytest.raises(DataError, match=message):
        load(write(compress(content)), ["film"])


def test_the_matrix_is_read_in_blocks(write, load, monkeypatch):
    path = write(model())
    vocab = ["film", "Film", "naïve", "films", "电影院"]
    whole, _ = load(path, vocab, unknown="subword")
    monkeypatch.setattr("textclf.embedding.blocks._BLOCK", 3 * 4 * DIM)
    blocks, _ = load(path, vocab, unknown="subword")
    for word in vocab:
        np.testing.assert_allclose(blocks[word], whole[word], atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_damaged_model_is_read_or_is_a_data_error_and_nothing_else(data):
    content = bytearray(model())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(4, 200))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(4, len(content))) :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        path.write_bytes(content)
        try:
            matrix, _ = EmbeddingLoader(path, unknown="subword").load(Vocab(["film", "films"]))
        except DataError as error:
            good = str(path) in str(error)
        else:
            good = bool(torch.isfinite(matrix).all())
    assert good


def test_gensim_gives_the_same_vectors(tmp_path, compress, load):
    from gensim.models.fasttext import FastText, load_facebook_vectors, save_facebook_model

    texts = [["good", "films", "and", "schöne", "电影", "never", "end"]] * 30
    trained = FastText(texts, vector_size=12, min_count=1, bucket=200, min_n=2, max_n=4, workers=1, seed=1)
    path = tmp_path / "model.bin"
    save_facebook_model(trained, str(path))
    expected = load_facebook_vectors(str(path))
    known, unknown = ["good", "schöne", "电影"], ["goodness", "电", "Ende"]
    packed = tmp_path / "packed"
    packed.write_bytes(compress(path.read_bytes()))
    rows, coverage = load(packed, known + unknown, unknown="subword", lowercase_fallback=False)
    for word in known + unknown:
        np.testing.assert_allclose(rows[word], expected[word], atol=1e-7)
    assert coverage.composed == 3


def test_fasttexts_text_format_is_that_of_word2vec(write):
    assert (
        EmbeddingLoader.detect(write(gzip.compress(b"2 2\n, 0.1 0.2 \nthe 0.3 0.4 \n"))) == "word2vec_text"
    )
