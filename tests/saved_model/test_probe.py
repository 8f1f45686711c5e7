from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from textclf import Predictor, TextClassifier, TextEncoder, Vocab, Windows, WordTokenizer, create_model
from textclf.errors import ArgumentError, DataError
from textclf.saved_model.probe import Probe, some_texts


@pytest.fixture
def encoder():
    return TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])


def shares(corpus):
    """Answer by the length of the text."""
    first = corpus.lengths / (corpus.lengths + 1)
    return np.stack([first, 1 - first], axis=1)


def load(folder, **options):
    return Predictor.load(folder, device="cpu", **options)


class TestTexts:
    def test_a_few_spread_evenly(self):
        chosen = some_texts([f"text {n}" for n in range(1000)])
        assert len(chosen) == 8
        assert chosen[0] == "text 0"
        assert int(chosen[-1].split()[1]) > 800

    def test_all_of_a_few(self):
        assert some_texts(["a", "b", "a", "c"]) == ["a", "b", "c"]

    def test_none(self):
        assert some_texts([]) == some_texts(["", "  ", [], ["", " "]]) == []

    def test_long_ones_are_cut(self):
        assert some_texts(["x" * 1000]) == ["x" * 200]
        assert some_texts([["word"] * 1000]) == [["word"] * 40]

    def test_what_utf8_cannot_hold_is_left_out(self):
        assert some_texts(["a\ud800", ["\udfff"], "b"]) == ["b"]

    def test_other_strings(self):
        (text,) = some_texts([np.str_("a film")])
        assert type(text) is str
        assert some_texts([(np.str_("a"), "film")]) == [["a", "film"]]


class TestMaking:
    def test_from_texts(self, encoder):
        probe = Probe.made(encoder, shares, ["a good film", ["bad"]], device="cpu")
        first, second = probe.answers
        assert first == ("a good film", ["a", "good", "film"], [2, 5, 3], [0.75, 0.25])
        assert second == (["bad"], ["bad"], [4], [0.5, 0.5])
        assert probe.made_with["torch"] == torch.__version__
        assert {*probe.made_with} == {"textclf", "torch", "python", "device"}

    def test_from_the_vocabulary_without_texts(self):
        its = TextEncoder.build([" ".join(f"word{n}" for n in range(1000))], ["pos"])
        probe = Probe.made(its, shares, [], device="cpu")
        assert len(probe.answers) == 8
        assert all(set(answer.tokens) < set(its.vocab.tokens) for answer in probe.answers)
        assert len({token for answer in probe.answers for token in answer.tokens}) == 40

    def test_from_an_empty_vocabulary(self):
        probe = Probe.made(TextEncoder("word", Vocab([])), shares, [], device="cpu")
        assert [answer.text for answer in probe.answers] == [""]

    def test_texts_of_too_many_tokens_are_left_out(self):
        its = TextEncoder(lambda text: list(text) * 10, Vocab(["a", "b"]))
        probe = Probe.made(its, shares, ["a" * 51, "b" * 50], device="cpu")
        assert [answer.text for answer in probe.answers] == ["b" * 50]

    def test_answers_that_are_not_finite(self, encoder):
        with pytest.raises(
            ArgumentError, match="`model` must be one that gives finite probabilities. Received"
        ):
            Probe.made(encoder, lambda corpus: shares(corpus) * np.nan, ["a"], device="cpu")


class TestFile:
    def test_round_trip(self, encoder, tmp_path):
        probe = Probe.made(encoder, shares, ["体育", ["a", "b"]], device="cpu")
        probe.save(tmp_path / "probe.json")
        assert Probe.load(tmp_path / "probe.json") == probe

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("text", 3, "`text` must be a string or a list of tokens"),
            ("text", [1], "`text` must be a string or a list of tokens"),
            ("text", "x" * 201, "`text` must have at most 200 characters"),
            ("text", ["x" * 201], "`text` must have at most 200 characters"),
            ("text", [""] * 201, "`text` must have at most 200 characters"),
            ("tokens", "a", "`tokens` must be a list of str"),
            ("tokens", [1], "`tokens` must be a list of str"),
            ("ids", [1.0], "`ids` must be a list of int"),
            ("ids", [True], "`ids` must be a list of int"),
            ("probabilities", ["x"], "`probabilities` must be a list of float"),
            ("more", 1, "`answers` must each have text, tokens, ids, probabilities"),
        ],
    )
    def test_answers_that_are_none(self, encoder, tmp_path, name, value, message):
        path = tmp_path / "probe.json"
        Probe.made(encoder, shares, ["a"], device="cpu").save(path)
        content = json.loads(path.read_bytes())
        content["answers"][0][name] = value
        path.write_text(json.dumps(content))
        with pytest.raises(DataError, match=f"probe.json: {message}"):
            Probe.load(path)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ({}, "`made_with` must say"),
            ({"made_with": [], "answers": []}, "`made_with` must say"),
            ({"made_with": {}, "answers": []}, "`made_with` must say"),
            ({"made_with": {"device": "cpu"}, "labels": 3}, "`labels` must be a list"),
            ({"made_with": {"device": 1}, "answers": []}, "`made_with` must say"),
            ({"made_with": {"device": "cpu"}, "labels": []}, "`answers` must be a list of 1 to 8"),
            (
                {"made_with": {"device": "cpu"}, "labels": [], "answers": []},
                "`answers` must be a list of 1 to 8",
            ),
            (
                {"made_with": {"device": "cpu"}, "labels": [], "answers": [{}] * 9},
                "`answers` must be a list of 1 to 8",
            ),
            ({"made_with": {"device": "cpu"}, "labels": [], "answers": [3]}, "`answers` must each have"),
        ],
    )
    def test_what_is_no_probe(self, tmp_path, content, message):
        (tmp_path / "probe.json").write_text(json.dumps(content))
        with pytest.raises(DataError, match=f"probe.json: {message}"):
            Probe.load(tmp_path / "probe.json")


class TestChecking:
    @pytest.fixture
    def probe(self, encoder):
        return Probe.made(encoder, shares, ["a good film", "bad film"], device="cpu")

    def check(self, probe, encoder, answer=shares, device="cpu"):
        probe.check(encoder, answer, device=device, path="probe.json")

    def test_it_holds(self, probe, encoder):
        self.check(probe, encoder)

    @pytest.mark.parametrize(
        ("gap", "device", "holds"),
        [(9e-4, "cpu", True), (2e-3, "cpu", False), (9e-3, "cuda", True), (2e-2, "cuda", False)],
    )
    def test_how_near_the_probabilities_must_be(self, probe, encoder, gap, device, holds):
        def near(corpus):
            return shares(corpus) + np.array([gap, -gap])

        if holds:
            self.check(probe, encoder, near, device)
        else:
            with pytest.raises(DataError, match="more than 0.0?01 apart"):
                self.check(probe, encoder, near, device)

    def test_a_probe_made_on_another_device(self, encoder):
        probe = Probe.made(encoder, shares, ["a"], device="cuda")
        self.check(probe, encoder, lambda corpus: shares(corpus) + np.array([9e-3, -9e-3]))

    def test_other_weights_are_named_with_all_that_may_matter(self, probe, encoder, monkeypatch):
        monkeypatch.setitem(probe.made_with, "torch", "1.0")
        with pytest.raises(DataError) as caught:
            self.check(probe, encoder, lambda corpus: shares(corpus)[:, ::-1])
        message = str(caught.value)
        assert message.startswith(
            "probe.json: the model must answer as it did when it was saved. The text 'a good film' has the same "
            "ids; its probabilities were [0.75, 0.25] and are [0.25, 0.75], more than 0.001 apart. The weights"
        )
        assert "Saved with device cpu, python 3." in message
        assert "torch 1.0; here are device cpu, python 3." in message
        assert f"torch {torch.__version__}." in message

    def test_not_a_number(self, probe, encoder):
        with pytest.raises(DataError, match=r"are \[nan, nan\], more than"):
            self.check(probe, encoder, lambda corpus: shares(corpus) * np.nan)

    def test_a_changed_tokenizer_is_named(self, probe, encoder):
        other = TextEncoder(WordTokenizer(digits="zero"), encoder.vocab, encoder.labels)
        self.check(probe, other)  # it makes no difference to these
        other = TextEncoder("char", encoder.vocab, encoder.labels)
        with pytest.raises(
            DataError,
            match=r"'a good film' was split into \['a', 'good', 'film'\] and now into \['a', 'g', .* tokenizer",
        ):
            self.check(probe, other)

    def test_a_wrong_vocabulary_is_named(self, probe, encoder):
        tokens = encoder.vocab.tokens[2:]
        other = TextEncoder(encoder.tokenizer, Vocab(tokens[::-1]), encoder.labels)
        with pytest.raises(
            DataError, match=r"had the ids \[2, 5, 3\] and now has \[5, 2, 4\]; .* vocabulary"
        ):
            self.check(probe, other)

    def test_other_labels(self, probe, encoder):
        with pytest.raises(DataError, match=r"were \[0.75, 0.25\] and are \[0.3333, 0.3333, 0.3333\]"):
            self.check(probe, encoder, lambda corpus: np.full((len(corpus), 3), 1 / 3))

    def test_a_model_that_cannot_answer(self, probe, encoder):
        def fails(corpus):
            raise RuntimeError("out of memory")

        with pytest.raises(
            DataError, match="probe.json: the model cannot answer these texts: out of memory"
        ):
            self.check(probe, encoder, fails)

    def test_a_tokenizer_that_makes_too_many_tokens(self, probe, encoder):
        other = TextEncoder(lambda text: ["a"] * 501, encoder.vocab, encoder.labels)
        with pytest.raises(DataError, match="`texts` must be of at most 500 tokens. Received: 501"):
            self.check(probe, other)


class TestOnLoading:
    """What digests cannot show: the files are those that were written, and mean something else here."""

    @pytest.mark.row("another vocabulary or other labels, with new digests")
    def test_a_wrong_vocabulary(self, folder, reseal):
        lines = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / "vocab.txt").write_text("".join([lines[0], *lines[:0:-1]]), encoding="utf-8")
        reseal(folder)
        with pytest.raises(DataError, match=r"probe.json: .* The vocabulary is another"):
            load(folder)

    @pytest.mark.row("another tokenizer, or a function that is not the one it was")
    def test_a_changed_tokenizer(self, folder, monkeypatch):
        monkeypatch.setattr(WordTokenizer, "cleaned", lambda self, text: text[:5])
        with pytest.raises(DataError, match=r"probe.json: .* was split into"):
            load(folder)

    @pytest.mark.row("another tokenizer, or a function that is not the one it was")
    def test_another_function_as_tokenizer(self, tmp_path):
        its = TextEncoder.build(["a good film", "bad"], ["pos", "neg"], tokenizer=str.split)
        model = create_model("dan", vocab_size=its.vocab_size, num_classes=2)
        Predictor(its, model, device="cpu").save(tmp_path / "saved", probe_texts=["a good film"])
        load(tmp_path / "saved", tokenizer=str.split)
        with pytest.raises(DataError, match="The tokenizer is another"):
            load(tmp_path / "saved", tokenizer=str.splitlines)

    @pytest.mark.parametrize("precision", ["fp32", "bf16"])
    @pytest.mark.row("other weights, a version or a device that computes something else")
    def test_bad_weights(self, folder, reseal, precision):
        raw = bytearray((folder / "weights.safetensors").read_bytes())
        raw[-64:] = bytes(reversed(raw[-64:]))
        (folder / "weights.safetensors").write_bytes(raw)
        reseal(folder)
        with pytest.raises(
            DataError, match=r"probe.json: .* The weights, the options or the code of the model"
        ):
            load(folder, precision=precision)

    @pytest.mark.row("another vocabulary or other labels, with new digests")
    def test_labels_in_another_order(self, folder, change):
        change(folder, "labels.json", lambda labels: {**labels, "names": labels["names"][::-1]})
        with pytest.raises(
            DataError, match=r"the labels must be \['neg', 'pos'\]. Received: \['pos', 'neg'\]"
        ):
            load(folder)

    @pytest.mark.row("other weights, a version or a device that computes something else")
    def test_a_drifted_version(self, folder, monkeypatch):
        predict = Predictor.probabilities
        monkeypatch.setattr(Predictor, "probabilities", lambda self, logits: predict(self, logits * 1.5))
        with pytest.raises(DataError, match=r"Saved with device cpu, .*; here are device cpu"):
            load(folder)

    def test_lower_precision_is_no_difference(self, folder):
        load(folder, precision="bf16")

    def test_windows_are_no_difference(self, classifier, tmp_path):
        classifier.save(tmp_path / "saved", probe_texts=["a good film and really bad acting"])
        load(tmp_path / "saved", windows=Windows(2))


class TestPrivacy:
    def test_the_texts_are_those_of_the_validation_data(self, classifier, tmp_path):
        secret = [f"secret{n} good" for n in range(9)]
        classifier.save(tmp_path / "saved", probe_texts=secret)
        assert "secret0 good" in (tmp_path / "saved" / "probe.json").read_text()

    def test_they_can_be_left_out(self, tmp_path):
        texts = [f"my secret number {n} is here" for n in range(30)]
        made = TextClassifier(
            "dan", epochs=1, device="cpu", model_options={"embed_dim": 2, "hidden_dim": 2, "ngrams": 0}
        ).fit(texts, ["a", "b"] * 15)
        made.save(tmp_path / "open")
        made.save(tmp_path / "closed", probe_texts=[])
        found = {
            name: any(
                "my secret number" in path.read_text(encoding="utf-8", errors="replace")
                for path in (tmp_path / name).iterdir()
            )
            for name in ("open", "closed")
        }
        assert found == {"open": True, "closed": False}
        load(tmp_path / "closed")
