from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from textclf import LabelledTexts
from textclf.doctor.check import CHECK_MODULES, check_data
from textclf.doctor.checks import DATA_CHECKS
from textclf.errors import ArgumentError
from textclf.training.watch import TRAINING_CHECKS

PAGES = Path(__file__).parents[2] / "docs" / "findings"


def films(count: int, seed: int) -> LabelledTexts:
    random = np.random.default_rng(seed)
    labels = random.choice(["pos", "neg"], count).tolist()
    words = [f"w{i}" for i in range(50)]
    texts = [" ".join([*random.choice(words, 6), *["good" if y == "pos" else "bad"] * 3]) for y in labels]
    return LabelledTexts(texts, labels)


def test_sound_data_give_no_finding():
    found = check_data(films(400, 0), films(60, 1), films(60, 2))
    assert found.codes == ()
    assert found.remarks == ("train: 400 rows.", "valid: 60 rows.", "test: 60 rows.")


def test_files_and_objects_give_the_same_findings(tmp_path):
    train, test = films(60, 0), films(30, 1)
    test = LabelledTexts([*test.texts, train.texts[7]], [*test.labels, train.labels[7]])
    for name, data in [("train", train), ("test", test)]:
        lines = [f"{label}\t{text}\n" for text, label in data]
        (tmp_path / f"{name}.tsv").write_text("".join(lines))
    from_files = check_data(tmp_path / "train.tsv", test=tmp_path / "test.tsv")
    assert [f.figures for f in from_files] == [f.figures for f in check_data(train, test=test)]
    [leak] = [f for f in from_files if f.code == "leaked-texts"]
    assert [row.place for row in leak.rows] == ["train.tsv, row 8", "test.tsv, row 31"]
    assert json.loads(from_files.to_json())["findings"][0]["severity"] == from_files[0].severity


def test_every_code_has_its_page_and_every_page_its_code():
    assert {page.stem for page in PAGES.glob("*.md")} - {"index"} == {*DATA_CHECKS, *TRAINING_CHECKS}
    for module in CHECK_MODULES:
        assert module.__all__


def test_a_length_that_is_none_is_refused_before_the_texts_are_read():
    with pytest.raises(ArgumentError, match="`max_length` must be an integer of at least 1"):
        check_data("no file", max_length=0)
