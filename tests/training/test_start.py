"""What a run begins with; that settings are refused in time is tested with the Trainer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

from textclf.data import BatchLoader, EncodedCorpus
from textclf.errors import ArgumentError, OutputExistsError
from textclf.models import create_model
from textclf.training import Processes, Trainer
from textclf.training.start import _Texts, begin_run


def corpus(count=12):
    return EncodedCorpus.from_lists([[2 + i % 3] for i in range(count)], np.arange(count) % 2)


def begun(train=None, *, rank=0, resume=False, **options):
    torch.manual_seed(0)
    model = create_model("dan", vocab_size=9, num_classes=2, embed_dim=4, hidden_dim=4)
    trainer = Trainer(model, batch_size=4, device="cpu", precision="fp32", progress=False, **options)
    trainer.processes = Processes(rank, 1, rank)
    train = corpus() if train is None else train
    begin_run(trainer, train, None, BatchLoader(train, batch_size=4, shuffle=True), resume=resume)
    return trainer


def test_a_run_has_all_its_parts():
    trainer = begun(ema_decay=0.9)
    assert isinstance(trainer.optimizer, torch.optim.AdamW)
    assert isinstance(trainer.schedule, LambdaLR)
    assert trainer.network is trainer.model
    assert not trainer.scaler.is_enabled()
    assert trainer.deferred is None
    assert trainer.averaged is not None
    assert (trainer.state.step, len(trainer.history), trainer.steps_per_epoch) == (0, 0, 3)


@pytest.mark.parametrize(("count", "epochs"), [(12, 100), (400, 8), (4000, 3)])
def test_epochs_that_are_not_given_make_about_800_steps(count, epochs):
    assert begun(corpus(count)).epochs == epochs
    assert begun(corpus(count), epochs=5).epochs == 5


def test_the_first_process_alone_starts_the_model():
    assert begun().model.ngrams.started
    assert not begun(rank=1).model.ngrams.started


def test_folders(tmp_path):
    with pytest.raises(OutputExistsError, match="`run_folder` must be free"):
        begun(run_folder=tmp_path)
    with pytest.raises(ArgumentError, match="`resume` must be False without a `run_folder`"):
        begun(resume=True)


@pytest.mark.parametrize(("count", "size"), [(1_000, 128), (76_799, 128), (76_800, 256), (700_000, 512)])
def test_of_many_texts_more_stand_in_a_batch_at_the_start(count, size):
    batches = iter(_Texts(corpus(count), seed=0))
    assert max(len(next(batches)[0]) for _ in range(2)) == size
