from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from textclf.data.encoder import TextEncoder
from textclf.errors import ArgumentError, DataError, MissingFileError, OutputExistsError
from textclf.text import Vocab, WordTokenizer

TEXTS = ["a good film", "a bad film", "a film"]
LABELS = ["pos", "neg", "pos"]


def letters(text: str) -> list[str]:
    return list(text)


@pytest.fixture
def encoder() -> TextEncoder:
    return TextEncoder.build(TEXTS, LABELS)


def test_save_and_load(tmp_path: Path):
    built = TextEncoder.build(
        TEXTS, LABELS, tokenizer=WordTokenizer(lowercase=False), max_length=7, keep="both"
    )
    built.save(tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    assert sorted(file.name for file in folder.iterdir()) == ["encoder.json", "labels.json", "vocab.txt"]
    loaded = TextEncoder.load(folder)
    assert loaded.config() == built.config() == json.loads((folder / "encoder.json").read_text())
    assert loaded.tokenizer == WordTokenizer(lowercase=False)
    assert loaded.vocab == built.vocab
    assert loaded.labels == built.labels
    text = ["A good old bad film for a long evening", ""]
    assert loaded.encode(text).ids.tolist() == built.encode(text).ids.tolist()


def test_save_and_load_without_labels(tmp_path: Path, encoder):
    TextEncoder.build(TEXTS).save(tmp_path / "a")
    assert TextEncoder.load(tmp_path / "a").labels is None
    encoder.save(tmp_path / "a", overwrite=True)
    assert TextEncoder.load(tmp_path / "a").labels == encoder.labels
    TextEncoder.build(TEXTS).save(tmp_path / "a", overwrite=True)
    assert TextEncoder.load(tmp_path / "a").labels is None
    assert not (tmp_path / "a" / "labels.json").exists()


def test_save_leaves_other_files_alone_and_asks_before_replacing(tmp_path: Path, encoder):
    (tmp_path / "notes.txt").write_text("mine")
    encoder.save(tmp_path)
    with pytest.raises(OutputExistsError, match=r"`folder` must hold no encoder.*overwrite=True"):
        TextEncoder.build(TEXTS).save(tmp_path)
    assert TextEncoder.load(tmp_path).labels == encoder.labels
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_function_as_tokenizer_must_be_passed_again(tmp_path: Path, encoder):
    built = TextEncoder.build(["ab", "ba"], tokenizer=letters)
    built.save(tmp_path)
    with pytest.raises(ArgumentError, match=r"`tokenizer` must be given.*function of your own"):
        TextEncoder.load(tmp_path)
    loaded = TextEncoder.load(tmp_path, tokenizer=letters)
    assert loaded.encode(["abz"]).ids.tolist() == built.encode(["abz"]).ids.tolist()
    encoder.save(tmp_path / "word")
    with pytest.raises(ArgumentError, match="`tokenizer` must be left out"):
        TextEncoder.load(tmp_path / "word", tokenizer=letters)


def test_missing_files(tmp_path: Path, encoder):
    for kind in (MissingFileError, FileNotFoundError):
        with pytest.raises(kind, match=r"encoder\.json: there is no saved encoder here"):
            TextEncoder.load(tmp_path)
    for name in ("vocab.txt", "labels.json"):
        encoder.save(tmp_path, overwrite=True)
        (tmp_path / name).unlink()
        with pytest.raises(MissingFileError, match=f"{name}: the file is missing"):
            TextEncoder.load(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "the file is not JSON in UTF-8"),
        (b"\xff", "the file is not JSON in UTF-8"),
        (b"[]", r"`format` must be 1\. Received: \[\]"),
        (b'{"format": 2}', r"`format` must be 1\. Received: 2\. Upgrade"),
        (
            b'{"format": 1, "keep": "head"}',
            "entries are missing: max_length, num_classes, tokenizer, vocab_size",
        ),
    ],
)
def test_damaged_configurations(tmp_path: Path, encoder, content, message):
    encoder.save(tmp_path)
    (tmp_path / "encoder.json").write_bytes(content)
    with pytest.raises(DataError, match=rf"encoder\.json.*: {message}"):
        TextEncoder.load(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_length": 0}, "`max_length` must be an integer"),
        ({"keep": "middle"}, "`keep` must be"),
        ({"tokenizer": {"name": "wrd"}}, "Did you mean 'word'"),
        ({"tokenizer": {"name": "word", "lowercas": True}}, "Did you mean 'lowercase'"),
        ({"tokenizer": {"name": "word", "lowercase": 5}}, "`lowercase` must be"),
        ({"tokenizer": None}, "tokenizer"),
        ({"vocab_size": 7}, "`vocab_size` is 7 here and 6 in the file beside it"),
        ({"num_classes": 3}, "`num_classes` is 3 here and 2 in the file beside it"),
    ],
)
def test_configurations_that_do_not_fit(tmp_path: Path, encoder, change, message):
    encoder.save(tmp_path)
    config = {**encoder.config(), **change}
    (tmp_path / "encoder.json").write_text(json.dumps(config))
    with pytest.raises(DataError, match=rf"encoder\.json: .*{message}"):
        TextEncoder.load(tmp_path)


def test_damaged_vocabulary(tmp_path: Path, encoder):
    encoder.save(tmp_path)
    (tmp_path / "vocab.txt").write_text("nothing")
    with pytest.raises(DataError, match=r"vocab\.txt"):
        TextEncoder.load(tmp_path)


def test_a_numpy_max_length_can_be_saved(tmp_path: Path):
    built = TextEncoder("word", Vocab(["a"]), max_length=np.int64(5))
    built.save(tmp_path)
    assert TextEncoder.load(tmp_path).max_length == 5
