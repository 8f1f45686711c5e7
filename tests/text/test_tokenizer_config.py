from __future__ import annotations

import pytest

from textclf.errors import ArgumentError, UnknownNameError, UnknownOptionError
from textclf.text import (
    WordTokenizer,
    create_tokenizer,
    list_tokenizers,
    tokenizer_config,
    tokenizer_from_config,
)


@pytest.mark.parametrize("name", list_tokenizers())
def test_the_description_makes_an_equal_tokenizer(name):
    for options in ({}, {"lowercase": True, "normalize": None}, {"lowercase": False, "normalize": "NFKC"}):
        tokenizer = create_tokenizer(name, **options)
        config = tokenizer_config(tokenizer)
        assert config["name"] == name
        assert config.items() >= options.items()
        assert tokenizer_from_config(config) == tokenizer
        assert tokenizer_from_config(config, custom=tokenizer) == tokenizer


def test_a_callable_is_returned_as_it_is():
    def letters(text: str) -> list[str]:
        return list(text)

    assert create_tokenizer(letters) is letters
    tokenizer = WordTokenizer(lowercase=False)
    assert create_tokenizer(tokenizer) is tokenizer


def test_a_wrong_name_gets_the_near_match():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'word'\?"):
        create_tokenizer("words")


@pytest.mark.parametrize("bad", [None, 3, ["word"], WordTokenizer, list])
def test_neither_a_name_nor_a_callable(bad):
    with pytest.raises(ArgumentError, match="`tokenizer` must be a registered name or a callable"):
        create_tokenizer(bad)


def test_a_class_gets_the_cure():
    with pytest.raises(ArgumentError, match=r"Call the class first\.$"):
        create_tokenizer(WordTokenizer)


def test_options_do_not_go_with_a_callable():
    with pytest.raises(UnknownOptionError, match="options must come with the name of a tokenizer"):
        create_tokenizer(str.split, lowercase=True)


def test_the_description_of_a_function_is_custom():
    assert tokenizer_config(str.split) == {"name": "custom"}
    assert tokenizer_from_config({"name": "custom"}, custom=str.split) is str.split


def test_a_subclass_is_custom_because_its_name_would_not_bring_it_back():
    class Louder(WordTokenizer):
        pass

    assert tokenizer_config(Louder()) == {"name": "custom"}


def test_the_description_names_every_option():
    assert tokenizer_config(WordTokenizer(digits="zero")) == {
        "name": "word",
        "lowercase": True,
        "punctuation": True,
        "digits": "zero",
        "strip_html": True,
        "normalize": "NFKC",
    }


def test_a_custom_tokenizer_must_be_given_again():
    with pytest.raises(
        ArgumentError, match="`tokenizer` must be given, since a function of your own was used"
    ):
        tokenizer_from_config({"name": "custom"})


def test_another_tokenizer_than_the_saved_one_is_refused():
    with pytest.raises(ArgumentError, match="`tokenizer` must be left out, since WordTokenizer"):
        tokenizer_from_config({"name": "word"}, custom=str.split)


@pytest.mark.parametrize("bad", [{}, {"lowercase": True}, {"name": 3}, None, "word", ["word"]])
def test_a_description_needs_a_name(bad):
    with pytest.raises(
        ArgumentError, match="`config` must be a description of a tokenizer with its 'name'"
    ):
        tokenizer_from_config(bad)


def test_a_description_is_checked_like_a_call():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'word'\?"):
        tokenizer_from_config({"name": "wrod"})
    with pytest.raises(UnknownOptionError, match="`punct` must be an option of tokenizer 'word'"):
        tokenizer_from_config({"name": "word", "punct": True})
    with pytest.raises(ArgumentError, match="`digits` must be"):
        tokenizer_from_config({"name": "word", "digits": "drop"})


def test_the_description_does_not_change_and_is_not_kept():
    config = {"name": "word", "lowercase": False}
    tokenizer_from_config(config)
    assert config == {"name": "word", "lowercase": False}
