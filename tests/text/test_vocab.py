from __future__ import annotations

import copy
import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.errors import ArgumentError, DataError
from textclf.text import PAD, PAD_ID, UNK, UNK_ID, Vocab

CORPUS = [["b", "a", "c"], ["b", "a"], [], ["b", "é", "B"]]
TOKEN_LISTS = st.lists(st.lists(st.sampled_from(["a", "b", "中", "", "\t", PAD, UNK, "x y"])))


def test_the_special_ids_are_fixed():
    assert (PAD, PAD_ID, UNK, UNK_ID) == ("<pad>", 0, "<unk>", 1)
    assert Vocab(["a"]).tokens[PAD_ID] == PAD
    assert Vocab(["a"]).tokens[UNK_ID] == UNK


def test_a_vocabulary_of_the_special_tokens_alone():
    vocab = Vocab([])
    assert len(vocab) == 2
    assert list(vocab) == [PAD, UNK]
    assert vocab.counts == (0, 0)
    assert vocab.encode(["a", "b"]).tolist() == [UNK_ID, UNK_ID]


def test_build_numbers_by_frequency_then_code_point():
    vocab = Vocab.build(CORPUS)
    assert vocab.tokens == (PAD, UNK, "b", "a", "B", "c", "é")
    assert vocab.counts == (0, 0, 3, 2, 1, 1, 1)
    assert [vocab[token] for token in vocab] == list(range(7))


def test_build_reads_its_input_once_and_takes_any_iterables():
    assert Vocab.build(iter(tokens) for tokens in CORPUS) == Vocab.build(CORPUS)


def test_build_drops_what_is_rare():
    assert Vocab.build(CORPUS, min_freq=2).tokens == (PAD, UNK, "b", "a")
    assert Vocab.build(CORPUS, min_freq=3).tokens == (PAD, UNK, "b")


@pytest.mark.parametrize(
    ("size", "kept"), [(2, ()), (3, ("b",)), (5, ("b", "a", "B")), (99, ("b", "a", "B", "c", "é"))]
)
def test_max_size_counts_the_special_tokens(size, kept):
    assert Vocab.build(CORPUS, max_size=size).tokens == (PAD, UNK, *kept)


@pytest.mark.parametrize("bad", [0, -1, 1.5, True, "2", None])
def test_min_freq_is_checked(bad):
    with pytest.raises(ArgumentError, match=r"`min_freq` must be an integer of at least 1\. Received: "):
        Vocab.build(CORPUS, min_freq=bad)


@pytest.mark.parametrize("bad", [1, 0, -1, 2.0, True, "9"])
def test_max_size_is_checked(bad):
    with pytest.raises(ArgumentError, match=r"`max_size` must be an integer of at least 2\. Received: "):
        Vocab.build(CORPUS, max_size=bad)


def test_options_are_checked_before_the_corpus_is_read():
    corpus = iter(CORPUS)
    with pytest.raises(ArgumentError, match="min_freq"):
        Vocab.build(corpus, min_freq=0)
    assert next(corpus) == CORPUS[0]


def test_a_min_freq_that_leaves_nothing_names_the_highest_count():
    with pytest.raises(
        ArgumentError, match="`min_freq` must be at most 3, the count of the commonest token"
    ):
        Vocab.build(CORPUS, min_freq=4)


@pytest.mark.parametrize("corpus", [[], [[]], [[], []], [[PAD, UNK]]])
def test_no_tokens_are_an_error(corpus):
    with pytest.raises(DataError, match="no tokens were found"):
        Vocab.build(corpus)


def test_special_spellings_in_a_text_are_unknown_tokens():
    vocab = Vocab.build([[PAD, UNK, UNK, "a"]])
    assert vocab.tokens == (PAD, UNK, "a")
    assert vocab.encode([PAD, UNK, "a"]).tolist() == [UNK_ID, UNK_ID, 2]
    assert vocab.encode_batch([[PAD]])[0].tolist() == [UNK_ID]
    assert vocab.oov_rate([[PAD, UNK, "a", "a"]]) == 0.5


def test_lookup_by_a_programmer_finds_the_special_tokens():
    vocab = Vocab(["a"])
    assert (vocab[PAD], vocab[UNK], vocab["a"], vocab["z"]) == (0, 1, 2, 1)
    assert PAD in vocab
    assert UNK in vocab
    assert "a" in vocab
    assert "z" not in vocab
    assert 2 not in vocab
    assert ["a"] not in vocab


def test_lookup_wants_a_string():
    with pytest.raises(ArgumentError, match=r"`token` must be a string\. Received: 2"):
        Vocab(["a"])[2]


@pytest.mark.parametrize(("tokens", "message"), [
    (["a", "b", "a"], "`tokens` must be all different. Received: 'a'."),
    (["a", PAD], "`tokens` must be given without the special tokens. Received: '<pad>'."),
    ([UNK], "`tokens` must be given without the special tokens. Received: '<unk>'."),
    (["a", 3], "`tokens[1]` must be a string. Received: 3."),
    (["a", None], "`tokens[1]` must be a string. Received: None."),
    ([b"a"], "`tokens[0]` must be a string. Received: b'a'."),
    ("abc", "`tokens` must be a list of tokens. Received: 'abc'."),
    (7, "`tokens` must be a list of tokens. Received: 7."),
])  # fmt: skip
def test_the_constructor_checks_its_tokens(tokens, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        Vocab(tokens)


@pytest.mark.parametrize(("counts", "message"), [
    ([1], "`counts` must be one for each of the 2 tokens. Received: '1 counts'."),
    ([1, 2, 3], "`counts` must be one for each of the 2 tokens."),
    ([1, -1], "`counts[1]` must be an integer of at least 0. Received: -1."),
    ([1, 2.0], "`counts[1]` must be an integer of at least 0. Received: 2.0."),
    ([True, 1], "`counts[0]` must be an integer of at least 0. Received: True."),
])  # fmt: skip
def test_the_constructor_checks_its_counts(counts, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        Vocab(["a", "b"], counts)


def test_numpy_strings_and_integers_become_python_ones():
    vocab = Vocab(np.array(["a", "b"]), np.array([2, 1]))
    assert {type(token) for token in vocab} == {str}
    assert {type(count) for count in vocab.counts} == {int}
    assert vocab.encode(np.array(["b", "z"])).tolist() == [3, 1]


def test_encode_gives_int32_even_for_no_tokens():
    ids = Vocab(["a"]).encode([])
    assert ids.dtype == np.int32
    assert ids.shape == (0,)
    assert Vocab(["a"]).encode(iter(["a", "z"])).tolist() == [2, 1]


@pytest.mark.parametrize("batch", [[], [[]], [[], []]])
def test_encode_batch_of_nothing(batch):
    ids, offsets = Vocab(["a"]).encode_batch(batch)
    assert (ids.dtype, offsets.dtype) == (np.int32, np.int64)
    assert ids.shape == (0,)
    assert offsets.tolist() == [0] * (len(batch) + 1)
    assert Vocab(["a"]).decode_batch(ids, offsets) == batch


@pytest.mark.parametrize("use", ["encode_batch", "oov_rate", "build"])
@pytest.mark.parametrize(("rows", "message"), [
    ([["a"], "good film"], "`tokenized[1]` must be a list of tokens. Received: 'good film'. Tokenize"),
    ([["a"], ["a", 5]], "`tokenized[1][1]` must be a string. Received: 5."),
    ([["a"], [["a"]]], "`tokenized[1][0]` must be a string. Received: ['a']."),
    ([["a"], None], "`tokenized[1]` must be a list of tokens. Received: None."),
    ("good film", "`tokenized` must be a list of token lists. Received: 'good film'."),
])  # fmt: skip
def test_the_row_at_fault_is_named(use, rows, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        getattr(Vocab(["a"]), use)(rows)


def test_encode_does_not_take_a_string_for_its_letters():
    with pytest.raises(
        ArgumentError, match=r"`tokens` must be a list of tokens\. Received: 'abc'\. Tokenize"
    ):
        Vocab(["a"]).encode("abc")


@settings(deadline=None)
@given(TOKEN_LISTS)
def test_encode_batch_is_encode_row_by_row_and_decodes(rows):
    vocab = Vocab(["b", "中", "", "\t"])
    ids, offsets = vocab.encode_batch(rows)
    alone = [vocab.encode(row).tolist() for row in rows]
    assert [ids[a:b].tolist() for a, b in itertools.pairwise(offsets)] == alone
    shown = [[token if token in ("b", "中", "", "\t") else UNK for token in row] for row in rows]
    assert vocab.decode_batch(ids, offsets) == shown
    assert PAD_ID not in ids


@settings(deadline=None)
@given(TOKEN_LISTS.filter(lambda rows: any(set(row) - {PAD, UNK} for row in rows)))
def test_build_counts_as_a_plain_count_does(rows):
    vocab = Vocab.build(rows)
    flat = [token for row in rows for token in row]
    kept = list(zip(vocab.tokens, vocab.counts, strict=True))[2:]
    assert dict(kept) == {token: flat.count(token) for token in set(flat) - {PAD, UNK}}
    assert kept == sorted(kept, key=lambda item: (-item[1], item[0]))


def test_counts_that_are_known_are_numbered_like_a_corpus():
    counts = {"c": 1, "b": 3, "é": 1, "B": 1, UNK: 9, "a": 2, PAD: 9, "never": 0}
    assert Vocab.from_counts(counts).tokens == (PAD, UNK, "b", "a", "B", "c", "é")
    assert Vocab.from_counts(counts).counts == (0, 0, 3, 2, 1, 1, 1)
    assert Vocab.from_counts(counts, min_freq=2, max_size=3).tokens == (PAD, UNK, "b")
    assert next(iter(counts)) == "c"
    assert {type(count) for count in Vocab.from_counts({"a": np.int64(3)}).counts} == {int}


@pytest.mark.parametrize(("counts", "message"), [
    ({"a": -1}, "`counts['a']` must be an integer of at least 0. Received: -1."),
    ({"b": 1, "a": 1.0}, "`counts['a']` must be an integer of at least 0. Received: 1.0."),
    ({"a": True}, "`counts['a']` must be an integer of at least 0. Received: True."),
    ({"b": 1, 3: 1}, "`counts[1]` must be a string. Received: 3."),
    ([("a", 1)], "`counts` must be a dictionary from tokens to counts."),
])  # fmt: skip
def test_counts_are_checked(counts, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        Vocab.from_counts(counts)


@pytest.mark.parametrize("counts", [{}, {"a": 0}, {PAD: 3, UNK: 1}])
def test_counts_of_nothing_are_an_error(counts):
    with pytest.raises(DataError, match="no tokens were found"):
        Vocab.from_counts(counts)


def test_limits_can_be_checked_alone():
    Vocab.check_limits(1, None)
    Vocab.check_limits(np.int64(3), 2)
    with pytest.raises(ArgumentError, match="`min_freq` must be at most 2, the count of the commonest"):
        Vocab.from_counts({"a": 2}, min_freq=3)
    for check in (
        Vocab.check_limits,
        lambda low, high: Vocab.from_counts({"a": 1}, min_freq=low, max_size=high),
    ):
        with pytest.raises(ArgumentError, match="`min_freq` must be an integer of at least 1"):
            check(0, None)
        with pytest.raises(ArgumentError, match="`max_size` must be an integer of at least 2"):
            check(1, 1)


@pytest.mark.parametrize("bad", [3, -1, 2**40])
def test_decode_checks_the_range(bad):
    with pytest.raises(ArgumentError, match=re.escape("`ids[1]` must be in [0, 3), the number of tokens")):
        Vocab(["a"]).decode([0, bad])


def test_decode_wants_integers():
    with pytest.raises(ArgumentError, match="`ids` must be integers in one row"):
        Vocab(["a"]).decode([0.5])


@pytest.mark.parametrize("offsets", [[], [0], [0, 2], [1, 3], [0, 2, 1, 3], [0, 4]])
def test_decode_batch_checks_the_offsets(offsets):
    with pytest.raises(ArgumentError, match="`offsets` must be rising from 0 to 3, the number of ids"):
        Vocab(["a"]).decode_batch([2, 2, 2], offsets)


def test_oov_rate_is_a_share_of_tokens_not_of_kinds():
    assert Vocab(["a"]).oov_rate([["a", "a", "a"], ["z"]]) == 0.25
    assert Vocab(["a"]).oov_rate([["a"]]) == 0.0
    assert Vocab([]).oov_rate([["a"]]) == 1.0


def test_oov_rate_of_no_tokens_is_an_error():
    with pytest.raises(DataError, match="no tokens were found"):
        Vocab(["a"]).oov_rate([[]])


def test_equality_hash_repr_and_copy():
    vocab = Vocab(["a", "b"], [2, 1])
    assert vocab == Vocab(["a", "b"], [2, 1])
    assert hash(vocab) == hash(Vocab(["a", "b"], [2, 1]))
    assert vocab != Vocab(["b", "a"], [2, 1])
    assert vocab != Vocab(["a", "b"], [2, 2])
    assert vocab != ["a", "b"]
    assert repr(vocab) == "Vocab(4 tokens)"
    assert copy.deepcopy(vocab) == vocab


def test_save_and_load(tmp_path):
    vocab = Vocab.build([*CORPUS, ["\t", "\n", "\x85", "\\n", "", " ", "\ud800", "\ufeff", "🎬"]])
    vocab.save(tmp_path / "vocab.txt")
    assert Vocab.load(tmp_path / "vocab.txt") == vocab


def test_save_and_load_the_special_tokens_alone(tmp_path):
    Vocab([]).save(str(tmp_path / "vocab.txt"))
    assert Vocab.load(str(tmp_path / "vocab.txt")) == Vocab([])


def test_the_line_of_a_token_is_its_id(tmp_path):
    vocab = Vocab.build(CORPUS)
    vocab.save(tmp_path / "vocab.txt")
    lines = (tmp_path / "vocab.txt").read_text(encoding="utf-8").split("\n")
    for line, token in enumerate(vocab.tokens[2:], start=2):
        assert lines[line - 1].split("\t")[0] == token
        assert vocab[token] == line


@pytest.mark.parametrize("special", [PAD, UNK])
def test_a_special_token_in_a_file_is_an_error(tmp_path, special):
    path = tmp_path / "vocab.txt"
    path.write_text(f"# textclf vocabulary, format 1, tokens 2\na\t1\n{special}\t1\n", encoding="utf-8")
    with pytest.raises(DataError, match=f"line 3: the token '{special}' is a special one"):
        Vocab.load(path)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "vocab.txt"
    Vocab(["old"]).save(path)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("textclf.atomic._flush", fail)
    with pytest.raises(OSError, match="disk full"):
        Vocab(["new"]).save(path)
    assert Vocab.load(path) == Vocab(["old"])
    assert [file.name for file in tmp_path.iterdir()] == ["vocab.txt"]
