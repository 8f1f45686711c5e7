"""A saved model that is quick to write, to change and to load."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from textclf import TextClassifier
from textclf.saved_model.folder import seal

TEXTS = ["a good film", "good acting", "really good", "a bad film", "bad acting", "really bad"] * 6
LABELS = ["pos", "pos", "pos", "neg", "neg", "neg"] * 6


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


@pytest.fixture(scope="session")
def classifier() -> TextClassifier:
    made = TextClassifier(
        "dan",
        epochs=12,
        learning_rate=0.1,
        device="cpu",
        precision="fp32",
        validation_share=0.3,
        model_options={"embed_dim": 4, "hidden_dim": 4, "ngrams": 0},
    )
    return made.fit(TEXTS, LABELS)


@pytest.fixture
def folder(classifier: TextClassifier, tmp_path: Path) -> Path:
    classifier.save(tmp_path / "saved")
    return tmp_path / "saved"


def _reseal(folder: Path, **changes: Any) -> None:
    config = json.loads((folder / "config.json").read_bytes())
    config = {name: value for name, value in config.items() if name not in ("files", "sha256")}
    seal(folder, {**config, **changes})


@pytest.fixture
def reseal() -> Callable[..., None]:
    """Change entries of config.json, and write all digests anew, as someone could who knows the format."""
    return _reseal


@pytest.fixture
def change() -> Callable[[Path, str, Callable[[Any], Any]], None]:
    """Edit what a JSON file holds, and write all digests anew."""

    def edit(folder: Path, name: str, by: Callable[[Any], Any]) -> None:
        content = by(json.loads((folder / name).read_bytes()))
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
        _reseal(folder)

    return edit
