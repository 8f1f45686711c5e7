from __future__ import annotations

import json
import os

import pytest

from textclf import Predictor, TextClassifier
from textclf.errors import DataError, MissingFileError
from textclf.saved_model.folder import check_folder, seal
from textclf.saved_model.plain_json import digest_of

PARTS = [
    "classifier.json",
    "encoder.json",
    "history.jsonl",
    "labels.json",
    "metrics.json",
    "probe.json",
    "vocab.txt",
    "weights.safetensors",
]
posix_only = pytest.mark.skipif(os.name != "posix", reason="links and pipes are POSIX's")


def set_entry(folder, **changes):
    config = json.loads((folder / "config.json").read_bytes())
    config = {name: value for name, value in {**config, **changes}.items() if name != "sha256"}
    (folder / "config.json").write_text(json.dumps({**config, "sha256": digest_of(config)}))


def test_the_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted([*PARTS, "README.md", "config.json"])
    assert sorted(check_folder(folder)["files"]) == PARTS


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.row("it is not there, or a file is missing")
def test_a_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(MissingFileError, match=f"{name}: the file is missing from the saved model"):
        check_folder(folder)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.row("a file was cut, changed by a bit, or taken from another folder")
def test_a_file_that_was_cut(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    with pytest.raises(
        DataError, match=f"{name}: .* It has {len(content) - 1} bytes and had {len(content)}"
    ):
        check_folder(folder)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.row("a file was cut, changed by a bit, or taken from another folder")
def test_a_file_with_another_bit(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[3] ^= 4
    (folder / name).write_bytes(content)
    with pytest.raises(
        DataError, match=f"{name}: the file must be the one that was saved .*digest is another"
    ):
        check_folder(folder)


@pytest.mark.row("it is not there, or a file is missing")
def test_nothing_there(tmp_path):
    with pytest.raises(
        MissingFileError, match=r"config.json: there is no saved model here. Check the folder"
    ):
        check_folder(tmp_path)


@pytest.mark.row("`config.json` was edited")
def test_an_edited_configuration(folder):
    config = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps({**config, "temperature": 3.0}))
    with pytest.raises(DataError, match=r"config.json: the file must be as it was written. It is damaged"):
        check_folder(folder)
    (folder / "config.json").write_text(json.dumps(config, indent=7))  # white space says nothing
    check_folder(folder)


@pytest.mark.parametrize("name", ["README.md", "LICENSE"])
@pytest.mark.row("files that do not belong to it, but for `README.md`, `LICENSE` and hidden ones")
def test_what_is_for_people_may_be_edited(folder, name):
    (folder / name).write_text("MIT")
    check_folder(folder)
    (folder / name).unlink()
    check_folder(folder)


@pytest.mark.parametrize("name", ["model.py", "weights.bin", "__pycache__"])
@pytest.mark.row("files that do not belong to it, but for `README.md`, `LICENSE` and hidden ones")
def test_a_file_that_has_no_place_there(folder, name):
    (folder / name).mkdir() if name == "__pycache__" else (folder / name).write_bytes(b"")
    with pytest.raises(DataError, match=f"must hold nothing but the saved model. Received: '{name}'"):
        Predictor.load(folder)


def test_hidden_files_are_of_the_file_manager_or_git(folder):
    (folder / ".git").mkdir()
    (folder / ".DS_Store").write_bytes(b"")
    check_folder(folder)


@posix_only
@pytest.mark.parametrize("name", [*PARTS, "config.json"])
@pytest.mark.row("a link, a pipe or a folder in place of a file")
def test_links_are_not_followed(folder, tmp_path, name):
    (folder / name).rename(tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=f"{name}: this must be a file. Received: a link. Copy the files"):
        Predictor.load(folder)


@posix_only
@pytest.mark.parametrize("name", ["vocab.txt", "config.json"])
@pytest.mark.row("a link, a pipe or a folder in place of a file")
def test_pipes_are_not_waited_for(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(DataError, match=f"{name}: this must be a file. Received: no plain file"):
        Predictor.load(folder)


@pytest.mark.row("a link, a pipe or a folder in place of a file")
@pytest.mark.parametrize("name", ["vocab.txt", "config.json"])
def test_folders_are_not_files(folder, name):
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(DataError, match=f"{name}: this must be a file. Received: no plain file"):
        Predictor.load(folder)


@posix_only
def test_the_folder_itself_may_be_a_link(folder, tmp_path):
    (tmp_path / "latest").symlink_to(folder)
    Predictor.load(tmp_path / "latest", device="cpu")


@pytest.mark.parametrize(
    "name", ["../vocab.txt", "/etc/passwd", "a/b", "..", "", "C:\\x", "a\x00", "README.md"]
)
@pytest.mark.row("names that lead out of the folder")
def test_names_that_lead_out_of_the_folder(folder, name):
    files = json.loads((folder / "config.json").read_bytes())["files"]
    set_entry(folder, files={**files, name: files["vocab.txt"]})
    with pytest.raises(DataError, match="config.json: `files` must list plain names. Received"):
        check_folder(folder)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (None, "`files` must say which files there are"),
        (["vocab.txt"], "`files` must say which files there are"),
        ({}, "`files` must list encoder.json, labels.json, probe.json, vocab.txt, weights.safetensors"),
        ({"vocab.txt": 3}, "`files` must tell the digest of 'vocab.txt'"),
        ({"vocab.txt": {"bytes": 3}}, "`files` must tell the digest of 'vocab.txt'"),
    ],
)
def test_other_lists_of_files(folder, files, message):
    set_entry(folder, files=files)
    with pytest.raises(DataError, match=f"config.json: {message}"):
        check_folder(folder)


@pytest.mark.parametrize("size", ["many", 10**30, -1, [1]])
def test_sizes_that_are_none(folder, size):
    files = json.loads((folder / "config.json").read_bytes())["files"]
    set_entry(folder, files={**files, "vocab.txt": {**files["vocab.txt"], "bytes": size}})
    with pytest.raises(DataError, match="vocab.txt: the file must be the one that was saved"):
        check_folder(folder)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.row("a file was cut, changed by a bit, or taken from another folder")
def test_a_file_of_another_folder(folder, tmp_path, name):
    TextClassifier(
        "dan", epochs=1, device="cpu", model_options={"embed_dim": 4, "hidden_dim": 4, "ngrams": 0}
    ).fit(["one word", "two words", "three words"], ["a", "b", "c"]).save(tmp_path / "other")
    (folder / name).write_bytes((tmp_path / "other" / name).read_bytes())
    with pytest.raises(
        DataError, match=f"{name}: the file must be the one that was saved with config.json"
    ):
        TextClassifier.load(folder)


def test_sealing(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a")
    (tmp_path / "README.md").write_bytes(b"a")
    seal(tmp_path, {"temperature": 2.0})
    config = json.loads((tmp_path / "config.json").read_bytes())
    assert (config["format"], config["temperature"]) == (2, 2.0)
    assert {name: about["bytes"] for name, about in config["files"].items()} == {"a.txt": 1}
    assert config["files"]["a.txt"]["sha256"].startswith("ca978112ca1bbdcafac231b39a23dc4da786eff8")
