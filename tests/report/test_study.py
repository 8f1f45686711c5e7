from __future__ import annotations

import numpy as np
import pytest

from textclf import LabelledTexts
from textclf.errors import DataError, MissingFileError
from textclf.experiment import Split, StepsUntil, compare, sweep
from textclf.report import study_page

ROWS = LabelledTexts([f"row {n}" for n in range(40)], ["neg", "pos"] * 20)


def learn(data, seed, rate=0.1, wrong=4):
    if seed == 2 and rate > 1:
        raise FloatingPointError("not finite")
    random = np.random.default_rng(seed)
    rows = [
        {"epoch": n, "valid_accuracy": 1 - 0.5 / n - rate * random.random() / 10, "train_loss": 1 / n}
        for n in range(1, 5)
    ]
    labels = list(data.test.labels)
    for place in random.integers(0, 40, wrong):
        labels[place] = "neg"
    return {"predictions": labels, "history": rows}


def steps(data, seed, rate=1.0):
    return {"history": [{"step": n, "accuracy": min(1.0, n * rate / 20)} for n in (5, 10, 15)]}


def two(folder, **options):
    setups = {"A": learn, "B": lambda data, seed: learn(data, seed, rate=2.0, wrong=20)}
    return compare(
        setups, Split(ROWS, ROWS), **{"seeds": 3, "folder": folder, "progress": False, **options}
    )


def test_all_that_there_is(tmp_path, read):
    study = two(tmp_path)
    text = read(study_page(tmp_path)).text
    for part in ("Scores", "In words", "Learning curves", "Settings", "Environment", "threads", "torch"):
        assert part in text
    for sentence in study.sentences:
        assert sentence in text
    for score in study.table:
        assert f"{score.mean:.4f}" in text
    assert "2 of 3" in text
    assert "1 without a score" in text
    assert "on 40 test rows. 7 runs." in text


def test_every_seed_has_its_stroke_and_every_setup_its_band(tmp_path, read):
    two(tmp_path)
    source = study_page(tmp_path)
    assert source.count('class="tick"') == 3 + 2 + 1  # with the baseline
    assert source.count('class="band-1"') == source.count('class="band-2"') == 2  # accuracy and loss
    assert "Valid accuracy" in read(source).text


def test_one_seed_says_no_more_than_it_knows(tmp_path, read):
    compare({"A": steps}, None, seeds=1, measure=StepsUntil("accuracy", 0.5, cap=9), folder=tmp_path)
    page = read(study_page(tmp_path))
    assert "nan" not in page.source
    assert "steps until accuracy 0.5" in page.text


def test_settings_that_differ_stand_in_a_table(tmp_path, read):
    grid = {"rate": [1, 2, 3, 4, 5, 6, 7, 8]}
    sweep(steps, grid, None, seeds=2, measure=StepsUntil("accuracy", 1.0, cap=20), folder=tmp_path)
    text = read(study_page(tmp_path)).text
    assert "In which the setups differ" in text
    assert "Shown are the 6 best of 8 setups." in text


def test_several_studies_have_their_parts(tmp_path, read):
    two(tmp_path)
    two(tmp_path, measure="macro_f1")
    page = read(study_page(tmp_path, title="<Both>"))
    for part in ("Scores 1", "Scores 2", "In words 2", "Settings 2"):
        assert part in page.text
    assert page.text.count("Environment") == 2  # in the list of contents, and its heading
    assert page.text.count("<Both>") == 2


def test_a_study_that_is_not_finished(tmp_path, read):
    two(tmp_path)
    paths = sorted(tmp_path.glob("*.json"))
    for path in paths[:3]:
        path.unlink()
    assert "4 of 7 runs." in read(study_page(tmp_path)).text
    for path in paths[3:]:
        path.unlink()
    text = read(study_page(tmp_path)).text
    assert "0 of 7 runs." in text
    assert "no score" in text


def test_the_same_folder_gives_the_same_page(tmp_path):
    two(tmp_path)
    assert study_page(tmp_path) == study_page(tmp_path)


def test_names_with_html(tmp_path, read):
    compare({"<b>A</b>": steps}, None, measure="seconds", folder=tmp_path, progress=False)
    page = read(study_page(tmp_path))
    assert "<b>A</b>" in page.text


def test_a_folder_without_a_study(tmp_path):
    with pytest.raises(MissingFileError, match="has no study"):
        study_page(tmp_path)


def test_a_damaged_one(tmp_path):
    two(tmp_path)
    next(tmp_path.glob("studies/*.json")).write_text("{}")
    with pytest.raises(DataError, match="does not hold a study"):
        study_page(tmp_path)
