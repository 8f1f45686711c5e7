"""Two processes that torchrun starts, against one. They run this file as a script, once for all tests."""

from __future__ import annotations

import dataclasses
import functools
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F

from textclf.data import Batch, EncodedCorpus
from textclf.device import seed_everything
from textclf.errors import ArgumentError, DeviceError
from textclf.layers import ngrams
from textclf.models import create_model
from textclf.training import Callback, Processes, ProgressBar, Trainer, load_tree, save_tree
from textclf.training.distributed import Interrupt
from textclf.training.feeding import Share

VOCAB, CLASSES = 20, 3
RANK = int(os.environ.get("RANK", "0"))


def corpus(count=47, *, seed=0):
    random = np.random.default_rng(seed)
    labels = np.where(random.random(count) < 0.3, 0, np.arange(count) % CLASSES)
    texts = [[2 + i % CLASSES, *random.integers(5, VOCAB, random.integers(0, 7))] for i in range(count)]
    return EncodedCorpus.from_lists(texts, labels)


def tokens(seed=0):
    """Texts whose tokens have labels; many have no token at all."""
    random = np.random.default_rng(seed)
    texts = [random.integers(5, VOCAB, n) for n in (4, 0, 0, 3, 0, 1, 6, 0, 0, 0, 2)]
    return EncodedCorpus.from_lists(texts, [text % CLASSES for text in texts], token_labels=True)


def heads(seed=0):
    """The same with two labels a token."""
    data = tokens(seed)
    labels = np.stack([data.labels % 2, data.labels], axis=1)
    return data.with_labels(labels, {"odd": ["no", "yes"], "rest": [0, 1, 2]}, token_labels=True)


def joint():
    seed_everything(1 + RANK)
    rates = {"dropout": 0.0, "embedding_dropout": 0.0, "embed_dim": 6, "hidden_dim": 4}
    return create_model("joint_rnn", vocab_size=VOCAB, num_classes={"odd": 2, "rest": CLASSES}, **rates)


def several(seed=0):
    """Texts of which each has any of the labels, or none."""
    data = corpus(seed=seed)
    random = np.random.default_rng(seed)
    return data.with_labels(random.random((len(data), CLASSES)) < 0.4)


def zoo(name, *, dropout=0.0, ngrams=0):
    seed_everything(1 + RANK)  # the second process starts with other weights, which must not matter
    sizes = {"textcnn": {"num_filters": 4}, "bilstm": {"hidden_dim": 4}, "dan": {"hidden_dim": 8}}[name]
    rates = {"dropout": dropout, "embedding_dropout": dropout, "token_dropout": dropout, "ngrams": ngrams}
    return create_model(name, vocab_size=VOCAB, num_classes=CLASSES, embed_dim=6, **rates, **sizes)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        seed_everything(1)
        self.table = nn.Embedding(VOCAB, CLASSES)

    def forward(self, token_ids, lengths):
        return self.table(token_ids)


class Moody(nn.Module):
    """Texts of more than four tokens take part of the network that the others leave without a gradient."""

    def __init__(self):
        super().__init__()
        seed_everything(1)
        self.table = nn.EmbeddingBag(VOCAB, CLASSES, padding_idx=0)
        self.extra = nn.Linear(CLASSES, CLASSES)
        self.idle = nn.Linear(1, 1)

    def forward(self, token_ids, lengths):
        scores = self.table(token_ids)
        return scores + self.extra(scores) if token_ids.shape[1] > 4 else scores


def trainer(model, kind=Trainer, **options):
    given = {"epochs": 4, "batch_size": 8, "learning_rate": 0.02, "device": "cpu", "precision": "fp32"}
    given |= {"schedule": "cosine", "patience": None, "progress": False, "seed": 3}
    return kind(model, **{**given, **options})


def outcome(its):
    history = its.history
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in history]
    ends = {"stopped": history.stopped, "best_epoch": history.best_epoch}
    return {"weights": its.model.state_dict(), "rows": rows, "step": its.state.step, **ends}


def fitted(model, *, train=None, valid=None, **options):
    its = trainer(model, **options)
    its.fit(corpus() if train is None else train, corpus(15, seed=5) if valid is None else valid)
    return its


class OneHasRows(Trainer):
    """Learns from every other row of a batch: the first process's share. The second has none left."""

    def train_step(self, batches):
        return super().train_step([self.cut(batch) for batch in batches])

    def cut(self, batch):
        if self.processes.count == 1:
            return Batch(batch.token_ids[::2], batch.lengths[::2], batch.labels[::2], batch.indices[::2])
        if self.processes.first:
            return dataclasses.replace(batch, num_labels_of_all=batch.num_labels)
        count = batch.num_labels_of_all - batch.num_labels
        label = batch.labels[:1] if batch.multi_label else batch.labels[:1] * 0 - 100
        row = Batch(batch.token_ids[:1], batch.lengths[:1], label, batch.indices[:0])
        return Share(**vars(row), num_labels=0, num_labels_of_all=count)


STOPPING = {"epochs": 30, "patience": 2, "monitor": "macro_f1", "learning_rate": 0.05}
SAME_AS_ONE = {
    "textcnn": lambda: fitted(zoo("textcnn"), class_weight="balanced", **STOPPING),
    "bilstm": lambda: fitted(zoo("bilstm"), class_weight={0: 0.5, 2: 3.0}, **STOPPING),
    "n-grams": lambda: fitted(zoo("dan", ngrams=2)),
    "accumulation": lambda: fitted(zoo("dan"), accumulate=3, label_smoothing=0.1, clip_norm=0.1),
    "average": lambda: fitted(zoo("dan"), ema_decay=0.8, schedule="plateau", monitor="loss"),
    "one has rows": lambda: fitted(zoo("textcnn"), kind=OneHasRows),
    "token labels": lambda: fitted(Tagger(), train=tokens(), valid=tokens(1), batch_size=2, accumulate=2),
    "several heads": lambda: fitted(
        joint(), train=heads(), valid=heads(1), batch_size=2, loss={"odd": 0.3, "rest": 0.7}, accumulate=2
    ),
    "several labels": lambda: fitted(
        zoo("textcnn"), train=several(), valid=several(1), class_weight="balanced", accumulate=2
    ),
    "one has several labels": lambda: fitted(
        zoo("textcnn"), train=several(), valid=several(1), kind=OneHasRows
    ),
    "unused parameters": lambda: fitted(Moody(), weight_decay=0.5),
}


class At(Callback):
    """Does something at one step."""

    def __init__(self, step, act):
        self.step, self.act = step, act

    def on_step_end(self, trainer, result):
        if trainer.state.step == self.step:
            self.act(trainer)


class Killed(Exception):
    pass


def kill(trainer):
    raise Killed


def press_ctrl_c(trainer):
    if RANK == 1:
        os.kill(os.getpid(), signal.SIGINT)


def stop_in_second(trainer):
    if RANK == 1:
        trainer.stop("enough")


class Draws(Callback):
    """Keeps the random numbers that come after the first step."""

    def on_step_end(self, trainer, result):
        if trainer.state.step == 1:
            self.drawn = torch.rand(3)


class Bare(Trainer):
    """A step that goes past what averages the gradients."""

    def train_step(self, batches):
        self.network = self.model
        return super().train_step(batches)


def spoilt_in_second(logits, labels):
    """Infinite at the second process's 10th step; the gradient stays finite."""
    spoilt_in_second.calls += 1
    spoilt = RANK == 1 and spoilt_in_second.calls == 10
    return F.cross_entropy(logits, labels) + (math.inf if spoilt else 0.0)


spoilt_in_second.calls = 0


def error_of(act):
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "none"


def resumed(folder):
    """Run with dropout, without a break and killed and resumed; return both."""
    options = {"checkpoint_every": 5, "epochs": 3}
    whole = fitted(zoo("dan", dropout=0.5), **options)
    killed = trainer(zoo("dan", dropout=0.5), run_folder=folder, callbacks=[At(8, kill)], **options)
    error = error_of(lambda: killed.fit(corpus(), corpus(15, seed=5)))
    again = trainer(zoo("dan", dropout=0.5), run_folder=folder, **options)
    again.fit(corpus(), corpus(15, seed=5), resume=True)
    return {"whole": outcome(whole), "killed": error, "again": outcome(again)}


def answers(its):
    empty, few = EncodedCorpus.from_lists([]), corpus(3, seed=8)
    return {
        "logits": torch.from_numpy(its.predict_logits(corpus(100, seed=7))),
        "few": torch.from_numpy(its.predict_logits(few)),
        "none": list(its.predict_proba(empty).shape),
        "loss": its.evaluate(corpus(100, seed=7)).loss,
    }


def watched(**options):
    """Train a model whose hidden units begin alike; return how it ended, and what was seen of it."""
    model = zoo("dan", dropout=0.5)
    nn.init.ones_(model.hidden[0].weight)
    its = fitted(model, run_folder=None, **options)
    records = [getattr(watch, "record", None) for watch in its.callbacks]
    seen = [0 if record is None else len(record.looks) for record in records]
    return {"end": outcome(its), "looks": seen, "codes": list(its.history.findings.codes)}


def run_all(folder: Path) -> None:
    """What each of the two processes does."""
    ngrams._TABLE = 1 << 12
    results = {"before": torch.from_numpy(trainer(Tagger()).predict_logits(tokens()))}
    for name, run in SAME_AS_ONE.items():
        its = run()
        results[name] = outcome(its)
        if name == "textcnn":
            results["answers"] = answers(its)
    results["resumed"] = resumed(folder / "run")
    draws = Draws()
    results["drawn"] = [outcome(fitted(zoo("dan", dropout=0.5), callbacks=[draws])), draws.drawn]
    interrupted = fitted(zoo("dan"), epochs=50, callbacks=[At(14, press_ctrl_c)])
    results["interrupted"] = outcome(interrupted)
    results["enough"] = outcome(fitted(zoo("dan"), epochs=50, callbacks=[At(8, stop_in_second)]))
    spoilt = trainer(zoo("dan"), loss=spoilt_in_second)
    results["spoilt"] = [error_of(lambda: spoilt.fit(corpus())), outcome(spoilt)]
    bare = trainer(zoo("dan"), kind=Bare)
    results["bare"] = error_of(lambda: bare.fit(corpus()))
    results["other data"] = error_of(lambda: trainer(zoo("dan")).fit(corpus(seed=RANK)))
    results["other settings"] = error_of(lambda: trainer(zoo("dan"), learning_rate=1 + RANK).fit(corpus()))
    results["small batch"] = error_of(lambda: trainer(zoo("dan"), batch_size=1))
    results["bars"] = sum(
        isinstance(its, ProgressBar) for its in trainer(zoo("dan"), progress=True).callbacks
    )
    results["watched"] = [watched(watch=True), watched(watch=False)]
    if RANK == 0:  # the other one has nothing more to do, and ends
        results["alone"] = error_of(lambda: trainer(zoo("dan")).predict(corpus()))
    save_tree(folder / f"{RANK}.safetensors", results)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The results of both processes, and the folder they wrote to."""
    folder = tmp_path_factory.mktemp("two")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    local = {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    done = subprocess.run(
        [*command, __file__, str(folder)], env={**os.environ, **local}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return [load_tree(folder / f"{rank}.safetensors") for rank in (0, 1)], folder


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def assert_equal(left, right):
    assert {**left, "weights": None} == {**right, "weights": None}
    assert [k for k, v in left["weights"].items() if not torch.equal(v, right["weights"][k])] == []


@functools.cache
def one_alone(name):
    its = SAME_AS_ONE[name]()
    return its, outcome(its)


@pytest.mark.parametrize("name", SAME_AS_ONE)
class TestSameAsOne:
    def test_the_weights_are_those_of_one_process(self, two, name):
        _, one = one_alone(name)
        for its in two[0]:
            for key, value in one["weights"].items():
                torch.testing.assert_close(its[name]["weights"][key], value, atol=1e-5, rtol=1e-5)

    def test_so_is_the_history(self, two, name):
        _, one = one_alone(name)
        for its in two[0]:
            assert [its[name][key] for key in ("stopped", "best_epoch", "step")] == [
                one[key] for key in ("stopped", "best_epoch", "step")
            ]
            for row, expected in zip(its[name]["rows"], one["rows"], strict=True):
                assert row == pytest.approx(expected, rel=1e-4, abs=1e-6)

    def test_both_end_alike_bit_for_bit(self, two, name):
        assert_equal(two[0][0][name], two[0][1][name])


class TestTogether:
    def test_early_stopping_was_at_work(self, two):
        for name in ("textcnn", "bilstm"):
            assert two[0][0][name]["stopped"] == "patience"
            assert two[0][0][name]["best_epoch"] < len(two[0][0][name]["rows"])

    def test_order_in_order_out_in_each(self, two):
        one = answers(one_alone("textcnn")[0])
        for its in two[0]:
            torch.testing.assert_close(its["answers"]["logits"], one["logits"], atol=1e-4, rtol=1e-4)
            torch.testing.assert_close(its["answers"]["few"], one["few"], atol=1e-4, rtol=1e-4)
            assert its["answers"]["none"] == one["none"] == [0, CLASSES]
            assert its["answers"]["loss"] == pytest.approx(one["loss"], rel=1e-4)
        assert torch.equal(two[0][0]["answers"]["logits"], two[0][1]["answers"]["logits"])

    def test_answers_before_any_training(self, two):
        expected = torch.from_numpy(trainer(Tagger()).predict_logits(tokens()))
        assert all(torch.equal(its["before"], expected) for its in two[0])

    def test_one_that_asks_alone_is_told_when_the_other_has_ended(self, two):
        expected = (
            "DeviceError: All processes must call the same methods of the Trainer, evaluate and predict"
        )
        assert two[0][0]["alone"].startswith(expected)

    def test_one_writes_and_both_resume_bit_for_bit(self, two):
        for its in two[0]:
            assert its["resumed"]["killed"] == "Killed: "
            assert_equal(its["resumed"]["whole"], its["resumed"]["again"])
        names = sorted(path.name for path in (two[1] / "run").iterdir())
        assert names == ["checkpoint.safetensors", "findings.json", "history.jsonl"]
        assert len((two[1] / "run" / "history.jsonl").read_text().splitlines()) == 4

    def test_a_checkpoint_of_two_is_not_for_one(self, two):
        its = trainer(zoo("dan", dropout=0.5), run_folder=two[1] / "run", checkpoint_every=5, epochs=3)
        with pytest.raises(ArgumentError, match="of the same run, with processes 2. Received: 1"):
            its.fit(corpus(), corpus(15, seed=5), resume=True)

    def test_each_has_random_numbers_of_its_own(self, two):
        (ours, drawn), (theirs, others) = two[0][0]["drawn"], two[0][1]["drawn"]
        assert not torch.equal(drawn, others)
        assert_equal(ours, theirs)

    def test_ctrl_c_in_one_stops_both_at_the_same_step(self, two):
        for its in two[0]:
            assert its["interrupted"]["stopped"] == "interrupted"
            assert its["interrupted"]["step"] == 18  # the end of the epoch, before the 20th
        assert_equal(two[0][0]["interrupted"], two[0][1]["interrupted"])

    def test_a_callback_in_one_stops_both(self, two):
        for its in two[0]:
            assert (its["enough"]["stopped"], its["enough"]["step"]) == ("enough", 12)

    def test_a_loss_that_is_not_finite_in_one_stops_both(self, two):
        for error, end in [its["spoilt"] for its in two[0]]:
            assert error.startswith("NonFiniteLossError: The training loss must stay finite. Received: inf")
            assert "at step 10 (epoch 2)" in error
            assert (end["stopped"], end["step"]) == ("non-finite loss", 9)
        assert_equal(two[0][0]["spoilt"][1], two[0][1]["spoilt"][1])

    def test_a_step_that_forgets_the_others(self, two):
        for its in two[0]:
            assert its["bare"].startswith("ArgumentError: `train_step` must be one that calls self.network")

    def test_other_data_or_settings(self, two):
        for its in two[0]:
            assert "`training data` must be the same in all processes, '47 texts" in its["other data"]
            assert its["other settings"] == (
                "ArgumentError: `learning_rate` must be the same in all processes, 1.0 as in the first. "
                "Received: 2.0. Process 1 has this."
            )

    def test_fewer_texts_a_batch_than_processes(self, two):
        for its in two[0]:
            assert its["small batch"].startswith("ArgumentError: `batch_size` must be at least 2")

    def test_one_shows_progress(self, two):
        assert [its["bars"] for its in two[0]] == [1, 0]

    def test_the_first_alone_watches_and_both_end_as_without_it(self, two):
        ours, theirs = (its["watched"] for its in two[0])
        assert (ours[0]["looks"], theirs[0]["looks"]) == ([5], [0])
        assert (ours[1]["looks"], theirs[1]["looks"]) == ([], [])
        assert "symmetric-start" in ours[0]["codes"]
        assert ours[1]["codes"] == theirs[0]["codes"] == []
        for other in (ours[1], theirs[0], theirs[1]):
            assert_equal(ours[0]["end"], other["end"])


TORCHRUN = {"RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "::1", "MASTER_PORT": "1"}


@pytest.fixture
def environment(monkeypatch):
    def given(**variables):
        for name in TORCHRUN:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Processes.from_environment()

    return given


class TestEnvironment:
    def test_torchrun(self, environment):
        assert environment(**TORCHRUN) == Processes(rank=1, count=4, local_rank=1)

    @pytest.mark.parametrize(
        "variables",
        [{}, {"MASTER_ADDR": "node"}, {"WORLD_SIZE": "1"}, {**TORCHRUN, "RANK": "0", "WORLD_SIZE": "1"}],
    )
    def test_one_alone(self, environment, variables):
        assert environment(**variables) == Processes(0, 1, 0)

    @pytest.mark.parametrize("missing", TORCHRUN)
    def test_a_variable_is_missing(self, environment, missing):
        with pytest.raises(ArgumentError, match="`environment` must be that of torchrun, with RANK, WORLD"):
            environment(**{name: value for name, value in TORCHRUN.items() if name != missing})

    @pytest.mark.parametrize("wrong", [{"RANK": "4"}, {"RANK": "-1"}, {"WORLD_SIZE": "x"}, {"RANK": ""}])
    def test_a_variable_is_wrong(self, environment, wrong):
        with pytest.raises(ArgumentError, match="Start the script with torchrun, or unset RANK and WORLD"):
            environment(**{**TORCHRUN, **wrong})

    def test_a_trainer_says_so(self, environment):
        with pytest.raises(ArgumentError, match="`environment` must be that of torchrun"):
            environment(RANK="0")
        with pytest.raises(ArgumentError, match="`environment` must be that of torchrun"):
            trainer(Tagger())

    def test_others_that_do_not_answer(self, environment, monkeypatch):
        def refuse(backend):
            raise dist.DistNetworkError("the port is closed")

        monkeypatch.setattr(dist, "init_process_group", refuse)
        processes = environment(**TORCHRUN)
        with pytest.raises(DeviceError, match="4 processes cannot reach each other: the port is closed"):
            processes.join(torch.device("cpu"))


class TestDevice:
    @pytest.fixture
    def gpus(self, monkeypatch):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)

    def test_one_alone(self):
        assert Processes().device("cpu") == torch.device("cpu")

    @pytest.mark.parametrize("device", ["auto", "cuda"])
    def test_each_has_its_own(self, gpus, device):
        assert Processes(5, 8, 1).device(device) == torch.device("cuda", 1)
        assert Processes(5, 8, 1).device("cpu") == torch.device("cpu")

    @pytest.mark.parametrize("device", ["auto", "cuda"])
    def test_more_processes_than_devices(self, gpus, device):
        message = f"Received: '{device}' for process 2 .from 0. of this machine, which has 2 CUDA devices"
        with pytest.raises(DeviceError, match=message):
            Processes(2, 3, 2).device(device)

    @pytest.mark.parametrize("device", ["cuda:1", "mps"])
    def test_one_device_for_all(self, gpus, monkeypatch, device):
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
        with pytest.raises(ArgumentError, match="'auto', 'cpu' or 'cuda' for several processes"):
            Processes(0, 2, 0).device(device)

    def test_auto_without_a_gpu(self, monkeypatch):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        assert Processes(0, 2, 0).device("auto") == torch.device("cpu")


@pytest.fixture
def heard():
    """Let Ctrl-C raise here, which a shell turns off for what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class TestAlone:
    """A process alone starts nothing, and gives back what it is given."""

    def test_nothing_is_started(self):
        fitted(zoo("dan"), epochs=1)
        assert not dist.is_initialized()

    def test_values_pass_through(self):
        one, model = Processes(), zoo("dan")
        assert one.sum(0.1, 2) == (0.1, 2)
        assert one.gather({"a": 1}) == [{"a": 1}]
        assert one.wrap(model) is model
        array = np.ones(2)
        one.add_up(array)
        one.align(model)
        one.check_same({"a": 1})
        assert array.tolist() == [1.0, 1.0]

    def test_the_first_is_seeded_as_ever_and_the_others_are_not(self):
        seed_everything(5)
        expected, drawn = torch.rand(2), []
        for rank in range(3):
            Processes(rank, 3, rank).seed_everything(5)
            drawn.append(torch.rand(2))
        assert torch.equal(drawn[0], expected)
        assert len({tuple(its.tolist()) for its in drawn}) == 3

    def test_ctrl_c_is_raised_at_once(self, heard):
        with pytest.raises(KeyboardInterrupt), Interrupt(Processes()):
            signal.raise_signal(signal.SIGINT)


class TestInterrupt:
    def test_pressed_once_it_waits_and_twice_it_does_not(self, heard, monkeypatch):
        monkeypatch.setattr(dist, "all_reduce", lambda tensor: None)
        before = signal.getsignal(signal.SIGINT)
        with Interrupt(Processes(0, 2, 0)) as interrupt:
            interrupt.check()
            signal.raise_signal(signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                interrupt.check()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is before


if __name__ == "__main__":
    run_all(Path(sys.argv[1]))
