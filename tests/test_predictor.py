from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch

import textclf.predictor
from textclf import Predictor, TextEncoder, Trainer, Windows, create_model
from textclf.device import seed_everything
from textclf.errors import (
    ArgumentError,
    DataError,
    DeviceError,
    OutputExistsError,
    TextclfError,
)
from textclf.models import MLP, MODELS, TextModel, records_options
from textclf.saved_model.plain_json import digest_of
from textclf.text import LabelMap
from textclf.training import predict_logits

TEXTS = ["a good film", "a bad film", "fine acting", "dull , very dull", "good good fun", "bad"] * 2
LABELS = ["pos", "neg", "pos", "neg", "pos", "neg"] * 2
FILES = ["config.json", "encoder.json", "labels.json", "probe.json", "vocab.txt", "weights.safetensors"]
QUERIES = ["a good film", "dull", "", "words never seen", "a very very long film " * 30]


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


def encoder(labels=LABELS, **options):
    return TextEncoder.build(TEXTS, labels, **options)


def model(its, name="dan", seed=0, **options):
    seed_everything(seed)
    sizes = {"vocab_size": len(its.vocab), "num_classes": len(its.labels), "embed_dim": 8, "ngrams": 0}
    sizes |= {"textcnn": {"num_filters": 4}}.get(name, {"hidden_dim": 8})
    return create_model(name, **{**sizes, **options})


def predictor(name="dan", *, labels=LABELS, build=None, **options):
    its = encoder(labels, **(build or {}))
    made = model(its, name, **options)
    with torch.no_grad():  # clear answers, and not the same one for all texts
        made.classifier.weight.mul_(5)
        made.classifier.bias.sub_(torch.from_numpy(predict_logits(made, its.encode(TEXTS)).mean(axis=0)))
    return Predictor(its, made, device="cpu", precision="fp32")


@pytest.fixture
def folder(tmp_path):
    predictor().save(tmp_path / "saved")
    return tmp_path / "saved"


def load(folder, **options):
    return Predictor.load(folder, device="cpu", precision="fp32", **options)


class TestPredicting:
    def test_a_string_gives_a_label(self):
        assert predictor().predict("a good film") in ("neg", "pos")

    def test_a_string_gives_its_probabilities(self):
        shares = predictor().predict_proba("a good film")
        assert shares.shape == (2,)
        assert shares.dtype == np.float64
        assert shares.sum() == pytest.approx(1.0)

    def test_what_was_learnt(self):
        its = encoder()
        made = model(its, dropout=0.0)
        training = Trainer(made, epochs=30, learning_rate=0.05, device="cpu", progress=False)
        training.fit(its.encode(TEXTS, LABELS))
        trained = Predictor(its, made, device="cpu")
        assert trained.predict(TEXTS) == LABELS
        assert trained.predict("good") == "pos"
        assert trained.predict("bad") == "neg"
        np.testing.assert_allclose(
            trained.predict_proba(TEXTS), training.predict_proba(its.encode(TEXTS)), atol=1e-6
        )

    def test_order_and_number(self):
        its = predictor()
        alone = [its.predict_proba(text) for text in QUERIES * 3]
        np.testing.assert_allclose(its.predict_proba(QUERIES * 3), alone, atol=1e-6)
        assert its.predict(QUERIES * 3) == [its.predict(text) for text in QUERIES * 3]

    def test_predict_is_the_largest_probability(self):
        its = predictor()
        shares = its.predict_proba(TEXTS)
        assert its.predict(TEXTS) == [its.classes[column] for column in shares.argmax(axis=1)]
        assert {*its.predict(TEXTS)} == {"neg", "pos"}

    @pytest.mark.parametrize("batch_size", [1, 2, 5])
    def test_the_size_of_the_batches_changes_nothing(self, batch_size):
        whole = predictor()
        its = Predictor(whole.encoder, whole.model, device="cpu", precision="fp32", batch_size=batch_size)
        np.testing.assert_allclose(its.predict_proba(QUERIES), whole.predict_proba(QUERIES), atol=1e-6)

    def test_lists_of_tokens(self):
        its = predictor()
        np.testing.assert_array_equal(
            its.predict_proba([["a", "good", "film"], []]), its.predict_proba(["a good film", ""])
        )

    @pytest.mark.parametrize("texts", [("a good film", "dull"), np.array(["a good film", "dull"])])
    def test_other_sequences(self, texts):
        its = predictor()
        assert its.predict(texts) == its.predict(["a good film", "dull"])

    def test_a_list_of_one(self):
        its = predictor()
        assert its.predict(["dull"]) == [its.predict("dull")]
        assert its.predict_proba(["dull"]).shape == (1, 2)

    def test_no_texts(self):
        its = predictor()
        assert its.predict([]) == []
        assert its.predict_proba([]).shape == (0, 2)

    @pytest.mark.parametrize(
        "text", ["", "   ", "\n\t", "zebra xylophone", "\x00", "🙂", "ｇｏｏｄ", "a\ud800b"]
    )
    @pytest.mark.parametrize("name", ["dan", "textcnn", "bilstm"])
    def test_odd_texts(self, name, text):
        its = predictor(name)
        shares = its.predict_proba(text)
        assert np.isfinite(shares).all()
        assert its.predict(text) == its.predict([text, "a good film"])[0]

    def test_a_text_of_100_000_words(self):
        its = predictor()
        np.testing.assert_allclose(
            its.predict_proba("good bad " * 50_000), its.predict_proba("good bad"), atol=1e-3
        )

    def test_the_truncation_of_the_encoder(self):
        its = predictor(build={"max_length": 2})
        np.testing.assert_array_equal(
            its.predict_proba("good film bad bad"), its.predict_proba("good film")
        )

    @pytest.mark.parametrize("texts", [None, 3, b"bytes", {"a": 1}, {"a good film"}])
    def test_what_is_no_text(self, texts):
        with pytest.raises(ArgumentError, match="`texts` must be a list of texts"):
            predictor().predict(texts)

    def test_a_missing_text_in_a_list(self):
        with pytest.raises(ArgumentError, match=r"`texts\[1\]` must be a string or a list of tokens"):
            predictor().predict(["good", math.nan])

    def test_bf16(self):
        its = predictor()
        half = Predictor(its.encoder, its.model, device="cpu", precision="bf16")
        np.testing.assert_allclose(half.predict_proba(TEXTS), its.predict_proba(TEXTS), atol=0.05)

    def test_more_than_two_classes(self):
        its = predictor(labels=["a", "b", "c"] * 4)
        assert its.classes == ("a", "b", "c")
        assert its.predict_proba(TEXTS).shape == (12, 3)

    def test_integer_labels_come_back_as_integers(self, tmp_path):
        its = predictor(labels=[30, -1, 30, -1, 30, -1] * 2)
        its.save(tmp_path / "saved")
        for each in (its, load(tmp_path / "saved")):
            assert each.classes == (-1, 30)
            labels = each.predict(TEXTS)
            assert {*labels} <= {-1, 30}
            assert all(type(label) is int for label in labels)
            assert type(each.predict("good")) is int


class TestMaking:
    def test_dropout_is_off(self):
        its = predictor(dropout=0.9)
        assert not its.model.training
        np.testing.assert_array_equal(its.predict_proba(TEXTS), its.predict_proba(TEXTS))

    def test_one_text_while_the_model_is_being_trained(self):
        its = predictor(dropout=0.9)
        for part in (its.model, its.model.dropout):
            part.train()
            assert its.predict_proba("a good film") == pytest.approx(its.predict_proba("a good film"))
            assert part.training
            its.model.eval()

    @pytest.mark.parametrize("name", ["dan", "textcnn", "bilstm", "mlp"])
    def test_one_text_gets_what_it_gets_among_others(self, name):
        its = predictor(name)
        for text in (*TEXTS, "", "unheard of", "good " * 300):
            np.testing.assert_allclose(
                its.predict_proba([text])[0], its.predict_proba([text, "a film"])[0], atol=1e-5
            )

    def test_the_model_can_still_be_trained(self):
        its = encoder()
        made = model(its)
        before = Predictor(its, made, device="cpu")
        first = before.predict_proba(TEXTS)
        training = Trainer(made, epochs=5, learning_rate=0.1, device="cpu", progress=False)
        history = training.fit(its.encode(TEXTS, LABELS))
        assert history["train_loss"][-1] < history["train_loss"][0]
        assert not np.allclose(before.predict_proba(TEXTS), first)
        np.testing.assert_allclose(
            before.predict_proba(TEXTS), training.predict_proba(its.encode(TEXTS)), atol=1e-6
        )

    def test_an_encoder_without_labels(self):
        its = encoder(None)
        made = create_model("dan", vocab_size=len(its.vocab), num_classes=2)
        with pytest.raises(ArgumentError, match="`encoder` must be one with labels.*TextEncoder.build"):
            Predictor(its, made)

    def test_another_vocabulary(self):
        its = encoder()
        made = create_model("dan", vocab_size=99, num_classes=2)
        with pytest.raises(
            ArgumentError, match=rf"with vocab_size={len(its.vocab)}, as the .* Received: 99"
        ):
            Predictor(its, made)

    def test_other_classes(self):
        its = encoder()
        made = create_model("dan", vocab_size=len(its.vocab), num_classes=5)
        with pytest.raises(
            ArgumentError, match="made with num_classes=2, as the encoder has it. Received: 5"
        ):
            Predictor(its, made)

    def test_the_arguments_the_wrong_way_round(self):
        its = encoder()
        with pytest.raises(ArgumentError, match="`encoder` must be a TextEncoder. Received: 'MLP'"):
            Predictor(model(its), its)
        with pytest.raises(
            ArgumentError, match="`model` must be a textclf.models.Classifier. Received: 'Linear'"
        ):
            Predictor(its, torch.nn.Linear(1, 1))

    @pytest.mark.parametrize(
        ("option", "value", "message"),
        [
            ("batch_size", 0, "`batch_size` must be an integer of at least 1. Received: 0"),
            ("device", "gpu", "`device` must be 'auto'"),
            ("precision", "half", "`precision` must be 'auto'"),
        ],
    )
    def test_options(self, option, value, message, folder):
        its = encoder()
        with pytest.raises(ArgumentError, match=message):
            Predictor(its, model(its), **{option: value})
        with pytest.raises(ArgumentError, match=message):
            Predictor.load(folder, **{option: value})

    @pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
    def test_a_gpu_that_is_not_there(self, folder):
        with pytest.raises(DeviceError, match="`device` must be on this machine"):
            Predictor.load(folder, device="cuda")


@pytest.mark.parametrize(("name", "classes"), [("rnn_tagger", 2), ("joint_rnn", {"a": 2, "b": 2})])
def test_a_model_of_tokens_or_of_several_heads_is_refused(name, classes):
    its = encoder()
    made = create_model(name, vocab_size=len(its.vocab), num_classes=classes)
    with pytest.raises(
        ArgumentError,
        match=r"`model` must be one that gives a text one kind of labels.*textclf.Tagger answers for a model",
    ):
        Predictor(its, made)


class TestLongTexts:
    LONG = "bad bad " + "good fun film " * 6

    def windowed(self, windows, **build):
        cut = predictor(build=build)
        return Predictor(cut.encoder, cut.model, device="cpu", precision="fp32", windows=windows)

    def test_the_mean_over_windows(self):
        its = self.windowed(Windows(4, stride=4), max_length=4)
        words = self.LONG.split()
        parts = [" ".join(words[start : start + 4]) for start in range(0, 20, 4)]
        expected = self.windowed(None).predict_proba(parts).mean(axis=0)
        np.testing.assert_allclose(its.predict_proba(self.LONG), expected, atol=1e-6)
        assert its.predict(self.LONG) == its.classes[expected.argmax()]

    @pytest.mark.parametrize("pool", ["mean", "max"])
    @pytest.mark.parametrize("over", ["probabilities", "logits"])
    def test_short_texts_are_what_they_were(self, pool, over):
        its = self.windowed(Windows(40, pool=pool, over=over))
        texts = ["a good film", "", "dull", ["good", "fun"]]
        np.testing.assert_allclose(
            its.predict_proba(texts), self.windowed(None).predict_proba(texts), atol=1e-6
        )
        assert its.predict([]) == []

    def test_order_among_texts_of_all_lengths(self):
        its = self.windowed(Windows(3))
        texts = [self.LONG, "", "bad", "good " * 50, "a good film"]
        alone = [its.predict_proba(text) for text in texts]
        np.testing.assert_allclose(its.predict_proba(texts), alone, atol=1e-6)

    def test_the_share_that_is_not_read(self):
        texts = ["good good good", "a good film that is dull , very dull ."]
        assert self.windowed(None, max_length=4).dropped_share(texts) == pytest.approx(6 / 13)
        assert self.windowed(None).dropped_share(texts) == 0
        assert self.windowed(Windows(4), max_length=4).dropped_share(texts) == 0
        assert self.windowed(None, max_length=4).dropped_share([]) == 0

    def test_what_the_model_itself_does_not_read(self):
        blind = predictor("mlp", max_length=2)
        assert blind.dropped_share(["good good good good"]) == 0.5
        with_ngrams = predictor("mlp", max_length=2, ngrams=1)  # the linear path reads all
        assert with_ngrams.dropped_share(["good good good good"]) == 0
        both = predictor("mlp", max_length=2, build={"max_length": 3})
        assert both.dropped_share(["good good good good"]) == 0.5
        with pytest.raises(ArgumentError, match="`windows` must be of at most 2 tokens, which is what the"):
            Predictor(blind.encoder, blind.model, windows=Windows(3))

    def test_truncation_is_said_once(self, caplog):
        its = self.windowed(None, max_length=4)
        its.predict(["a good film"])
        assert caplog.messages == []
        its.predict(["good " * 8, "good " * 4])
        its.predict_proba("good " * 8)
        assert len(caplog.messages) == 1
        assert caplog.messages[0].startswith("33.3 % of the tokens of these texts were not read")
        self.windowed(Windows(4), max_length=4).predict("good " * 8)
        assert len(caplog.messages) == 1

    def test_truncation_of_one_text(self, caplog):
        self.windowed(None, max_length=4).predict("good " * 4)
        self.windowed(None, max_length=4).predict("")
        assert caplog.messages == []
        self.windowed(None, max_length=4).predict("good " * 8)
        predictor("mlp", max_length=2, build={"max_length": 3}).predict(["good " * 8])
        assert [message[:6] for message in caplog.messages] == ["50.0 %", "75.0 %"]

    def test_saving_and_loading(self, tmp_path):
        its = self.windowed(Windows(4), max_length=4)
        its.save(tmp_path / "saved")
        again = load(tmp_path / "saved")
        assert again.windows == Windows(4)
        np.testing.assert_array_equal(again.predict_proba(self.LONG), its.predict_proba(self.LONG))
        without = load(tmp_path / "saved", windows=None)
        assert without.windows is None
        assert without.encoder.max_length == 4
        assert load(tmp_path / "saved", windows=3).windows == Windows(3)

    def test_a_folder_from_before_windows_were_saved(self, tmp_path, monkeypatch):
        its = self.windowed(None, max_length=4)
        write = textclf.predictor.write_model

        def without_windows(*args, settings, **options):
            write(*args, settings={k: v for k, v in settings.items() if k != "windows"}, **options)

        monkeypatch.setattr("textclf.predictor.write_model", without_windows)
        its.save(tmp_path / "saved")
        assert "windows" not in json.loads((tmp_path / "saved" / "config.json").read_text())
        assert load(tmp_path / "saved").windows is None

    def test_saved_windows_that_the_model_cannot_read(self, tmp_path):
        blind = predictor("mlp", max_length=2)
        blind.windows = Windows(3)
        blind.save(tmp_path / "saved")
        with pytest.raises(
            DataError, match="the files do not belong together. `windows` must be of at most"
        ):
            load(tmp_path / "saved")

    @pytest.mark.parametrize("windows", ["400", (4, 2), {"stride": 4}, "saved"])
    def test_what_is_no_windows(self, windows):
        with pytest.raises(
            ArgumentError, match="`windows` must be a textclf.Windows, the tokens in a window"
        ):
            self.windowed(windows)

    def test_ids_and_tokens_as_they_are_read(self):
        cut, whole = self.windowed(None, max_length=4), self.windowed(Windows(4), max_length=4)
        assert cut.tokenize(["a b c d e"]) == [["a", "b", "c", "d"]]
        assert whole.tokenize(["a b c d e"]) == [["a", "b", "c", "d", "e"]]
        assert (cut.encode(["a b c d e"]).num_tokens, whole.encode(["a b c d e"]).num_tokens) == (4, 5)
        np.testing.assert_array_equal(
            torch.from_numpy(whole.logits(whole.encode([self.LONG]))).softmax(dim=1)[0],
            whole.predict_proba(self.LONG),
        )


class TestSaving:
    def test_the_files(self, folder):
        assert sorted(path.name for path in folder.iterdir()) == ["README.md", *FILES]
        assert [path.name for path in folder.parent.iterdir()] == ["saved"]

    def test_no_pickle(self, folder):
        torch_magic = b"PK\x03\x04"
        assert not any(path.read_bytes().startswith((torch_magic, b"\x80")) for path in folder.iterdir())

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("dan", {}),
            ("dan", {"ngrams": 2}),
            ("mlp", {"max_length": 4, "activation": "gelu"}),
            ("textcnn", {"kernel_widths": (1, 2)}),
            ("bilstm", {"pooling": "attention", "num_layers": 2}),
            ("gru", {"pooling": "last"}),
        ],
    )
    def test_round_trip(self, tmp_path, name, options):
        its = predictor(name, **options)
        its.save(tmp_path / "saved")
        loaded = load(str(tmp_path / "saved"))
        np.testing.assert_array_equal(loaded.predict_proba(QUERIES), its.predict_proba(QUERIES))
        assert loaded.classes == its.classes
        assert type(loaded.model) is type(its.model)
        assert loaded.model.config == its.model.config
        assert not loaded.model.training

    @pytest.mark.parametrize("mode", ["static", "non-static", "multichannel"])
    def test_pretrained_vectors(self, tmp_path, mode):
        vectors = torch.randn(len(encoder().vocab), 8)
        vectors[0] = 0
        its = predictor("textcnn", embedding=vectors, embedding_mode=mode)
        its.save(tmp_path / "saved")
        loaded = load(tmp_path / "saved")
        np.testing.assert_array_equal(loaded.predict_proba(QUERIES), its.predict_proba(QUERIES))
        trained = [parameter.requires_grad for parameter in loaded.model.embedding.parameters()]
        assert trained == [parameter.requires_grad for parameter in its.model.embedding.parameters()]
        assert loaded.model.config["embedding_mode"] == mode

    def test_saved_again_after_loading(self, tmp_path, folder):
        load(folder).save(tmp_path / "again")
        for name in FILES:
            assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()

    @pytest.mark.full_size  # the other process has tables of full size
    def test_a_new_process(self, folder):
        program = """
import json, sys
from textclf import Predictor
its = Predictor.load(sys.argv[1], device="cpu", precision="fp32")
texts = json.loads(sys.stdin.read())
print(json.dumps([its.predict(texts), its.predict_proba(texts).tolist()]))
"""
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder)],
            input=json.dumps(QUERIES),
            capture_output=True,
            text=True,
            check=True,
        )
        labels, shares = json.loads(done.stdout)
        assert labels == predictor().predict(QUERIES)
        assert shares == predictor().predict_proba(QUERIES).tolist()
        assert done.stderr == ""

    def test_unicode_everywhere(self, tmp_path):
        its = TextEncoder.build(["体育 新闻", "经济 \u2028 ß"], ["体育", "a\tb\n"], tokenizer="char")
        Predictor(its, model(its), device="cpu").save(tmp_path / "模型")
        assert load(tmp_path / "模型").classes == ("a\tb\n", "体育")

    def test_the_truncation_is_kept(self, tmp_path):
        predictor(build={"max_length": 3, "keep": "tail"}).save(tmp_path / "saved")
        loaded = load(tmp_path / "saved")
        assert (loaded.encoder.max_length, loaded.encoder.keep) == (3, "tail")

    def test_a_folder_that_is_there(self, folder):
        before = {name: (folder / name).read_bytes() for name in FILES}
        with pytest.raises(OutputExistsError, match="overwrite=True"):
            predictor(seed=5).save(folder)
        assert {name: (folder / name).read_bytes() for name in FILES} == before

    def test_overwrite(self, folder):
        other = predictor("textcnn", seed=5)
        other.save(folder, overwrite=True)
        np.testing.assert_array_equal(load(folder).predict_proba(TEXTS), other.predict_proba(TEXTS))
        assert sorted(path.name for path in folder.iterdir()) == ["README.md", *FILES]

    def test_a_failure_leaves_the_previous_folder_whole(self, folder, monkeypatch):
        before = {name: (folder / name).read_bytes() for name in FILES}

        def full(self, folder):
            raise OSError("No space left on device")

        monkeypatch.setattr(TextEncoder, "save", full)
        with pytest.raises(OSError, match="No space left"):
            predictor(seed=5).save(folder, overwrite=True)
        assert {name: (folder / name).read_bytes() for name in FILES} == before
        assert [path.name for path in folder.parent.iterdir()] == ["saved"]


class Stranger(MLP):
    """A class that is in no registry."""


class TestOwnModels:
    def test_an_unregistered_class(self, tmp_path):
        its = encoder()
        made = Stranger(vocab_size=len(its.vocab), num_classes=2, combine="mean")
        strange = Predictor(its, made, device="cpu")
        assert strange.predict("good") in ("neg", "pos")
        with pytest.raises(ArgumentError, match="`model` must be of a registered class.*MODELS.register"):
            strange.save(tmp_path / "saved")
        assert list(tmp_path.iterdir()) == []

    def test_a_class_of_ones_own(self, tmp_path, monkeypatch):
        monkeypatch.setattr(MODELS, "_factories", {**MODELS._factories})

        @MODELS.register("own")
        class Own(TextModel):
            @records_options
            def __init__(self, *, vocab_size, num_classes, embedding=None, embed_dim=4, power=1.0):
                super().__init__(
                    vocab_size=vocab_size, num_classes=num_classes, embedding=embedding, embed_dim=embed_dim
                )
                self.power = power
                self.add_classifier(embed_dim)

            def features(self, embedded, lengths):
                return embedded.sum(dim=1).abs() ** self.power

        its = encoder()
        seed_everything(0)
        own = Predictor(its, Own(vocab_size=len(its.vocab), num_classes=2, power=2.0), device="cpu")
        own.save(tmp_path / "saved")
        np.testing.assert_array_equal(
            load(tmp_path / "saved").predict_proba(TEXTS), own.predict_proba(TEXTS)
        )
        del MODELS._factories["own"]
        with pytest.raises(DataError, match="config.json: the model cannot be made. .*Received: 'own'"):
            load(tmp_path / "saved")

    def test_options_that_json_cannot_hold(self, tmp_path):
        its = predictor()
        its.model.config["activation"] = torch.nn.ReLU()
        with pytest.raises(ArgumentError, match="`model` must be made with options that JSON can hold"):
            its.save(tmp_path / "saved")
        assert list(tmp_path.iterdir()) == []


class TestOwnTokenizer:
    @pytest.fixture
    def folder(self, tmp_path):
        predictor(build={"tokenizer": str.split}).save(tmp_path / "saved")
        return tmp_path / "saved"

    def test_it_has_to_be_given_again(self, folder):
        with pytest.raises(ArgumentError, match="`tokenizer` must be given.*Pass the same function again"):
            load(folder)

    def test_given_again(self, folder):
        expected = predictor(build={"tokenizer": str.split})
        loaded = load(folder, tokenizer=str.split)
        np.testing.assert_array_equal(loaded.predict_proba(QUERIES), expected.predict_proba(QUERIES))

    def test_given_and_not_needed(self, tmp_path):
        predictor().save(tmp_path / "named")
        with pytest.raises(ArgumentError, match="`tokenizer` must be left out"):
            load(tmp_path / "named", tokenizer=str.split)

    def test_what_is_no_function(self, folder):
        with pytest.raises(ArgumentError, match="`tokenizer` must be"):
            load(folder, tokenizer=3)


def rewrite(folder, **changes):
    """Change entries of config.json as someone could who knows the format."""
    config = json.loads((folder / "config.json").read_text())
    for name, value in changes.items():
        if value is None:
            del config[name]
        else:
            config[name] = value
    own = {name: value for name, value in config.items() if name != "sha256"}
    (folder / "config.json").write_text(json.dumps({**own, "sha256": digest_of(own)}))


class TestDamage:
    @pytest.mark.parametrize("name", FILES)
    def test_missing_files(self, folder, name):
        (folder / name).unlink()
        with pytest.raises(FileNotFoundError, match=name) as caught:
            load(folder)
        assert isinstance(caught.value, TextclfError)

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"config.json: there is no saved model here"):
            load(tmp_path / "nothing")

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
    def test_cut_files(self, folder, name, share):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * share)])
        with pytest.raises(DataError, match=name):
            load(folder)

    @pytest.mark.parametrize("name", FILES)
    def test_flipped_bytes(self, folder, name):
        content = (folder / name).read_bytes()
        random = np.random.default_rng(0)
        messages = []
        for _ in range(30):
            damaged = bytearray(content)
            for place in random.integers(0, len(content), random.integers(1, 4)):
                damaged[place] ^= 1 << random.integers(0, 8)
            (folder / name).write_bytes(damaged)
            try:
                load(folder)
            except (TextclfError, OSError) as error:
                messages.append(str(error))
        if name == "config.json":  # where a change of white space does no harm
            assert len(messages) > 20
        else:
            assert [name in message for message in messages] == [True] * 30

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize(
        "content", [b"\xff\xfe\x00", b"{}", b"[]", b"null", b"[" * 100_000, b'{"format": 1}']
    )
    def test_files_of_another_kind(self, folder, name, content):
        (folder / name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            load(folder)

    @pytest.mark.parametrize("name", FILES[1:])
    def test_files_of_another_folder(self, tmp_path, folder, name):
        its = TextEncoder.build(["other words : one two three four", "a"], ["no", "yes"])
        assert len(its.vocab) < len(encoder().vocab)
        words = [f"word{i}" for i in range(len(encoder().vocab) - 2)]
        its = TextEncoder.build([" ".join(words), ""], ["no", "yes"], max_length=5)
        Predictor(its, model(its, seed=3), device="cpu").save(tmp_path / "other")
        (folder / name).write_bytes((tmp_path / "other" / name).read_bytes())
        with pytest.raises(DataError, match=f"{name}: the file must be the one that was saved with config"):
            load(folder)

    def test_the_configuration_of_another_folder(self, tmp_path, folder):
        predictor("textcnn").save(tmp_path / "other")
        (folder / "config.json").write_bytes((tmp_path / "other" / "config.json").read_bytes())
        with pytest.raises(DataError, match="the file must be the one that was saved with config.json"):
            load(folder)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"format": 3}, "config.json: `format` must be at most 2. Received: 3. .*upgrade textclf"),
            ({"model": None}, "config.json: `model` must be a name"),
            ({"model": "dam"}, "config.json: the model cannot be made. .* Did you mean 'dan'"),
            ({"model": ["dan"]}, "config.json: `model` must be a name"),
            ({"options": []}, "config.json: `model` must be a name, and `options` its options"),
            ({"options": {}}, "config.json: the"),
            ({"options": {"vocab_size": 13, "hiden": 1}}, "config.json: the"),
            ({"model": "textcnn"}, "config.json: the model cannot be made. .*must be an option"),
        ],
        ids=str,
    )
    def test_configurations(self, folder, changes, message):
        rewrite(folder, **changes)
        with pytest.raises(DataError, match=message):
            load(folder)

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("vocab_size", 99),
            ("vocab_size", -1),
            ("vocab_size", "13"),
            ("num_classes", 3),
            ("num_classes", True),
            ("embed_dim", 9),
            ("embed_dim", 10**15),
            ("hidden_dim", 9),
            ("hidden_dim", None),
            ("embedding_mode", "static"),
            ("embedding_mode", "multichannel"),
            ("embedding", [3, 8]),
            ("embedding", [10**9, 10**9]),
            ("embedding", 3),
            ("activation", "zebra"),
            ("dropout", 2.0),
            ("no_such_option", 1),
        ],
    )
    def test_options_that_do_not_fit_the_weights(self, folder, option, value):
        options = {**json.loads((folder / "config.json").read_text())["options"], option: value}
        rewrite(folder, options=options)
        with pytest.raises(DataError, match=r"config.json|weights.safetensors"):
            load(folder)

    def test_labels_renamed_by_hand(self, folder):
        LabelMap(["bad", "good"]).save(folder / "labels.json")
        with pytest.raises(DataError, match="labels.json: .*It is damaged, was changed, or is of another"):
            load(folder)


class TestTemperature:
    def test_divides_the_logits_and_is_saved(self, tmp_path):
        its = predictor()
        hot = Predictor(its.encoder, its.model, device="cpu", precision="fp32", temperature=2.5)
        logits = its.predict_logits(QUERIES)
        expected = torch.from_numpy(logits).double().div(2.5).softmax(dim=1).numpy()
        np.testing.assert_allclose(hot.predict_proba(QUERIES), expected, rtol=1e-6)
        assert hot.predict(QUERIES) == its.predict(QUERIES)
        hot.save(tmp_path / "hot")
        assert load(tmp_path / "hot").temperature == 2.5

    @pytest.mark.parametrize("value", [0, -1, "x", True, 10**400])
    def test_what_is_none(self, folder, value):
        its = predictor()
        with pytest.raises(ArgumentError, match="`temperature` must be a finite number above 0"):
            Predictor(its.encoder, its.model, temperature=value)
        rewrite(folder, temperature=value)
        with pytest.raises(DataError, match="`temperature` must be a finite number above 0"):
            load(folder)


def test_further_files_are_looked_after(tmp_path):
    predictor().save(tmp_path / "saved", add=lambda folder: (folder / "notes.txt").write_text("mine"))
    assert load(tmp_path / "saved").predict("bad") in ("neg", "pos")
    (tmp_path / "saved" / "notes.txt").write_text("yours")
    with pytest.raises(DataError, match=r"notes.txt: the file must be the one that was saved"):
        load(tmp_path / "saved")


class TestSeveralLabels:
    names = [["art"], ["law"], ["art", "law"], [], ["war"], ["law", "war"]] * 2

    @pytest.fixture
    def its(self):
        return predictor(labels=self.names, num_classes=3)

    def test_labels_and_probabilities(self, its):
        probabilities = its.predict_proba(TEXTS)
        assert ((probabilities >= 0) & (probabilities <= 1)).all()
        np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-its.predict_logits(TEXTS))), rtol=1e-5)
        expected = [
            tuple(name for name, share in zip(its.classes, row, strict=True) if share >= 0.5)
            for row in probabilities
        ]
        assert its.predict(TEXTS) == expected
        assert its.predict(TEXTS[0]) == expected[0]
        assert its.predict_proba(TEXTS[0]).shape == (3,)
        assert its.predict([]) == []
        assert len(set(expected)) > 1

    def test_thresholds(self, its):
        assert its.predict(TEXTS, thresholds=0) == [("art", "law", "war")] * len(TEXTS)
        assert its.predict(TEXTS[0], thresholds=math.inf) == ()
        found = its.predict(TEXTS, thresholds={"law": 0, "art": 2})
        assert all("law" in names and "art" not in names for names in found)
        assert ["war" in names for names in found] == ["war" in names for names in its.predict(TEXTS)]
        with pytest.raises(ArgumentError, match=r"`thresholds` must be keyed by labels"):
            its.predict(TEXTS, thresholds={"x": 0.2})
        with pytest.raises(
            ArgumentError, match="`thresholds` must be None for a model of one label a text"
        ):
            predictor().predict(TEXTS, thresholds=0.5)

    def test_the_temperature_changes_no_label(self, its):
        before = its.predict(TEXTS), its.predict_proba(TEXTS)
        its.temperature = 3.0
        assert its.predict(TEXTS) == before[0]
        assert (abs(its.predict_proba(TEXTS) - 0.5) < abs(before[1] - 0.5) + 1e-9).all()

    def test_windows(self, its):
        long = " ".join(TEXTS)
        whole = Predictor(its.encoder, its.model, windows=Windows(4))
        assert 0 < whole.predict_proba(long).min() < whole.predict_proba(long).max() < 1

    def test_saved_and_loaded(self, its, tmp_path):
        its.save(tmp_path / "folder")
        loaded = Predictor.load(tmp_path / "folder")
        assert loaded.labels.multi_label
        assert loaded.predict(QUERIES) == its.predict(QUERIES)
        np.testing.assert_array_equal(loaded.predict_proba(QUERIES), its.predict_proba(QUERIES))
