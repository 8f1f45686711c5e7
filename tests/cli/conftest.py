from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import textclf
from textclf.classifier import TextClassifier
from textclf.cli import main

GOOD = ["a good film", "good cast", "really good", "a lovely film", "lovely and good"]
BAD = ["a bad film", "bad cast", "really bad", "a dull film", "dull and bad"]


def rows(times: int = 4) -> list[tuple[str, str]]:
    return [
        pair for g, b in zip(GOOD * times, BAD * times, strict=True) for pair in ((g, "pos"), (b, "neg"))
    ]


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a classifier that tells good from bad."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    texts, labels = zip(*rows(), strict=True)
    classifier = TextClassifier("fasttext", model_options={"buckets": 1 << 11})
    classifier.fit(texts, labels).save(folder)
    return folder


@pytest.fixture
def train_file(tmp_path: Path) -> Path:
    file = tmp_path / "train.tsv"
    file.write_text("".join(f"{label}\t{text}\n" for text, label in rows()))
    return file


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs a command in this process: its exit code, output and errors."""

    def run(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="session")
def shell() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a line in a real shell, where ``textclf`` is the program."""

    def run(line: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        source = str(Path(textclf.__file__).parents[1])
        program = f'textclf() {{ "{sys.executable}" -m textclf "$@"; }}\n'
        return subprocess.run(
            ["bash", "-c", program + line],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": source, **env},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run
