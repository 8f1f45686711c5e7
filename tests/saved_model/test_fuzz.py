"""Thousands of damaged and hostile folders: each gives an error of textclf's, or a model whose probe holds.

``TEXTCLF_MUTATIONS`` is the number of folders tried, by default a few hundred of each kind.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from textclf import Tagger, TextClassifier, TextEncoder, create_model
from textclf.errors import TextclfError
from textclf.saved_model.plain_json import digest_of

COUNT = int(os.environ.get("TEXTCLF_MUTATIONS", "500"))
QUERIES = ["a good film", "really bad"]
HOSTILE = [
    None,
    True,
    -1,
    0,
    1,
    2**31,
    2**63,
    10**30,
    10**400,
    1e-300,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "../../etc/passwd",
    "x" * 100_000,
    "\ud800",
    "__import__('os')",
    [],
    [0] * 1000,
    [[[[]]]],
    {},
    {"name": "custom"},
    {"$tensor": "0"},
]


def attempt(folder: Path) -> bool:
    """Load a folder and say whether it loads; anything but an error of textclf's fails the test."""
    kind = TextClassifier if (folder / "classifier.json").exists() else Tagger
    try:
        loaded = kind.load(folder, device="cpu", precision="fp32")
    except TextclfError:
        return False
    if isinstance(loaded, TextClassifier):
        shares = [loaded.predict_proba(QUERIES)]
    else:
        found = loaded.tag_proba(QUERIES)
        shares = [array for arrays in found.values() for array in arrays] if loaded.model.heads else found
    assert all(np.isfinite(array).all() for array in shares)
    return True


@pytest.fixture(scope="module")
def no_code(originals):
    """Fail if anything runs another program, or unpickles, while a folder is loaded."""
    for folder in originals:  # PyTorch imports some of itself when it is first asked for it
        assert attempt(folder)
    seen = []
    on = [True]

    def hook(event, arguments):
        if on[0] and event in ("subprocess.Popen", "os.system", "os.exec", "pickle.find_class", "exec"):
            seen.append((event, str(arguments)[:100]))

    sys.addaudithook(hook)
    yield seen
    on[0] = False


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Two saved classifiers of the same kind on other data, and one of another kind; and two taggers."""
    parent = tmp_path_factory.mktemp("originals")
    data = {
        "one": (
            ["a good film", "good acting", "a bad film", "bad acting"] * 5,
            ["pos", "pos", "neg", "neg"] * 5,
        ),
        "two": (
            ["a fine book", "fine style", "a dull book", "dull style"] * 5,
            ["yes", "yes", "no", "no"] * 5,
        ),
    }
    for name, (texts, labels) in data.items():
        for model, options in (("dan", {"hidden_dim": 4}), ("textcnn", {"num_filters": 3})):
            its = TextClassifier(
                model,
                epochs=2,
                device="cpu",
                precision="fp32",
                validation_share=0.3,
                model_options={"embed_dim": 4, "ngrams": 0, **options},
            )
            its.fit(texts, labels).save(parent / f"{name}-{model}")
    texts, tags = [["a", "good", "film"], ["bad", "acting"]], [["O", "B", "I"], ["B", "I"]]
    encoder = TextEncoder.build(texts, token_labels=tags, tokenizer="whitespace")
    for model, sizes in (("rnn_tagger", 3), ("joint_rnn", {"inside": 2, "tag": 3})):
        options = {"embed_dim": 4, "hidden_dim": 4}
        made = create_model(model, vocab_size=encoder.vocab_size, num_classes=sizes, **options)
        heads = None if sizes == 3 else {"inside": ["no", "yes"], "tag": encoder.labels}
        Tagger(encoder, made, heads=heads, device="cpu").save(parent / model)
    return sorted(parent.iterdir())


@pytest.fixture
def copy(originals, tmp_path):
    """Return a fresh copy of one of the folders."""
    places = iter(range(10**9))

    def fresh(random):
        for old in tmp_path.iterdir():
            shutil.rmtree(old)
        original = originals[random.integers(len(originals))]
        return shutil.copytree(original, tmp_path / str(next(places)))

    return fresh


def any_file(random, folder):
    names = sorted(path for path in folder.iterdir() if path.name != "README.md")
    return names[random.integers(len(names))]


def damaged(random, content: bytes) -> bytes:
    """Cut, flip, overwrite, insert, repeat or delete bytes."""
    changed = bytearray(content)
    place = int(random.integers(len(content) + 1))
    kind = random.integers(6)
    if kind == 0:
        return content[:place]
    if kind == 1:
        for at in random.integers(0, len(content), random.integers(1, 5)):
            changed[at] ^= 1 << random.integers(8)
    elif kind == 2:
        changed[place : place + 8] = random.bytes(8)
    elif kind == 3:
        changed[place:place] = random.bytes(int(random.integers(1, 20)))
    elif kind == 4:
        changed[place:place] = content[: int(random.integers(1, 200))]
    else:
        del changed[place : place + int(random.integers(1, 20))]
    return bytes(changed)


def places_in(value, path=()):
    """Yield the place of every value in what JSON holds."""
    yield path
    items = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in items:
        yield from places_in(inner, (*path, key))


def with_hostile_value(random, content):
    """Replace, remove or add one value somewhere."""
    places = [path for path in places_in(content) if path]
    path = places[random.integers(len(places))]
    outer = content
    for key in path[:-1]:
        outer = outer[key]
    value = HOSTILE[random.integers(len(HOSTILE))]
    kind = random.integers(8)
    if kind == 0:
        del outer[path[-1]]
    elif kind == 1 and isinstance(outer, dict):
        outer["more"] = value
    else:
        outer[path[-1]] = value
    return content


def test_files_that_were_damaged(copy, no_code):
    random = np.random.default_rng(0)
    loads = 0
    for _ in range(COUNT):
        folder = copy(random)
        path = any_file(random, folder)
        before = path.read_bytes()
        path.write_bytes(damaged(random, before))
        if path.read_bytes() != before and path.name != "config.json":
            assert not attempt(folder), path.name
        else:
            loads += attempt(folder)
    assert loads < COUNT / 10  # white space in config.json, and damage that changed nothing
    assert no_code == []


def test_damaged_files_with_new_digests(copy, reseal, no_code):
    random = np.random.default_rng(1)
    for _ in range(COUNT):
        folder = copy(random)
        path = any_file(random, folder)
        path.write_bytes(damaged(random, path.read_bytes()))
        if path.name != "config.json":
            reseal(folder)
        attempt(folder)
    assert no_code == []


@pytest.mark.row("values that make no sense anywhere in a file")
def test_hostile_values_with_new_digests(copy, reseal, no_code):
    random = np.random.default_rng(2)
    for _ in range(COUNT):
        folder = copy(random)
        names = [path for path in sorted(folder.iterdir()) if path.suffix == ".json"]
        path = names[random.integers(len(names))]
        content = with_hostile_value(random, json.loads(path.read_bytes()))
        path.write_text(json.dumps(content), encoding="utf-8")
        if path.name != "config.json":
            reseal(folder)
        else:
            sealed = {name: value for name, value in content.items() if name != "sha256"}
            path.write_text(json.dumps({**sealed, "sha256": digest_of(sealed)}), encoding="utf-8")
        attempt(folder)
    assert no_code == []


def test_files_of_other_folders(copy, originals, reseal, no_code):
    random = np.random.default_rng(3)
    for _ in range(COUNT // 4):
        folder = copy(random)
        for _ in range(random.integers(1, 4)):
            path = any_file(random, folder)
            other = originals[random.integers(len(originals))] / path.name
            if other.exists():
                path.write_bytes(other.read_bytes())
        if random.integers(2):
            reseal(folder)
        attempt(folder)
    assert no_code == []


@pytest.mark.row("weights of other shapes or types, a header of safetensors that lies")
def test_weights_with_lying_headers(copy, reseal):
    random = np.random.default_rng(4)
    for _ in range(COUNT // 4):
        folder = copy(random)
        path = folder / "weights.safetensors"
        raw = path.read_bytes()
        size = int.from_bytes(raw[:8], "little")
        header = with_hostile_value(random, json.loads(raw[8 : 8 + size]))
        try:
            written = json.dumps(header).encode()
        except ValueError:
            continue
        length = len(written) if random.integers(3) else int(random.integers(0, 2**62))
        path.write_bytes(length.to_bytes(8, "little") + written + raw[8 + size :])
        reseal(folder)
        attempt(folder)


def test_memory_is_bounded_by_the_files(copy, reseal):
    """No model is made that is larger than its weights, however large its options say that it is."""
    resource = pytest.importorskip("resource")
    create_model("bilstm", vocab_size=9, num_classes=2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    random = np.random.default_rng(5)
    for name in (
        "vocab_size",
        "num_classes",
        "embed_dim",
        "hidden_dim",
        "num_filters",
        "embedding",
        "ngrams",
    ):
        folder = copy(random)
        config = json.loads((folder / "config.json").read_bytes())
        for value in (10**6, 10**9, 10**15):
            options = {**config["options"], name: [value, 4] if name == "embedding" else value}
            reseal(folder, options=options)
            attempt(folder)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 200  # MB
