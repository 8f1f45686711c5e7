from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from textclf import create_model, list_models
from textclf.errors import DataError, MissingFileError
from textclf.models import MODELS, Classifier, model_name, records_options
from textclf.saved_model.weights import load_model
from textclf.training.checkpoint import save_weights
from textclf.training.int8 import quantized

SIZES = {"vocab_size": 9, "num_classes": 2}


@pytest.fixture
def load(tmp_path):
    """Save a model, and load its weights with other options."""

    def saved_and_loaded(model, name=None, weights=None, **changes):
        save_weights(tmp_path / "weights.safetensors", weights or model.state_dict())
        options = {**model.config, **changes}
        name = model_name(model) if name is None else name
        file = tmp_path / "weights.safetensors"
        return load_model(file, name, options, config_file=tmp_path / "config.json")

    return saved_and_loaded


@pytest.mark.parametrize("vectors", [None, torch.randn(9, 5)], ids=["random", "vectors"])
@pytest.mark.parametrize("name", list_models())
def test_every_model_is_measured_before_it_is_made(load, name, vectors, monkeypatch):
    if name == "fasttext" and vectors is not None:
        pytest.skip("it has no vectors")
    model = create_model(name, **SIZES, embedding=vectors)
    devices = []
    made = MODELS.get(model_name(model))

    def spy(**options):
        its = made(**options)
        devices.append({parameter.device.type for parameter in its.parameters()})
        return its

    monkeypatch.setitem(MODELS._factories, "spy", spy)
    loaded = load(model, "spy")
    assert devices == [{"meta"}, {"cpu"}]
    for key, value in model.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[key], value, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("embed_dim", 10**9),
        ("hidden_dim", 10**9),
        ("hidden_dim", 10**18),
        ("num_layers", 10**9),
        ("num_layers", 50),
        ("vocab_size", 10**12),
        ("num_classes", 10**12),
        ("ngrams", 3),
        ("embedding", [10**6, 10**6]),
        ("embedding", [9, 10**400]),
    ],
)
@pytest.mark.row("options that make a model of any size")
def test_sizes_that_an_enemy_wrote_take_no_memory(load, option, value):
    model = create_model("bilstm", **SIZES, embed_dim=5, hidden_dim=4, ngrams=0)
    with pytest.raises(
        DataError, match=r"weights.safetensors: the weights must be those of|cannot be made"
    ):
        load(model, **{option: value})


@pytest.mark.skipif(os.name != "posix", reason="the memory of a process is asked in POSIX's way")
def test_their_memory_in_fact(tmp_path):
    program = """
import resource, sys
from pathlib import Path
from textclf import create_model
from textclf.saved_model.weights import load_model
from textclf.training.checkpoint import save_weights
from textclf.errors import DataError
model = create_model("textcnn", vocab_size=9, num_classes=2, embed_dim=5, num_filters=4, ngrams=0)
file = Path(sys.argv[1]) / "weights.safetensors"
save_weights(file, model.state_dict())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for change in ({"embed_dim": 10**7}, {"num_filters": 10**8}, {"kernel_widths": [10**8, 4, 5]}):
    try:
        load_model(file, "textcnn", {**model.config, **change}, config_file=file)
    except DataError:
        pass
    else:
        print("loaded", change)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024 < 100)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True"]


@pytest.mark.row("weights of other shapes or types, a header of safetensors that lies")
def test_the_difference_is_named(load):
    model = create_model("dan", **SIZES, embed_dim=5, hidden_dim=4, ngrams=0)
    with pytest.raises(
        DataError,
        match=r"'mlp' with the options in config.json. classifier.weight must be float32 \[2, 7\]. Rec",
    ):
        load(model, hidden_dim=7)


@pytest.mark.row("weights of other shapes or types, a header of safetensors that lies")
def test_weights_of_another_kind(load):
    model = create_model("dan", **SIZES, embed_dim=5, hidden_dim=4, ngrams=0)
    complex_ones = {name: value.to(torch.complex64) for name, value in model.state_dict().items()}
    with pytest.raises(
        DataError, match=r"classifier.bias must be float32 \[2\]. Received: complex64 \[2\]"
    ):
        load(model, weights=complex_ones)


@pytest.mark.parametrize(
    ("names", "message"), [({"more"}, "more must be left out. Received"), (set(), "Received: left out")]
)
def test_weights_too_many_or_too_few(load, names, message):
    model = create_model("dan", **SIZES, embed_dim=5, hidden_dim=4, ngrams=0)
    weights = {**model.state_dict(), **dict.fromkeys(names, torch.zeros(1))}
    if not names:
        del weights["classifier.bias"]
    with pytest.raises(DataError, match=message):
        load(model, weights=weights)


@pytest.mark.parametrize("name", [None, 3, ["mlp"]])
def test_what_is_no_name(tmp_path, name):
    save_weights(tmp_path / "weights.safetensors", {"a": torch.zeros(1)})
    with pytest.raises(DataError, match="config.json: `model` must be a name"):
        load_model(tmp_path / "weights.safetensors", name, {}, config_file=tmp_path / "config.json")


def test_no_weights(tmp_path):
    with pytest.raises(MissingFileError, match=r"weights.safetensors"):
        load_model(tmp_path / "weights.safetensors", "mlp", {}, config_file=tmp_path / "config.json")


def test_a_class_that_looks_at_its_values_when_made(load, monkeypatch):
    monkeypatch.setattr(MODELS, "_factories", {**MODELS._factories})

    @MODELS.register("looks")
    class Looks(Classifier):
        @records_options
        def __init__(self, *, vocab_size, num_classes):
            super().__init__(vocab_size=vocab_size, num_classes=num_classes)
            self.bias = torch.nn.Parameter(torch.ones(num_classes))
            self.largest = self.bias.max().item()

    loaded = load(Looks(**SIZES))
    assert loaded.largest == 1.0


def test_scales_of_integers_that_do_not_fit(load):
    model = create_model("dan", vocab_size=9, num_classes=2)
    weights = quantized(model.state_dict())
    name = next(name for name in weights if name.endswith(".scale"))
    weights[name] = weights[name][:0]
    with pytest.raises(DataError, match=rf"weights.safetensors.*'{name}' must be .* numbers of 32 bits"):
        load(model, weights=weights)
