"""Each test has a process of its own, since an import is for good."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGIN = """
import sys
import torch
import textclf
from textclf.training import Callback

encoder, corpus = textclf.TextEncoder.build_and_encode(["a b", "c d"] * 8, ["x", "y"] * 8)
callbacks = []
here = lambda: "torch._dynamo" in sys.modules
"""
FIT = """
model = textclf.create_model("MODEL", vocab_size=encoder.vocab_size, num_classes=2)
options = {"epochs": 2, "batch_size": 4, "callbacks": callbacks, "run_folder": "FOLDER", "progress": False}
textclf.Trainer(model, **options).fit(corpus)
print(here())
"""
AFTER = """
torch.optim.SGD(model.parameters(), lr=0.1).zero_grad()
print(here(), torch.optim.Optimizer.zero_grad.__wrapped__.__dynamo_disable is not torch.optim.Optimizer.zero_grad)
print(torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1)).item())
"""
COMPILED = """
class Compiled(Callback):
    def on_step_end(self, trainer, result):
        METHOD


callbacks = [Compiled()]
"""


def shown(*parts: str, **names: object) -> list[str]:
    script = "".join(parts)
    for name, value in names.items():
        script = script.replace(name, str(value))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("model", ["fasttext", "dan"])
def test_a_run_does_not_import_it_and_leaves_torch_as_it_was(tmp_path, model):
    found = shown(BEGIN, FIT, AFTER, MODEL=model, FOLDER=tmp_path / "run")
    assert found == ["False", "True", "True", "2.0"]


def test_where_it_is_there_it_stays(tmp_path):
    found = shown(BEGIN, "import torch._dynamo\n", FIT, AFTER, MODEL="dan", FOLDER=tmp_path / "run")
    assert found == ["True", "True", "True", "2.0"]


@pytest.mark.parametrize(
    "method",
    [
        'torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1))',
        "from torch._dynamo.utils import counters",
        "import torch._dynamo.config",
    ],
)
def test_a_step_may_ask_for_it(tmp_path, method):
    found = shown(BEGIN, COMPILED, FIT, AFTER, METHOD=method, MODEL="dan", FOLDER=tmp_path / "run")
    assert found == ["True", "True", "True", "2.0"]
