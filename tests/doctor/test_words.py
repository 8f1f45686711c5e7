from __future__ import annotations

import textclf.doctor.words  # noqa: F401

AB = ["a", "b"]


def vectors(tmp_path, words):
    path = tmp_path / "vectors.txt"
    path.write_text("".join(f"{word} 1 {i}\n" for i, word in enumerate(words)), encoding="utf-8")
    return path


def test_unknown_words_and_what_lower_case_wins(found):
    train = (["good film", "bad film"], AB)
    [one] = found("unknown-words", train, (["Good movie", "bad film"], AB), tokenizer="whitespace")
    assert one.figures == {"unknown": 2, "tokens": 4, "unknown_in_lower_case": 1}
    assert "most often 'Good' (1), 'movie' (1)" in one.seen
    assert "lower case" in one.cure
    assert found("unknown-words", train, (["good film", "bad film"], AB)) == []


def test_a_few_unknown_words_are_a_note_or_nothing(found):
    train = (["good film"] * 50, ["a"] * 50)
    assert found("unknown-words", train, (["good film"] * 49 + ["new"] * 2, ["a"] * 51)) == []
    assert (
        found("unknown-words", train, (["good film"] * 46 + ["new"] * 8, ["a"] * 54))[0].severity == "note"
    )


def test_coverage_with_what_another_tokenizer_would_win(found, tmp_path):
    path = vectors(tmp_path, ["good", "bad", "film", ","])
    data = (["Good film, good", "bad film, bad"], AB)
    [one] = found("missing-vectors", data, embedding=path, tokenizer="whitespace")
    assert one.figures["covered_by_word"] == 1.0
    assert round(one.figures["covered"], 3) == 0.667
    assert round(one.figures["covered_as_written"], 3) == 0.5
    assert "most often missing: 'film,' (2)." in one.seen
    assert "tokenizer='word'" in one.cure
    assert found("missing-vectors", data, embedding=path) == found("missing-vectors", data) == []


def test_characters_are_tried_for_chinese(found, tmp_path):
    path = vectors(tmp_path, "这部电影很好看")
    [one] = found("missing-vectors", (["这部电影", "很好看"], AB), embedding=path, tokenizer="whitespace")
    assert one.figures["covered_by_word"] == 1.0
    assert one.severity == "warning"


def test_vectors_of_another_language_are_a_stop(found, tmp_path):
    [one] = found(
        "missing-vectors", (["good film", "bad"], AB), embedding=vectors(tmp_path, ["电影", "好看"])
    )
    assert one.severity == "stop"
    assert "none of the" in one.seen
