from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score
from torch.nn import functional as F

from textclf.data import EncodedCorpus
from textclf.device import seed_everything
from textclf.models import create_model
from textclf.training import Trainer

VOCAB, CLASSES = 20, 3


def corpus(count=24):
    """Texts of 1 to 7 tokens, with labels that they do not tell."""
    random = np.random.default_rng(5)
    texts = [random.integers(2, VOCAB, random.integers(1, 8)) for _ in range(count)]
    return EncodedCorpus.from_lists(texts, random.integers(0, CLASSES, count))


def dan(seed=0, **options):
    seed_everything(seed)
    sizes = {"vocab_size": VOCAB, "num_classes": CLASSES, "embed_dim": 8, "hidden_dim": 8, "ngrams": 0}
    return create_model("dan", **sizes, **options)


def trainer(model=None, *, batch_size=4, **options):
    model = dan() if model is None else model
    return Trainer(model, batch_size=batch_size, device="cpu", precision="fp32", progress=False, **options)


class TestEvaluate:
    @pytest.mark.parametrize("count", [1, 7, 8, 9, 23])
    def test_evaluation_comes_from_counts(self, count):
        its = trainer(dan(seed=2, embedding_std=1.0), batch_size=4)
        data = corpus(count)
        report, predicted, logits = its.evaluate(data), its.predict(data), its.predict_logits(data)
        assert report.n == count
        assert report.accuracy == pytest.approx(accuracy_score(data.labels, predicted))
        labels = torch.tensor(data.labels.copy())
        assert report.loss == pytest.approx(F.cross_entropy(torch.tensor(logits), labels).item(), rel=1e-5)
        present = sorted({*data.labels.tolist(), *predicted.tolist()})
        expected = f1_score(data.labels, predicted, labels=present, average="macro", zero_division=0)
        assert report.macro_f1 == pytest.approx(expected)

    def test_evaluation_loss_has_neither_weights_nor_smoothing(self):
        model = dan()
        plain, other = trainer(model), trainer(model, label_smoothing=0.5, class_weight=[9, 1, 1])
        assert plain.evaluate(corpus()).loss == other.evaluate(corpus()).loss

    def test_label_names_reach_the_report(self):
        data = corpus(6).with_labels([0, 1, 2, 0, 1, 2], ["a", "b", "c"])
        assert trainer().evaluate(data).label_names == ("a", "b", "c")


class TestPredict:
    def test_order_in_order_out(self):
        random = np.random.default_rng(0)
        texts = [random.integers(1, VOCAB, length) for length in [9, 1, 0, 5, 30, 2, 2, 7, 0, 4, 3, 12, 1]]
        data = EncodedCorpus.from_lists(texts)
        its = trainer(dan(seed=1), batch_size=2)
        alone = np.concatenate([its.predict_logits(data.subset([i])) for i in range(len(data))])
        assert len(np.unique(alone.round(4), axis=0)) > 8
        np.testing.assert_allclose(its.predict_logits(data), alone, atol=1e-5)
        np.testing.assert_array_equal(its.predict(data), alone.argmax(axis=1))
        turned = np.arange(len(data))[::-1]
        np.testing.assert_allclose(its.predict_proba(data.subset(turned)), its.predict_proba(data)[::-1])

    def test_probabilities_sum_to_one(self):
        shares = trainer().predict_proba(corpus())
        assert shares.shape == (24, CLASSES)
        np.testing.assert_allclose(shares.sum(axis=1), 1.0)

    def test_no_texts(self):
        its, none = trainer(), EncodedCorpus.from_lists([])
        assert its.predict(none).shape == (0,)
        assert its.predict_proba(none).shape == (0, CLASSES)

    def test_labels_that_the_model_does_not_know_do_not_matter_to_predict(self):
        data = EncodedCorpus.from_lists([[2], [3]], [0, 8])
        assert trainer().predict(data).shape == (2,)

    def test_dropout_is_off_and_the_mode_stays(self):
        model = dan(dropout=0.9)
        its = trainer(model)
        model.train()
        np.testing.assert_array_equal(its.predict_logits(corpus()), its.predict_logits(corpus()))
        assert model.training
        model.eval()
        its.predict(corpus())
        assert not model.training
