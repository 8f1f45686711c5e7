from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from textclf.embedding import Coverage, EmbeddingLoader
from textclf.errors import ArgumentError, DataError, UnknownOptionError
from textclf.text.vocab import Vocab

# ---- Which row a word takes ----------------------------------------------------------------------


def test_the_first_of_several_rows_counts_and_the_others_are_counted(write, load):
    path = write("the 1 0\nfilm 2 0\nthe 3 0\nthe 4 0\nother 5 0\nother 6 0\n")
    rows, coverage = load(path, ["the", "film"])
    assert rows["the"] == [1, 0]
    assert coverage.repeated == 2


@pytest.mark.parametrize("order", [["The", "the"], ["the", "The"]])
def test_the_word_itself_wins_over_its_lower_case_form_in_any_order(write, order, load):
    vectors = {"The": "1 1", "the": "2 2"}
    path = write("".join(f"{word} {vectors[word]}\n" for word in order))
    rows, coverage = load(path, ["The", "the", "THE"])
    assert rows["The"] == [1, 1]
    assert rows["the"] == [2, 2]
    assert rows["THE"] == [2, 2]
    assert (coverage.types_found, coverage.found_by_lowercase, coverage.repeated) == (3, 1, 0)


def test_the_lower_case_form_serves_words_though_it_is_not_in_the_vocabulary(write, load):
    rows, coverage = load(write("the 1 2\nthe 3 4\n"), ["The", "THE"])
    assert rows["The"] == rows["THE"] == [1, 2]
    assert (coverage.found_by_lowercase, coverage.repeated) == (2, 1)


def test_without_the_fallback_only_the_word_itself_counts(write, load):
    rows, coverage = load(write("the 1 2\nA 3 4\n"), ["The", "A"], lowercase_fallback=False)
    assert rows["The"] == [0, 0]
    assert (coverage.types_found, coverage.found_by_lowercase) == (1, 0)


def test_upper_case_rows_do_not_serve_lower_case_words(write, load):
    rows, _ = load(write("THE 1 2\na 3 4\n"), ["the", "a"])
    assert rows["the"] == [0, 0]


def test_rows_named_like_the_special_tokens_are_not_used(write, load):
    rows, coverage = load(write("<pad> 1 1\n<unk> 2 2\n<PAD> 5 5\nx 3 3\n"), ["x", "<PAD>"], unknown="mean")
    assert rows["<pad>"] == [0, 0]
    assert rows["<unk>"] == [4, 4]
    assert coverage.types == 2


def test_a_word_that_is_not_utf8_is_passed_over(write, load):
    rows, coverage = load(write(b"\xff\xfe 1 1\nx 2 2\n\xe7\x94 3 3\n"), ["x", "\ufffd"])
    assert rows["x"] == [2, 2]
    assert coverage.types_found == 1


def test_a_lone_surrogate_in_the_vocabulary_does_no_harm(write, load):
    _, coverage = load(write("x 2 2\n"), ["x", "\ud800"])
    assert coverage.missing == (("\ud800", 1),)


# ---- The report ----------------------------------------------------------------------------------


def test_coverage_counts_types_and_tokens(write, load):
    vocab = Vocab(["the", "Film", "zyx", "abc"], [60, 25, 5, 10])
    _, coverage = load(write("the 1 2\nfilm 3 4\n"), vocab)
    assert coverage == Coverage(
        types=4,
        types_found=2,
        tokens=100,
        tokens_found=85,
        found_by_lowercase=1,
        missing=(("abc", 10), ("zyx", 5)),
    )


def test_a_vocabulary_without_counts_counts_each_word_once(write, load):
    _, coverage = load(write("the 1 2\n"), ["the", "b", "c"])
    assert (coverage.tokens, coverage.tokens_found) == (3, 1)
    assert coverage.missing == (("b", 1), ("c", 1))


def test_the_twenty_most_frequent_missing_words_are_named(write, load):
    names = [f"m{i:02d}" for i in range(30)]
    vocab = Vocab(["x", *names], [1, *range(1, 31)])
    _, coverage = load(write("x 1 2\n"), vocab)
    assert coverage.missing == tuple((f"m{i:02d}", i + 1) for i in range(29, 9, -1))


def test_nothing_found_is_an_error_that_shows_both_sides(write, load):
    path = write("the 1 2\nof 3 4\n")
    with pytest.raises(
        DataError, match=r"none of the 2 words .* begins with '电影', '好', the file with 'the', 'of'\."
    ):
        load(path, ["电影", "好"])


@pytest.mark.parametrize("name", ["word2vec_binary", "glove_text", "word2vec_text"])
def test_nothing_found_shows_five_words_of_each_format(write, encode, name, load):
    path = write(encode(name, {f"w{i}": [i, 2] for i in range(9)}))
    with pytest.raises(DataError, match=r"the file with 'w0', 'w1', 'w2', 'w3', 'w4'\."):
        load(path, ["zebra"])


def test_nothing_found_is_said_though_the_numbers_of_the_file_are_wrong(write, load):
    with pytest.raises(DataError, match=r"none of the 1 words .* the file with 'the', 'of'\."):
        load(write("the 1 2\nof x y\n"), ["zebra"])


# ---- Arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"unknown": "random"},
            r"`unknown` must be one of 'gaussian', 'mean', 'subword', 'uniform', 'zero'",
        ),
        ({"unknown": None}, r"`unknown` must be one of"),
        ({"unknown": "subword"}, r"`unknown` must be .* for a file of format 'glove_text'.*fastText"),
        ({"lowercase_fallback": 1}, r"`lowercase_fallback` must be True or False"),
        ({"progress": "yes"}, r"`progress` must be True or False"),
        ({"seed": -1}, r"`seed` must be an integer of at least 0"),
        ({"seed": True}, r"`seed` must be an integer"),
        ({"seed": 0.5}, r"`seed` must be an integer"),
    ],
)
def test_bad_options(write, options, message):
    with pytest.raises(ArgumentError, match=message):
        EmbeddingLoader(write("a 1 2\n"), **options)


def test_a_misspelt_option_names_the_right_one(write):
    with pytest.raises(UnknownOptionError, match="Did you mean 'unknown'"):
        EmbeddingLoader(write("a 1 2\n"), unknwon="zero")


def test_the_vocabulary_must_be_one_with_words(write):
    loader = EmbeddingLoader(write("a 1 2\n"))
    for wrong in (["a"], None, {"a": 2}):
        with pytest.raises(ArgumentError, match="`vocab` must be a Vocab"):
            loader.load(wrong)
    with pytest.raises(ArgumentError, match="`vocab` must be a vocabulary with at least one word"):
        loader.load(Vocab([]))


# ---- Size ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["word2vec_binary", "glove_text"])
def test_memory_does_not_grow_with_the_file(write, name):
    words = [b"w%06d" % i for i in range(60_000)]
    row = np.linspace(-1, 1, 100, dtype="<f4")
    if name == "glove_text":
        content = b"".join(
            word + b" " + b" ".join(b"%.4f" % x for x in row) + b"\n" for word in words[:40_000]
        )
    else:
        content = b"60000 100\n" + b"".join(word + b" " + row.tobytes() for word in words)
    path = write(gzip.compress(content, 1))
    assert len(content) > 24_000_000
    del content
    tracemalloc.start()
    try:
        matrix, _ = EmbeddingLoader(path).load(Vocab(["w000001", "w019999"]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(matrix[3].numpy(), row, atol=1e-4)
    assert peak < 12_000_000


def test_the_progress_bar_can_be_shown(write, encode, capsys, load):
    path = write(encode("word2vec_text", {"the": [1, 2], "of": [3, 4]}))
    load(path, ["the"])
    assert capsys.readouterr() == ("", "")
    load(path, ["the"], progress=True)
    assert "vectors: 100%" in capsys.readouterr().err


# ---- Real files ----------------------------------------------------------------------------------

REAL = [
    ("glove.6B.50d.top9163.txt", "glove_text", 50, 9163),
    ("zh_local_word2vec_50.bin", "word2vec_binary", 50, 53271),
    ("zh_tencent_char_200d.bin", "word2vec_binary", 200, 4758),
    ("zh_finance_word2vec_100d.txt", "word2vec_text", 100, 3366),
]


@pytest.mark.parametrize(("name", "kind", "dim", "size"), REAL)
def test_real_files_give_what_gensim_gives(write, name, kind, dim, size):
    folder = Path(os.environ.get("TEXTCLF_DATA", "../shared/data")) / "vectors"
    if not (folder / name).is_file():
        pytest.skip(f"no real vectors in {folder}: set TEXTCLF_DATA to the folder of the data sets")
    from gensim.models import KeyedVectors

    header = f"{size} {dim}\n".encode() if kind == "glove_text" else b""
    with_header = write(header + (folder / name).read_bytes())
    expected = KeyedVectors.load_word2vec_format(str(with_header), binary=kind == "word2vec_binary")
    assert len(expected) == size
    sample = expected.index_to_key[:: max(1, size // 500)]
    loader = EmbeddingLoader(folder / name, lowercase_fallback=False)
    matrix, coverage = loader.load(Vocab([*sample, "no such word"]))
    assert (loader.format, loader.dim) == (kind, dim)
    assert coverage.types_found == len(sample)
    assert coverage.missing == (("no such word", 1),)
    np.testing.assert_array_equal(matrix[2:-1].numpy(), expected[sample])
