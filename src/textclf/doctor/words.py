"""Checks of the words: those that training does not know, and those that have no vector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import numpy as np

from textclf.doctor.checks import DATA_CHECKS
from textclf.doctor.data_set import DataSet
from textclf.embedding import EmbeddingLoader
from textclf.errors import DataError
from textclf.findings import Finding, percent
from textclf.text import Vocab, create_tokenizer

__all__ = ["missing_vectors", "unknown_words"]

_SOME, _MANY = 0.05, 0.15
_WELL_COVERED = 0.95
_POORLY_COVERED = 0.8
_WORTH_SAYING = 0.01
_SHOWN = 10


@DATA_CHECKS.register("unknown-words")
def unknown_words(data: DataSet) -> Iterator[Finding]:
    """Find how many tokens of validation and test do not occur in training."""
    known = data.token_counts(data.train)
    for split in data.splits[1:]:
        counts = data.token_counts(split)
        total, unknown = int(counts.sum()), np.where(known == 0, counts, 0)
        rate = unknown.sum() / max(total, 1)
        if rate < _SOME:
            continue
        folded = {data.vocab.tokens[i].lower() for i in np.flatnonzero(known).tolist()}
        missing = np.flatnonzero(unknown).tolist()
        won = sum(int(unknown[i]) for i in missing if data.vocab.tokens[i].lower() in folded)
        gain = f"; in lower case {percent(int(unknown.sum()) - won, total)}" if won else ""
        yield Finding(
            "unknown-words",
            "warning" if rate >= _MANY else "note",
            f"{percent(int(unknown.sum()), total)} of the {total:,} tokens of {split.name} do not occur in "
            f"train{gain}; most often {_listed(_most(data, unknown))}.",
            "Little training text, another kind of text, or a tokenizer that makes many rare tokens.",
            "Make words lower case."
            if won >= _WORTH_SAYING * total
            else 'Use pretrained vectors, or more text; for a language without spaces, tokenizer="char".',
            {
                "unknown": int(unknown.sum()),
                "tokens": total,
                "unknown_in_lower_case": int(unknown.sum()) - won,
            },
        )


def _most(data: DataSet, counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, int]:
    order = np.argsort(-counts, kind="stable")[:_SHOWN]
    return {data.vocab.tokens[i]: int(counts[i]) for i in order.tolist() if counts[i]}


@DATA_CHECKS.register("missing-vectors")
def missing_vectors(data: DataSet) -> Iterator[Finding]:
    """Find how many tokens of training have no vector, and what would give them one."""
    if data.embedding is None:
        return
    counts = dict(zip(data.vocab.tokens, data.token_counts(data.train).tolist(), strict=True))
    used = Counter({token: count for token, count in counts.items() if count})
    names = ("word",) if _is_mostly_ascii(used) else ("word", "char")
    others = {name: _split_anew(used, name) for name in names}
    forms = {*used, *(token.lower() for token in used), *chain.from_iterable(others.values())}
    try:
        found = _with_vector(data.embedding, forms)
    except DataError as error:
        yield Finding(
            "missing-vectors",
            "stop",
            f"No vectors can be had: {error}",
            "The vectors are of another language, of words where the texts give characters, or damaged.",
            "Pass vectors of the same language and kind of token as embedding=, or another tokenizer=.",
        )
        return
    exact = _share(used, found)
    lowered = _share(used, found | {token for token in used if token.lower() in found})
    if lowered >= _WELL_COVERED:
        return
    missing = {t: n for t, n in used.most_common() if t not in found and t.lower() not in found}
    name, best = max(((name, _share(c, found)) for name, c in others.items()), key=lambda pair: pair[1])
    gain = f"; with tokenizer={name!r} {percent(best, 1)}" if best >= lowered + _WORTH_SAYING else ""
    by_case = f" ({percent(exact, 1)} as they are written)" if lowered >= exact + _WORTH_SAYING else ""
    yield Finding(
        "missing-vectors",
        "warning" if lowered < _POORLY_COVERED else "note",
        f"{percent(lowered, 1)} of the tokens of train have a vector in {data.embedding.name}{by_case}"
        f"{gain}; most often missing: {_listed(dict([*missing.items()][:_SHOWN]))}.",
        "The vectors know another kind of text or another way to split it.",
        f"Pass tokenizer={name!r}, if that suits the model."
        if gain
        else "Use vectors of this kind of text, or train them on it: textclf.embedding.train_vectors.",
        {"covered": lowered, "covered_as_written": exact, f"covered_by_{name}": best},
    )


def _is_mostly_ascii(counts: Mapping[str, int]) -> bool:
    """Say whether most tokens are of ASCII letters, of which single ones tell nothing."""
    return sum(n for token, n in counts.items() if token.isascii()) > sum(counts.values()) / 2


def _split_anew(used: Mapping[str, int], name: str) -> Counter[str]:
    """Count what a tokenizer makes of the tokens themselves."""
    tokenizer = create_tokenizer(name)
    found: Counter[str] = Counter()
    for token, count in used.items():
        for piece in tokenizer(token):
            found[piece] += count
    return found


def _with_vector(path: Path, words: set[str]) -> set[str]:
    """Return those of some words that have a vector of their own."""
    loader = EmbeddingLoader(path, unknown="zero", lowercase_fallback=False)
    vocab = Vocab(sorted(words - {"<pad>", "<unk>"}))
    vectors, _ = loader.load(vocab)
    return {vocab.tokens[i] for i in vectors.any(dim=1).nonzero().flatten().tolist() if i > 1}


def _share(counts: Mapping[str, int], found: set[str]) -> float:
    total = sum(counts.values())
    return sum(count for token, count in counts.items() if token in found) / total if total else 0.0


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{token!r} ({count:,})" for token, count in counts.items())
