from __future__ import annotations

import pytest

from textclf.data import EncodedCorpus
from textclf.device import seed_everything
from textclf.models import create_model
from textclf.training import Callback, ProgressBar, Trainer


def corpus():
    return EncodedCorpus.from_lists([[2], [3], [2, 4], [3, 5]] * 3, [0, 1, 0, 1] * 3)


def trainer(**options):
    seed_everything(0)
    model = create_model("dan", vocab_size=8, num_classes=2, embed_dim=4, hidden_dim=4, ngrams=0)
    given = {"epochs": 2, "batch_size": 4, "device": "cpu", "precision": "fp32", "progress": False}
    given["schedule"] = "constant"
    return Trainer(model, **{**given, **options})


class Notes(Callback):
    def __init__(self, name, notes):
        self.name, self.notes = name, notes

    def on_fit_start(self, trainer):
        self.notes.append((self.name, "start", trainer.state.step))

    def on_step_end(self, trainer, result):
        self.notes.append((self.name, "step", trainer.state.step))

    def on_epoch_end(self, trainer, row):
        self.notes.append((self.name, "epoch", row["epoch"]))

    def on_fit_end(self, trainer):
        self.notes.append((self.name, "end", trainer.history.stopped))


class TestOrder:
    def test_when_each_method_comes(self):
        notes = []
        trainer(callbacks=[Notes("a", notes)]).fit(corpus())
        assert [note[1:] for note in notes] == [
            ("start", 0),
            *[("step", step) for step in (1, 2, 3)],
            ("epoch", 1),
            *[("step", step) for step in (4, 5, 6)],
            ("epoch", 2),
            ("end", "epochs"),
        ]

    def test_callbacks_come_in_the_order_in_which_they_are_given(self):
        notes = []
        trainer(callbacks=(Notes("a", notes), Notes("b", notes))).fit(corpus())
        assert [name for name, *_ in notes] == ["a", "b"] * (len(notes) // 2)

    def test_the_base_class_does_nothing(self):
        callback = Callback()
        assert callback.state() == {}
        plain, watched = trainer(), trainer(callbacks=[callback])
        assert [row["train_loss"] for row in plain.fit(corpus())] == [
            row["train_loss"] for row in watched.fit(corpus())
        ]

    def test_the_best_weights_are_there_at_the_end(self):
        seen = []

        class Look(Callback):
            def on_fit_end(self, trainer):
                seen.append(trainer.evaluate(corpus()).loss)

        its = trainer(callbacks=[Look()], epochs=5, learning_rate=0.1, monitor="loss")
        history = its.fit(corpus(), corpus())
        assert seen == [min(history["valid_loss"])]


class TestProgressBar:
    def test_it_shows_steps_loss_and_scores(self, capsys):
        trainer(progress=True).fit(corpus(), corpus())
        out, err = capsys.readouterr()
        assert out == ""
        assert "6/6" in err
        assert "epoch 2" in err
        assert "loss=" in err
        assert "valid_accuracy=" in err

    def test_there_is_one_only_if_asked_for(self):
        assert [type(callback) for callback in trainer(progress=True, watch=False).callbacks] == [
            ProgressBar
        ]
        assert trainer(progress=False, watch=False).callbacks == []

    def test_it_may_be_given_by_hand_and_used_again(self, capsys):
        its = trainer(callbacks=[ProgressBar()])
        its.fit(corpus())
        its.fit(corpus())
        assert capsys.readouterr().err.count("6/6") >= 2

    def test_it_begins_where_a_resumed_run_does(self, tmp_path, capsys):
        trainer(run_folder=tmp_path / "run", epochs=1).fit(corpus())
        trainer(run_folder=tmp_path / "run", epochs=2, progress=True).fit(corpus(), resume=True)
        first = capsys.readouterr().err.split("\r")[1]
        assert "epoch 2" in first
        assert "3/6" in first

    @pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
    def test_it_is_closed_whatever_happens(self, error):
        class Fail(Callback):
            def on_step_end(self, trainer, result):
                raise error

        bar = ProgressBar()
        its = trainer(callbacks=[bar, Fail()])
        if error is KeyboardInterrupt:
            its.fit(corpus())
        else:
            with pytest.raises(error):
                its.fit(corpus())
        assert bar._bar.disable
