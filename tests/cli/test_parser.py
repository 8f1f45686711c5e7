from __future__ import annotations

import pytest

from textclf.cli.parser import Parser, UsageError, in_flags


@pytest.fixture
def parser() -> Parser:
    made = Parser("textclf try")
    made.add_argument("folder")
    made.add_argument("texts", nargs="*")
    made.add_argument("--epochs", type=int)
    made.add_argument("--json", action="store_true")
    return made


def test_what_is_not_given_has_no_value(parser):
    assert parser.read(["a"]) == {"folder": "a"}


@pytest.mark.parametrize(
    "words",
    [
        ["a", "--json", "b", "c"],
        ["--json", "a", "b", "c"],
        ["a", "b", "--json", "c"],
        ["a", "b", "c", "--json"],
    ],
)
def test_options_may_stand_anywhere(parser, words):
    assert parser.read(words) == {"folder": "a", "texts": ["b", "c"], "json": True}


def test_a_text_may_begin_with_a_dash(parser):
    assert parser.read(["a", "- 5 stars"])["texts"] == ["- 5 stars"]
    assert parser.read(["a", "--", "-5"])["texts"] == ["-5"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a", "--epoch", "3"], r"textclf try has no option --epoch\. Did you mean '--epochs'\?"),
        (["a", "--epoch=3"], r"has no option --epoch\. Did you mean '--epochs'"),
        (["a", "--zzz"], r"has no option --zzz\. See textclf try --help\."),
        (["a", "--epochs", "x"], r"argument --epochs: invalid int value: 'x'\. See textclf try --help\."),
        ([], r"the following arguments are required: folder.*See textclf try --help\."),
    ],
)
def test_what_is_wrong_is_one_line_that_helps(parser, words, message):
    with pytest.raises(UsageError, match=message) as error:
        parser.read(words)
    assert "\n" not in str(error.value)


def test_a_word_too_many_is_named():
    with pytest.raises(UsageError, match=r"textclf try has no place for 'a'\. See textclf try --help"):
        Parser("textclf try").read(["a"])


def test_only_arguments_of_the_command_are_rewritten():
    message = '`path` and `text` must be. Pass text="a", multi_label=True, my_text=3 or text=, its number.'
    flags = ["--text", "--multi-label"]
    assert in_flags(message, flags) == (
        "`path` and `--text` must be. Pass --text a, --multi-label, my_text=3 or --text, its number."
    )
