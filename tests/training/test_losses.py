from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional as F

from textclf.data import EncodedCorpus
from textclf.errors import ArgumentError, DataError
from textclf.training import BinaryCrossEntropy, TokenOrTextCrossEntropy, class_weights

LABELS = [0, 2, 2, 1, 0, 0, 0, 2, 0, 0]


def corpus(labels=LABELS, names=None):
    return EncodedCorpus.from_lists([[2]] * len(labels), labels, label_names=names)


def logits(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * 3


class TestCrossEntropy:
    @pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
    def test_equals_that_of_torch(self, smoothing):
        values, labels = logits(7, 4), torch.tensor([0, 1, 2, 3, 3, 2, 0])
        expected = F.cross_entropy(values, labels, label_smoothing=smoothing)
        given = TokenOrTextCrossEntropy(label_smoothing=smoothing)(values, labels)
        torch.testing.assert_close(given, expected)

    @pytest.mark.parametrize("smoothing", [0.0, 0.3])
    def test_weights_multiply_each_label(self, smoothing):
        values, labels, weight = logits(5, 3), torch.tensor([0, 1, 2, 2, 1]), torch.tensor([0.5, 2.0, 7.0])
        each = F.cross_entropy(values, labels, weight=weight, label_smoothing=smoothing, reduction="none")
        given = TokenOrTextCrossEntropy(weight, label_smoothing=smoothing)(values, labels)
        torch.testing.assert_close(given, each.mean())

    def test_a_batch_of_one_class_is_weighted_too(self):
        values, labels = logits(4, 2), torch.tensor([1, 1, 1, 1])
        heavy = TokenOrTextCrossEntropy(torch.tensor([1.0, 10.0]))(values, labels)
        torch.testing.assert_close(heavy, 10 * F.cross_entropy(values, labels))

    def test_balanced_weights_keep_the_loss_of_equal_answers(self):
        weight = class_weights("balanced", corpus(), 3)
        loss = TokenOrTextCrossEntropy(weight)(torch.zeros(10, 3), torch.tensor(LABELS))
        assert loss.item() == pytest.approx(math.log(3))

    def test_labels_of_tokens_without_padding(self):
        values = logits(2, 3, 4)
        labels = torch.tensor([[0, 3, -100], [2, -100, -100]])
        expected = F.cross_entropy(values[labels != -100], labels[labels != -100])
        torch.testing.assert_close(TokenOrTextCrossEntropy()(values, labels), expected)
        changed = values.masked_fill((labels == -100).unsqueeze(2), 1e3)
        torch.testing.assert_close(TokenOrTextCrossEntropy()(changed, labels), expected)

    def test_padding_gets_no_gradient(self):
        values = logits(1, 2, 3).requires_grad_()
        TokenOrTextCrossEntropy()(values, torch.tensor([[1, -100]])).backward()
        assert values.grad[0, 0].any()
        assert not values.grad[0, 1].any()

    def test_half_precision_logits_are_computed_in_full(self):
        values = logits(3, 4).bfloat16()
        loss = TokenOrTextCrossEntropy()(values, torch.tensor([0, 1, 2]))
        assert loss.dtype == torch.float32
        torch.testing.assert_close(loss, F.cross_entropy(values.float(), torch.tensor([0, 1, 2])))

    def test_weights_move_with_the_module(self):
        loss = TokenOrTextCrossEntropy(torch.ones(2))
        assert loss.to(torch.float64).weight.dtype == torch.float64
        assert dict(loss.named_buffers()).keys() == {"weight"}

    @pytest.mark.parametrize(
        ("shape", "labels"), [((2, 3), (3,)), ((2, 5, 3), (2,)), ((2, 3), (2, 5)), ((1, 1, 3), (1,))]
    )
    def test_one_label_for_each_row(self, shape, labels):
        with pytest.raises(ArgumentError, match="`labels` must be one for each row of the model's logits"):
            TokenOrTextCrossEntropy()(torch.zeros(shape), torch.zeros(labels, dtype=torch.int64))


class TestClassWeights:
    def test_none(self):
        assert class_weights(None, corpus(), 3) is None

    @pytest.mark.parametrize("labels", [LABELS, [0, 1, 2], [2] * 50 + [1] * 3 + [0]])
    def test_balanced_equals_scikit_learn(self, labels):
        expected = compute_class_weight("balanced", classes=np.arange(3), y=np.array(labels))
        given = class_weights("balanced", corpus(labels), 3)
        assert given.dtype == torch.float32
        np.testing.assert_allclose(given.numpy(), expected, rtol=1e-6)

    def test_balanced_over_the_labels_of_tokens(self):
        tagged = EncodedCorpus.from_lists([[2, 2, 2], [3]], [[0, 0, 0], [1]], token_labels=True)
        np.testing.assert_allclose(class_weights("balanced", tagged, 2).numpy(), [4 / 6, 2.0], rtol=1e-6)

    @pytest.mark.parametrize(
        "weight",
        [
            [1, 2.5, 3],
            (1, 2.5, 3),
            np.array([1, 2.5, 3]),
            np.array([1, 2.5, 3], dtype=np.float32),
            torch.tensor([1, 2.5, 3]),
            {0: 1, 1: 2.5, 2: 3},
            {1: 2.5, 2: 3},
        ],
        ids=repr,
    )
    def test_forms(self, weight):
        assert class_weights(weight, corpus(), 3).tolist() == [1.0, 2.5, 3.0]

    def test_by_label_name(self):
        named = corpus(names=["bad", "fair", "good"])
        assert class_weights({"good": 4.0}, named, 3).tolist() == [1.0, 1.0, 4.0]

    def test_by_a_label_name_that_is_a_number(self):
        named = corpus(names=[10, 20, 30])
        assert class_weights({20: 4.0}, named, 3).tolist() == [1.0, 4.0, 1.0]

    @pytest.mark.parametrize(
        ("weight", "message"),
        [
            (
                "balance",
                "`class_weight` must be 'balanced', one number a class, or None. Received: 'balance'",
            ),
            ([1, 2], r"`class_weight` must be of 3 numbers, one a class. Received: \[1, 2\]"),
            ([], "`class_weight` must be of 3 numbers"),
            (np.float64(3.0), "`class_weight` must be of 3 numbers, one a class"),
            (np.ones((3, 1)), "`class_weight` must be a finite number above 0"),
            (5, "`class_weight` must be of 3 numbers, one a class. Received: 5"),
            ([1, -1, 1], "`class_weight` must be a finite number above 0. Received: -1"),
            ([1, 0, 1], "`class_weight` must be a finite number above 0. Received: 0"),
            ([1, math.nan, 1], "`class_weight` must be a finite number above 0. Received: nan"),
            ([1, "2", 1], "`class_weight` must be a finite number above 0. Received: '2'"),
            ([1, True, 1], "`class_weight` must be a finite number above 0. Received: True"),
            ({3: 1.0}, r"`class_weight` must be keyed by labels, of \[0, 1, 2\]. Received: 3"),
            ({0: -1.0}, "`class_weight` must be a finite number above 0. Received: -1.0"),
        ],
        ids=repr,
    )
    def test_what_is_refused(self, weight, message):
        with pytest.raises(ArgumentError, match=message):
            class_weights(weight, corpus(), 3)

    def test_an_unknown_label(self):
        with pytest.raises(ArgumentError, match=r"keyed by labels, of \['a', 'b', 'c'\]. Received: 'd'"):
            class_weights({"d": 1.0}, corpus(names=["a", "b", "c"]), 3)

    def test_balanced_and_a_class_without_rows(self):
        with pytest.raises(DataError, match="Received: 'balanced', and no row of class 3"):
            class_weights("balanced", corpus(), 4)
        with pytest.raises(DataError, match="no row of class 'c'"):
            class_weights("balanced", corpus([0, 1], names=["a", "b", "c"]), 3)


HOT = [[True, False], [True, True], [True, False], [False, False]]


class TestBinaryCrossEntropy:
    @pytest.mark.parametrize("smoothing", [0.0, 0.2])
    def test_equals_that_of_torch(self, smoothing):
        values, labels = logits(4, 2), torch.tensor(HOT)
        wanted = labels.float() * (1 - smoothing) + smoothing / 2
        expected = F.binary_cross_entropy_with_logits(values, wanted)
        given = BinaryCrossEntropy(label_smoothing=smoothing)(values, labels)
        torch.testing.assert_close(given, expected)

    def test_a_weight_is_that_of_presence(self):
        values, labels, weight = logits(4, 2), torch.tensor(HOT), torch.tensor([2.0, 5.0])
        each = F.binary_cross_entropy_with_logits(values, labels.float(), reduction="none")
        expected = (each * torch.where(labels, weight, 1.0)).mean()
        torch.testing.assert_close(BinaryCrossEntropy(weight)(values, labels), expected)

    def test_half_precision_logits_are_computed_in_full(self):
        assert BinaryCrossEntropy()(logits(4, 2).bfloat16(), torch.tensor(HOT)).dtype == torch.float32

    def test_weights_move_with_the_module(self):
        assert BinaryCrossEntropy(torch.ones(2)).to(torch.float64).weight.dtype == torch.float64

    @pytest.mark.parametrize(
        "labels", [torch.zeros(4, dtype=torch.int64), torch.zeros(4, 2), torch.ones(4, 3, dtype=torch.bool)]
    )
    def test_one_boolean_for_each_logit(self, labels):
        with pytest.raises(
            ArgumentError, match="`labels` must be one boolean for each of the model's logits"
        ):
            BinaryCrossEntropy()(torch.zeros(4, 2), labels)


class TestWeightsOfSeveralLabels:
    data = EncodedCorpus.from_lists([[2]] * 4, np.array(HOT), label_names=["a", "b"])

    def test_balanced_makes_presence_and_absence_weigh_as_much(self):
        assert class_weights("balanced", self.data, 2).tolist() == pytest.approx([1 / 3, 3.0])

    def test_numbers(self):
        assert class_weights({"b": 4.0}, self.data, 2).tolist() == [1.0, 4.0]

    @pytest.mark.parametrize(
        ("rows", "message"),
        [
            ([[True, False], [False, False]], "has no training rows. .*no row of class 'b'"),
            ([[True, True], [False, True]], "is on every training row. .*no row without class 'b'"),
        ],
    )
    def test_balanced_and_a_label_on_all_or_none(self, rows, message):
        data = EncodedCorpus.from_lists([[2]] * 2, np.array(rows), label_names=["a", "b"])
        with pytest.raises(DataError, match=message):
            class_weights("balanced", data, 2)
