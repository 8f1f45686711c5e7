from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from textclf.data import cache
from textclf.data.cache import cached_corpus, cached_encoder
from textclf.data.corpus import EncodedCorpus
from textclf.data.encoder import TextEncoder
from textclf.data.labelled_texts import LabelledTexts
from textclf.data.readers import LabelledFile
from textclf.errors import ArgumentError, DataError, MissingFileError, UnknownOptionError, UnseenLabelError
from textclf.text import CharTokenizer, LabelMap, Vocab

ROWS = [("a good film", "pos"), ("a bad film", "neg"), ("", "pos"), ("good, good", "pos")]


def write(path: Path, rows: list[tuple[str, str]] = ROWS) -> LabelledFile:
    path.write_text("".join(f"{label}\t{text}\n" for text, label in rows))
    return LabelledFile(path, text=1, label=0)


@pytest.fixture
def source(tmp_path: Path) -> LabelledFile:
    return write(tmp_path / "train.tsv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def encoder() -> TextEncoder:
    return TextEncoder.build_pairs(ROWS)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what is built or encoded, and not loaded."""
    calls: list[str] = []

    def noted(name: str) -> None:
        whole: Callable[..., object] = getattr(TextEncoder, name)

        def method(*args: object, **options: object) -> object:
            calls.append(name)
            return whole(*args, **options)

        monkeypatch.setattr(TextEncoder, name, method)

    # build_pairs is a class method, and its signature is looked at: so build, which it calls, is noted.
    noted("encode_pairs")
    build = TextEncoder.build.__func__

    def noted_build(cls: type[TextEncoder], *args: object, **options: object) -> TextEncoder:
        calls.append("build")
        return build(cls, *args, **options)

    monkeypatch.setattr(TextEncoder, "build", classmethod(noted_build))
    return calls


def entries(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[0] for path in folder.iterdir())


def same(one: EncodedCorpus, other: EncodedCorpus) -> None:
    for name in ("ids", "offsets", "labels"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert one.label_names == other.label_names
    assert one.dropped_share == other.dropped_share


def test_the_second_time_nothing_is_made(folder, source, made):
    first = cached_encoder(folder, source, min_freq=2, max_length=2)
    corpus = cached_corpus(folder, source, first)
    assert made == ["build", "encode_pairs"]
    second = cached_encoder(folder, source, min_freq=2, max_length=2)
    again = cached_corpus(folder, source, second)
    assert made == ["build", "encode_pairs"]
    assert second.config() == first.config()
    assert (second.vocab, second.labels) == (first.vocab, first.labels)
    same(again, corpus)
    same(corpus, first.encode([text for text, _ in ROWS], [label for _, label in ROWS]))
    assert entries(folder) == ["corpus", "encoder"]


def test_texts_in_memory(folder, encoder, made):
    texts = LabelledTexts([text for text, _ in ROWS], [label for _, label in ROWS])
    same(cached_corpus(folder, texts, encoder), encoder.encode(texts.texts, texts.labels))
    cached_corpus(folder, LabelledTexts(list(texts.texts), list(texts.labels)), encoder)
    assert made == ["encode_pairs"]
    for other in (
        LabelledTexts(texts.texts, ["neg", *texts.labels[1:]]),
        LabelledTexts(["a goodfilm", *texts.texts[1:]], texts.labels),
        LabelledTexts(texts.texts[:-1], texts.labels[:-1]),
    ):
        same(cached_corpus(folder, other, encoder), encoder.encode(other.texts, other.labels))
    assert made == ["encode_pairs"] * 4


def test_content_counts_and_not_the_name(folder, source, encoder, made, tmp_path):
    cached_corpus(folder, source, encoder)
    cached_corpus(folder, write(tmp_path / "copy.tsv"), encoder)
    assert made == ["encode_pairs"]
    changed = write(tmp_path / "train.tsv", [("a bad film", "pos"), *ROWS[1:]])  # as many bytes
    same(cached_corpus(folder, changed, encoder), encoder.encode_pairs(changed))
    assert made == ["encode_pairs"] * 3
    assert entries(folder) == ["corpus"] * 2


def test_how_the_file_is_read_counts(folder, tmp_path, made):
    path = tmp_path / "a.tsv"
    path.write_text("pos\tgood\tneg\nneg\tbad\tpos\n")
    encoder = cached_encoder(folder, LabelledFile(path, text=1, label=0))
    for label in (0, 2):
        corpus = cached_corpus(folder, LabelledFile(path, text=1, label=label), encoder)
        assert corpus.labels.tolist() == ([1, 0] if label == 0 else [0, 1])
    assert cached_encoder(folder, LabelledFile(path, text=1, label=0, header=True)).vocab.tokens[2:] == (
        "bad",
    )
    assert made == ["build", "encode_pairs", "encode_pairs", "build"]


def test_settings_of_the_encoder_count(folder, source, made):
    options = [
        {},
        {"min_freq": 2},
        {"max_size": 4},
        {"max_length": 1},
        {"max_length": 1, "keep": "tail"},
        {"tokenizer": "char"},
        {"tokenizer": CharTokenizer(lowercase=True)},
    ]
    tokens = [cached_encoder(folder, source, **its).vocab.tokens for its in options]
    assert made == ["build"] * len(options)
    assert tokens == [TextEncoder.build_pairs(source, **its).vocab.tokens for its in options]
    made.clear()
    same_again = [{"min_freq": 1}, {"tokenizer": "word"}, {"progress": False}, {"keep": "head"}]
    assert {cached_encoder(folder, source, **its).vocab.tokens for its in same_again} == {tokens[0]}
    assert made == []


def test_what_the_encoder_is_counts(folder, source, made):
    names = LabelMap(["neg", "pos"])
    encoders = [
        TextEncoder("word", Vocab(["good", "film"]), names),
        TextEncoder("word", Vocab(["film", "good"]), names),
        TextEncoder("word", Vocab(["good", "film"]), LabelMap(["pos", "neg"])),
        TextEncoder("char", Vocab(["good", "film"]), names),
        TextEncoder("word", Vocab(["good", "film"]), names, max_length=2),
        TextEncoder("word", Vocab(["good", "film"]), names, max_length=2, keep="tail"),
    ]
    for its in encoders:
        same(cached_corpus(folder, source, its), its.encode([t for t, _ in ROWS], [y for _, y in ROWS]))
    assert made == ["encode_pairs"] * len(encoders)
    cached_corpus(folder, source, TextEncoder("word", Vocab(["good", "film"], [9, 9]), names))
    assert made == ["encode_pairs"] * len(encoders)  # counts have no say in the ids


def test_other_code_or_another_python_misses(folder, source, encoder, made, monkeypatch):
    cached_corpus(folder, source, encoder)
    monkeypatch.setattr(cache, "_code", lambda: {"textclf": "other"})
    cached_corpus(folder, source, encoder)
    assert made == ["encode_pairs"] * 2


def test_the_code_that_counts_is_that_of_tokens_and_ids():
    code = cache._code()
    assert code == cache._code.__wrapped__()
    assert set(code) == {"textclf", "python", "unicode"}


def flip_a_bit(entry: Path) -> None:
    file = entry / "content" / "ids.npy"
    content = bytearray(file.read_bytes())
    content[-4] ^= 1
    file.write_bytes(content)


def cut_short(entry: Path) -> None:
    file = entry / "content" / "labels.npy"
    file.write_bytes(file.read_bytes()[:-8])


def put_another_in_its_place(entry: Path) -> None:
    np.save(entry / "content" / "offsets.npy", np.array([0, 1, 1, 1, 9]))


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (flip_a_bit, "content/ids.npy"),
        (cut_short, "content/labels.npy"),
        (put_another_in_its_place, "content/offsets.npy"),
        (lambda entry: (entry / "content" / "corpus.json").unlink(), "content/corpus.json"),
        (lambda entry: (entry / "content" / "extra.npy").write_bytes(b"a"), "content/extra.npy"),
        (lambda entry: shutil.rmtree(entry / "content"), "content/corpus.json, .*content/offsets.npy"),
        (lambda entry: (entry / "digests.json").write_text("{"), "its digests cannot be read"),
        (lambda entry: (entry / "digests.json").write_text("[]"), "content/corpus.json"),
        (lambda entry: (entry / "digests.json").unlink(), "its digests cannot be read"),
    ],
)
def test_a_damaged_entry_is_made_again_with_a_warning(folder, source, encoder, made, damage, named):
    expected = encoder.encode_pairs(source)
    cached_corpus(folder, source, encoder)
    made.clear()
    (entry,) = folder.iterdir()
    damage(entry)
    with pytest.warns(UserWarning, match=f"The cache entry is damaged and is made again.*{named}"):
        same(cached_corpus(folder, source, encoder), expected)
    assert made == ["encode_pairs"]
    same(cached_corpus(folder, source, encoder), expected)  # without a warning, which would be an error
    assert made == ["encode_pairs"]
    assert entries(folder) == ["corpus"]


def test_whole_files_that_cannot_be_loaded_are_damage_too(folder, source, made):
    cached_encoder(folder, source)
    (entry,) = folder.iterdir()
    (entry / "content" / "vocab.txt").write_text("nothing")
    (entry / "digests.json").write_text(json.dumps(cache._digests(entry)))
    with pytest.warns(UserWarning, match=r"damaged and is made again.*vocab\.txt"):
        assert "film" in cached_encoder(folder, source).vocab
    assert made == ["build"] * 2


def test_a_file_where_the_entry_should_be(folder, source):
    cached_encoder(folder, source)
    (entry,) = folder.iterdir()
    shutil.rmtree(entry)
    entry.write_text("")
    with pytest.warns(UserWarning, match="damaged"):
        assert "film" in cached_encoder(folder, source).vocab


def test_the_user_may_delete_entries(folder, source, encoder, made):
    corpus = cached_corpus(folder, source, encoder)
    shutil.rmtree(folder)
    assert corpus.ids.tolist() == encoder.encode([text for text, _ in ROWS]).ids.tolist()
    cached_corpus(folder, source, encoder)
    assert made == ["encode_pairs"] * 2


def test_a_failure_leaves_nothing(folder, tmp_path, encoder):
    source = write(tmp_path / "test.tsv", [*ROWS, ("good", "neutral")])
    with pytest.raises(UnseenLabelError, match=r"`labels\[4\]`"):
        cached_corpus(folder, source, encoder)
    assert list(folder.iterdir()) == []


def test_a_file_that_changes_while_it_is_read_is_not_kept(folder, source, encoder, monkeypatch):
    encode = TextEncoder.encode_pairs

    def changing(self, pairs, **options):
        corpus = encode(self, pairs, **options)
        source.path.write_text("pos\tbad\n")
        return corpus

    monkeypatch.setattr(TextEncoder, "encode_pairs", changing)
    with pytest.raises(DataError, match="the texts must stay as they are while they are read"):
        cached_corpus(folder, source, encoder)
    assert list(folder.iterdir()) == []


def test_another_process_may_make_the_entry_first(folder, source, encoder, monkeypatch):
    encode = TextEncoder.encode_pairs

    def overtaken(self, pairs, **options):
        monkeypatch.setattr(TextEncoder, "encode_pairs", encode)
        same(cached_corpus(folder, source, encoder), encode(self, source))
        return encode(self, pairs, **options)

    monkeypatch.setattr(TextEncoder, "encode_pairs", overtaken)
    same(cached_corpus(folder, source, encoder), encode(encoder, source))
    assert entries(folder) == ["corpus"]


def test_a_function_of_your_own_cannot_be_told_from_another(folder, source):
    with pytest.raises(
        ArgumentError, match="`tokenizer` must be a registered one for a cache.*without a cache"
    ):
        cached_encoder(folder, source, tokenizer=str.split)
    own = TextEncoder.build_pairs(ROWS, tokenizer=str.split)
    with pytest.raises(ArgumentError, match="`tokenizer` must be a registered one for a cache"):
        cached_corpus(folder, source, own)
    assert not folder.exists()


def test_jieba_counts_with_its_version(folder, source, made, monkeypatch):
    pytest.importorskip("jieba")
    cached_encoder(folder, source, tokenizer="jieba")
    version = cache.importlib.metadata.version
    monkeypatch.setattr(cache.importlib.metadata, "version", lambda name: f"{version(name)}.post1")
    cached_encoder(folder, source, tokenizer="jieba")
    assert made == ["build"] * 2


@pytest.mark.parametrize("bad", [None, "train.tsv", ROWS, iter(ROWS)])
def test_what_is_no_source(folder, encoder, bad):
    with pytest.raises(ArgumentError, match="`source` must be a LabelledFile, or LabelledTexts"):
        cached_corpus(folder, bad, encoder)
    with pytest.raises(ArgumentError, match="`source` must be a LabelledFile, or LabelledTexts"):
        cached_encoder(folder, bad)


def test_bad_arguments(folder, source, encoder, tmp_path):
    with pytest.raises(
        ArgumentError, match=r"`encoder` must be a TextEncoder.*cached_encoder\(\) makes one"
    ):
        cached_corpus(folder, source, "encoder")
    with pytest.raises(DataError, match="`encoder` must have labels"):
        cached_corpus(folder, source, TextEncoder.build(["a"]))
    with pytest.raises(
        UnknownOptionError, match="`min_frq` must be an option of cached_encoder.*'min_freq'"
    ):
        cached_encoder(folder, source, min_frq=2)
    with pytest.raises(ArgumentError, match="`min_freq` must be an integer of at least 1"):
        cached_encoder(folder, source, min_freq=0)
    with pytest.raises(MissingFileError, match="does not exist"):
        cached_corpus(folder, LabelledFile(tmp_path / "none.tsv", text=1, label=0), encoder)
    (tmp_path / "empty.tsv").write_text("")
    with pytest.raises(DataError, match="the file is empty"):
        cached_encoder(folder, LabelledFile(tmp_path / "empty.tsv", text=1, label=0))


def test_several_labels_a_text(folder):
    texts = LabelledTexts(["a good film", "a war", "so so"], [["film", "good"], ["war"], []])
    encoder = cached_encoder(folder, texts)
    corpora = [cached_corpus(folder, texts, encoder) for _ in range(2)]
    for corpus in corpora:
        assert corpus.labels.tolist() == encoder.labels.encode(texts.labels).tolist()
        assert corpus.multi_label
    assert len(entries(folder)) == 2
