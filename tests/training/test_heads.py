from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from textclf.data import BatchLoader, EncodedCorpus, head_of, joint_corpus
from textclf.device import seed_everything
from textclf.errors import ArgumentError, DataError, UnknownNameError
from textclf.metrics import JointReport, TaggingReport
from textclf.models import create_model
from textclf.training import Trainer
from textclf.training.heads import JointLoss, JointTarget, side_by_side, target_of_corpus
from textclf.training.targets import target_of

VOCAB = 12
SIZES = {"inside": 2, "tag": 3}
NAMES = {"inside": ("no", "yes"), "tag": ("O", "B", "I")}


def corpus(count=24, *, seed=0):
    """Ids 5 and 6 begin and go on with a span."""
    random = np.random.default_rng(seed)
    texts = [
        random.choice([2, 3, 4, 5, 6], n, p=[0.2, 0.2, 0.2, 0.25, 0.15])
        for n in random.integers(0, 7, count)
    ]
    tags = [np.select([text == 5, text == 6], [1, 2]) for text in texts]
    tagged = EncodedCorpus.from_lists(texts, tags, token_labels=True, label_names=NAMES["tag"])
    inside = tagged.with_labels(np.minimum(tagged.labels, 1), NAMES["inside"], token_labels=True)
    return joint_corpus({"inside": inside, "tag": tagged})


def model(seed=1):
    seed_everything(seed)
    return create_model("joint_rnn", vocab_size=VOCAB, num_classes=SIZES, embed_dim=6, hidden_dim=8)


def trainer(its=None, **options):
    settings = {"epochs": 2, "batch_size": 8, "learning_rate": 0.02, "device": "cpu", "progress": False}
    return Trainer(model() if its is None else its, **{**settings, **options})


class Topics(nn.Module):
    """Two heads on texts, by the bag of their tokens."""

    def __init__(self):
        super().__init__()
        self.heads = {"mood": 2, "topic": 3}
        self.bag = nn.EmbeddingBag(VOCAB, 5, padding_idx=0)

    def forward(self, token_ids, lengths):
        rows = self.bag(token_ids)
        return {"topic": rows[:, 2:], "mood": rows[:, :2]}  # in another order, which must not matter


class TestSideBySide:
    def test_in_the_order_of_the_heads(self):
        logits = {"b": torch.ones(1, 1), "a": torch.zeros(1, 2)}
        assert side_by_side(logits, {"a": 2, "b": 1}).tolist() == [[0, 0, 1]]
        assert side_by_side(logits["b"], None) is logits["b"]

    @pytest.mark.parametrize("heads", [None, {"a": 2}, {"a": 2, "b": 2}, {"a": 2, "c": 1}])
    def test_other_heads(self, heads):
        with pytest.raises(ArgumentError, match="`model` must be one that gives the logits of its heads"):
            side_by_side({"a": torch.zeros(1, 2), "b": torch.ones(1, 1)}, heads)


class TestLoss:
    logits = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([[[1, 2], [0, 0], [1, 1]], [[0, 1], [-100, -100], [-100, -100]]])

    def test_is_the_weighted_sum(self):
        parts = [
            F.cross_entropy(its.flatten(0, 1), self.labels[..., head].flatten())
            for head, its in enumerate(self.logits.split([2, 3], dim=2))
        ]
        loss = JointLoss([2, 3], [0.3, 0.7])(self.logits, self.labels)
        assert loss.item() == pytest.approx((0.3 * parts[0] + 0.7 * parts[1]).item(), rel=1e-6)

    def test_labels_of_another_shape(self):
        with pytest.raises(ArgumentError, match="`labels` must be one for each head and row of logits"):
            JointLoss([2, 3], [0.3, 0.7])(self.logits, self.labels[..., 0])


class TestTarget:
    target = JointTarget(NAMES)
    logits = np.array([[0.0, 1.0, 0.0, 0.0, 3.0], [2.0, 0.0, 5.0, 0.0, 0.0]], dtype=np.float32)

    def test_answers_of_each_head(self):
        assert self.target.predictions(self.logits).tolist() == [[1, 2], [0, 0]]
        shares = self.target.probabilities(self.logits)
        np.testing.assert_allclose(shares[:, :2].sum(axis=1), 1)
        np.testing.assert_allclose(shares[:, 2:].sum(axis=1), 1)

    def test_labels_of_all_heads_count(self):
        labels = torch.tensor([[1, 2], [0, 1], [-100, -100]])
        assert self.target.count(labels) == 4
        assert self.target.correct(torch.from_numpy(self.logits), labels[:2]).item() == 3
        assert self.target.counted(labels.numpy()).tolist() == [True, True, False]

    @pytest.mark.parametrize(
        "bad", [{"inside": 1.0}, {"inside": 1, "tag": 1, "more": 1}, {}, {"inside": 1, "tags": 1}]
    )
    def test_weights_of_other_heads(self, bad):
        with pytest.raises(
            ArgumentError, match=r"`loss` must be a weight for each of the heads \['inside'"
        ):
            JointTarget(NAMES, bad)

    @pytest.mark.parametrize("bad", [0, -1, "1", None, float("nan")])
    def test_weights_that_are_none(self, bad):
        with pytest.raises(ArgumentError, match=r"`loss\['tag'\]` must be a finite number above 0"):
            JointTarget(NAMES, {"inside": 1, "tag": bad})

    def test_class_weights(self):
        data = corpus()
        balanced = self.target.class_weights("balanced", data)
        assert [len(its) for its in balanced] == [2, 3]
        only = self.target.class_weights({"tag": {"B": 2.0}}, data)
        assert only[0] is None
        assert only[1].tolist() == [1.0, 2.0, 1.0]
        for bad in ([1.0, 2.0], {"B": 2.0}, 3):
            with pytest.raises(ArgumentError, match="'balanced', or weights by the name of the head"):
                self.target.class_weights(bad, data)


class TestWhichTarget:
    def test_by_the_corpus(self):
        assert isinstance(target_of_corpus(corpus()), JointTarget)
        assert target_of_corpus(head_of(corpus(), "tag")) is target_of(False)

    def test_a_loss_for_other_labels(self):
        with pytest.raises(ArgumentError, match="the weight of the loss of each head by its name"):
            target_of_corpus(corpus(), "cross_entropy")
        with pytest.raises(ArgumentError, match="no weights of heads for a corpus of one head"):
            target_of_corpus(head_of(corpus(), "tag"), {"inside": 0.3, "tag": 0.7})


class TestTrainer:
    def test_learns_and_reports_each_head(self):
        data = corpus(80)
        its = trainer(epochs=25, loss={"inside": 0.3, "tag": 0.7}, monitor="tag/span_f1", patience=None)
        history = its.fit(data, corpus(20, seed=1))
        assert history["valid_tag/span_f1"][-1] > 0.9
        report = its.evaluate(data)
        assert isinstance(report, JointReport)
        assert isinstance(report.heads["tag"], TaggingReport)
        assert report["tag/accuracy"] > 0.95
        assert report.loss == pytest.approx(0.3 * report["inside/loss"] + 0.7 * report["tag/loss"])
        assert its.predict(data).shape == (data.num_tokens, 2)
        assert its.predict_proba(data).shape == (data.num_tokens, 5)
        unlabelled = data.with_labels(None)
        np.testing.assert_array_equal(its.predict(unlabelled), its.predict(data))

    def test_the_step_is_that_of_the_weighted_loss(self):
        data = corpus(8)
        its, by_hand = model(), model()
        options = {"optimizer": "sgd", "weight_decay": 0.0, "clip_norm": None, "schedule": "constant"}
        for net in (its, by_hand):
            for layer in net.modules():
                if isinstance(layer, nn.Dropout):
                    layer.p = 0.0
        trainer(its, epochs=1, loss={"inside": 0.3, "tag": 0.7}, **options).fit(data)
        batch = next(BatchLoader(data, batch_size=8, shuffle=True).epoch(0))
        logits = by_hand.train()(batch.token_ids, batch.lengths)
        losses = [
            F.cross_entropy(logits[head].flatten(0, 1), batch.labels[..., column].flatten())
            for column, head in enumerate(SIZES)
        ]
        (0.3 * losses[0] + 0.7 * losses[1]).backward()
        with torch.no_grad():
            for mine, trained in zip(by_hand.parameters(), its.parameters(), strict=True):
                assert torch.allclose(mine - 0.02 * mine.grad, trained, atol=1e-6)

    def test_heads_of_texts(self):
        random = np.random.default_rng(0)
        ids = random.integers(2, 8, (40, 1))
        labels = np.concatenate([ids % 2, ids % 3], axis=1)
        names = {"mood": ["a", "b"], "topic": ["x", "y", "z"]}
        data = EncodedCorpus.from_lists(ids, labels, label_names=names)
        seed_everything(0)
        its = trainer(Topics(), epochs=60, learning_rate=0.2, patience=None)
        its.fit(data)
        assert its.predict(data).tolist() == labels.tolist()
        assert its.evaluate(data)["topic/accuracy"] == 1.0

    def test_a_resumed_run_ends_as_one_that_was_not_stopped(self, tmp_path):
        data, valid = corpus(40), corpus(10, seed=1)
        options = {
            "loss": {"inside": 0.3, "tag": 0.7},
            "class_weight": {"tag": "balanced"},
            "schedule": "constant",
            "patience": None,
        }
        whole, first, second = model(), model(), model(seed=9)
        trainer(whole, epochs=4, **options).fit(data, valid)
        trainer(first, epochs=2, run_folder=tmp_path / "run", **options).fit(data, valid)
        trainer(second, epochs=4, run_folder=tmp_path / "run", **options).fit(data, valid, resume=True)
        for one, other in zip(whole.parameters(), second.parameters(), strict=True):
            assert torch.equal(one, other)
        for changed in ({"loss": {"inside": 0.5, "tag": 0.5}}, {"class_weight": None}):
            again = trainer(epochs=5, run_folder=tmp_path / "run", **{**options, **changed})
            with pytest.raises(ArgumentError, match="`resume` must be of the same run"):
                again.fit(data, valid, resume=True)

    def test_a_monitor_that_does_not_fit_raises_before_the_first_step(self):
        with pytest.raises(UnknownNameError, match="the name of a head, a slash and a metric"):
            trainer(monitor="span_f1").fit(corpus(), corpus())
        with pytest.raises(ArgumentError, match="`label_names` must be BIO or BIOES tags"):
            trainer(monitor="inside/span_f1").fit(corpus(), corpus())

    def test_a_corpus_of_other_heads(self):
        with pytest.raises(ArgumentError, match="`train` must be labelled for the heads of the model"):
            trainer().fit(head_of(corpus(), "tag"))
        tagger = create_model("rnn_tagger", vocab_size=VOCAB, num_classes=3)
        with pytest.raises(
            ArgumentError, match="`train` must be labelled for the heads of the model, None"
        ):
            trainer(tagger).fit(corpus())
        swapped = joint_corpus({name: head_of(corpus(), name) for name in ("tag", "inside")})
        with pytest.raises(ArgumentError, match="name the heads, in one order"):
            trainer().fit(swapped)

    def test_a_head_with_one_class_only(self):
        data = corpus()
        ones = data.with_labels(np.minimum(data.labels, [0, 2]), NAMES, token_labels=True)
        with pytest.raises(DataError, match="at least two classes of 'inside'. Received: 1"):
            trainer().fit(ones)
