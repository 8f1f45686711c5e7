from __future__ import annotations

import copy
import gc
import pickle
import tempfile
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data import pairs, text_ids
from textclf.data.encoder import TextEncoder
from textclf.data.labelled_texts import LabelledTexts
from textclf.data.readers import LabelledFile
from textclf.errors import (
    ArgumentError,
    DataError,
    UnknownNameError,
    UnseenLabelError,
)
from textclf.text import LabelMap, Vocab, WordTokenizer

TEXTS = ["a good film", "a bad film", "a film"]
LABELS = ["pos", "neg", "pos"]


def letters(text: str) -> list[str]:
    return list(text)


@pytest.fixture
def encoder() -> TextEncoder:
    return TextEncoder.build(TEXTS, LABELS)


def test_build_counts_tokens_and_labels(encoder):
    assert encoder.vocab.tokens == ("<pad>", "<unk>", "a", "film", "bad", "good")
    assert encoder.labels.names == ("neg", "pos")
    assert encoder.tokenizer == WordTokenizer()
    assert (encoder.max_length, encoder.keep) == (None, "head")
    assert repr(encoder).endswith(", 6 tokens, 2 classes)")


def test_build_passes_its_options_on():
    built = TextEncoder.build(TEXTS, min_freq=2, max_size=3, tokenizer="whitespace")
    assert built.vocab.tokens == ("<pad>", "<unk>", "a")
    assert built.labels is None
    assert TextEncoder.build(["ab"], tokenizer=letters).vocab.tokens == ("<pad>", "<unk>", "a", "b")
    assert TextEncoder.build([["a b", "c"]]).vocab.tokens == ("<pad>", "<unk>", "a b", "c")


def test_build_counts_what_truncation_keeps():
    texts = ["a b c d e"]
    assert set(TextEncoder.build(texts, max_length=2).vocab.tokens[2:]) == {"a", "b"}
    assert set(TextEncoder.build(texts, max_length=2, keep="tail").vocab.tokens[2:]) == {"d", "e"}
    assert set(TextEncoder.build(texts, max_length=3, keep="both").vocab.tokens[2:]) == {"a", "b", "e"}


def test_encode(encoder):
    corpus = encoder.encode(["a bad zebra", "", "film"], ["neg", "pos", "pos"])
    assert [row.tolist() for row in corpus] == [[2, 4, 1], [], [3]]
    assert corpus.labels.tolist() == [0, 1, 1]
    assert corpus.label_names == ("neg", "pos")
    assert corpus.dropped_share == 0.0
    assert not corpus.token_labels
    corpus.check_ids(len(encoder.vocab))


def test_encode_without_labels(encoder):
    corpus = encoder.encode(TEXTS)
    assert corpus.labels is None
    assert corpus.label_names is None


def test_encode_nothing(encoder):
    for texts in ([], iter([])):
        corpus = encoder.encode(texts, [])
        assert len(corpus) == 0
        assert corpus.labels.tolist() == []
    assert len(encoder.encode([])) == 0


def test_encode_takes_lists_of_tokens_as_they_are(encoder):
    corpus = encoder.encode([["a", "FILM", "a film"], ("film",), "A FILM"])
    assert [row.tolist() for row in corpus] == [[2, 1, 1], [3], [2, 3]]


def test_encode_takes_generators_and_arrays(encoder):
    expected = encoder.encode(TEXTS, LABELS)
    for texts, labels in [(iter(TEXTS), iter(LABELS)), (np.array(TEXTS), np.array(LABELS))]:
        corpus = encoder.encode(texts, labels)
        assert corpus.ids.tolist() == expected.ids.tolist()
        assert corpus.labels.tolist() == expected.labels.tolist()


def test_integer_labels():
    built = TextEncoder.build(TEXTS, [10, 9, 10])
    assert built.encode(TEXTS, [9, 9, 10]).labels.tolist() == [0, 0, 1]
    assert built.encode(TEXTS, np.array([9, 9, 10])).label_names == (9, 10)


@pytest.mark.parametrize(
    ("keep", "first"), [("head", ["a", "b", "c"]), ("tail", ["c", "d", "e"]), ("both", ["a", "b", "e"])]
)
def test_truncation(keep, first):
    built = TextEncoder("whitespace", Vocab(list("abcde")), max_length=3, keep=keep)
    corpus = built.encode(["a b c d e", "a b c", "a", ""])
    assert built.vocab.decode(corpus[0]) == first
    assert corpus.lengths.tolist() == [3, 3, 1, 0]
    assert corpus.dropped_share == pytest.approx(2 / 9)
    assert built.tokenize(["a b c d e", ["x"]]) == [first, ["x"]]


@given(st.lists(st.lists(st.sampled_from("abcz"), max_size=9), max_size=9), st.integers(1, 5))
def test_tokenize_shows_what_encode_saw(texts, max_length):
    built = TextEncoder("whitespace", Vocab(list("abc")), max_length=max_length, keep="both")
    corpus = built.encode(texts)
    shown = built.tokenize(texts)
    assert [[built.vocab[token] for token in tokens] for tokens in shown] == [
        row.tolist() for row in corpus
    ]
    for text, row in zip(texts, corpus, strict=True):
        ids, tokens = built.encode_one(text)
        assert ids.tolist() == row.tolist()
        assert tokens == len(text)
    total = sum(map(len, texts))
    if total:
        assert corpus.dropped_share == pytest.approx(1 - corpus.num_tokens / total)


def test_tagging():
    texts = [["he", "runs", "far", "off"], ["go"], []]
    tags = [["N", "V", "A", "A"], ["V"], []]
    built = TextEncoder.build(texts, token_labels=tags)
    assert built.labels.names == ("A", "N", "V")
    corpus = built.encode(texts, token_labels=tags)
    assert corpus.token_labels
    assert corpus.labels.tolist() == [1, 2, 0, 0, 2]
    assert corpus.label_names == ("A", "N", "V")
    short = TextEncoder("word", built.vocab, built.labels, max_length=3, keep="both")
    corpus = short.encode(texts, token_labels=tags)
    assert built.vocab.decode(corpus[0]) == ["he", "runs", "off"]
    assert corpus.labels.tolist() == [1, 2, 0, 2]
    assert len(built.encode([], token_labels=[])) == 0


def test_tagging_errors_name_the_text():
    built = TextEncoder.build([["go"]], token_labels=[["V"]])
    two = [["go"], ["go", "on"]]
    with pytest.raises(
        ArgumentError, match=r"`texts\[1\]` must be a list of tokens if `token_labels` are given"
    ):
        built.encode([["go"], "go on"], token_labels=[["V"], ["V", "V"]])
    with pytest.raises(ArgumentError, match=r"`token_labels\[1\]` must be as long as its text, 2"):
        built.encode(two, token_labels=[["V"], ["V"]])
    with pytest.raises(UnseenLabelError, match=r"`token_labels\[1\]`: .*'X'"):
        built.encode(two, token_labels=[["V"], ["V", "X"]])
    with pytest.raises(ArgumentError, match=r"`token_labels\[1\]`: .*must be"):
        built.encode(two, token_labels=[["V"], ["V", None]])
    for tags in ([["V"]], [["V"], ["V", "V"], ["V"]]):
        for texts in (two, iter(two)):
            with pytest.raises(ArgumentError, match="`token_labels` must be as many as the texts, 2"):
                built.encode(texts, token_labels=tags)


def test_label_errors(encoder):
    with pytest.raises(UnseenLabelError, match=r"'neutral'.*neg"):
        encoder.encode(TEXTS, ["pos", "neutral", "neg"])
    for texts in (TEXTS, iter(TEXTS)):
        with pytest.raises(
            ArgumentError, match=r"`labels` must be as many as the texts, 3. Received: '1 entries'"
        ):
            encoder.encode(texts, ["pos"])
    with pytest.raises(ArgumentError, match="`token_labels` must be None if `labels` are given"):
        encoder.encode(TEXTS, LABELS, token_labels=[[]])
    without = TextEncoder.build(TEXTS)
    with pytest.raises(
        ArgumentError, match=r"`labels` must be None for an encoder without labels.*Build the encoder"
    ):
        without.encode(TEXTS, LABELS)
    with pytest.raises(ArgumentError, match="`token_labels` must be None for an encoder without labels"):
        without.encode(TEXTS, token_labels=[[], [], []])


def test_labels_are_checked_before_any_text_is_read(encoder):
    def texts():
        raise RuntimeError("a text was read")
        yield ""

    with pytest.raises(UnseenLabelError):
        encoder.encode(texts(), ["neutral"])


def test_text_errors(encoder):
    with pytest.raises(ArgumentError, match=r"`texts` must be a list of texts.*\[text\]"):
        encoder.encode("a film")
    with pytest.raises(ArgumentError, match=r"`texts` must be a list of texts.*\[text\]"):
        encoder.encode("a film", ["pos"])
    with pytest.raises(ArgumentError, match=r"`texts` must be a list of texts.*\[text\]"):
        TextEncoder.build("a film", ["pos"])
    with pytest.raises(ArgumentError, match=r"`texts\[1\]` must be a string.*empty string"):
        encoder.encode(["a", None])
    with pytest.raises(ArgumentError, match=r"`texts\[0\]` must be a string.*empty string"):
        encoder.encode_one(None)
    with pytest.raises(ArgumentError, match=r"`texts\[1\]` must be a string"):
        TextEncoder.build(["a", 5])


def test_build_errors():
    for texts in (TEXTS, iter(TEXTS)):
        with pytest.raises(ArgumentError, match="`labels` must be as many as the texts, 3"):
            TextEncoder.build(texts, ["pos"])
    with pytest.raises(ArgumentError, match="`token_labels` must be None if `labels` are given"):
        TextEncoder.build(TEXTS, LABELS, token_labels=[[]])
    with pytest.raises(ArgumentError, match="`max_length` must be"):
        TextEncoder.build(TEXTS, max_length=0)
    with pytest.raises(ArgumentError, match="`keep` must be"):
        TextEncoder.build(TEXTS, keep="middle")
    with pytest.raises(UnknownNameError, match="Did you mean 'word'"):
        TextEncoder.build(TEXTS, tokenizer="wrd")
    with pytest.raises(DataError):
        TextEncoder.build(["", " "])


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("word", ["a"]), {}, r"`vocab` must be a Vocab.*TextEncoder\.build\(\)"),
        (("word", Vocab(["a"]), ["pos"]), {}, r"`labels` must be a LabelMap or None.*LabelMap\.build\(\)"),
        ((5, Vocab(["a"])), {}, "`tokenizer` must be"),
        (("word", Vocab(["a"])), {"max_length": 1.5}, "`max_length` must be an integer of at least 1"),
        (("word", Vocab(["a"])), {"max_length": 0}, "`max_length` must be an integer of at least 1"),
        (("word", Vocab(["a"])), {"max_length": True}, "`max_length` must be an integer of at least 1"),
        (("word", Vocab(["a"])), {"keep": "middle"}, "`keep` must be one of 'head', 'tail', 'both'"),
        (("word", Vocab(["a"])), {"keep": None}, "`keep` must be one of"),
    ],
)
def test_bad_arguments(arguments, options, message):
    with pytest.raises(ArgumentError, match=message):
        TextEncoder(*arguments, **options)


def test_a_progress_bar_on_request_only(encoder, capsys):
    encoder.encode(TEXTS)
    TextEncoder.build(TEXTS)
    assert capsys.readouterr() == ("", "")
    encoder.encode(TEXTS, progress=True)
    assert "encoding" in capsys.readouterr().err
    TextEncoder.build(TEXTS, progress=True)
    assert "counting tokens" in capsys.readouterr().err
    with pytest.raises(ArgumentError, match="`progress` must be True or False"):
        encoder.encode(TEXTS, progress=1)


def test_large_corpora_go_to_the_disk_and_failures_leave_nothing(
    encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    corpus = encoder.encode(TEXTS, LABELS, memory_map_above=8)
    assert len(list(tmp_path.iterdir())) == 2  # the ids, and where texts begin
    assert corpus.ids.tolist() == encoder.encode(TEXTS).ids.tolist()
    del corpus
    with pytest.raises(ArgumentError, match=r"`texts\[3\]`"):
        encoder.encode([*TEXTS, None], memory_map_above=0)
    gc.collect()
    assert list(tmp_path.iterdir()) == []


# Pairs of texts and labels


@pytest.mark.parametrize("together", [1, 2, 100])
def test_pairs_give_what_texts_and_labels_give(together, monkeypatch):
    monkeypatch.setattr(pairs, "_TOGETHER", together)
    options = {"tokenizer": "whitespace", "min_freq": 2, "max_length": 3, "keep": "both"}
    built = TextEncoder.build_pairs(zip(TEXTS, LABELS, strict=True), **options)
    expected = TextEncoder.build(TEXTS, LABELS, **options)
    assert built.config() == expected.config()
    assert (built.vocab, built.labels) == (expected.vocab, expected.labels)
    corpus = built.encode_pairs(zip(TEXTS, LABELS, strict=True))
    wanted = expected.encode(TEXTS, LABELS)
    for name in ("ids", "offsets", "labels"):
        assert getattr(corpus, name).tolist() == getattr(wanted, name).tolist()
    assert corpus.label_names == wanted.label_names
    assert corpus.dropped_share == wanted.dropped_share


def test_pairs_of_a_file_and_of_lists(tmp_path: Path):
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{label}\t{text}\n" for text, label in zip(TEXTS, LABELS, strict=True)))
    file = LabelledFile(path, text=1, label=0)
    texts = LabelledTexts(TEXTS, LABELS)
    built = TextEncoder.build_pairs(file)
    assert built.vocab == TextEncoder.build_pairs(texts).vocab
    assert built.encode_pairs(file).ids.tolist() == built.encode_pairs(texts).ids.tolist()


def test_integer_labels_and_tokens_in_pairs():
    built = TextEncoder.build_pairs([(["go", "on"], 10), (["go"], 9)])
    assert built.labels.names == (9, 10)
    assert built.encode_pairs([(["on"], 10)]).labels.tolist() == [1]


def test_errors_in_pairs_are_named_with_their_index(encoder, monkeypatch):
    monkeypatch.setattr(pairs, "_TOGETHER", 2)
    good = [("a film", "pos")] * 3
    for use in (TextEncoder.build_pairs, encoder.encode_pairs):
        with pytest.raises(ArgumentError, match=r"`texts\[3\]` must be a string or a list of tokens"):
            use([*good, (None, "pos")])
        with pytest.raises(ArgumentError, match=r"`labels\[3\]` must be a string or an integer"):
            use([*good, ("a", None)])
        with pytest.raises(ArgumentError, match=r"`pairs\[3\]` must be a text and its label"):
            use([*good, "ab"])
    with pytest.raises(ArgumentError, match=r"`labels\[3\]` must be a string, like those before it"):
        TextEncoder.build_pairs([*good, ("a", 1)])
    with pytest.raises(UnseenLabelError, match=r"`labels\[3\]` must be a known label. Received: 'neutral'"):
        encoder.encode_pairs([*good, ("a", "neutral")])


def test_pairs_need_labels_to_be_known_and_tokens_to_be_there():
    with pytest.raises(DataError, match="`encoder` must have labels"):
        TextEncoder.build(TEXTS).encode_pairs([("a", "pos")])
    for none in ([], [("", "pos")]):
        with pytest.raises(DataError, match="no tokens were found"):
            TextEncoder.build_pairs(none)


def test_encoding_pairs_takes_the_memory_of_its_parts(
    encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(text_ids, "_CHARACTERS_AT_ONCE", 2**14)
    count = 100_000
    stream = ((f"a {i % 100} film", ("neg", "pos")[i % 2]) for i in range(count))
    tracemalloc.start()
    try:
        corpus = encoder.encode_pairs(stream, memory_map_above=2**16)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(corpus), corpus.num_tokens) == (count, 3 * count)
    assert corpus.labels[:3].tolist() == [0, 1, 0]
    assert peak < 5_000_000  # where the texts, as Python strings, have 6 million bytes, and their ids 1.2
    assert len(list(tmp_path.iterdir())) == 3


# Building and encoding at once, and what is remembered from call to call.

LONG = [f"a {word} film , isn't it ? {word}s" for word in (f"w{n % 700}x{n % 13}" for n in range(3000))]


@pytest.mark.parametrize("tokenizer", ["word", "whitespace", "char", letters], ids=str)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"min_freq": 3, "max_length": 5, "keep": "both"},
        {"max_size": 20},
        {"max_length": 3, "keep": "tail"},
    ],
    ids=str,
)
@pytest.mark.parametrize("texts", [TEXTS, LONG], ids=["few", "many"])
def test_build_and_encode_is_build_and_then_encode(tokenizer, options, texts):
    labels = [("pos", "neg")[len(text) % 2] for text in texts]
    labels[:2] = ["pos", "neg"]
    built = TextEncoder.build(texts, labels, tokenizer=tokenizer, **options)
    expected = built.encode(texts, labels)
    encoder, corpus = TextEncoder.build_and_encode(iter(texts), labels, tokenizer=tokenizer, **options)
    assert encoder.config() == built.config()
    assert encoder.vocab == built.vocab
    assert encoder.labels == built.labels
    assert corpus.ids.tolist() == expected.ids.tolist()
    assert corpus.offsets.tolist() == expected.offsets.tolist()
    assert corpus.labels.tolist() == expected.labels.tolist()
    assert corpus.label_names == expected.label_names
    assert corpus.dropped_share == expected.dropped_share
    assert encoder.encode(texts).ids.tolist() == expected.ids.tolist()


def test_the_vocabulary_is_that_of_a_plain_count():
    tokens = [WordTokenizer()(text)[:4] for text in LONG]
    assert TextEncoder.build(LONG, min_freq=2, max_length=4).vocab == Vocab.build(tokens, min_freq=2)


def test_build_and_encode_for_tagging():
    texts = [["he", "runs", "far"], ["go"], []]
    tags = [["N", "V", "A"], ["V"], []]
    encoder, corpus = TextEncoder.build_and_encode(texts, token_labels=tags, max_length=2, keep="tail")
    assert corpus.token_labels
    assert corpus.label_names == ("A", "N", "V")
    assert corpus.labels.tolist() == [2, 0, 2]
    assert encoder.tokenize(texts) == [encoder.vocab.decode(row) for row in corpus]


def test_build_and_encode_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    corpus = TextEncoder.build_and_encode(TEXTS, memory_map_above=0)[1]
    assert len(list(tmp_path.iterdir())) == 2  # the ids, and where the texts begin
    assert corpus.ids.tolist() == TextEncoder.build(TEXTS).encode(TEXTS).ids.tolist()
    del corpus
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_build_and_encode_shows_progress_and_checks_first(capsys):
    TextEncoder.build_and_encode(TEXTS, progress=True)
    assert "encoding" in capsys.readouterr().err
    read = iter(TEXTS)
    for build in (TextEncoder.build, TextEncoder.build_and_encode):
        for options, message in [
            ({"min_freq": 0}, "`min_freq` must be an integer of at least 1"),
            ({"max_size": 1}, "`max_size` must be an integer of at least 2"),
            ({"max_length": 0}, "`max_length` must be"),
            ({"keep": "middle"}, "`keep` must be"),
            ({"token_labels": [[]], "labels": ["a"]}, "`token_labels` must be None"),
        ]:
            with pytest.raises(ArgumentError, match=message):
                build(read, **options)
        with pytest.raises(DataError, match="no tokens"):
            build(["", " "])
        with pytest.raises(ArgumentError, match=r"`texts\[1\]` must be a string"):
            build(["a", 5])
        with pytest.raises(ArgumentError, match="`labels` must be as many as the texts, 3"):
            build(iter(TEXTS), ["pos"])
    assert next(read) == TEXTS[0]


def test_what_is_remembered_is_forgotten_with_the_vocabulary_or_the_tokenizer():
    encoder = TextEncoder.build(LONG)
    before = encoder.encode(LONG).ids.tolist()
    assert encoder.encode(LONG).ids.tolist() == before
    encoder.vocab = Vocab(["film"])
    assert encoder.encode(LONG).ids.tolist() == TextEncoder("word", encoder.vocab).encode(LONG).ids.tolist()
    encoder.tokenizer = WordTokenizer(punctuation=False)
    fresh = TextEncoder(encoder.tokenizer, encoder.vocab)
    assert encoder.encode(LONG).ids.tolist() == fresh.encode(LONG).ids.tolist()


def test_what_is_remembered_is_not_copied():
    encoder = TextEncoder.build_and_encode(LONG)[0]
    small = TextEncoder(encoder.tokenizer, encoder.vocab)
    assert len(pickle.dumps(encoder)) == len(pickle.dumps(small))
    for other in (pickle.loads(pickle.dumps(encoder)), copy.deepcopy(encoder)):
        assert other.encode(LONG).ids.tolist() == encoder.encode(LONG).ids.tolist()


def test_a_failed_call_leaves_the_encoder_as_it_was():
    encoder = TextEncoder.build(LONG)
    expected = encoder.encode(LONG).ids.tolist()
    with pytest.raises(ArgumentError, match=r"`texts\[3000\]`"):
        encoder.encode([*LONG, None])
    assert encoder.encode(LONG).ids.tolist() == expected


def test_threads_may_share_an_encoder():
    encoder = TextEncoder.build(LONG[:1000])
    parts = [LONG[start : start + 500] for start in range(0, 3000, 250)]
    expected = [TextEncoder("word", encoder.vocab).encode(part).ids.tolist() for part in parts]
    with ThreadPoolExecutor(4) as pool:
        found = [corpus.ids.tolist() for corpus in pool.map(encoder.encode, parts * 3)]
    assert found == expected * 3


def test_the_label_map_may_be_given():
    built = TextEncoder("word", Vocab(["a"]), LabelMap(["z", "b"]))
    assert built.encode(["a"], ["b"]).labels.tolist() == [1]
    assert built.config()["num_classes"] == 2


class TestSeveralLabels:
    texts = ("a good film", "a war", "so so")
    rows = (["film", "good"], ["war"], [])
    hot = ([True, True, False], [False, False, True], [False, False, False])

    def test_build_and_encode(self):
        encoder, corpus = TextEncoder.build_and_encode(self.texts, self.rows)
        assert encoder.labels == LabelMap(["film", "good", "war"], multi_label=True)
        assert corpus.labels.tolist() == list(self.hot)
        assert corpus.label_names == ("film", "good", "war")
        same = TextEncoder.build(self.texts, map(set, self.rows))
        assert same.labels == encoder.labels
        assert same.encode(self.texts, self.rows).labels.tolist() == list(self.hot)

    @pytest.mark.parametrize("above", [0, 10**6])
    def test_pairs(self, above):
        pairs = list(zip(self.texts, self.rows, strict=True))
        encoder = TextEncoder.build_pairs(iter(pairs))
        assert encoder.labels == LabelMap(["film", "good", "war"], multi_label=True)
        corpus = encoder.encode_pairs(iter(pairs), memory_map_above=above)
        assert corpus.labels.tolist() == list(self.hot)
        with pytest.raises(ArgumentError, match=r"`labels\[1\]` must be a list of labels"):
            TextEncoder.build_pairs([("a", ["x"]), ("b", "y")])

    def test_saved_and_loaded(self, tmp_path):
        encoder = TextEncoder.build(self.texts, self.rows)
        encoder.save(tmp_path)
        assert TextEncoder.load(tmp_path).labels == encoder.labels

    def test_unlike_those_it_was_built_with(self):
        encoder = TextEncoder.build(self.texts, self.rows)
        with pytest.raises(UnseenLabelError, match=r"`labels\[0\]` must be a known label. Received: 'x'"):
            encoder.encode(["a film"], [["film", "x"]])
        with pytest.raises(ArgumentError, match=r"`labels\[0\]` must be a list of labels"):
            encoder.encode(["a film"], ["film"])
        with pytest.raises(ArgumentError, match=r"`labels\[0\]` must be a string or an integer"):
            TextEncoder.build(["a"], ["x"]).encode(["a"], [["x"]])
