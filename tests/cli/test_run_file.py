from __future__ import annotations

import tomllib

import pytest

from textclf.classifier import TextClassifier
from textclf.cli.parser import UsageError
from textclf.cli.run_file import classifier_options, merge_run, read_run, run_text
from textclf.errors import ArgumentError, DataError, MissingFileError, UnknownOptionError


@pytest.fixture
def config(tmp_path):
    def write(text):
        (tmp_path / "run.toml").write_text(text, encoding="utf-8")
        return str(tmp_path / "run.toml")

    return write


def test_paths_are_seen_from_the_file(config, tmp_path):
    found = read_run(config('train = "a.tsv"\nout = "/tmp/out"\nepochs = 3\n'))
    assert found == {"train": str(tmp_path / "a.tsv"), "out": "/tmp/out", "epochs": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "seed = 1\nepoch = 3\n",
            r"run\.toml, line 2: there is no option 'epoch'\. Did you mean 'epochs'\?",
        ),
        (
            "seed = 1\n[modeloptions]\na = 1\n",
            r"line 2: there is no option 'modeloptions'.*'model_options'",
        ),
        (
            "[model_options]\nnum_filter = 3\n",
            r"line 2: `model_options` must hold options of.*'num_filters'",
        ),
        ("model_options.num_filter = 3\n", r"line 1: `model_options` must hold.*'num_filters'"),
        (
            "[trainer_options]\n\nseed = 3\n",
            r"line 3: `trainer_options` must be without 'seed'",
        ),
        ("model_options = 3\n", r"line 1: `model_options` must be a dictionary of options"),
        ("train = 3\n", r"line 1: `train` must be a path, a string\. Received: 3"),
        ('json = "yes"\n', r"line 1: `json` must be True or False"),
        ("a = \n", r"run\.toml: the file is not TOML\. .*line 1"),
    ],
)
@pytest.mark.row("an option, a command or a key in `--config` that does not exist")
def test_what_is_wrong_is_named_with_its_line(config, text, message):
    with pytest.raises(DataError, match=message):
        read_run(config(text))


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(MissingFileError, match="does not exist"):
        read_run(str(tmp_path / "none.toml"))
    (tmp_path / "a.toml").write_bytes(b'model = "\xff"')
    with pytest.raises(DataError, match="not UTF-8"):
        read_run(str(tmp_path / "a.toml"))


def test_the_command_line_wins_over_the_file_and_set_adds(config):
    path = config("epochs = 3\nseed = 1\n[model_options]\nnum_filters = 8\ndropout = 0.1\n")
    found = merge_run(
        {"config": path, "seed": 2, "set": ["model_options.dropout=0.3", "trainer_options.clip_norm=none"]}
    )
    assert found == {
        "epochs": 3,
        "seed": 2,
        "model_options": {"num_filters": 8, "dropout": 0.3},
        "trainer_options": {"clip_norm": "none"},
    }
    assert classifier_options(found)["trainer_options"] == {"clip_norm": None}


def test_the_options_of_the_file_are_of_the_model_that_the_command_line_names(config):
    path = config("[model_options]\nnum_filters = 8\n")
    with pytest.raises(DataError, match="line 2: `model_options` must hold options of model 'lstm'"):
        merge_run({"config": path, "model": "lstm"})
    path = config("[model_options]\npooling = 'max'\n")
    with pytest.raises(DataError, match="line 2: `model_options` must hold options of model 'textcnn'"):
        merge_run({"config": path})
    assert merge_run({"config": path, "model": "lstm"})["model_options"] == {"pooling": "max"}


@pytest.mark.parametrize(
    "setting", ["dropout=0.3", "model_options=3", "model_options.dropout", "epochs=3", ""]
)
def test_a_setting_of_another_form_is_refused(setting):
    with pytest.raises(UsageError, match=r"`--set` must be GROUP\.OPTION=VALUE.*model_options"):
        merge_run({"set": [setting]})


def test_a_setting_that_does_not_exist_names_the_near_matches():
    with pytest.raises(UnknownOptionError, match="'num_filters'"):
        merge_run({"set": ["model_options.num_filter=3"]})


def test_the_file_of_a_run_gives_the_same_options(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = {
        "train": "a.tsv",
        "text": 1,
        "label": "the label",
        "delimiter": "\t",
        "patience": "none",
        "class_weight": {"pos": 2.0},
        "model_options": {"num_filters": 8},
        "trainer_options": {
            "clip_norm": "none",
            "optimizer": "sgd",
            "optimizer_options": {"momentum": 0.9},
        },
        "out": "elsewhere",
        "quiet": True,
    }
    made = TextClassifier(**classifier_options(options))
    text = run_text(options, made)
    again = merge_run({"config": config(text)})
    assert classifier_options(again)["patience"] is None
    remade = TextClassifier(**classifier_options(again))
    assert remade.get_params() == made.get_params()
    assert again["train"] == str(tmp_path / "a.tsv")
    assert {name: again[name] for name in ("text", "label", "delimiter")} == {
        "text": 1,
        "label": "the label",
        "delimiter": "\t",
    }
    assert not {"out", "quiet", "progress"} & set(again)


def test_every_default_is_written(tmp_path):
    found = tomllib.loads(run_text({"train": "a"}, TextClassifier()))
    unwritten = {name for name, value in TextClassifier().get_params(deep=False).items() if value is None}
    assert set(found) == {"train", *TextClassifier().get_params(deep=False)} - unwritten - {"progress"}


def test_what_cannot_be_written_is_an_error():
    with pytest.raises(ArgumentError, match="`text` must be writable in UTF-8"):
        run_text({"text": "\udcff"}, TextClassifier())
