from __future__ import annotations

import json

import pytest
from sklearn.naive_bayes import MultinomialNB

from textclf import TextClassifier
from textclf.errors import DataError, MissingFileError
from textclf.experiment import StepsUntil, compare, sweep
from textclf.experiment.record import kept_studies, settings_of


def guess(data, seed, label="pos"):
    return {"predictions": [label] * len(data.test), "history": [{"step": 1, "accuracy": 0.5}]}


def steps(data, seed, rate=1.0):
    if seed == 1:
        raise ValueError("no")
    return {"steps": seed / rate}


def both(data, folder, **options):
    options = {"seeds": 2, "progress": False, "folder": folder, **options}
    return compare({"A": guess}, data, **options)


def test_a_study_is_read_as_it_was(data, tmp_path):
    study = both(data, tmp_path)
    found = kept_studies(tmp_path)[0]
    assert found.study.table == study.table
    assert found.study.sentences == study.sentences
    assert found.planned == 3  # with the baseline
    assert found.settings["A"] == {"setup": "guess"}
    assert found.environment["threads"] == "1"


def test_no_text_is_kept(data, tmp_path):
    both(data, tmp_path)
    written = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert data.test.texts[0] not in written


def test_a_sweep_has_its_options(tmp_path):
    sweep(steps, {"rate": [1, 2.5]}, None, seeds=[2], measure="steps", folder=tmp_path, progress=False)
    found = kept_studies(tmp_path)[0].study
    assert found.options == {"rate=1": {"rate": 1}, "rate=2.5": {"rate": 2.5}}
    assert found.part == "valid"
    assert [score.mean for score in found.table] == [2.0, 0.8]


def test_steps_until(data, tmp_path):
    until = StepsUntil("accuracy", 0.5, cap=9)
    study = both(data, tmp_path, measure=until)
    assert kept_studies(tmp_path)[0].study.measure == study.measure


def test_a_failure_is_read_too(tmp_path):
    compare({"A": steps}, None, seeds=2, measure="steps", folder=tmp_path, progress=False)
    found = kept_studies(tmp_path)[0].study
    assert (found.table[0].seeds, found.table[0].failed) == (1, 1)


def test_runs_that_are_yet_to_be_made(data, tmp_path):
    both(data, tmp_path)
    for path in tmp_path.glob("*.json"):
        path.unlink()
    found = kept_studies(tmp_path)[0]
    assert found.planned == 3
    assert [score.seeds for score in found.study.table] == [0, 0]


def test_several_in_their_order_and_each_once(data, tmp_path):
    for measure in ("steps", "seconds", "steps"):
        compare({"A": steps}, None, seeds=1, measure=measure, folder=tmp_path, progress=False)
    both(data, tmp_path)
    compare({"A": steps}, None, seeds=[3], measure="steps", folder=tmp_path, progress=False)
    found = [record.study for record in kept_studies(tmp_path)]
    assert [study.measure.name for study in found] == ["steps", "seconds", "accuracy"]
    assert found[0].runs["A"][0].seed == 3


def test_a_folder_without_studies(tmp_path):
    with pytest.raises(MissingFileError, match="the folder has no study"):
        kept_studies(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "measure": null}'])
def test_a_damaged_file(tmp_path, content):
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "001-0.json").write_text(content)
    with pytest.raises(DataError, match="does not hold a study"):
        kept_studies(tmp_path)


def test_a_damaged_run(data, tmp_path):
    both(data, tmp_path)
    next(tmp_path.glob("*.json")).write_text("{}")
    with pytest.raises(DataError, match="the run that it is named after"):
        kept_studies(tmp_path)


def test_settings():
    shown = settings_of(TextClassifier("mlp", epochs=3))
    assert (shown["setup"], shown["model"], shown["epochs"]) == ("TextClassifier", "mlp", "3")
    assert "max_length" not in shown  # None
    assert settings_of(MultinomialNB(alpha=0.5))["alpha"] == "0.5"
    long = settings_of(MultinomialNB(class_prior=["x" * 300]))["class_prior"]
    assert len(long) == 200
    assert long.endswith("…")
    json.dumps(shown)
