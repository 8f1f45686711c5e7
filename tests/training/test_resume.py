from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch.nn import functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, OneCycleLR, SequentialLR

from textclf.data import EncodedCorpus
from textclf.device import seed_everything
from textclf.errors import ArgumentError, DataError, TextclfError
from textclf.models import create_model
from textclf.training import Callback, Trainer, list_optimizers, load_tree, save_tree

VOCAB, CLASSES, STEPS = 20, 3, 6
posix_only = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


class Killed(Exception):
    pass


class KillAt(Callback):
    def __init__(self, *, step):
        self.step = step

    def on_step_end(self, trainer, result):
        if trainer.state.step == self.step:
            raise Killed


class KillAfterEpoch(Callback):
    def __init__(self, *, epoch):
        self.epoch = epoch

    def on_epoch_end(self, trainer, row):
        if row["epoch"] == self.epoch:
            raise Killed


class Counter(Callback):
    """A callback with a state of its own."""

    def __init__(self):
        self.steps = 0

    def on_step_end(self, trainer, result):
        self.steps += 1

    def state(self):
        return {"steps": self.steps, "$tensor": "a trap", "seen": torch.tensor([self.steps])}

    def load_state(self, state):
        assert state["$tensor"] == "a trap"
        assert state["seen"].tolist() == [state["steps"]]
        self.steps = state["steps"]


def corpus(count=4 * STEPS, *, seed=0, classes=CLASSES, names=None):
    random = np.random.default_rng(seed)
    labels = np.where(
        random.random(count) < 0.4, random.integers(0, classes, count), np.arange(count) % classes
    )
    texts = [[2 + i % classes, *random.integers(5, VOCAB, random.integers(0, 7))] for i in range(count)]
    return EncodedCorpus.from_lists(texts, labels, label_names=names)


def dan(seed=0, **options):
    seed_everything(seed)
    sizes = {"vocab_size": VOCAB, "num_classes": CLASSES, "embed_dim": 8, "hidden_dim": 8}
    sizes |= {"dropout": 0.5, "embedding_dropout": 0.0, "ngrams": 0}
    return create_model("dan", **{**sizes, **options})


def trainer(model=None, **options):
    given = {"epochs": 4, "batch_size": 4, "learning_rate": 0.05, "device": "cpu", "precision": "fp32"}
    given |= {"optimizer": "adamw", "weight_decay": 0.01, "schedule": "constant", "clip_norm": 1.0}
    given |= {"monitor": "accuracy", "patience": None, "progress": False}
    return Trainer(dan() if model is None else model, **{**given, **options})


def rows(history):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


def assert_same(left, right):
    """Assert that two trainers ended with the same weights and the same history, bit for bit."""
    ours, theirs = left.model.state_dict(), right.model.state_dict()
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []
    assert rows(left.history) == rows(right.history)
    assert left.history.best_epoch == right.history.best_epoch
    assert left.history.stopped == right.history.stopped


def check_resuming(folder, killer, *, valid=None, model=None, **options):
    """Run once without a break, and once killed and resumed with a model that starts elsewhere."""
    model = {} if model is None else model
    whole = trainer(dan(**model), **options)
    whole.fit(corpus(), valid)
    killed = trainer(dan(**model), run_folder=folder, callbacks=[killer], **options)
    with pytest.raises(Killed):
        killed.fit(corpus(), valid)
    resumed = trainer(dan(seed=99, **model), run_folder=folder, **options)
    resumed.fit(corpus(), valid, resume=True)
    assert_same(whole, resumed)
    return resumed


SETTINGS = {
    "adamw": {},
    "sgd with momentum": {"optimizer": "sgd", "optimizer_options": {"momentum": 0.9, "nesterov": True}},
    "multistep": {"schedule": "multistep", "schedule_options": {"milestones": [1, 2], "gamma": 0.3}},
    "cosine": {"schedule": "cosine", "schedule_options": {"warmup": 0.3, "final": 0.1}},
    "warmup_linear": {"schedule": "warmup_linear", "schedule_options": {"warmup": 0.5}},
    "plateau": {"schedule": "plateau", "schedule_options": {"patience": 0}},
    "one cycle": {"schedule": lambda optimizer, total: OneCycleLR(optimizer, 0.1, total_steps=total + 1)},
    "two in a row": {
        "schedule": lambda optimizer, total: SequentialLR(
            optimizer, [LinearLR(optimizer, total_iters=8), CosineAnnealingLR(optimizer, total)], [8]
        )
    },
    "average": {"ema_decay": 0.8},
    "accumulation": {"accumulate": 2},
    "accumulation, a remainder": {"accumulate": 4},
    "class weights and smoothing": {"class_weight": "balanced", "label_smoothing": 0.1, "clip_norm": None},
    "bf16": {"precision": "bf16"},
    "custom loss": {"loss": lambda logits, labels: F.multi_margin_loss(logits.float(), labels)},
    "no dropout": {"model": {"dropout": 0.0}},
    "token dropout": {"model": {"token_dropout": 0.3, "embedding_dropout": 0.3}},
    "n-grams": {"model": {"ngrams": 2}},
    "all at once": {
        "optimizer": "nadam",
        "schedule": "cosine",
        "ema_decay": 0.5,
        "accumulate": 2,
        "monitor": "macro_f1",
        "patience": 2,
    },
}


class TestBitForBit:
    @pytest.mark.parametrize("options", SETTINGS.values(), ids=SETTINGS)
    def test_killed_between_checkpoints_of_epochs(self, tmp_path, options):
        steps = -(-STEPS // options.get("accumulate", 1))
        killer = KillAt(step=2 * steps + 1)
        check_resuming(tmp_path / "run", killer, valid=corpus(13, seed=5), **options)

    @pytest.mark.parametrize("options", SETTINGS.values(), ids=SETTINGS)
    def test_killed_in_the_middle_of_an_epoch(self, tmp_path, options):
        steps = -(-STEPS // options.get("accumulate", 1))
        killer = KillAt(step=steps + 2 if steps > 2 else 2 * steps)
        check_resuming(tmp_path / "run", killer, valid=corpus(13, seed=5), checkpoint_every=1, **options)

    @pytest.mark.parametrize("optimizer", list_optimizers())
    def test_every_optimizer(self, tmp_path, optimizer):
        check_resuming(tmp_path / "run", KillAt(step=5), epochs=2, checkpoint_every=3, optimizer=optimizer)

    @pytest.mark.parametrize("step", [1, 2, 3, 5, 6, 7, 11, 12, 13, 18, 23, 24])
    def test_killed_at_any_step(self, tmp_path, step):
        if step <= 2:  # before the first checkpoint there is nothing to go on with
            with pytest.raises(Killed):
                trainer(run_folder=tmp_path / "run", callbacks=[KillAt(step=step)], checkpoint_every=2).fit(
                    corpus()
                )
            assert not (tmp_path / "run").exists()
        else:
            check_resuming(tmp_path / "run", KillAt(step=step), checkpoint_every=2)

    def test_killed_again_and_again(self, tmp_path):
        options = {"run_folder": tmp_path / "run", "checkpoint_every": 1, "ema_decay": 0.5}
        valid = corpus(13, seed=5)
        whole = trainer(ema_decay=0.5)
        whole.fit(corpus(), valid)
        for step in range(2, 4 * STEPS + 1, 2):
            its = trainer(dan(seed=step - 2), callbacks=[KillAt(step=step)], **options)
            with pytest.raises(Killed):
                its.fit(corpus(), valid, resume=step > 2)
        last = trainer(dan(seed=77), **options)
        last.fit(corpus(), valid, resume=True)
        assert_same(whole, last)

    def test_killed_after_validation_and_before_its_checkpoint(self, tmp_path):
        killer = KillAfterEpoch(epoch=3)
        check_resuming(tmp_path / "run", killer, valid=corpus(13, seed=5), monitor="loss")

    @pytest.mark.parametrize("without", [{"ema_decay": 0.8}, {"schedule": "plateau"}])
    def test_without_validation(self, tmp_path, without):
        check_resuming(tmp_path / "run", KillAt(step=15), **without)

    @pytest.mark.parametrize("monitor", ["loss", "accuracy", "macro_f1"])
    def test_early_stopping_goes_on_counting(self, tmp_path, monitor):
        options = {"epochs": 30, "patience": 3, "monitor": monitor, "learning_rate": 0.1}
        its = check_resuming(tmp_path / "run", KillAfterEpoch(epoch=4), valid=corpus(13, seed=5), **options)
        assert its.history.stopped == "patience"
        assert its.history.best_epoch == len(its.history) - 3

    def test_best_weights_of_before_the_kill_are_kept(self, tmp_path):
        valid = corpus(13, seed=5)
        options = {"epochs": 6, "monitor": "loss", "learning_rate": 0.2}
        its = check_resuming(tmp_path / "run", KillAfterEpoch(epoch=6), valid=valid, **options)
        assert its.history.best_epoch < 5
        assert its.evaluate(valid).loss == min(its.history["valid_loss"])

    @pytest.mark.parametrize("name", ["textcnn", "bilstm", "mlp"])
    def test_other_models(self, tmp_path, name):
        def make(seed):
            seed_everything(seed)
            small = {"textcnn": {"num_filters": 4}, "bilstm": {"hidden_dim": 4}, "mlp": {"hidden_dim": 4}}
            sizes = {"vocab_size": VOCAB, "num_classes": CLASSES, "embed_dim": 4}
            return create_model(name, **sizes, **small[name])

        whole = trainer(make(0), epochs=2)
        whole.fit(corpus())
        with pytest.raises(Killed):
            trainer(make(0), epochs=2, run_folder=tmp_path / "run", callbacks=[KillAt(step=8)]).fit(
                corpus()
            )
        resumed = trainer(make(1), epochs=2, run_folder=tmp_path / "run")
        resumed.fit(corpus(), resume=True)
        assert_same(whole, resumed)

    def test_an_optimizer_that_was_ready(self, tmp_path):
        def ready(seed=0):
            model = dan(seed)
            return model, torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)

        model, optimizer = ready()
        whole = trainer(model, optimizer=optimizer)
        whole.fit(corpus())
        model, optimizer = ready()
        folder = tmp_path / "run"
        with pytest.raises(Killed):
            trainer(model, optimizer=optimizer, run_folder=folder, callbacks=[KillAt(step=9)]).fit(corpus())
        model, optimizer = ready(seed=3)
        resumed = trainer(model, optimizer=optimizer, run_folder=folder)
        resumed.fit(corpus(), resume=True)
        assert_same(whole, resumed)

    def test_the_same_trainer_resumed_after_ctrl_c(self, tmp_path):
        class Press(Callback):
            def on_step_end(self, trainer, result):
                if trainer.state.step == 15 and not hasattr(self, "pressed"):
                    self.pressed = True
                    raise KeyboardInterrupt

        whole = trainer()
        whole.fit(corpus())
        its = trainer(run_folder=tmp_path / "run", callbacks=[Press()])
        assert its.fit(corpus()).stopped == "interrupted"
        its.fit(corpus(), resume=True)
        assert_same(whole, its)


PROGRAM = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import importlib.util
spec = importlib.util.spec_from_file_location("resume_tests", sys.argv[2])
tests = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tests)
from textclf.training import Callback, checkpoint

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Die(Callback):
    def on_step_end(self, trainer, result):
        if trainer.state.step == 9:
            die()

saves = []
whole_file = checkpoint.save_file
def half_a_file(tensors, path, metadata):
    saves.append(path)
    whole_file(tensors, path, metadata=metadata)
    if len(saves) == 4:
        os.truncate(path, os.path.getsize(path) // 2)
        die()

options = {"run_folder": sys.argv[3], "checkpoint_every": 2}
if sys.argv[4] == "step":
    options["callbacks"] = [Die()]
else:
    checkpoint.save_file = half_a_file
tests.trainer(**options).fit(tests.corpus(), tests.corpus(13, seed=5))
"""


@posix_only
@pytest.mark.parametrize("where", ["step", "save"])
@pytest.mark.full_size  # the child process has tables of full size
def test_a_process_that_is_killed(tmp_path, where):
    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "", __file__, str(folder), where], capture_output=True, text=True
    )
    assert done.returncode == -9, done.stderr
    left_behind = [path.name for path in folder.iterdir() if path.suffix == ".tmp"]
    assert len(left_behind) == (where == "save")
    whole = trainer()
    whole.fit(corpus(), corpus(13, seed=5))
    resumed = trainer(dan(seed=4), run_folder=folder, checkpoint_every=2)
    resumed.fit(corpus(), corpus(13, seed=5), resume=True)
    assert_same(whole, resumed)


class TestFinishedRuns:
    def test_resuming_one_changes_nothing(self, tmp_path):
        valid = corpus(13, seed=5)
        first = trainer(run_folder=tmp_path / "run")
        first.fit(corpus(), valid)
        written = (tmp_path / "run" / "checkpoint.safetensors").read_bytes()
        again = trainer(dan(seed=8), run_folder=tmp_path / "run")
        again.fit(corpus(), valid, resume=True)
        assert_same(first, again)
        assert (tmp_path / "run" / "checkpoint.safetensors").read_bytes() == written

    @pytest.mark.parametrize("schedule", ["constant", "plateau"])
    def test_more_epochs_make_a_run_longer(self, tmp_path, schedule):
        valid = corpus(13, seed=5)
        trainer(epochs=2, schedule=schedule, run_folder=tmp_path / "run").fit(corpus(), valid)
        longer = trainer(dan(seed=8), epochs=4, schedule=schedule, run_folder=tmp_path / "run")
        longer.fit(corpus(), valid, resume=True)
        whole = trainer(epochs=4, schedule=schedule)
        whole.fit(corpus(), valid)
        assert_same(whole, longer)

    def test_more_patience_makes_a_run_longer(self, tmp_path):
        valid = corpus(13, seed=5)
        options = {"epochs": 9, "monitor": "loss", "learning_rate": 0.2}
        short = trainer(run_folder=tmp_path / "run", patience=1, **options)
        assert short.fit(corpus(), valid).stopped == "patience"
        longer = trainer(run_folder=tmp_path / "run", patience=4, **options)
        longer.fit(corpus(), valid, resume=True)
        whole = trainer(patience=4, **options)
        whole.fit(corpus(), valid)
        assert_same(whole, longer)
        assert len(whole.history) > len(short.history)

    def test_a_run_that_a_callback_ended_stays_ended(self, tmp_path):
        class Enough(Callback):
            def on_epoch_end(self, trainer, row):
                if row["epoch"] == 2:
                    trainer.stop()

        trainer(run_folder=tmp_path / "run", callbacks=[Enough()]).fit(corpus())
        history = trainer(run_folder=tmp_path / "run").fit(corpus(), resume=True)
        assert (len(history), history.stopped) == (2, "callback")


class TestCallbacks:
    def interrupted(self, folder):
        with pytest.raises(Killed):
            trainer(run_folder=folder, callbacks=[Counter(), KillAt(step=9)]).fit(corpus())

    def test_their_state_comes_back(self, tmp_path):
        self.interrupted(tmp_path / "run")
        counter = Counter()
        trainer(run_folder=tmp_path / "run", callbacks=[counter]).fit(corpus(), resume=True)
        assert counter.steps == 4 * STEPS

    def test_others_may_come_and_go(self, tmp_path):
        self.interrupted(tmp_path / "run")
        counter = Counter()
        its = trainer(
            run_folder=tmp_path / "run", callbacks=[KillAfterEpoch(epoch=99), counter], progress=True
        )
        its.fit(corpus(), resume=True)
        assert counter.steps == 4 * STEPS

    def test_one_with_a_state_may_not_go(self, tmp_path):
        self.interrupted(tmp_path / "run")
        with pytest.raises(ArgumentError, match="`callbacks` must be those of the run, with a Counter"):
            trainer(run_folder=tmp_path / "run").fit(corpus(), resume=True)

    def test_two_of_a_kind_keep_their_order(self, tmp_path):
        left, right = Counter(), Counter()
        right.steps = 100
        with pytest.raises(Killed):
            trainer(run_folder=tmp_path / "run", callbacks=[left, right, KillAt(step=9)]).fit(corpus())
        left, right = Counter(), Counter()
        trainer(run_folder=tmp_path / "run", callbacks=[left, right]).fit(corpus(), resume=True)
        assert (left.steps, right.steps) == (24, 124)


class TestOtherRuns:
    """A checkpoint of other data or settings is refused, and nothing is touched."""

    def refused(self, folder, message, *, train=None, valid=None, model=None, **options):
        its = trainer(dan() if model is None else model, run_folder=folder, **options)
        before = {name: value.clone() for name, value in its.model.state_dict().items()}
        written = (folder / "checkpoint.safetensors").read_bytes()
        valid = corpus(13, seed=5) if valid is None else valid
        with pytest.raises(ArgumentError, match=message):
            its.fit(corpus() if train is None else train, valid or None, resume=True)
        assert all(torch.equal(value, before[name]) for name, value in its.model.state_dict().items())
        assert (folder / "checkpoint.safetensors").read_bytes() == written

    @pytest.fixture
    def folder(self, tmp_path):
        trainer(epochs=1, run_folder=tmp_path / "run").fit(corpus(), corpus(13, seed=5))
        return tmp_path / "run"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"seed": 1}, "of the same run, with seed 0. Received: 1. Use"),
            ({"batch_size": 5}, "with batch_size 4. Received: 5"),
            ({"accumulate": 2}, "with accumulate 1. Received: 2"),
            ({"learning_rate": 0.01}, "with learning_rate 0.05. Received: 0.01"),
            ({"weight_decay": 0.5}, "with weight_decay 0.01. Received: 0.5"),
            ({"optimizer": "sgd"}, "with optimizer 'AdamW'. Received: 'SGD'"),
            (
                {"optimizer_options": {"eps": 1e-6}},
                r"with optimizer_options None. Received: {'eps': 1e-06}",
            ),
            ({"schedule": "plateau"}, "with schedule 'constant'. Received: 'plateau'"),
            ({"schedule": "cosine"}, "with schedule 'constant'. Received: 'cosine'"),
            ({"monitor": "loss"}, "with monitor 'accuracy'. Received: 'loss'"),
            ({"clip_norm": None}, "with clip_norm 1.0. Received: None"),
            ({"loss": F.cross_entropy}, "with loss None. Received: '<function cross_entropy>'"),
            ({"class_weight": [1, 2, 3]}, r"with class_weight None. Received: \[1.0, 2.0, 3.0\]"),
            ({"label_smoothing": 0.1}, "with label_smoothing 0.0. Received: 0.1"),
            ({"ema_decay": 0.9}, "with ema_decay None. Received: 0.9"),
            ({"precision": "bf16"}, "with precision 'torch.float32'. Received: 'torch.bfloat16'"),
        ],
    )
    def test_other_settings(self, folder, options, message):
        self.refused(folder, message, **options)

    def test_another_number_of_epochs_if_the_schedule_depends_on_it(self, tmp_path):
        options = {"schedule": "cosine", "run_folder": tmp_path / "run"}
        trainer(epochs=1, **options).fit(corpus())
        with pytest.raises(ArgumentError, match="with epochs 1. Received: 2"):
            trainer(epochs=2, **options).fit(corpus(), resume=True)

    def test_options_of_the_schedule(self, tmp_path):
        options = {"schedule": "multistep", "run_folder": tmp_path / "run"}
        trainer(epochs=1, schedule_options={"milestones": [2]}, **options).fit(corpus())
        with pytest.raises(ArgumentError, match="with schedule_options {'milestones': .2.}. Received"):
            trainer(schedule_options={"milestones": [3]}, **options).fit(corpus(), resume=True)

    def test_tuples_in_options_are_the_same_run(self, tmp_path):
        options = {"optimizer_options": {"betas": (0.8, 0.9)}, "run_folder": tmp_path / "run"}
        trainer(epochs=1, **options).fit(corpus())
        assert len(trainer(epochs=2, **options).fit(corpus(), resume=True)) == 2

    def test_other_texts(self, folder):
        self.refused(folder, "with training data '24 texts, .* digest", train=corpus(seed=7))

    def test_other_labels(self, folder):
        train = corpus()
        train = train.with_labels((train.labels + 1) % CLASSES)
        self.refused(folder, "with training data '24 texts, .* digest", train=train)

    def test_other_validation(self, folder):
        self.refused(folder, "with validation data '13 texts, .* digest", valid=corpus(13, seed=6))

    def test_no_validation(self, folder):
        with pytest.raises(ArgumentError, match="with validation data '13 texts.*Received: None"):
            trainer(run_folder=folder).fit(corpus(), resume=True)

    def test_another_kind_of_model(self, folder):
        other = create_model("textcnn", vocab_size=VOCAB, num_classes=CLASSES, num_filters=2)
        self.refused(folder, "with model 'MLP'. Received: 'TextCNN'", model=other)

    def test_other_options_of_the_model(self, folder):
        self.refused(folder, "with model option dropout 0.5. Received: 0.1", model=dan(dropout=0.1))

    def test_other_shapes(self, tmp_path):
        class Plain(torch.nn.Module):
            def __init__(self, width):
                super().__init__()
                self.table = torch.nn.EmbeddingBag(VOCAB, width)
                self.linear = torch.nn.Linear(width, CLASSES)

            def forward(self, token_ids, lengths):
                return self.linear(self.table(token_ids))

        folder = tmp_path / "run"
        trainer(Plain(4), epochs=1, run_folder=folder).fit(corpus(), corpus(13, seed=5))
        message = (
            r"`model` must be that of the run, with linear.weight of shape \(3, 4\). Received: \(3, 5\)"
        )
        self.refused(folder, message, model=Plain(5))


class TestFolder:
    def test_what_is_written(self, tmp_path):
        its = trainer(run_folder=tmp_path / "new" / "run")
        its.fit(corpus(), corpus(13, seed=5))
        names = sorted(path.name for path in (tmp_path / "new" / "run").iterdir())
        assert names == ["checkpoint.safetensors", "findings.json", "history.jsonl"]
        lines = (tmp_path / "new" / "run" / "history.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines[:-1]] == its.history.rows
        assert json.loads(lines[-1]) == {"best_epoch": its.history.best_epoch, "stopped": "epochs"}

    def test_a_checkpoint_has_all_of_the_run(self, tmp_path):
        its = trainer(run_folder=tmp_path / "run", ema_decay=0.5)
        its.fit(corpus(), corpus(13, seed=5))
        tree = load_tree(tmp_path / "run" / "checkpoint.safetensors")
        assert tree["state"]["step"] == 4 * STEPS
        assert tree["history"]["rows"] == its.history.rows
        assert torch.equal(tree["best"]["classifier.weight"], its.model.classifier.weight)

    def test_mid_epoch_checkpoints(self, tmp_path):
        written = []

        class Watch(Callback):
            def on_step_end(self, trainer, result):
                path = tmp_path / "run" / "checkpoint.safetensors"
                written.append(path.stat().st_mtime_ns if path.exists() else 0)

        trainer(run_folder=tmp_path / "run", checkpoint_every=4, epochs=2, callbacks=[Watch()]).fit(
            corpus()
        )
        # After steps 4 and 8, and after step 6, with which the first epoch ends.
        assert [step for step, (a, b) in enumerate(pairwise(written), start=1) if a != b] == [4, 6, 8]

    def test_no_folder_no_files(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        trainer(checkpoint_every=1).fit(corpus())
        assert list(tmp_path.iterdir()) == []


class TestDamage:
    @pytest.fixture
    def file(self, tmp_path):
        trainer(epochs=1, run_folder=tmp_path / "run").fit(corpus())
        return tmp_path / "run" / "checkpoint.safetensors"

    def resume(self, file):
        trainer(dan(), run_folder=file.parent, epochs=1).fit(corpus(), resume=True)

    @pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.3, 0.9, 0.9999])
    def test_cut(self, file, share):
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(DataError, match="checkpoint.safetensors: the file must be"):
            self.resume(file)

    def test_not_a_checkpoint(self, file):
        file.write_text("hello" * 100)
        with pytest.raises(DataError, match="must be a whole safetensors file"):
            self.resume(file)

    def test_weights_alone(self, file):
        torch_file = torch.ones(2)
        from textclf.training import save_weights

        save_weights(file, {"a": torch_file})
        with pytest.raises(DataError, match="must be a textclf checkpoint"):
            self.resume(file)

    @pytest.mark.parametrize(
        "part",
        ["identity", "state", "history", "model", "best", "optimizer", "schedule", "random", "callbacks"],
    )
    @pytest.mark.parametrize("damage", ["missing", "of another type"])
    def test_parts(self, file, part, damage):
        tree = load_tree(file)
        if damage == "missing":
            del tree[part]
        elif part == "best":
            return  # whatever it is, nothing is done with it here
        else:
            tree[part] = 3
        save_tree(file, tree)
        with pytest.raises(DataError, match="checkpoint.safetensors: the checkpoint must be whole"):
            self.resume(file)

    def test_flipped_bytes_end_in_an_error_of_the_library_or_in_none(self, file):
        content = file.read_bytes()
        header = 8 + int.from_bytes(content[:8], "little")
        random = np.random.default_rng(0)
        outcomes = set()
        for _ in range(60):
            damaged = bytearray(content)
            for place in random.integers(0, header, 3):
                damaged[place] = random.integers(0, 256)
            file.write_bytes(damaged)
            try:
                self.resume(file)
                outcomes.add("none")
            except TextclfError as error:
                outcomes.add(type(error).__name__)
        assert "DataError" in outcomes

    def test_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="checkpoint.safetensors: the file does not exist"):
            trainer(run_folder=tmp_path / "run").fit(corpus(), resume=True)
        assert not (tmp_path / "run").exists()

    def test_no_pickle_is_written(self, file):
        with safe_open(file, framework="pt") as opened:
            assert json.loads(opened.metadata()["tree"])["state"]["epoch"] == 1
        assert b"torch._utils" not in file.read_bytes()
