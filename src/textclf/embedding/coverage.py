"""How much of a vocabulary a vector file knows, in figures and in words."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Coverage"]


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary was found in a vector file.

    A type is a word of the vocabulary, a token is one of its occurrences in the texts that the
    vocabulary was built from. The two special words, padding and unknown, are not counted.

    Attributes:
        types: Words in the vocabulary.
        types_found: Those of them that have a vector in the file.
        tokens: Occurrences of all words; ``types`` where the vocabulary has no counts.
        tokens_found: Occurrences of the words that have a vector in the file.
        found_by_lowercase: Words that were found only in their lower-case form, part of
            ``types_found``.
        repeated: Rows of the file that were passed over because their word, one that the
            vocabulary needs, had come before.
        missing: The most frequent words without a vector and their counts, at most 20.
        composed: Words without a vector in the file for which one was put together from
            character n-grams, not part of ``types_found``.

    Example:
        >>> report = Coverage(types=4, types_found=3, tokens=10, tokens_found=9, missing=(("zyx", 1),))
        >>> report.type_share, report.token_share
        (0.75, 0.9)
        >>> print(report)
        3 of 4 words (75.0 %) and 9 of 10 tokens (90.0 %) have a vector.
        Most frequent without one: 'zyx' (1).
    """

    types: int
    types_found: int
    tokens: int
    tokens_found: int
    found_by_lowercase: int = 0
    repeated: int = 0
    missing: tuple[tuple[str, int], ...] = ()
    composed: int = 0

    @property
    def type_share(self) -> float:
        """The share of the words that have a vector, from 0 to 1."""
        return self.types_found / self.types if self.types else 0.0

    @property
    def token_share(self) -> float:
        """The share of the occurrences whose word has a vector, from 0 to 1."""
        return self.tokens_found / self.tokens if self.tokens else 0.0

    def __str__(self) -> str:
        words = f"{self.types_found:,} of {self.types:,} words ({100 * self.type_share:.1f} %)"
        tokens = f"{self.tokens_found:,} of {self.tokens:,} tokens ({100 * self.token_share:.1f} %)"
        lines = [f"{words} and {tokens} have a vector."]
        if self.found_by_lowercase:
            lines.append(f"Found by their lower-case form: {self.found_by_lowercase:,}.")
        if self.composed:
            lines.append(f"Put together from character n-grams: {self.composed:,}.")
        if self.repeated:
            lines.append(f"Rows passed over because their word came before: {self.repeated:,}.")
        if self.missing:
            missing = ", ".join(f"{word!r} ({count:,})" for word, count in self.missing)
            lines.append(f"Most frequent without one: {missing}.")
        return "\n".join(lines)
