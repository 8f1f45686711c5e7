from __future__ import annotations

import gzip
import os

import pytest

from textclf.embedding import EmbeddingLoader
from textclf.errors import ArgumentError, DataError

ROWS = {"the": [1.0, 2.0], "film": [-1.5, 0.25]}


@pytest.mark.parametrize("kept", [5, 15, -9, -1])
def test_compressed_data_that_were_cut_short(write, encode, kept, load):
    with pytest.raises(DataError, match="compressed data end too early"):
        load(write(gzip.compress(encode("word2vec_text", ROWS))[:kept]), ["the"])


def test_compressed_data_that_are_damaged(write, encode, load):
    with pytest.raises(DataError, match="compressed data are damaged"):
        EmbeddingLoader(write(b"\x1f\x8b" + bytes(30)))
    content = bytearray(gzip.compress(encode("word2vec_text", ROWS)))
    content[-8] ^= 1  # the checksum
    with pytest.raises(DataError, match="compressed data are damaged"):
        load(write(bytes(content)), ["the"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"the file is empty"),
        (gzip.compress(b""), r"the file is empty"),
        (b"\n\n", r"not a vector file of a known format: it begins with b'\\n\\n'"),
        (b"good movie\nbad movie\n", r"not a vector file of a known format.*Known: word2vec"),
        (b"a,1,2\nb,3,4\n", r"not a vector file of a known format"),
        (bytes(range(256)), r"not a vector file of a known format"),
        ("a 1 2\n".encode("utf-16"), r"not a vector file of a known format"),
        (b"PK\x03\x04abc", r"is a zip archive\. Unpack it"),
        (b"BZh91AY&SYabc", r"is compressed with bzip2"),
        (b"\xfd7zXZ\x00\x00", r"is compressed with xz"),
        (b"7z\xbc\xaf\x27\x1c", r"is a 7z archive"),
        (b"\x28\xb5\x2f\xfd\x04", r"is compressed with zstd"),
        (b"\x93NUMPY\x01\x00", r"is a NumPy array without words"),
    ],
)
def test_other_kinds_of_file(write, content, message):
    path = write(content)
    for call in (EmbeddingLoader, EmbeddingLoader.detect):
        with pytest.raises(DataError, match=message):
            call(path)


def test_a_word_that_looks_like_a_kind_of_file_is_a_word(write):
    assert EmbeddingLoader.detect(write("BZh 1 2\n7z 3 4\n")) == "glove_text"


@pytest.mark.parametrize("call", [EmbeddingLoader, EmbeddingLoader.detect])
def test_paths_that_are_no_files(tmp_path, call):
    with pytest.raises(FileNotFoundError, match=r"`path` must be a file that exists.*nowhere"):
        call(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"this is a folder\. Give the path of a file"):
        call(tmp_path)
    for wrong in (None, 3, "", b"x"):
        with pytest.raises(ArgumentError, match=r"`path` must be the path of a vector file"):
            call(wrong)


def test_paths_may_be_strings(write):
    path = write("a 1 2\n")
    assert EmbeddingLoader(str(path)).dim == EmbeddingLoader(os.fspath(path)).dim == 2
