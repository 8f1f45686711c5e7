from __future__ import annotations

import gzip
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.embedding import EmbeddingLoader, formats, lines, records
from textclf.errors import DataError
from textclf.text.vocab import Vocab

ROWS = {
    "the": [1.0, 2.0, 3.0],
    "film": [-1.5, 0.25, 4.0],
    "电影": [0.5, 0.5, -0.5],
    "a\u00a0b": [9.0, 8.0, 7.0],
    "c\u0085d": [1e-8, -1e8, 0.0],
    "\u2028": [0.1, 0.2, 0.3],
}
FORMATS = [
    "glove_text",
    "word2vec_text",
    "word2vec_text with spaces at line ends",
    "word2vec_text with carriage returns",
    "word2vec_binary",
    "word2vec_binary with line ends",
]


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_plain_and_compressed_gives_the_vectors(name, encode, write, compress):
    path = write(compress(encode(name, ROWS)))
    loader = EmbeddingLoader(path)
    vocab = Vocab(list(ROWS)[::-1])
    matrix, coverage = loader.load(vocab)
    assert loader.format == EmbeddingLoader.detect(path) == name.split(" ")[0]
    assert loader.dim == 3
    assert loader.path == path
    assert matrix.dtype == torch.float32
    assert matrix.shape == (8, 3)
    assert matrix.is_contiguous()
    expected = np.array([ROWS[word] for word in vocab.tokens[2:]], dtype=np.float32)
    np.testing.assert_array_equal(matrix[2:].numpy(), expected)
    assert (coverage.types, coverage.types_found, coverage.missing) == (6, 6, ())


@pytest.mark.parametrize("name", FORMATS)
def test_only_the_rows_of_the_vocabulary_are_used(name, encode, write, load):
    rows, coverage = load(write(encode(name, ROWS)), ["film", "zebra"])
    assert rows == {"<pad>": [0, 0, 0], "<unk>": [0, 0, 0], "film": [-1.5, 0.25, 4], "zebra": [0, 0, 0]}
    assert (coverage.types, coverage.types_found) == (2, 1)


@pytest.mark.parametrize("name", FORMATS)
def test_one_row_of_one_number(name, encode, write, load):
    rows, _ = load(write(encode(name, {"x": [-0.5]})), ["x"])
    assert rows["x"] == [-0.5]


@pytest.mark.parametrize("name", FORMATS)
def test_wide_rows(name, encode, write, load):
    values = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    rows, _ = load(write(encode(name, {"x": values, "y": values + 1})), ["y"])
    np.testing.assert_array_equal(np.float32(rows["y"]), values + 1)


# Not in a word: what ends it, and the control characters by which a binary file is recognised.
words = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=" \ufeff"), min_size=1, max_size=8
)
words = (words | words.map("\x85{}\x85".format)).filter(lambda word: word not in ("<pad>", "<unk>"))
numbers = st.floats(-(2.0**100), 2.0**100, width=32)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), dim=st.integers(1, 5), name=st.sampled_from(FORMATS), packed=st.booleans())
def test_any_words_and_numbers_come_back(data, dim, name, packed, encode, load):
    row = st.lists(numbers, min_size=dim, max_size=dim)
    vectors = data.draw(st.dictionaries(words, row, min_size=1, max_size=9))
    content = encode(name, vectors)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors"
        path.write_bytes(gzip.compress(content) if packed else content)
        rows, coverage = load(path, list(vectors))
    assert coverage.types_found == len(vectors)
    for word, vector in vectors.items():
        np.testing.assert_array_equal(np.float32(rows[word]), np.float32(vector))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("block", [1, 5, 64])
def test_blocks_of_any_size_give_the_same(monkeypatch, name, block, encode, write, load):
    path = write(encode(name, ROWS))
    whole = load(path, ["film", "the", "c\u0085d"])
    monkeypatch.setattr(lines, "BUFFER", block)
    monkeypatch.setattr(records, "BUFFER", block)
    monkeypatch.setattr(formats, "_MANY", block)
    assert load(path, ["film", "the", "c\u0085d"]) == whole


@settings(max_examples=150, deadline=None)
@given(data=st.data(), name=st.sampled_from(FORMATS), packed=st.booleans())
def test_a_damaged_file_is_read_or_is_a_data_error_and_nothing_else(data, name, packed, encode):
    content = encode(name, ROWS)
    content = bytearray(gzip.compress(content) if packed else content)
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        path = Path(folder) / "vectors"
        path.write_bytes(content)
        try:
            matrix, _ = EmbeddingLoader(path).load(Vocab(list(ROWS)))
        except DataError as error:
            good = str(path) in str(error)
        else:
            good = bool(torch.isfinite(matrix).all())
    assert good


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("a 1 2 3\nb 1 2\nc 1 2 3\n", 2, r"has 2 numbers, the first line has 3"),
        ("a 1 2 3\nb 1 2 3 4\nc 1 2 3\n", 2, r"has 4 numbers, the first line has 3"),
        ("a 1 2 3\nb 0.1 -2 1e3 4 5\nc 1 2 3\n", 2, r"has 5 numbers, the first line has 3"),
        ("3 3\na 1 2 3\nb 1 2\nc 1 2 3\n", 3, r"has 2 numbers, the header says 3"),
        ("3 4\na 1 2 3\nb 1 2 3\nc 1 2 3\n", 2, r"has 3 numbers, the header says 4"),
        ("3 2\na 1 2 3\nb 1 2 3\nc 1 2 3\n", 2, r"has 3 numbers, the header says 2"),
        ("a 1 2 3\nb\nc 1 2 3\n", 2, r"has 0 numbers"),
        ("a 1 2 3\nb\t1\t2\t3\nc 1 2 3\n", 2, r"has 0 numbers.* single spaces"),
        ("a 1 2 3\nc 1 x 3\n", 2, r"the vector of 'c' has the value 'x', which is not a number"),
        ("a 1 2 3\nc 1 1_0 3\n", 2, r"'1_0', which is not a number"),
        ("a 1 2 3\nc 1  3\n", 2, r"'', which is not a number"),
        ("a 1 2 3\nc 1 nan 3\n", 2, r"the vector of 'c' has a value that is NaN"),
        ("a 1 2 3\nc 1 -inf 3\n", 2, r"the vector of 'c' has a value that is NaN, infinite"),
        ("a 1 2 3\nc 1 1e39 3\n", 2, r"too large for 32 bits"),
        ("2 3\na 1 2 3\nc 1 2 3\nd 1 2 3\n", 4, r"header says 2 rows, and there are more"),
        ("2 3\na 1 2 3\nc 1 2 3\n\n\nd 1 2 3\n", 6, r"header says 2 rows, and there are more"),
        ("4 3\na 1 2 3\nc 1 2 3\n", None, r"header says 4 rows, and the file ends after 2"),
        ("0 3\n", 1, r"the header says that there are no rows"),
        ("4 3\n", None, r"header says 4 rows, and the file ends after 0"),
        ("4 0\na\n", None, r"a vector has 0 numbers"),
        ("4 999999999\na 1\n", None, r"a vector has 999,999,999 numbers"),
    ],
)
@pytest.mark.parametrize("block", [4, 1 << 20])
def test_a_wrong_line_of_text_is_named(monkeypatch, write, compress, content, line, message, block, load):
    monkeypatch.setattr(lines, "BUFFER", block)
    path = write(compress(content.encode()))
    with pytest.raises(DataError, match=message) as caught:
        load(path, ["a", "c"])
    assert caught.value.line == line
    assert str(caught.value).startswith(str(path))


def test_numbers_of_all_forms_in_one_file(write, load):
    values = ["0.5", "-.25", "7.", "-0.0", "1e-3", "12", "+0.5", "123456789.123456789", "-1E2", "0.1"]
    path = write("".join(f"w{i} {value} 1.5\n" for i, value in enumerate(values)))
    rows, _ = load(path, [f"w{i}" for i in range(len(values))])
    for i, value in enumerate(values):
        assert np.float32(rows[f"w{i}"]).tobytes() == np.float32([float(value), 1.5]).tobytes()


def test_numbers_of_rows_that_nobody_needs_are_not_read(write, load):
    rows, _ = load(write("a 1 2 3\nb x nan inf\nc 4 5 6\n"), ["a", "c"])
    assert rows["c"] == [4, 5, 6]


def test_words_of_text_may_have_spaces(write, load):
    path = write("the 1 2 3\n. . . 4 5 6\nat name@domain.com 7 8 9\nto infinity 1 1 1\n 2 2 2\n")
    rows, _ = load(path, ["the", ". . .", "at name@domain.com", "to infinity", ""])
    assert rows[". . ."] == [4, 5, 6]
    assert rows["at name@domain.com"] == [7, 8, 9]
    assert rows["to infinity"] == [1, 1, 1]
    assert rows[""] == [2, 2, 2]


def test_a_word_with_spaces_may_come_first(write, load):
    rows, _ = load(write(". . 4 5\nthe 1 2\n"), ["the", ". ."])
    assert rows["the"] == [1, 2]
    assert rows[". ."] == [4, 5]


def test_blank_lines_spaces_at_the_end_and_a_missing_line_end_do_not_count(write, load):
    rows, _ = load(write("3 2\n\na 1 2 \n  \nb 3 4\r\n\nc 5 6"), ["a", "b", "c"])
    assert (rows["a"], rows["b"], rows["c"]) == ([1, 2], [3, 4], [5, 6])


@pytest.mark.parametrize("header", ["", "2 2\n"])
def test_a_byte_order_mark_is_not_part_of_the_first_word(write, header, load):
    rows, _ = load(write(b"\xef\xbb\xbf" + f"{header}a 1 2\nb 3 4\n".encode()), ["a", "b"])
    assert rows["a"] == [1, 2]


def test_the_words_of_numbers_are_words(write, load):
    rows, _ = load(write("2 2\n5 1 2\n0.5 3 4\n"), ["5", "0.5"])
    assert (rows["5"], rows["0.5"]) == ([1, 2], [3, 4])
    rows, _ = load(write("0.5 1 2\n5 3 4\n"), ["5", "0.5"])
    assert (rows["5"], rows["0.5"]) == ([3, 4], [1, 2])


def binary(rows, dim, words, tail=b""):
    vectors = b"".join(word + b" " + np.arange(dim, dtype="<f4").tobytes() for word in words)
    return b"%d %d\n" % (rows, dim) + vectors + tail


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            binary(3, 4, [b"a", b"b", b"c"])[:-1],
            r"ends at byte 57, within row 3 of 3, which begins at byte 40",
        ),
        (binary(3, 4, [b"a", b"b"]), r"ends at byte 40, before row 3 of 3"),
        (binary(3, 4, [b"a", b"b"], b"c"), r"ends at byte 41, within row 3 of 3, which begins at byte 40"),
        (binary(2, 4, [b"a", b"b", b"c"]), r"says 2 rows, and after them, from byte 40 on, there is more"),
        (binary(2, 4, [b"a", b"b"], b"\nx"), r"says 2 rows, and after them"),
        (binary(2, 4, [b"a", b"b"], b"\n" * 2_000_000 + b"x"), r"says 2 rows, and after them"),
        (
            binary(3, 5, [b"a", b"b", b"c"])[:4] + binary(3, 4, [b"a", b"b", b"c"])[4:],
            r"before row 3|within row",
        ),
        (
            binary(2, 4, [b"a"], b"b" * 70_000 + bytes(4)),
            r"row 2 of 2, .* ends within 65,536 bytes|within row 2",
        ),
    ],
)
def test_a_wrong_binary_is_an_error_that_names_row_and_byte(write, compress, content, message, load):
    with pytest.raises(DataError, match=message):
        load(write(compress(content)), ["a"])


def test_a_long_binary_without_a_space_is_given_up_early(write, load):
    content = binary(2, 4, [b"a"], b"b" * 5_000_000)
    with pytest.raises(
        DataError, match=r"row 2 of 2, which begins at byte 22, has no word that ends within"
    ):
        load(write(content), ["a"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_of_a_binary_that_is_not_finite_names_word_and_row(write, encode, value, load):
    path = write(encode("word2vec_binary", {"a": [1, 2], "b": [1, value], "c": [value, 1]}))
    with pytest.raises(DataError, match=r"the vector of 'b' in row 2 has a value that is NaN, infinite"):
        load(path, ["a", "b"])
    assert load(path, ["a"])[0]["a"] == [1, 2]


def test_line_ends_after_a_binary_do_not_count(write, load):
    rows, _ = load(write(binary(2, 2, [b"a", b"\nb"], b"\n\n")), ["b"])
    assert rows["b"] == [0, 1]
