from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score
from torch import nn
from torch.nn import functional as F

from textclf.data import EncodedCorpus
from textclf.device import seed_everything
from textclf.errors import (
    ArgumentError,
    DataError,
    DeviceError,
    NonFiniteLossError,
    OutputExistsError,
    UnknownNameError,
    UnknownOptionError,
)
from textclf.metrics import MultiLabelReport, Report
from textclf.models import create_model
from textclf.training import Callback, StepResult, Trainer

VOCAB, CLASSES = 20, 3


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


class Bag(nn.Module):
    """The mean of the tokens' vectors and a linear layer: nothing random, nothing across rows."""

    def __init__(self, num_classes=CLASSES):
        super().__init__()
        self.vocab_size, self.num_classes = VOCAB, num_classes
        self.embedding = nn.Embedding(VOCAB, 8, padding_idx=0)
        self.classifier = nn.Linear(8, num_classes)

    def forward(self, token_ids, lengths):
        total = self.embedding(token_ids).sum(dim=1)
        return self.classifier(total / lengths.clamp(min=1).unsqueeze(1))


class Tagger(nn.Module):
    """Logits ``(B, L, C)``, of which those at padding are for a class that no token has."""

    def __init__(self, num_classes=CLASSES + 1):
        super().__init__()
        self.vocab_size, self.num_classes = VOCAB, num_classes
        self.table = nn.Embedding(VOCAB, num_classes)
        with torch.no_grad():
            self.table.weight[0, -1] = 100.0

    def forward(self, token_ids, lengths):
        return self.table(token_ids)


def corpus(count=24, *, seed=0, classes=CLASSES, noise=0.0):
    """Texts of 1 to 7 tokens; one of them tells the class, but for a share ``noise`` of the texts."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    texts = [[2 + int(label), *random.integers(5, VOCAB, random.integers(0, 7))] for label in labels]
    shuffled = random.integers(0, classes, count)
    return EncodedCorpus.from_lists(texts, np.where(random.random(count) < noise, shuffled, labels))


def dan(seed=0, **options):
    seed_everything(seed)
    sizes = {"vocab_size": VOCAB, "num_classes": CLASSES, "embed_dim": 8, "hidden_dim": 8}
    sizes |= {"dropout": 0.3, "embedding_dropout": 0.0, "ngrams": 0}
    return create_model("dan", **{**sizes, **options})


def bag(seed=0, **options):
    seed_everything(seed)
    return Bag(**options)


def trainer(model=None, kind=Trainer, **options):
    given = {"epochs": 3, "batch_size": 4, "learning_rate": 0.01, "device": "cpu", "precision": "fp32"}
    given |= {"optimizer": "adamw", "weight_decay": 0.01, "schedule": "constant", "clip_norm": 1.0}
    given |= {"monitor": "accuracy", "patience": 3, "progress": False}
    return kind(dan() if model is None else model, **{**given, **options})


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def without_seconds(history):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


class Steps(Callback):
    """Keeps what each step gave, and the gradient's norm as the optimiser saw it."""

    def __init__(self):
        self.results, self.norms = [], []

    def on_step_end(self, trainer, result):
        self.results.append(result)
        gradients = [p.grad for p in trainer.model.parameters() if p.grad is not None]
        self.norms.append(math.sqrt(sum(float(g.double().square().sum()) for g in gradients)))


class RaiseAt(Callback):
    def __init__(self, error, *, step):
        self.error, self.step = error, step

    def on_step_end(self, trainer, result):
        if trainer.state.step == self.step:
            raise self.error


class Scripted(Trainer):
    """Answers to validation with accuracies, and perhaps losses, that are known beforehand."""

    losses = None

    def evaluate(self, corpus):
        right = self.script[self.state.epoch - 1]
        loss = 10 - right if self.losses is None else self.losses[self.state.epoch - 1]
        return Report.from_confusion([[right, 10 - right, 0], [0, 0, 0], [0, 0, 0]], loss=loss)


class TestLearning:
    def test_a_small_task_is_learnt_and_generalises(self):
        its = trainer(epochs=15, learning_rate=0.03)
        history = its.fit(corpus(60))
        assert len(history) == 15
        assert history.stopped == "epochs"
        assert history.best_epoch is None
        assert history["train_loss"][-1] < 0.5 * history["train_loss"][0]
        assert its.evaluate(corpus(30, seed=9)).accuracy > 0.9

    def test_the_row_of_an_epoch(self):
        its = trainer(monitor="mcc")
        row = its.fit(corpus(), corpus(6, seed=1))[1]
        assert list(row) == [
            "epoch",
            "step",
            "learning_rate",
            "train_loss",
            "train_accuracy",
            "seconds",
            "valid_loss",
            "valid_accuracy",
            "valid_macro_f1",
            "valid_mcc",
        ]
        assert row["epoch"] == 2
        assert row["step"] == 12
        assert row["learning_rate"] == 0.01

    def test_history_is_returned_and_kept(self):
        its = trainer(epochs=1)
        assert its.fit(corpus()) is its.history

    def test_the_padding_vector_stays_zero(self):
        model = dan()
        trainer(model).fit(corpus())
        assert not model.embedding.channels[0].weight[0].any()

    def test_static_vectors_stay_as_they_are(self):
        vectors = torch.randn(VOCAB, 8)
        vectors[0] = 0
        model = dan(embedding=vectors, embedding_mode="static")
        before = weights(model)
        trainer(model, learning_rate=0.1, weight_decay=0.1).fit(corpus())
        changed = {
            name for name, value in model.state_dict().items() if not torch.equal(value, before[name])
        }
        assert "embedding.channels.0.weight" not in changed
        assert "classifier.weight" in changed

    def test_bf16_on_a_cpu(self):
        its = trainer(precision="bf16", epochs=8, learning_rate=0.03)
        its.fit(corpus(60))
        assert its.evaluate(corpus(60)).accuracy > 0.9
        assert its.predict_logits(corpus()).dtype == np.float32

    def test_two_rows(self):
        two = EncodedCorpus.from_lists([[2], [3]], [0, 1])
        its = trainer(dan(num_classes=2, dropout=0.0), epochs=60, learning_rate=0.05)
        its.fit(two)
        assert its.predict(two).tolist() == [0, 1]

    def test_batches_of_one_text(self):
        history = trainer(batch_size=1, epochs=1).fit(corpus(5))
        assert history[0]["step"] == 5
        assert math.isfinite(history[0]["train_loss"])

    def test_batch_larger_than_the_corpus(self):
        assert trainer(batch_size=1000, epochs=2).fit(corpus())[-1]["step"] == 2

    def test_a_text_of_100_000_tokens_beside_one_of_none(self):
        texts = [np.full(100_000, 2), [], [3]]
        its = trainer(epochs=1)
        its.fit(EncodedCorpus.from_lists(texts, [0, 1, 2]))
        assert its.predict_proba(EncodedCorpus.from_lists(texts)).shape == (3, 3)

    def test_classes_that_validation_lacks(self):
        valid = EncodedCorpus.from_lists([[2, 9], [2]], [0, 0])
        history = trainer().fit(corpus(), valid)
        assert all(math.isfinite(value) for value in history["valid_macro_f1"])

    def test_classes_that_training_lacks(self):
        its = trainer(dan(num_classes=7))
        its.fit(corpus())
        assert its.predict_proba(corpus()).shape == (24, 7)

    def test_a_model_that_does_not_tell_its_sizes(self):
        model = bag()
        del model.vocab_size, model.num_classes
        assert len(trainer(model, class_weight="balanced").fit(corpus(), corpus(9))) == 3

    def test_fit_again_goes_on_from_the_weights(self):
        its = trainer(bag(), learning_rate=0.05)
        first = its.fit(corpus())
        second = its.fit(corpus())
        assert second[0]["epoch"] == 1
        assert second[0]["train_loss"] < first[0]["train_loss"]


class TestStep:
    def test_order_zero_grad_forward_backward_clip_step(self, monkeypatch):
        calls = []

        class SpiedSGD(torch.optim.SGD):
            def zero_grad(self, *args, **kwargs):
                calls.append("zero_grad")
                super().zero_grad(*args, **kwargs)

            def step(self, *args, **kwargs):
                calls.append("step")
                return super().step(*args, **kwargs)

        model = bag()
        model.register_forward_hook(lambda *_: calls.append("forward"))
        model.classifier.bias.register_hook(lambda _: calls.append("backward"))
        clip = nn.utils.clip_grad_norm_
        monkeypatch.setattr(
            nn.utils, "clip_grad_norm_", lambda *given: (calls.append("clip"), clip(*given))[1]
        )
        trainer(model, optimizer=SpiedSGD, epochs=1, batch_size=12, watch=False).fit(corpus())
        order = ["zero_grad", "forward", "backward", "clip", "step"]
        assert calls == [*order, *order, "zero_grad"]

    def test_clipping_limits_the_norm(self):
        steps = Steps()
        trainer(dan(ngrams=0), clip_norm=0.01, callbacks=[steps]).fit(corpus())
        assert all(result.gradient_norm > 0.01 for result in steps.results)
        assert steps.norms == pytest.approx([0.01] * 18, rel=1e-3)

    def test_small_gradients_are_not_clipped(self):
        steps = Steps()
        trainer(clip_norm=1e6, callbacks=[steps]).fit(corpus())
        assert steps.norms == pytest.approx([result.gradient_norm for result in steps.results], rel=1e-5)

    def test_no_clipping(self):
        steps = Steps()
        plain, limited = bag(), bag()
        trainer(plain, clip_norm=None, callbacks=[steps]).fit(corpus())
        trainer(limited, clip_norm=1e6).fit(corpus())
        assert steps.norms == pytest.approx([result.gradient_norm for result in steps.results], rel=1e-5)
        assert same(weights(plain), weights(limited))

    @pytest.mark.parametrize("count", [8, 6])
    @pytest.mark.parametrize("class_weight", [None, [1.0, 7.0, 0.1]])
    def test_accumulation_equals_one_large_batch(self, count, class_weight):
        options = {"optimizer": "sgd", "weight_decay": 0.0, "learning_rate": 0.5, "clip_norm": None}
        options["class_weight"] = class_weight
        data = corpus(count)
        whole, parts = bag(), bag()
        trainer(whole, batch_size=8, **options).fit(data)
        history = trainer(parts, batch_size=4, accumulate=2, **options).fit(data)
        assert history[-1]["step"] == 3
        for name, value in weights(whole).items():
            torch.testing.assert_close(parts.state_dict()[name], value, atol=1e-6, rtol=1e-5)

    def test_a_model_begins_at_what_the_training_data_say_once(self):
        starts = []

        class Started(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = dan(ngrams=0)
                self.num_classes = CLASSES

            def forward(self, token_ids, lengths):
                return self.inner(token_ids, lengths)

            def start_from(self, texts, *, class_weight):
                starts.extend(sum(len(labels) for _, _, labels in texts) for _ in range(2))
                starts.append(class_weight)

        trainer(Started(), epochs=2).fit(corpus(22))
        assert starts == [22, 22, None]
        trainer(Started(), epochs=1, class_weight=[1.0] * CLASSES).fit(corpus(22))
        assert starts[-1].tolist() == [1.0] * CLASSES

    def test_a_model_that_learns_at_the_start_makes_no_steps(self, tmp_path):
        model = create_model("fasttext", vocab_size=VOCAB, num_classes=CLASSES)
        history = trainer(model, epochs=None, run_folder=tmp_path / "run").fit(corpus(), corpus(40))
        assert [row["step"] for row in history] == [0]
        assert history.stopped == "epochs"
        assert history[0]["valid_accuracy"] > 0.9
        assert 0 < history[0]["train_loss"] < 2
        again = create_model("fasttext", vocab_size=VOCAB, num_classes=CLASSES)
        resumed = trainer(again, epochs=None, run_folder=tmp_path / "run").fit(
            corpus(), corpus(40), resume=True
        )
        assert len(resumed) == 1
        assert torch.equal(again.scores.table.weight, model.scores.table.weight)

    def test_more_epochs_go_on_from_the_start(self):
        model = create_model("fasttext", vocab_size=VOCAB, num_classes=CLASSES)
        history = trainer(model, epochs=3).fit(corpus())
        assert [row["step"] for row in history] == [0, 6, 12]
        assert history[2]["train_loss"] < history[1]["train_loss"]

    def test_a_second_fit_goes_on_from_the_first(self):
        model = dan(ngrams=2)
        trainer(model, epochs=1).fit(corpus())
        table = model.ngrams.table.weight.clone()
        trainer(model, epochs=1, learning_rate=1e-9, weight_decay=0.0).fit(corpus())
        torch.testing.assert_close(model.ngrams.table.weight, table, atol=1e-6, rtol=0)

    def test_batches_that_are_left_over_make_a_step(self):
        sizes = []

        class Sized(Trainer):
            def train_step(self, batches):
                sizes.append([len(batch) for batch in batches])
                return super().train_step(batches)

        history = trainer(kind=Sized, batch_size=4, accumulate=4, epochs=1).fit(corpus(22))
        assert [len(step) for step in sizes] == [4, 2]
        assert sum(map(sum, sizes)) == 22
        assert history[0]["step"] == 2

    def test_a_subclass_may_replace_the_step(self):
        class Still(Trainer):
            def train_step(self, batches):
                return StepResult(loss=float(len(batches[0])), correct=1, labels=2, gradient_norm=0.0)

        model = dan(ngrams=0)
        before = weights(model)
        history = trainer(model, kind=Still, epochs=1, batch_size=12).fit(corpus())
        assert history[0]["train_loss"] == 12.0
        assert history[0]["train_accuracy"] == 0.5
        assert same(before, weights(model))

    def test_custom_loss(self):
        shapes = []

        def squares(logits, labels):
            shapes.append((tuple(logits.shape), tuple(labels.shape)))
            return F.mse_loss(logits, F.one_hot(labels, CLASSES).float())

        its = trainer(dan(dropout=0.0), loss=squares, epochs=15, learning_rate=0.03)
        its.fit(corpus(60))
        assert set(shapes) == {((4, 3), (4,))}
        assert its.evaluate(corpus(60)).accuracy > 0.9

    def test_label_smoothing_of_the_first_step(self):
        model, data = bag(), corpus(8)
        expected = F.cross_entropy(
            torch.tensor(trainer(model).predict_logits(data)),
            torch.tensor(data.labels.copy()),
            label_smoothing=0.3,
        )
        steps = Steps()
        trainer(model, label_smoothing=0.3, batch_size=8, epochs=1, callbacks=[steps]).fit(data)
        assert steps.results[0].loss == pytest.approx(expected.item(), rel=1e-6)

    def test_class_weight_of_the_first_step(self):
        model, data = bag(), corpus(8)
        expected = F.cross_entropy(
            torch.tensor(trainer(model).predict_logits(data)),
            torch.tensor(data.labels.copy()),
            weight=torch.tensor([1.0, 5.0, 0.5]),
            reduction="sum",
        )
        steps = Steps()
        trainer(model, class_weight=[1, 5, 0.5], batch_size=8, epochs=1, callbacks=[steps]).fit(data)
        assert steps.results[0].loss == pytest.approx(expected.item() / 8, rel=1e-6)

    def test_class_weight_helps_the_rare_class(self):
        labels = [0] * 38 + [1] * 2
        data = EncodedCorpus.from_lists([[2]] * 40, labels)
        options = {"optimizer": "sgd", "clip_norm": None, "epochs": 10, "learning_rate": 0.05}
        plain = trainer(bag(num_classes=2), **options)
        heavy = trainer(bag(num_classes=2), class_weight={1: 60.0}, **options)
        plain.fit(data)
        heavy.fit(data)
        assert set(plain.predict(data)) == {0}
        assert set(heavy.predict(data)) == {1}


class TestMetrics:
    def test_the_rows_of_training_come_from_counts(self):
        steps = Steps()
        data = corpus(6)
        still = {"optimizer": "sgd", "learning_rate": 1e-30, "weight_decay": 0.0}
        its = trainer(bag(seed=3), epochs=1, callbacks=[steps], **still)
        row = its.fit(data)[0]
        assert sorted(result.labels for result in steps.results) == [2, 4]
        report = its.evaluate(data)
        assert row["train_loss"] == pytest.approx(report.loss, rel=1e-6)
        assert row["train_accuracy"] == report.accuracy
        assert row["train_loss"] != pytest.approx(np.mean([r.loss for r in steps.results]), rel=1e-3)

    def test_validation_rows_are_those_of_evaluate(self):
        valid = corpus(7, seed=1)
        its = trainer(epochs=1)
        row = its.fit(corpus(), valid)[0]
        report = its.evaluate(valid)
        assert row["valid_loss"] == report.loss
        assert row["valid_accuracy"] == report.accuracy
        assert row["valid_macro_f1"] == report.macro_f1

    def test_a_callback_may_predict_in_the_middle_of_an_epoch(self):
        class Look(Callback):
            def on_step_end(self, trainer, result):
                trainer.evaluate(corpus(5))

        plain, watched = dan(), dan()
        trainer(plain).fit(corpus())
        trainer(watched, callbacks=[Look()]).fit(corpus())
        assert same(weights(plain), weights(watched))


class TestTokenLabels:
    texts = ([5, 6, 7], [], [8], [5, 5, 9, 6, 7, 8], [], [])

    def data(self, labels=None):
        labels = [[i % 3 for i in text] for text in self.texts] if labels is None else labels
        return EncodedCorpus.from_lists(self.texts, labels, token_labels=True)

    def test_evaluation_ignores_padding(self):
        its = trainer(Tagger(), batch_size=3)
        with torch.no_grad():
            for token in range(5, 10):
                its.model.table.weight[token, token % 3] = 10.0
        report = its.evaluate(self.data())
        assert report.n == 10
        assert report.accuracy == 1.0
        assert report.loss < 0.01

    def test_predictions_are_aligned_with_the_tokens(self):
        its = trainer(Tagger(), batch_size=1)
        table = its.model.table.weight.detach().numpy()
        data = self.data()
        np.testing.assert_array_equal(its.predict_logits(data), table[data.ids])
        assert its.predict(data).shape == (10,)
        assert its.predict_proba(data).shape == (10, CLASSES + 1)

    @pytest.mark.parametrize("batch_size", [1, 2, 6])
    @pytest.mark.parametrize("accumulate", [1, 2])
    def test_learning_with_texts_that_have_no_token(self, batch_size, accumulate):
        options = {"epochs": 40, "learning_rate": 0.5, "patience": None}
        its = trainer(Tagger(), batch_size=batch_size, accumulate=accumulate, **options)
        history = its.fit(self.data(), self.data())
        assert all(math.isfinite(value) for value in history["train_loss"])
        assert history["train_accuracy"][-1] == 1.0
        assert its.predict(self.data()).tolist() == (self.data().ids % 3).tolist()

    def test_no_tokens_at_all(self):
        none = EncodedCorpus.from_lists([[], []], [[], []], token_labels=True)
        assert trainer(Tagger()).predict(none).shape == (0,)

    def test_a_model_of_texts_with_labels_of_tokens(self):
        with pytest.raises(ArgumentError, match="labels` must be one for each row of the model's logits"):
            trainer().fit(self.data())
        with pytest.raises(ArgumentError, match="labelled as the model answers, 6 times. Received: 10"):
            trainer().evaluate(self.data())

    def test_a_model_of_tokens_with_labels_of_texts(self):
        with pytest.raises(ArgumentError, match="labels` must be one for each row of the model's logits"):
            trainer(Tagger()).fit(corpus())


class TestEarlyStopping:
    @pytest.mark.parametrize("monitor", ["loss", "accuracy", "macro_f1"])
    def test_the_model_gets_the_weights_of_its_best_epoch(self, monitor):
        valid = corpus(31, seed=8, noise=0.6)
        its = trainer(epochs=12, learning_rate=0.1, patience=None, monitor=monitor)
        history = its.fit(corpus(noise=0.5), valid)
        values = history[f"valid_{monitor}"]
        best = (min if monitor == "loss" else max)(values)
        assert len(values) == 12
        equals = [row for row in history if row[f"valid_{monitor}"] == best]
        assert history.best_epoch == min(equals, key=lambda row: row["valid_loss"])["epoch"] < 12
        assert values[-1] != best
        assert its.evaluate(valid)[monitor] == best
        assert its.evaluate(valid).loss == history[history.best_epoch - 1]["valid_loss"]

    @pytest.mark.parametrize(
        ("patience", "epochs_run", "stopped"),
        [(1, 3, "patience"), (2, 4, "patience"), (3, 8, "patience"), (5, 9, "epochs"), (None, 9, "epochs")],
    )
    def test_patience(self, patience, epochs_run, stopped):
        its = trainer(kind=Scripted, epochs=9, patience=patience)
        its.script = [5, 7, 7, 6, 8, 1, 1, 1, 1]
        history = its.fit(corpus(), corpus())
        assert (len(history), history.stopped) == (epochs_run, stopped)
        assert history.best_epoch == (5 if epochs_run > 4 else 2)

    def test_a_loss_that_falls_is_waited_for_and_breaks_ties(self):
        its = trainer(kind=Scripted, epochs=9, patience=2)
        its.script = [5, 5, 5, 5, 4, 4, 5, 5, 5]
        its.losses = [9, 8, 7, 8, 6, 7, 7, 1, 1]
        history = its.fit(corpus(), corpus())
        assert (len(history), history.stopped, history.best_epoch) == (7, "patience", 3)

    def test_smaller_is_better_for_the_loss(self):
        its = trainer(kind=Scripted, epochs=5, patience=1, monitor="loss")
        its.script = [5, 6, 7, 6, 9]
        history = its.fit(corpus(), corpus())
        assert (len(history), history.best_epoch) == (4, 3)

    def test_without_validation_all_epochs_are_run(self):
        history = trainer(epochs=6, patience=1, learning_rate=1e-9).fit(corpus())
        assert (len(history), history.stopped, history.best_epoch) == (6, "epochs", None)

    def test_a_metric_that_is_never_known_keeps_the_last_weights(self):
        valid = EncodedCorpus.from_lists([[2], [2, 5]], [0, 0])
        its = trainer(epochs=9, patience=2, monitor="roc_auc")
        history = its.fit(corpus(), valid)
        assert (history.best_epoch, its.best_weights) == (None, None)
        assert its.evaluate(valid).loss == history[-1]["valid_loss"]

    def test_a_callback_may_stop_the_run(self):
        class StopAfter(Callback):
            def on_step_end(self, trainer, result):
                if trainer.state.step == 8:
                    trainer.stop("enough")

        history = trainer(epochs=9, callbacks=[StopAfter()]).fit(corpus())
        assert (len(history), history.stopped) == (2, "enough")

    def test_a_callback_may_add_columns(self):
        class Column(Callback):
            def on_epoch_end(self, trainer, row):
                row["squared"] = row["epoch"] ** 2

        assert trainer(callbacks=[Column()]).fit(corpus())["squared"] == [1, 4, 9]


class TestPlateau:
    options = {"schedule": "plateau", "schedule_options": {"patience": 0, "factor": 0.5}}  # noqa: RUF012

    def test_without_validation_it_follows_the_training_loss(self):
        its = trainer(bag(), epochs=6, **self.options)
        history = its.fit(corpus())
        assert sorted(history["train_loss"], reverse=True) == history["train_loss"]
        assert history["learning_rate"] == [0.01] * 6

    def test_with_validation_it_follows_the_watched_metric(self):
        its = trainer(kind=Scripted, epochs=6, patience=None, **self.options)
        its.script = [5, 6, 6, 7, 6, 8]
        assert its.fit(corpus(), corpus())["learning_rate"] == [0.01, 0.01, 0.01, 0.005, 0.005, 0.0025]

    def test_a_loss_is_better_when_smaller(self):
        its = trainer(kind=Scripted, epochs=4, patience=None, monitor="loss", **self.options)
        its.script = [5, 6, 6, 7]
        assert its.fit(corpus(), corpus())["learning_rate"] == [0.01, 0.01, 0.01, 0.005]


class TestAverage:
    def test_the_average_is_validated_and_kept(self):
        valid = corpus(9, seed=4)
        its = trainer(epochs=4, ema_decay=0.9, learning_rate=0.1, patience=None, monitor="loss")
        history = its.fit(corpus(), valid)
        assert its.evaluate(valid).loss == min(history["valid_loss"])

    @pytest.mark.parametrize("decay", [0.0, 0.5])
    def test_the_average_is_that_of_the_weights_after_each_step(self, decay):
        class Collect(Callback):
            seen: list[torch.Tensor] = []  # noqa: RUF012

            def on_step_end(self, trainer, result):
                self.seen.append(trainer.model.classifier.weight.detach().clone())

        Collect.seen = []
        model = bag()
        trainer(model, ema_decay=decay, callbacks=[Collect()], epochs=2, learning_rate=0.1).fit(corpus(8))
        expected = Collect.seen[0]
        for value in Collect.seen[1:]:
            expected = decay * expected + (1 - decay) * value
        torch.testing.assert_close(model.classifier.weight.detach(), expected)
        assert torch.equal(model.classifier.weight, Collect.seen[-1]) == (decay == 0.0)


class TestInterruption:
    def test_ctrl_c_keeps_the_best_weights_so_far(self):
        valid = corpus(30, seed=8, noise=0.6)
        stop = RaiseAt(KeyboardInterrupt(), step=45)
        its = trainer(epochs=50, learning_rate=0.1, patience=None, monitor="loss", callbacks=[stop])
        history = its.fit(corpus(), valid)
        assert (len(history), history.stopped) == (7, "interrupted")
        assert history.best_epoch < 7
        assert its.evaluate(valid).loss == min(history["valid_loss"])

    def test_ctrl_c_in_the_first_epoch(self):
        its = trainer(callbacks=[RaiseAt(KeyboardInterrupt(), step=2)])
        history = its.fit(corpus(), corpus(6))
        assert (len(history), history.stopped) == (0, "interrupted")
        assert np.isfinite(its.predict_logits(corpus())).all()

    def test_other_errors_pass_and_callbacks_are_closed(self):
        closed = []

        class Close(Callback):
            def on_fit_end(self, trainer):
                closed.append(True)

        with pytest.raises(ZeroDivisionError):
            trainer(callbacks=[RaiseAt(ZeroDivisionError(), step=2), Close()]).fit(corpus())
        assert closed == [True]


def spoilt_at(step):
    """A loss that is NaN from that step on."""
    calls = []

    def loss(logits, labels):
        calls.append(1)
        return F.cross_entropy(logits, labels) * (math.nan if len(calls) >= step else 1.0)

    return loss


class TestNonFinite:
    def test_the_message_names_step_rate_and_parameter(self):
        with pytest.raises(NonFiniteLossError) as caught:
            trainer(bag(), loss=spoilt_at(8), learning_rate=0.02).fit(corpus())
        message = str(caught.value)
        assert "Received: nan at step 8 (epoch 2), with learning rate 0.02" in message
        assert "largest gradient is that of embedding.weight" in message
        assert "Try a learning rate of 0.002" in message

    def test_without_validation_the_weights_are_those_at_the_start_of_the_epoch(self):
        model, reference = dan(), dan()
        its = trainer(model, epochs=5, loss=spoilt_at(15))
        with pytest.raises(NonFiniteLossError):
            its.fit(corpus())
        trainer(reference, epochs=2).fit(corpus())
        assert same(weights(model), weights(reference))
        assert its.history.stopped == "non-finite loss"
        assert len(its.history) == 2

    def test_with_validation_the_weights_are_the_best(self):
        valid = corpus(30, seed=8, noise=0.6)
        options = {"epochs": 9, "learning_rate": 0.1, "patience": None, "monitor": "loss"}
        its = trainer(dan(), loss=spoilt_at(40), **options)
        with pytest.raises(NonFiniteLossError):
            its.fit(corpus(), valid)
        assert its.history.best_epoch < len(its.history) == 6
        assert its.evaluate(valid).loss == min(its.history["valid_loss"])

    def test_a_rate_that_is_far_too_large(self):
        model = bag()
        before = weights(model)
        its = trainer(model, optimizer="sgd", learning_rate=1e30, clip_norm=None)
        with pytest.raises(NonFiniteLossError, match=r"learning rate 1e\+30"):
            its.fit(corpus())
        assert same(weights(model), before)

    def test_the_last_step_spoils_the_weights(self):
        model = bag()
        before = weights(model)
        options = {"loss": lambda logits, labels: 1e4 * F.cross_entropy(logits, labels), "clip_norm": None}
        its = trainer(model, optimizer="sgd", learning_rate=1e38, batch_size=24, epochs=1, **options)
        with pytest.raises(NonFiniteLossError, match="weights must stay finite.* after step 1 .epoch 1"):
            its.fit(corpus())
        assert same(weights(model), before)

    def test_the_last_step_spoils_the_validation(self):
        model = bag()
        before = weights(model)
        its = trainer(model, optimizer="sgd", learning_rate=1e25, clip_norm=None, batch_size=24, epochs=1)
        with pytest.raises(NonFiniteLossError, match="logits must be finite"):
            its.fit(corpus(), corpus())
        assert same(weights(model), before)
        assert its.history.stopped == "non-finite loss"

    def test_no_checkpoint_holds_spoilt_weights(self, tmp_path):
        class Spoil(Callback):
            def on_step_end(self, trainer, result):
                if trainer.state.step == 8:
                    with torch.no_grad():
                        trainer.model.classifier.bias[0] = math.nan

        options = {"run_folder": tmp_path / "run", "checkpoint_every": 2}
        with pytest.raises(NonFiniteLossError, match="in classifier.bias after step 8"):
            trainer(callbacks=[Spoil()], **options).fit(corpus())
        assert len(trainer(**options).fit(corpus(), resume=True)) == 3

    def test_evaluating_a_spoilt_model(self):
        model = bag()
        torch.nn.init.constant_(model.classifier.bias, math.nan)
        with pytest.raises(NonFiniteLossError, match="logits must be finite.*in row 0"):
            trainer(model).evaluate(corpus())

    def test_classes_that_a_model_rules_out_are_fine(self):
        model = bag()
        torch.nn.init.constant_(model.classifier.bias[2:], -math.inf)
        data = EncodedCorpus.from_lists([[2], [3]], [0, 1])
        assert math.isfinite(trainer(model).evaluate(data).loss)


class TestSeed:
    def test_same_seed_same_result(self):
        left, right = dan(), dan()
        first = trainer(left, seed=5).fit(corpus(), corpus(9, seed=1))
        torch.rand(3)
        second = trainer(right, seed=5).fit(corpus(), corpus(9, seed=1))
        assert same(weights(left), weights(right))
        assert without_seconds(first) == without_seconds(second)

    def test_other_seed_other_result(self):
        left, right = dan(dropout=0.0), dan(dropout=0.0)
        trainer(left, seed=5).fit(corpus())
        trainer(right, seed=6).fit(corpus())
        assert not same(weights(left), weights(right))


class TestProgress:
    def test_silence(self, capfd):
        its = trainer(progress=False)
        its.fit(corpus(), corpus(6))
        its.predict(corpus())
        assert capfd.readouterr() == ("", "")

    def test_the_bar_writes_to_stderr_alone(self, capfd):
        trainer(progress=True).fit(corpus(), corpus(6))
        written = capfd.readouterr()
        assert written.out == ""
        assert "epoch 3" in written.err
        assert "18/18" in written.err


class TestBadData:
    def test_no_texts(self):
        with pytest.raises(DataError, match="`train` must have texts with tokens. Received: 0 texts"):
            trainer().fit(EncodedCorpus.from_lists([], []))

    def test_texts_without_tokens(self):
        with pytest.raises(
            DataError, match="`train` must have texts with tokens. Received: 2 texts and no"
        ):
            trainer().fit(EncodedCorpus.from_lists([[], []], [0, 1]))

    def test_no_texts_to_validate_with(self):
        with pytest.raises(DataError, match="`valid` must have texts with tokens. Received: 0 texts"):
            trainer().fit(corpus(), EncodedCorpus.from_lists([], []))

    def test_one_class_only(self):
        with pytest.raises(DataError, match="at least two classes. Received: 1"):
            trainer().fit(EncodedCorpus.from_lists([[2], [3]], [1, 1]))

    def test_no_labels(self):
        with pytest.raises(DataError, match="`train` must have labels"):
            trainer().fit(EncodedCorpus.from_lists([[2], [3]]))

    def test_no_labels_to_validate_with(self):
        with pytest.raises(DataError, match="`valid` must have labels"):
            trainer().fit(corpus(), EncodedCorpus.from_lists([[2], [3]]))

    def test_no_labels_to_evaluate_with(self):
        with pytest.raises(DataError, match="`corpus` must have labels"):
            trainer().evaluate(EncodedCorpus.from_lists([[2], [3]]))

    @pytest.mark.parametrize("act", ["fit", "evaluate", "predict"])
    def test_ids_out_of_range(self, act):
        data = EncodedCorpus.from_lists([[2], [VOCAB]], [0, 1])
        with pytest.raises(ArgumentError, match="above the corpus's largest id, 20. Received: 20"):
            getattr(trainer(), act)(data)

    @pytest.mark.parametrize("act", ["fit", "evaluate"])
    def test_labels_out_of_range(self, act):
        data = EncodedCorpus.from_lists([[2], [3]], [0, CLASSES])
        with pytest.raises(ArgumentError, match="labelled from 0 to 2, the classes of the model"):
            getattr(trainer(), act)(data)

    def test_validation_out_of_range(self):
        with pytest.raises(ArgumentError, match="`valid` must be labelled from 0 to 2"):
            trainer().fit(corpus(), EncodedCorpus.from_lists([[2]], [7]))

    def test_not_a_corpus(self):
        with pytest.raises(ArgumentError, match="`train` must be an EncodedCorpus. Received: 'list'"):
            trainer().fit([[2], [3]])

    def test_nothing_is_changed_by_a_refusal(self, tmp_path):
        model = dan()
        before = weights(model)
        with pytest.raises(DataError):
            trainer(model, run_folder=tmp_path / "run").fit(EncodedCorpus.from_lists([[2], [3]], [1, 1]))
        assert same(before, weights(model))
        assert not (tmp_path / "run").exists()


class TestBadOptions:
    @pytest.mark.parametrize(
        ("option", "value", "message"),
        [
            ("epochs", 0, "`epochs` must be an integer of at least 1. Received: 0"),
            ("epochs", True, "`epochs` must be an integer of at least 1. Received: True"),
            ("epochs", 1.5, "`epochs` must be an integer"),
            ("batch_size", 0, "`batch_size` must be an integer of at least 1. Received: 0"),
            ("learning_rate", 0.0, "`learning_rate` must be a finite number above 0. Received: 0.0"),
            ("learning_rate", -0.1, "`learning_rate` must be a finite number above 0. Received: -0.1"),
            ("learning_rate", math.nan, "`learning_rate` must be a finite number above 0. Received: nan"),
            ("learning_rate", math.inf, "`learning_rate` must be a finite number above 0. Received: inf"),
            ("weight_decay", -1.0, "`weight_decay` must be a finite number of at least 0"),
            ("patience", 0, "`patience` must be an integer of at least 1. Received: 0"),
            ("clip_norm", 0.0, "`clip_norm` must be a finite number above 0"),
            ("accumulate", 0, "`accumulate` must be an integer of at least 1. Received: 0"),
            ("label_smoothing", 1.0, "`label_smoothing` must be .* below 1. Received: 1.0"),
            ("label_smoothing", -0.1, "`label_smoothing` must be a finite number of at least 0"),
            ("ema_decay", 1.0, "`ema_decay` must be .* below 1. Received: 1.0"),
            ("monitor", "acuracy", "Received: 'acuracy'. Did you mean 'accuracy'"),
            ("precision", "fp8", "`precision` must be 'auto', 'fp32'"),
            ("device", "gpu", "`device` must be 'auto', 'cpu'"),
            ("progress", 1, "`progress` must be True or False"),
            ("seed", -1, "`seed` must be an integer of at least 0"),
            ("checkpoint_every", 0, "`checkpoint_every` must be an integer of at least 1"),
            ("loss", "crossentropy", "`loss` must be a known name. Received: 'crossentropy'"),
            ("loss", 3, "`loss` must be a function of logits and labels, or a name"),
            ("callbacks", [print], "`callbacks` must be a list of textclf.training.Callback"),
            ("callbacks", Callback(), "`callbacks` must be a list of textclf.training.Callback"),
        ],
    )
    def test_refused_when_the_trainer_is_made(self, option, value, message):
        with pytest.raises((ArgumentError, UnknownNameError), match=message):
            trainer(**{option: value})

    @pytest.mark.parametrize(
        ("option", "value", "message"),
        [
            ("optimizer", "adamm", "`optimizer` must be a registered name. .* Did you mean .*'adam'"),
            ("optimizer", 3, "`optimizer` must be a torch optimiser, its name, or a function"),
            ("schedule", "cosin", "`schedule` must be a registered name. .* Did you mean 'cosine'"),
            ("schedule", 3, "`schedule` must be a name, or a function"),
            ("optimizer_options", {"betass": (0.9, 0.9)}, "`betass` must be an option .* mean 'betas'"),
            ("optimizer_options", {"eps": -1.0}, "`optimizer_options` must be what AdamW takes"),
            ("schedule_options", {"warmup": 0.1}, "`warmup` must be an option of schedule 'constant'"),
            ("class_weight", [1.0, 2.0], "`class_weight` must be of 3 numbers, one a class"),
            ("class_weight", [1.0, -2.0, 1.0], "`class_weight` must be a finite number above 0"),
            ("class_weight", {"zebra": 2.0}, "`class_weight` must be keyed by labels"),
            ("class_weight", "balance", "`class_weight` must be 'balanced'"),
            ("seed", 2**32, "`seed` must be an integer from 0 to 4294967295"),
        ],
    )
    def test_refused_before_the_first_step(self, option, value, message):
        model = dan()
        before = weights(model)
        expected = (ArgumentError, UnknownNameError, UnknownOptionError)
        with pytest.raises(expected, match=message):
            trainer(model, **{option: value}).fit(corpus())
        assert same(before, weights(model))

    def test_misspelt_option(self):
        with pytest.raises(UnknownOptionError, match="Did you mean 'learning_rate'"):
            trainer(learning_rat=0.1)

    def test_a_metric_of_two_classes_for_three(self):
        its = trainer(monitor="f1")
        with pytest.raises(ArgumentError, match="one for 3 classes. Received: 'f1'. Use 'macro_f1'"):
            its.fit(corpus(), corpus())
        assert its.state.step == 0

    def test_a_metric_of_two_classes_for_two(self):
        two = corpus(classes=2)
        assert trainer(dan(num_classes=2), monitor="f1").fit(two, two).best_epoch is not None

    @pytest.mark.parametrize("other", [{"class_weight": [1, 1, 1]}, {"label_smoothing": 0.1}])
    def test_options_that_a_custom_loss_would_ignore(self, other):
        with pytest.raises(ArgumentError, match="`loss` must be None with class_weight or label_smoothing"):
            trainer(loss=F.cross_entropy, **other)

    @pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
    def test_a_gpu_that_is_not_there(self):
        with pytest.raises(DeviceError, match="Received: 'cuda', with 0 CUDA devices"):
            trainer(device="cuda")

    def test_fp16_on_a_cpu(self):
        with pytest.raises(DeviceError, match="`precision` must be 'fp32' or 'bf16' on a CPU"):
            trainer(precision="fp16")

    def test_not_a_module(self):
        with pytest.raises(ArgumentError, match="`model` must be a torch.nn.Module"):
            trainer(lambda token_ids, lengths: token_ids)

    def test_nothing_to_train(self):
        with pytest.raises(ArgumentError, match="`model` must be one with a trainable parameter"):
            trainer(bag().requires_grad_(False)).fit(corpus())

    def test_resume_without_a_folder(self):
        with pytest.raises(ArgumentError, match="`resume` must be False without a `run_folder`"):
            trainer().fit(corpus(), resume=True)

    def test_a_folder_that_is_there(self, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        with pytest.raises(OutputExistsError, match="`run_folder` must be free.*resume=True"):
            trainer(run_folder=tmp_path).fit(corpus())
        assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
        assert (tmp_path / "notes.txt").read_text() == "mine"


class TestSeveralLabels:
    """Token 2 + n says label n, and token 1 nothing."""

    names = ("a", "b", "c")

    def corpus(self, seed=0, texts=64):
        random = np.random.default_rng(seed)
        hot = random.random((texts, 3)) < 0.4
        ids = [[1, *(2 + np.flatnonzero(row)).tolist()] for row in hot]
        return EncodedCorpus.from_lists(ids, hot, label_names=self.names)

    def trainer(self, **options):
        seed_everything(0)
        options = {"epochs": 30, "learning_rate": 0.1, "batch_size": 16, "progress": False} | options
        return Trainer(Bag(), **options)

    def test_it_learns_and_measures(self):
        train, valid = self.corpus(), self.corpus(1)
        trainer = self.trainer(monitor="macro_f1", patience=None)
        history = trainer.fit(train, valid)
        report = trainer.evaluate(valid)
        assert isinstance(report, MultiLabelReport)
        assert report.label_names == self.names
        assert report.accuracy > 0.95
        assert report["macro_f1"] == max(row["valid_macro_f1"] for row in history)
        assert report["micro_f1"] == pytest.approx(
            f1_score(valid.labels, trainer.predict(valid), average="micro")
        )
        probabilities = trainer.predict_proba(valid)
        assert ((probabilities >= 0.5) == trainer.predict(valid)).all()
        unlabelled = EncodedCorpus.from_lists(list(valid))
        assert (trainer.predict(unlabelled) == trainer.predict(valid)).all()
        assert history.rows[-1]["train_accuracy"] > 0.9

    @pytest.mark.parametrize("options", [{}, {"class_weight": [1.0, 5.0, 2.0]}, {"label_smoothing": 0.1}])
    def test_accumulated_batches_are_one_batch(self, options):
        weights = []
        for batch_size, accumulate in ((60, 1), (15, 4), (7, 9)):
            trainer = self.trainer(
                batch_size=batch_size,
                accumulate=accumulate,
                epochs=2,
                optimizer="sgd",
                clip_norm=None,
                **options,
            )
            trainer.fit(self.corpus(texts=60))
            weights.append(trainer.model.classifier.weight.detach().clone())
        torch.testing.assert_close(weights[1], weights[0])
        torch.testing.assert_close(weights[2], weights[0])

    def test_the_history_has_the_plain_mean_loss(self):
        trainer = self.trainer(epochs=1, optimizer="sgd", learning_rate=1e-9)
        train = self.corpus(texts=33)
        row = trainer.fit(train).rows[0]
        assert row["train_loss"] == pytest.approx(trainer.evaluate(train).loss, rel=1e-4)
        assert row["train_accuracy"] == pytest.approx(trainer.evaluate(train).accuracy)

    def test_the_zoo(self):
        for name in ("textcnn", "fasttext", "dan"):
            seed_everything(0)
            model = create_model(name, vocab_size=VOCAB, num_classes=3)
            trainer = Trainer(model, epochs=None, progress=False)
            trainer.fit(self.corpus(texts=200))
            assert trainer.evaluate(self.corpus(1)).micro_f1 > 0.95, name

    def test_a_named_loss(self):
        trainer = self.trainer(loss="binary_cross_entropy", epochs=1)
        assert trainer.predict(EncodedCorpus.from_lists([[1]])).dtype == np.bool_
        trainer.fit(self.corpus())
        with pytest.raises(ArgumentError, match="`loss` must be 'binary_cross_entropy' for several labels"):
            self.trainer(loss="cross_entropy").fit(self.corpus())
        one = EncodedCorpus.from_lists([[2], [3]], [0, 1])
        with pytest.raises(ArgumentError, match="`loss` must be 'cross_entropy' for one label a text"):
            self.trainer(loss="binary_cross_entropy").fit(one)
        with pytest.raises(
            UnknownNameError, match="Received: 'cross_entropi'. Did you mean 'cross_entropy'"
        ):
            self.trainer(loss="cross_entropi")

    def test_a_loss_of_ones_own(self):
        seen = []

        def loss(logits, labels):
            seen.append(labels.dtype)
            return F.multilabel_soft_margin_loss(logits, labels.float())

        self.trainer(loss=loss, epochs=1).fit(self.corpus())
        assert set(seen) == {torch.bool}

    @pytest.mark.parametrize("monitor", ["mcc", "roc_auc", "f1"])
    def test_a_metric_of_one_label_a_text(self, monitor):
        with pytest.raises(
            UnknownNameError, match=f"known name for several labels a text. Received: '{monitor}'"
        ):
            self.trainer(monitor=monitor).fit(self.corpus(), self.corpus(1))

    def test_a_metric_of_several_labels_a_text(self):
        one = EncodedCorpus.from_lists([[2], [3]], [0, 1])
        with pytest.raises(UnknownNameError, match="for one label a text. Received: 'hamming_loss'"):
            self.trainer(monitor="hamming_loss").fit(one, one)

    def test_labels_of_two_kinds(self):
        one = EncodedCorpus.from_lists([[2], [3]], [0, 1])
        with pytest.raises(
            ArgumentError, match="`valid` must be labelled like `train`, with several labels a text"
        ):
            self.trainer().fit(self.corpus(), one)

    def test_other_classes_than_the_model(self):
        data = EncodedCorpus.from_lists([[2], [3]], np.eye(2, dtype=bool))
        with pytest.raises(
            ArgumentError, match="`train` must be labelled with 3 classes, those of the model"
        ):
            self.trainer().fit(data)

    @pytest.mark.parametrize("hot", [np.zeros((4, 3), bool), np.ones((4, 3), bool)])
    def test_nothing_to_tell_apart(self, hot):
        with pytest.raises(
            DataError, match="`train` must have a label that some texts have and others have not"
        ):
            self.trainer().fit(EncodedCorpus.from_lists([[2]] * 4, hot))

    def test_a_label_on_every_text_and_one_on_none(self):
        data = self.corpus()
        hot = data.labels.copy()
        hot[:, 1], hot[:, 2] = True, False
        trainer = self.trainer()
        trainer.fit(data.with_labels(hot))
        assert trainer.predict(data)[:, 1].all()
        assert not trainer.predict(data)[:, 2].any()

    def test_one_label_on_each_text(self):
        data = EncodedCorpus.from_lists([[2], [3], [4]] * 8, np.eye(3, dtype=bool)[[0, 1, 2] * 8])
        trainer = self.trainer()
        trainer.fit(data)
        assert trainer.evaluate(data).accuracy == 1.0
