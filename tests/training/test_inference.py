from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from textclf.data import EncodedCorpus
from textclf.errors import ArgumentError, NonFiniteLossError
from textclf.models import create_model
from textclf.training import Processes, predict_logits, softmax
from textclf.training.inference import predict_one, report_of

VOCAB = 20


class Sum(nn.Module):
    """Logits that tell the text: its length and the sum of its ids; with ``tokens``, its ids."""

    def __init__(self, *, tokens=False):
        super().__init__()
        self.tokens = tokens
        self.batches: list[int] = []

    def forward(self, token_ids, lengths):
        self.batches.append(len(token_ids))
        if self.tokens:
            return torch.stack([token_ids, -token_ids], dim=2).float()
        return torch.stack([lengths, token_ids.sum(dim=1)], dim=1).float()


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


class Failing(nn.Module):
    def forward(self, token_ids, lengths):
        raise RuntimeError("no answer")


texts = st.lists(st.lists(st.integers(1, VOCAB - 1), max_size=6), max_size=12)


class TestPredictLogits:
    @settings(max_examples=50, deadline=None, derandomize=True)
    @given(texts, st.integers(1, 5))
    def test_order_in_order_out(self, texts, batch_size):
        logits = predict_logits(Sum(), EncodedCorpus.from_lists(texts), batch_size=batch_size)
        assert logits.dtype == np.float32
        assert logits.tolist() == [[len(text), sum(text)] for text in texts]

    @settings(max_examples=50, deadline=None, derandomize=True)
    @given(texts.filter(bool), st.integers(1, 5))
    def test_tokens_in_order(self, texts, batch_size):
        logits = predict_logits(Sum(tokens=True), EncodedCorpus.from_lists(texts), batch_size=batch_size)
        flat = [token for text in texts for token in text]
        assert logits.shape == (len(flat), 2)
        assert logits[:, 0].tolist() == flat
        assert logits[:, 1].tolist() == [-token for token in flat]

    def test_batches(self):
        model = Sum()
        predict_logits(model, EncodedCorpus.from_lists([[2]] * 7), batch_size=3)
        assert model.batches == [3, 3, 1]

    def test_the_size_of_the_batches_changes_nothing(self):
        model = create_model(
            "textcnn", vocab_size=VOCAB, num_classes=3, num_filters=4, embed_dim=4, ngrams=0
        )
        random = np.random.default_rng(0)
        data = EncodedCorpus.from_lists([random.integers(1, VOCAB, n) for n in (3, 0, 9, 1, 5, 5, 2)])
        whole = predict_logits(model, data)
        for batch_size in (1, 2, 6):
            np.testing.assert_allclose(predict_logits(model, data, batch_size=batch_size), whole, atol=1e-5)

    def test_labels_are_not_looked_at(self):
        model = create_model("dan", vocab_size=VOCAB, num_classes=2)
        assert predict_logits(model, EncodedCorpus.from_lists([[2]], [9])).shape == (1, 2)

    @pytest.mark.parametrize("training", [True, False])
    def test_evaluation_mode_and_back(self, training):
        model = create_model("dan", vocab_size=VOCAB, num_classes=2, dropout=0.9).train(training)
        model.dropout.train()
        data = EncodedCorpus.from_lists([[2], [3, 4]])
        np.testing.assert_array_equal(predict_logits(model, data), predict_logits(model, data))
        assert model.training is training

    def test_the_mode_comes_back_after_an_error(self):
        model = create_model("dan", vocab_size=VOCAB, num_classes=2).train()
        model.features = None
        with pytest.raises(TypeError):
            predict_logits(model, EncodedCorpus.from_lists([[2]]))
        assert model.training

    def test_no_gradients(self):
        model = create_model("dan", vocab_size=VOCAB, num_classes=2)
        predict_logits(model, EncodedCorpus.from_lists([[2]]))
        assert all(parameter.grad is None for parameter in model.parameters())
        assert not any(parameter.is_inference() for parameter in model.parameters())

    def test_no_texts(self):
        none = EncodedCorpus.from_lists([])
        assert predict_logits(create_model("dan", vocab_size=VOCAB, num_classes=3), none).shape == (0, 3)
        assert predict_logits(Sum(), none).shape == (0, 0)

    def test_bf16(self):
        model = create_model("dan", vocab_size=VOCAB, num_classes=2)
        data = EncodedCorpus.from_lists([[2], [3, 4]])
        half = predict_logits(model, data, precision=torch.bfloat16)
        assert half.dtype == np.float32
        np.testing.assert_allclose(half, predict_logits(model, data), atol=0.05)

    def test_ids_outside_the_vocabulary(self):
        model = create_model("dan", vocab_size=VOCAB, num_classes=2)
        with pytest.raises(ArgumentError, match="above the corpus's largest id, 20"):
            predict_logits(model, EncodedCorpus.from_lists([[VOCAB]]))

    def test_not_a_corpus(self):
        with pytest.raises(ArgumentError, match="`corpus` must be an EncodedCorpus. Received: 'list'"):
            predict_logits(Sum(), [[2]])

    def test_batch_size_of_zero(self):
        with pytest.raises(ArgumentError, match="`batch_size` must be an integer of at least 1"):
            predict_logits(Sum(), EncodedCorpus.from_lists([[2]]), batch_size=0)


class TestPredictOne:
    @pytest.mark.parametrize("ids", [[], [3], [5, 2, 5, 9], list(range(1, VOCAB)) * 20])
    def test_equals_the_row_of_a_corpus(self, ids):
        torch.manual_seed(0)
        model = create_model("textcnn", vocab_size=VOCAB, num_classes=3, num_filters=4, embed_dim=4).eval()
        whole = predict_logits(model, EncodedCorpus.from_lists([[2, 3], ids]))
        np.testing.assert_allclose(predict_one(model, np.array(ids, dtype=np.int32)), whole[1:], atol=1e-5)

    @pytest.mark.parametrize(("tokens", "threads"), [(3, 1), (500, 2)])
    def test_a_few_tokens_take_one_thread(self, tokens, threads, two_threads):
        seen = []

        class Watching(Sum):
            def forward(self, token_ids, lengths):
                seen.append(torch.get_num_threads())
                return super().forward(token_ids, lengths)

        predict_one(Watching(), np.full(tokens, 2, dtype=np.int32))
        assert seen == [threads]
        assert torch.get_num_threads() == 2

    def test_the_threads_come_back_after_an_error(self, two_threads):
        with pytest.raises(RuntimeError, match="no answer"):
            predict_one(Failing(), np.array([2], dtype=np.int32))
        assert torch.get_num_threads() == 2

    def test_precision(self):
        model = create_model("dan", vocab_size=VOCAB, num_classes=2).eval()
        ids = np.array([2, 3], dtype=np.int32)
        full = predict_one(model, ids)
        assert full.dtype == predict_one(model, ids, precision=torch.bfloat16).dtype == np.float32
        with torch.autocast("cpu", dtype=torch.bfloat16):  # of whoever calls; fp32 was asked for
            np.testing.assert_array_equal(predict_one(model, ids), full)


class Recorded(Processes):
    """One of several processes, of which the others are played by recordings of what they did."""

    def gather(self, value):
        return [self.others[0].shape if self.others else value, None]

    def add_up(self, array):
        for other in self.others:
            array += other


class TestSeveralProcesses:
    @pytest.mark.parametrize("tokens", [False, True])
    @pytest.mark.parametrize("count", [2, 3, 9])
    def test_each_batch_is_done_once_and_all_know_the_answers(self, tokens, count):
        random = np.random.default_rng(0)
        data = EncodedCorpus.from_lists([random.integers(1, VOCAB, n) for n in (3, 0, 9, 1, 5, 5, 2)])
        whole = predict_logits(Sum(tokens=tokens), data, batch_size=2)
        parts, done = [], 0
        for rank in range(count):
            model, mine = Sum(tokens=tokens), Recorded(rank, count, rank)
            object.__setattr__(mine, "others", list(parts))
            before = sum(parts) if parts else 0
            joined = predict_logits(model, data, batch_size=2, processes=mine)
            assert joined.shape == whole.shape
            parts.append(joined - before)
            done += len(model.batches)
        assert done == 4
        np.testing.assert_array_equal(joined, whole)


class TestReport:
    logits = np.array([[0.0, 3.0], [1.0, 0.0], [0.0, 1.0]], dtype=np.float32)

    def test_labels_that_do_not_count(self):
        report = report_of(np.array([1, -100, 0]), self.logits, ["no", "yes"])
        assert (report.n, report.accuracy, report.label_names) == (2, 0.5, ("no", "yes"))
        assert report.loss == pytest.approx((np.log1p(np.exp(-3.0)) + np.log1p(np.exp(1.0))) / 2)

    def test_none_that_counts(self):
        assert np.isnan(report_of(np.array([-100]), self.logits[:1]).loss)

    def test_other_numbers_of_labels_and_of_answers(self):
        with pytest.raises(ArgumentError, match="labelled as the model answers, 3 times. Received: 2"):
            report_of(np.array([0, 1]), self.logits)

    def test_answers_that_are_not_finite(self):
        with pytest.raises(NonFiniteLossError, match="in row 1"):
            report_of(np.array([0, 1]), np.array([[0.0, 1.0], [np.nan, 0.0]], dtype=np.float32))


class TestSoftmax:
    def test_double_precision(self):
        shares = softmax(np.array([[0.0, np.log(3.0)], [5.0, 5.0]], dtype=np.float32))
        assert shares.dtype == np.float64
        np.testing.assert_allclose(shares, [[0.25, 0.75], [0.5, 0.5]], rtol=1e-6)

    def test_large_logits(self):
        np.testing.assert_allclose(softmax(np.array([[1e30, 0.0]], dtype=np.float32)), [[1.0, 0.0]])
        np.testing.assert_allclose(softmax(np.array([[-1e4, -1e4]], dtype=np.float32)), [[0.5, 0.5]])

    def test_no_rows(self):
        assert softmax(np.zeros((0, 3), dtype=np.float32)).shape == (0, 3)
