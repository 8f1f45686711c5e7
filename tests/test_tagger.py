from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from textclf import Predictor, Tagger, TextClassifier, TextEncoder, Trainer, create_model
from textclf.cli import main
from textclf.data import joint_corpus
from textclf.device import seed_everything
from textclf.errors import ArgumentError, DataError, MissingFileError, OutputExistsError
from textclf.metrics import TagScheme, span_tags
from textclf.models import MODELS, Classifier, records_options
from textclf.models.token_model import TokenModel
from textclf.saved_model.folder import seal
from textclf.tagger import Span
from textclf.text import LabelMap, Vocab
from textclf.training import predict_logits, softmax

TEXTS = [
    ["read", "about", "food", "security"],
    ["all", "of", "New", "York", "City", "now"],
    ["my", "tea"],
    ["food", "security", "in", "Rome"],
]
TAGS = [
    ["O", "O", "B-topic", "I-topic"],
    ["O", "O", "B-place", "I-place", "I-place", "O"],
    ["O", "B-topic"],
    ["B-topic", "I-topic", "O", "B-place"],
]
NAMES = ("B-place", "B-topic", "I-place", "I-topic", "O")
HEADS = {"inside": ("no", "yes"), "tag": NAMES}
QUERIES = ["read about tea", "", "words never seen", "of New York City now " * 30, ["food", "in", "Rome"]]
FILES = ["config.json", "encoder.json", "labels.json", "probe.json", "vocab.txt", "weights.safetensors"]


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


def encoder(token_labels=TAGS, **options):
    return TextEncoder.build(TEXTS, token_labels=token_labels, tokenizer="whitespace", **options)


def network(its, name="rnn_tagger", num_classes=5, **options):
    seed_everything(0)
    sizes = {"vocab_size": its.vocab_size, "num_classes": num_classes, "embed_dim": 8, "hidden_dim": 8}
    return create_model(name, embedding_std=1.0, **{**sizes, **options})


def tagger(build=None, **options):
    its = encoder(**(build or {}))
    made = network(its, **options)
    with torch.no_grad():  # clear answers, and not the same one for all tokens
        made.classifier.weight.mul_(5)
        made.classifier.bias.sub_(torch.from_numpy(predict_logits(made, its.encode(TEXTS)).mean(axis=0)))
    return Tagger(its, made, device="cpu", precision="fp32")


def joint(build=None, heads=HEADS, **options):
    its = encoder(**(build or {}))
    sizes = {head: len(names) for head, names in heads.items()}
    made = network(its, "joint_rnn", sizes, **options)
    with torch.no_grad():
        for classifier in made.classifiers:
            classifier.weight.mul_(5)
    return Tagger(its, made, heads=heads, device="cpu", precision="fp32")


def load(folder, **options):
    return Tagger.load(folder, device="cpu", precision="fp32", **options)


def rewrite(folder, **changes):
    """Change entries of config.json, and write all digests anew."""
    config = json.loads((folder / "config.json").read_bytes())
    config = {name: value for name, value in config.items() if name not in ("files", "sha256")}
    seal(folder, {**config, **changes})


@pytest.fixture(params=[tagger, joint])
def either(request):
    return request.param()


@pytest.fixture
def folder(tmp_path):
    tagger().save(tmp_path / "saved")
    return tmp_path / "saved"


@pytest.fixture
def joint_folder(tmp_path):
    joint().save(tmp_path / "joint")
    return tmp_path / "joint"


class TestTagging:
    def test_a_string_gives_a_label_for_each_of_its_tokens(self):
        labels = tagger().tag("read about  tea")
        assert len(labels) == 3
        assert {*labels} <= {*NAMES}

    def test_a_list_gives_a_list_for_each_text(self):
        found = tagger().tag(QUERIES)
        assert [len(labels) for labels in found] == [3, 0, 3, 150, 3]
        assert len({label for labels in found for label in labels}) > 1

    def test_what_was_learnt(self):
        its = encoder()
        made = network(its, bidirectional=True, dropout=0.0, embedding_dropout=0.0)
        corpus = its.encode(TEXTS, token_labels=TAGS)
        training = Trainer(made, epochs=40, learning_rate=0.05, device="cpu", progress=False)
        training.fit(corpus)
        trained = Tagger(its, made, device="cpu")
        assert trained.tag(TEXTS) == TAGS
        assert trained.tag("my tea") == ["O", "B-topic"]
        np.testing.assert_allclose(
            np.concatenate(trained.tag_proba(TEXTS)), training.predict_proba(corpus), atol=1e-6
        )

    def test_the_labels_are_those_of_the_largest_probabilities(self):
        its = tagger()
        for labels, shares in zip(its.tag(QUERIES), its.tag_proba(QUERIES), strict=True):
            assert labels == [its.classes[column] for column in shares.argmax(axis=1)]

    def test_the_probabilities_are_those_of_the_logits(self):
        its = tagger()
        expected = softmax(predict_logits(its.model, its.encoder.encode(TEXTS)))
        found = its.tag_proba(TEXTS)
        assert [shares.shape for shares in found] == [(4, 5), (6, 5), (2, 5), (4, 5)]
        assert found[0].dtype == np.float64
        np.testing.assert_array_equal(np.concatenate(found), expected)

    @pytest.mark.parametrize("batch_size", [1, 2, 5])
    def test_order_whatever_the_size_of_the_batches(self, batch_size):
        whole = tagger()
        its = Tagger(whole.encoder, whole.model, device="cpu", precision="fp32", batch_size=batch_size)
        for text, shares in zip(QUERIES, its.tag_proba(QUERIES), strict=True):
            np.testing.assert_allclose(shares, whole.tag_proba([text])[0], atol=1e-6)

    def test_no_texts(self, either):
        empty = {"inside": [], "tag": []} if either.model.heads else []
        assert either.tag([]) == either.tag_proba([]) == empty
        assert either.tokenize([]) == []

    @pytest.mark.parametrize("text", ["", "   ", "\n\t"])
    def test_a_text_without_tokens(self, text):
        its = tagger()
        assert its.tag(text) == its.spans(text) == its.tokenize(text) == []
        assert its.tag([text, "tea"])[0] == []
        assert its.tag_proba(text).shape == (0, 5)
        assert joint().tag(text) == {"inside": [], "tag": []}
        assert joint().tag_proba([text, text])["tag"][1].shape == (0, 5)

    @pytest.mark.parametrize("text", ["zebra xylophone", "\x00", "🙂 🙂", "ｆｏｏｄ", "a\ud800b"])
    def test_unknown_words_and_odd_texts(self, text):
        its = tagger()
        assert np.isfinite(its.tag_proba(text)).all()
        assert its.tag([text, "read about tea"])[0] == its.tag(text)
        assert len(its.tag(text)) == len(text.split())

    def test_all_unknown_words_are_alike(self):
        its = tagger()
        np.testing.assert_array_equal(its.tag_proba("zebra tea"), its.tag_proba("quagga tea"))

    def test_a_text_of_100_000_words(self, either):
        text = "food security " * 50_000
        found = either.tag(text)
        for labels in found.values() if either.model.heads else [found]:
            assert len(labels) == 100_000
        spans = either.spans(text)
        last = (spans["tag"] if either.model.heads else spans)[-1:]
        assert all(
            span.tokens == tuple(["food", "security"] * 50_000)[span.start : span.stop] for span in last
        )

    def test_lists_of_tokens_are_taken_as_they_are(self):
        its = tagger()
        assert its.tokenize([["New York", "tea"]]) == [["New York", "tea"]]
        assert [len(labels) for labels in its.tag([["New York", "tea"], []])] == [2, 0]

    @pytest.mark.parametrize(
        "texts", [("my tea", "food"), np.array(["my tea", "food"]), iter(["my tea", "food"])]
    )
    def test_other_sequences(self, texts):
        its = tagger()
        assert its.spans(texts) == its.spans(["my tea", "food"])

    def test_integer_labels(self, tmp_path):
        its = tagger({"token_labels": [[len(token) for token in text] for text in TEXTS]})
        its.save(tmp_path / "saved")
        for each in (its, load(tmp_path / "saved")):
            assert each.classes == (2, 3, 4, 5, 8)
            assert all(type(label) is int for label in each.tag("read about tea"))

    @pytest.mark.parametrize("method", ["tag", "tag_proba", "spans", "tokenize"])
    @pytest.mark.parametrize("texts", [None, 3, b"bytes", {"a": 1}, {"a film"}])
    def test_what_is_no_text(self, method, texts):
        with pytest.raises(ArgumentError, match="`texts` must be a list of texts"):
            getattr(tagger(), method)(texts)

    @pytest.mark.parametrize("method", ["tag", "tag_proba", "spans", "tokenize"])
    def test_a_missing_text_in_a_list(self, method):
        with pytest.raises(ArgumentError, match=r"`texts\[1\]` must be a string or a list of tokens"):
            getattr(tagger(), method)(["tea", None])

    def test_bf16(self):
        its = tagger()
        half = Tagger(its.encoder, its.model, device="cpu", precision="bf16")
        np.testing.assert_allclose(half.tag_proba("read tea"), its.tag_proba("read tea"), atol=0.05)

    def test_dropout_is_off_also_while_the_model_is_being_trained(self):
        its = tagger(dropout=0.9)
        its.model.train()
        np.testing.assert_array_equal(its.tag_proba("read tea"), its.tag_proba("read tea"))
        assert its.model.training


class TestLongTexts:
    TEXT = "read about food security in Rome now or later"

    @pytest.mark.parametrize(
        ("keep", "kept"),
        [
            ("head", ["read", "about", "food", "security"]),
            ("tail", ["Rome", "now", "or", "later"]),
            ("both", ["read", "about", "or", "later"]),
        ],
    )
    def test_what_is_cut_off_gets_no_label(self, keep, kept):
        its = tagger({"max_length": 4, "keep": keep})
        assert its.tokenize(self.TEXT) == kept
        assert its.tokenize([self.TEXT, "tea"]) == [kept, ["tea"]]
        assert its.tag(self.TEXT) == its.tag([kept])[0]
        assert [len(labels) for labels in its.tag([self.TEXT, "tea"])] == [4, 1]
        for span in its.spans(self.TEXT):
            assert span.tokens == tuple(kept[span.start : span.stop])

    def test_it_is_said_once(self, caplog):
        its = tagger({"max_length": 4})
        its.tag("food security in Rome")
        assert caplog.messages == []
        its.tag([self.TEXT, "tea"])
        its.spans(self.TEXT)
        its.tag_proba(self.TEXT)
        assert len(caplog.messages) == 1
        assert caplog.messages[0].startswith("50.0 % of the tokens of these texts got no label")


class TestSpans:
    @pytest.fixture
    def fixed(self, monkeypatch):
        """A tagger that answers with the tags it is told to."""
        its = tagger()

        def answers(*tags):
            logits = np.eye(5, dtype=np.float32)[[NAMES.index(tag) for tag in tags]].reshape(-1, 5)
            monkeypatch.setattr("textclf.tagger.predict_logits", lambda *a, **o: logits)
            return its

        return answers

    def test_they_are_counted_in_each_text(self, fixed):
        its = fixed(*TAGS[0], *TAGS[1], *TAGS[3])
        assert its.spans([TEXTS[0], "", TEXTS[1], TEXTS[3], []]) == [
            [Span(2, 4, "topic", ("food", "security"))],
            [],
            [Span(2, 5, "place", ("New", "York", "City"))],
            [Span(0, 2, "topic", ("food", "security")), Span(3, 4, "place", ("Rome",))],
            [],
        ]

    def test_of_one_text(self, fixed):
        assert fixed("B-place").spans("Rome") == [Span(0, 1, "place", ("Rome",))]

    def test_a_span_ends_with_its_text(self, fixed):
        its = fixed("O", "B-topic", "I-topic", "O")
        assert [[span[:3] for span in spans] for spans in its.spans(["my food", "security now"])] == [
            [(1, 2, "topic")],
            [(0, 1, "topic")],
        ]

    def test_they_can_be_written_as_tags_again(self, fixed):
        spans = fixed(*TAGS[1]).spans([TEXTS[1]])[0]
        assert span_tags([span[:3] for span in spans], 6, scheme="BIO") == TAGS[1]

    def test_tags_that_no_span_is_written_as(self, fixed):
        its = fixed("I-topic", "I-place", "I-place", "O")
        assert [span[:3] for span in its.spans("a b c d")] == [(0, 1, "topic"), (1, 3, "place")]

    def test_they_are_those_that_a_report_counts(self):
        its = tagger()
        corpus = its.encoder.encode(QUERIES)
        ids = predict_logits(its.model, corpus).argmax(axis=1)
        expected = TagScheme.from_names(its.classes).spans(ids, corpus.offsets)
        found = its.spans(QUERIES)
        assert sum(map(len, found)) == len(expected) > 0
        flat = [
            [span.start + start, span.stop + start, ["place", "topic"].index(span.kind)]
            for start, spans in zip(corpus.offsets.tolist(), found, strict=False)
            for span in spans
        ]
        assert flat == expected.tolist()

    def test_tags_without_types(self):
        its = tagger({"token_labels": [[tag[0] for tag in tags] for tags in TAGS]}, num_classes=3)
        assert {span.kind for spans in its.spans(QUERIES) for span in spans} == {""}

    def test_labels_that_mark_none(self):
        its = tagger(
            {"token_labels": [["x", "y", "z", "x", "y", "z"][: len(t)] for t in TEXTS]}, num_classes=3
        )
        with pytest.raises(
            ArgumentError, match=r"`model` must be one of BIO or BIOES tags.*\('x', 'y', 'z'\)"
        ):
            its.spans("tea")
        with pytest.raises(ArgumentError, match=r"BIO or BIOES tags.*'sure': \('no', 'yes'\)"):
            joint(heads={"inside": ("no", "yes"), "sure": ("no", "yes")}).spans("tea")


class TestSeveralHeads:
    def test_answers_by_the_name_of_the_head(self):
        its = joint()
        assert its.classes == HEADS
        labels, shares, spans = its.tag("read tea"), its.tag_proba("read tea"), its.spans("read tea")
        assert [*labels] == [*shares] == ["inside", "tag"]
        assert {head: array.shape for head, array in shares.items()} == {"inside": (2, 2), "tag": (2, 5)}
        for head, names in HEADS.items():
            assert labels[head] == [names[column] for column in shares[head].argmax(axis=1)]
            np.testing.assert_allclose(shares[head].sum(axis=1), 1)
        assert [*spans] == ["tag"]

    def test_many_texts(self):
        its = joint()
        found = its.tag(QUERIES)
        assert [len(labels) for labels in found["inside"]] == [
            len(tokens) for tokens in its.tokenize(QUERIES)
        ]
        assert found["tag"][4] == its.tag([QUERIES[4]])["tag"][0]
        assert len(its.spans(QUERIES)["tag"]) == len(its.tag_proba(QUERIES)["tag"]) == 5

    def test_what_was_learnt_with_the_heads_of_the_corpus(self):
        its = encoder()
        tagged = its.encode(TEXTS, token_labels=TAGS)
        inside = (np.asarray(tagged.labels) != NAMES.index("O")).astype(np.int64)
        corpus = joint_corpus(
            {"inside": tagged.with_labels(inside, ["no", "yes"], token_labels=True), "tag": tagged}
        )
        made = network(its, "joint_rnn", {"inside": 2, "tag": 5}, dropout=0.0, embedding_dropout=0.0)
        Trainer(made, epochs=40, learning_rate=0.02, device="cpu", progress=False).fit(corpus)
        trained = Tagger(its, made, heads=corpus.heads, device="cpu")
        assert trained.tag(TEXTS)["tag"] == TAGS
        assert trained.tag("my tea")["inside"] == ["no", "yes"]
        assert trained.spans("my tea") == {"tag": [Span(1, 2, "topic", ("tea",))]}

    @pytest.mark.parametrize(
        ("heads", "message"),
        [
            (
                None,
                r"`heads` must be the labels of each of the heads \['inside', 'tag'\], in this order. .* None",
            ),
            (["no", "yes"], r"the heads \['inside', 'tag'\], in this order. Received: \['no', 'yes'\]"),
            (
                {"tag": NAMES},
                r"in this order. Received: \['tag'\]. They are the `heads` of the joint_corpus",
            ),
            ({"tag": NAMES, "inside": ["no", "yes"]}, r"in this order. Received: \['tag', 'inside'\]"),
            ({**HEADS, "more": ["a", "b"]}, r"in this order. Received: \['inside', 'tag', 'more'\]"),
            ({**HEADS, "tag": NAMES[:4]}, r"`heads\['tag'\]` must be 5 labels, as many as the head"),
            (
                {**HEADS, "inside": ["no", "no"]},
                r"`heads\['inside'\]` must be a list of labels, .* all different",
            ),
            (
                {**HEADS, "inside": ["no", 1]},
                r"`heads\['inside'\]` must be a list of labels, all strings or all",
            ),
            ({**HEADS, "inside": "no"}, r"`heads\['inside'\]` must be a list of labels"),
            ({**HEADS, "inside": {"no", "yes"}}, r"`heads\['inside'\]` must be a list of labels"),
            ({**HEADS, "inside": 2}, r"`heads\['inside'\]` must be a list of labels"),
            ({**HEADS, "inside": []}, r"`heads\['inside'\]` must be a list of labels"),
        ],
    )
    def test_other_heads(self, heads, message):
        its = joint()
        with pytest.raises(ArgumentError, match=message):
            Tagger(its.encoder, its.model, heads=heads)

    def test_labels_from_a_label_map(self):
        its = joint()
        heads = {"inside": LabelMap(["no", "yes"]), "tag": its.encoder.labels}
        assert Tagger(its.encoder, its.model, heads=heads).classes == HEADS

    def test_heads_for_a_model_of_one(self):
        its = tagger()
        with pytest.raises(ArgumentError, match="`heads` must be None for a model of one head"):
            Tagger(its.encoder, its.model, heads=HEADS)


class TestMaking:
    def test_a_model_of_texts(self):
        its = encoder()
        made = create_model("dan", vocab_size=its.vocab_size, num_classes=5)
        with pytest.raises(
            ArgumentError,
            match=r"`model` must be one that labels tokens, such as 'rnn_tagger'. Received: 'MLP'. textclf.Pred",
        ):
            Tagger(its, made)

    def test_heads_that_label_texts(self):
        class Moods(Classifier):
            def __init__(self, **options):
                super().__init__(**options)
                self.heads = {"mood": 2, "topic": 3}

        its = encoder()
        made = Moods(vocab_size=its.vocab_size, num_classes=5)
        with pytest.raises(
            ArgumentError, match="must be one that labels tokens.*Trainer.predict if it has sev"
        ):
            Tagger(its, made, heads={"mood": ["a", "b"], "topic": ["a", "b", "c"]})
        with pytest.raises(
            ArgumentError, match="one kind of labels.*Trainer.predict for heads that label texts"
        ):
            Predictor(its, made)

    def test_an_encoder_without_the_labels_of_tokens(self):
        its = encoder(None)
        with pytest.raises(
            ArgumentError, match="`encoder` must be one with the labels of tokens.*token_labels"
        ):
            Tagger(its, network(its))
        its = TextEncoder(its.tokenizer, its.vocab, LabelMap(NAMES, multi_label=True))
        with pytest.raises(ArgumentError, match="`encoder` must be one with the labels of tokens"):
            Tagger(its, network(its))

    @pytest.mark.parametrize(
        ("sizes", "message"),
        [
            ({"vocab_size": 99}, "made with vocab_size=16, as the encoder has it. Received: 99"),
            ({"num_classes": 3}, "made with num_classes=5, as the encoder has it. Received: 3"),
            (
                {"name": "joint_rnn", "num_classes": {"a": 2, "b": 3}, "vocab_size": 9},
                "vocab_size=16, as the",
            ),
        ],
    )
    def test_other_sizes(self, sizes, message):
        its = encoder()
        with pytest.raises(ArgumentError, match=message):
            Tagger(its, network(its, **sizes))

    def test_the_arguments_the_wrong_way_round(self):
        its = encoder()
        with pytest.raises(ArgumentError, match="`encoder` must be a TextEncoder. Received: 'RNNTagger'"):
            Tagger(network(its), its)

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
            Tagger(its, network(its), **{option: value})
        with pytest.raises(ArgumentError, match=message):
            Tagger.load(folder, **{option: value})


LOADED = """
import sys
from textclf import Tagger
print(Tagger.load(sys.argv[1], device="cpu").tag(["read about food security", "my tea"]))
"""


class TestSaving:
    def test_the_files(self, folder):
        assert sorted(path.name for path in folder.iterdir()) == ["README.md", *FILES]

    def test_a_loaded_one_answers_the_same_bit_by_bit(self, either, tmp_path):
        either.save(tmp_path / "saved")
        loaded = load(tmp_path / "saved")
        assert loaded.classes == either.classes
        assert loaded.tag(QUERIES) == either.tag(QUERIES)
        assert loaded.spans(QUERIES) == either.spans(QUERIES)
        then, now = either.tag_proba(QUERIES), loaded.tag_proba(QUERIES)
        pairs = zip(
            *((then.values(), now.values()) if either.model.heads else ([then], [now])), strict=True
        )
        for expected, found in pairs:
            for before, after in zip(expected, found, strict=True):
                np.testing.assert_array_equal(before, after)

    def test_saved_again_it_has_the_same_bytes(self, either, tmp_path):
        either.save(tmp_path / "one" / "saved")
        load(tmp_path / "one" / "saved").save(tmp_path / "two" / "saved")
        for path in (tmp_path / "one" / "saved").iterdir():
            assert path.read_bytes() == (tmp_path / "two" / "saved" / path.name).read_bytes(), path.name

    def test_in_another_process(self, folder):
        done = subprocess.run(
            [sys.executable, "-c", LOADED, folder], capture_output=True, text=True, check=False
        )
        expected = load(folder).tag(["read about food security", "my tea"])
        assert (done.stdout.strip(), done.returncode) == (str(expected), 0), done.stderr

    def test_heads_with_an_encoder_that_has_no_labels(self, tmp_path):
        its = joint({"token_labels": None})
        its.save(tmp_path / "saved")
        assert not (tmp_path / "saved" / "labels.json").exists()
        assert load(tmp_path / "saved").tag(QUERIES) == its.tag(QUERIES)

    def test_a_folder_that_is_there(self, folder):
        before = (folder / "config.json").read_bytes()
        other = tagger(hidden_dim=4)
        with pytest.raises(OutputExistsError, match="overwrite=True"):
            other.save(folder)
        assert (folder / "config.json").read_bytes() == before
        other.save(folder, overwrite=True)
        assert load(folder).tag(QUERIES) == other.tag(QUERIES)

    def test_the_texts_of_the_probe(self, tmp_path):
        tagger().save(tmp_path / "saved", probe_texts=["food security in Rome", ["New", "York"]])
        probe = json.loads((tmp_path / "saved" / "probe.json").read_bytes())
        assert [answer["text"] for answer in probe["answers"]] == ["food security in Rome", ["New", "York"]]
        assert [len(answer["probabilities"]) for answer in probe["answers"]] == [4 * 5, 2 * 5]
        assert probe["labels"] == [*NAMES]

    def test_a_probe_of_texts_without_tokens(self, tmp_path):
        its = TextEncoder("whitespace", Vocab([]), LabelMap(NAMES))
        Tagger(its, network(its), device="cpu").save(tmp_path / "saved")
        assert load(tmp_path / "saved").tag("a b") == Tagger(its, network(its), device="cpu").tag("a b")

    def test_with_very_many_labels_the_probe_stays_small(self, tmp_path):
        names = [f"label {number}" for number in range(3000)]
        its = TextEncoder("whitespace", encoder().vocab, LabelMap(names))
        made = Tagger(its, network(its, num_classes=3000), device="cpu")
        made.save(tmp_path / "saved", probe_texts=["read about food security in Rome"])
        (answer,) = json.loads((tmp_path / "saved" / "probe.json").read_bytes())["answers"]
        assert len(answer["probabilities"]) == 3 * 3000
        load(tmp_path / "saved")

    def test_a_model_of_ones_own(self, tmp_path, monkeypatch):
        monkeypatch.setattr(MODELS, "_factories", {**MODELS._factories})

        class Lookup(TokenModel):
            @records_options
            def __init__(self, **options):
                super().__init__(**options)
                self.add_classifier(self.input_dim)

            def features(self, embedded, lengths):
                return embedded

        its = encoder()
        own = Tagger(its, Lookup(vocab_size=its.vocab_size, num_classes=5), device="cpu", precision="fp32")
        assert len(own.tag("read about tea")) == 3
        with pytest.raises(ArgumentError, match="`model` must be of a registered class.*MODELS.register"):
            own.save(tmp_path / "saved")
        assert list(tmp_path.iterdir()) == []
        MODELS.register("lookup")(Lookup)
        own.save(tmp_path / "saved")
        assert load(tmp_path / "saved").tag(QUERIES) == own.tag(QUERIES)

    def test_weights_that_are_not_finite(self, tmp_path):
        its = tagger()
        with torch.no_grad():
            its.model.classifier.bias[0] = torch.nan
        with pytest.raises(ArgumentError, match="`model` must be one that gives finite probabilities"):
            its.save(tmp_path / "saved")
        assert list(tmp_path.iterdir()) == []

    def test_a_tokenizer_of_ones_own(self, tmp_path):
        its = TextEncoder(str.split, encoder().vocab, encoder().labels)
        Tagger(its, network(its), device="cpu").save(tmp_path / "saved")
        assert len(load(tmp_path / "saved", tokenizer=str.split).tag("a b")) == 2
        with pytest.raises(ArgumentError, match="`tokenizer` must be"):
            load(tmp_path / "saved")

    @pytest.mark.parametrize(
        ("made", "what"),
        [
            (tagger, "A tagger, which gives each token of a text one of 5 labels, made with textclf."),
            (joint, "of each of several heads: inside of 2, tag of 5 labels, made with textclf."),
        ],
    )
    def test_the_model_card(self, made, what, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        its = made({"max_length": 7})
        its.save("one's tagger")
        card = (tmp_path / "one's tagger" / "README.md").read_text(encoding="utf-8")
        assert what in card
        assert "one of them to any token, whatever it is" in card
        assert "It reads at most 7 tokens of a text; the others get no label." in card
        exec(card.split("```python\n")[1].split("```")[0], {})
        assert capsys.readouterr().out.strip() == str(its.tag(["a new text"]))


class TestFoldersThatAreNone:
    def test_no_folder(self, tmp_path):
        with pytest.raises(MissingFileError, match=r"there is no saved model here. .* Tagger.save\(\)"):
            load(tmp_path / "nothing")

    @pytest.mark.parametrize("name", FILES)
    def test_a_file_that_is_missing(self, joint_folder, name):
        (joint_folder / name).unlink()
        with pytest.raises(MissingFileError, match=name):
            load(joint_folder)

    @pytest.mark.parametrize("name", FILES)
    def test_a_file_that_was_changed(self, folder, name):
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            load(folder)

    def test_files_without_labels(self, folder):
        (folder / "labels.json").unlink()
        rewrite(folder)
        with pytest.raises(DataError, match=r"`files` must list labels.json"):
            load(folder)

    def test_other_weights(self, folder, tmp_path):
        other = tagger()
        with torch.no_grad():
            other.model.classifier.bias.add_(torch.arange(5.0))
        other.save(tmp_path / "other")
        (folder / "weights.safetensors").write_bytes(
            (tmp_path / "other" / "weights.safetensors").read_bytes()
        )
        rewrite(folder)
        with pytest.raises(DataError, match=r"must answer as it did when it was saved.* The weights"):
            load(folder)

    def test_other_labels(self, folder):
        LabelMap(["a", "b", "c", "d", "O"]).save(folder / "labels.json")
        rewrite(folder)
        with pytest.raises(DataError, match=r"probe.json: the labels must be \['B-place'"):
            load(folder)

    @pytest.mark.parametrize(
        "heads", [{"inside": ["yes", "no"], "tag": NAMES}, {"inside": ["no", "yes"], "tag": NAMES[::-1]}]
    )
    def test_other_labels_of_heads(self, joint_folder, heads):
        rewrite(joint_folder, heads=heads)
        with pytest.raises(DataError, match=r"probe.json: the labels must be \[\['inside', 'no'\]"):
            load(joint_folder)

    @pytest.mark.parametrize(
        "heads",
        [
            3,
            [],
            "x",
            {},
            {"inside": 3, "tag": 4},
            {**HEADS, "tag": ["O"] * 5},
            {**HEADS, "tag": [[[]]] * 5},
            {**HEADS, "inside": [True, False]},
            {**HEADS, "inside": [10**400, None]},
        ],
    )
    def test_heads_that_make_no_sense(self, joint_folder, heads):
        rewrite(joint_folder, heads=heads)
        with pytest.raises(DataError, match=r"the files do not belong together. `heads"):
            load(joint_folder)

    def test_heads_of_equal_size_that_changed_places(self, tmp_path):
        joint(heads={"a": ("no", "yes"), "b": ("no", "yes")}).save(tmp_path / "saved")
        sizes = json.loads((tmp_path / "saved" / "config.json").read_bytes())["options"]
        sizes["num_classes"] = {"b": 2, "a": 2}
        rewrite(tmp_path / "saved", heads={"b": ["no", "yes"], "a": ["no", "yes"]}, options=sizes)
        with pytest.raises(DataError, match="the labels must be"):
            load(tmp_path / "saved")

    def test_heads_for_a_model_of_one(self, folder):
        rewrite(folder, heads={"tag": NAMES})
        with pytest.raises(DataError, match="do not belong together. `heads` must be None"):
            load(folder)


class TestTheClassOfAFolder:
    @pytest.fixture
    def predictor(self):
        its = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])
        return Predictor(its, create_model("dan", vocab_size=its.vocab_size, num_classes=2), device="cpu")

    def test_that_of_a_tagger_given_to_others(self, either, tmp_path, capsys):
        either.save(tmp_path / "saved")
        message = (
            r"saved: the folder must be one that Predictor.save\(\) or TextClassifier.save\(\) wrote. "
            r"Received: one of Tagger.save\(\). Load it with textclf.Tagger.load\(\)."
        )
        for load_it in (Predictor.load, TextClassifier.load):
            with pytest.raises(DataError, match=message):
                load_it(tmp_path / "saved")
        assert main(["predict", str(tmp_path / "saved"), "a film"]) != 0
        assert "Load it with textclf.Tagger.load()." in capsys.readouterr().err

    def test_that_of_a_predictor_given_to_a_tagger(self, predictor, tmp_path):
        predictor.save(tmp_path / "saved")
        with pytest.raises(
            DataError,
            match=r"saved: the folder must be one that Tagger.save\(\) wrote. Received: one of Predictor.save\(\) "
            r"or TextClassifier.save\(\). Load it with textclf.Predictor.load\(\).",
        ):
            load(tmp_path / "saved")

    def test_one_that_says_it_is_another(self, predictor, folder, tmp_path):
        predictor.save(tmp_path / "texts")
        rewrite(tmp_path / "texts", reader="Tagger")
        with pytest.raises(
            DataError, match="do not belong together. `model` must be one that labels tokens"
        ):
            load(tmp_path / "texts")
        rewrite(folder, reader="Predictor")
        with pytest.raises(
            DataError, match="do not belong together. `model` must be one that gives a text one"
        ):
            Predictor.load(folder)

    @pytest.mark.parametrize("reader", ["Parser", None, 3, ["Tagger"], {}])
    def test_one_that_nobody_reads(self, folder, reader):
        rewrite(folder, reader=reader)
        with pytest.raises(
            DataError, match="config.json: `reader` must be 'Predictor' or 'Tagger'. Received: "
        ):
            load(folder)
