from __future__ import annotations

import numpy as np
import pytest

from textclf.doctor.minhash import near_pairs, shingle_words, shingles, signatures


def encoded(texts: list[str]):
    words = sorted({word for text in texts for word in text.split()})
    ids = np.array([words.index(word) for text in texts for word in text.split()], dtype=np.int32)
    offsets = np.cumsum([0, *(len(text.split()) for text in texts)])
    return ids, offsets, words


def jaccard(one: str, other: str) -> float:
    a, b = ({tuple(t.split()[i : i + 3]) for i in range(len(t.split()) - 2)} for t in (one, other))
    return len(a & b) / len(a | b)


def found_in(texts: list[str]):
    ids, offsets, words = encoded(texts)
    one, other, similar = near_pairs(ids, offsets, np.arange(len(texts)), words)
    return {(a, b): s for a, b, s in zip(one.tolist(), other.tolist(), similar.tolist(), strict=True)}


def test_finds_what_comparing_all_pairs_finds():
    random = np.random.default_rng(0)
    texts = []
    for _ in range(60):
        words = random.integers(1000, size=40)
        texts.append(" ".join(f"w{w}" for w in words))
        for changes in (1, 2, 4):
            words = words.copy()
            words[random.integers(40, size=changes)] = random.integers(1000, size=changes)
            texts.append(" ".join(f"w{w}" for w in words))
    true = {
        (a, b): jaccard(texts[a], texts[b])
        for g in range(0, 240, 4)
        for a in range(g, g + 4)
        for b in range(a + 1, g + 4)
    }
    true = {pair: similar for pair, similar in true.items() if similar >= 0.8}
    found = found_in(texts)
    assert all(found[pair] == pytest.approx(true[pair]) for pair in found)
    later = {b for _, b in true}
    assert len({b for _, b in found} & later) >= 0.98 * len(later)


def test_many_copies_of_one_text_give_as_many_pairs_and_not_their_square():
    found = found_in(["a b c d e f g"] * 500)
    assert {b for _, b in found} == set(range(1, 500))
    assert len(found) < 1000


def test_short_texts_are_not_compared():
    assert found_in(["a b c d", "a b c d"]) == {}
    assert found_in(["a b c d e", "a b c d e"]) == {(0, 1): 1.0}
    assert found_in(["a", ""]) == {}


def test_case_signs_addresses_and_names_do_not_count():
    texts = ["@ bob the film is really very good ! http://t.co/a", "the Film IS really very good www.a.b"]
    assert found_in(texts) == {(0, 1): 1.0}


def test_no_text_runs_into_the_next():
    ids, offsets, words = encoded(["a b c d e", "f g h i j"])
    counted, at = shingle_words(words)
    _, starts = shingles(ids, offsets, np.arange(2), counted, at)
    assert starts.tolist() == [0, 3, 6]


def test_a_signature_agrees_as_often_as_shingles_do():
    random = np.random.default_rng(1)
    a, b = random.integers(1 << 32, size=(2, 3000), dtype=np.uint32)
    one = np.concatenate([a[:2000], a[2000:]])
    other = np.concatenate([a[:2000], b[2000:]])
    signed = signatures(np.concatenate([one, other]), np.array([0, 3000, 6000]))
    assert (signed[0] == signed[1]).mean() == pytest.approx(0.5, abs=0.2)
    assert signed.shape == (2, 64)
