from __future__ import annotations

import builtins
import copy

import pytest

from textclf import errors
from textclf.errors import DataError, TextclfError, must_be, near_matches

PARENTS = {
    "ArgumentError": ValueError,
    "DataError": ValueError,
    "DeviceError": RuntimeError,
    "MissingDependencyError": ImportError,
    "MissingFileError": FileNotFoundError,
    "NonFiniteLossError": ArithmeticError,
    "OutputExistsError": FileExistsError,
    "UnknownNameError": ValueError,
    "UnknownOptionError": TypeError,
    "UnseenLabelError": ValueError,
}


def test_every_error_of_the_module_is_in_the_table():
    classes = {n for n in errors.__all__ if isinstance(getattr(errors, n), type)}
    assert classes == set(PARENTS) | {"TextclfError"}


@pytest.mark.parametrize(("name", "parent"), PARENTS.items())
def test_error_is_caught_as_the_builtin_and_as_ours(name, parent):
    error = getattr(errors, name)("what is wrong")
    assert isinstance(error, TextclfError)
    assert isinstance(error, parent)
    assert getattr(builtins, parent.__name__) is parent
    assert str(error) == "what is wrong"


class TestDataError:
    @pytest.mark.parametrize(
        ("place", "message"),
        [
            ({}, "it is empty."),
            ({"path": "a.tsv"}, "a.tsv: it is empty."),
            ({"line": 7}, "line 7: it is empty."),
            ({"path": "a.tsv", "line": 7}, "a.tsv, line 7: it is empty."),
        ],
    )
    def test_message_begins_with_the_place(self, place, message):
        assert str(DataError("it is empty.", **place)) == message

    def test_place_is_kept_for_programs(self, tmp_path):
        error = DataError("it is empty.", path=tmp_path / "a.tsv", line=7)
        assert (error.path, error.line) == (tmp_path / "a.tsv", 7)

    @pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy])
    def test_copies_keep_everything_as_errors_from_other_processes_must(self, clone):
        error = clone(DataError("it is empty.", path="a.tsv", line=7))
        assert (str(error), error.path, error.line) == ("a.tsv, line 7: it is empty.", "a.tsv", 7)


class TestMustBe:
    def test_form_with_a_cure(self):
        error = must_be("dropout", "in [0, 1)", 1.5, "Divide by 100.")
        assert isinstance(error, errors.ArgumentError)
        assert str(error) == "`dropout` must be in [0, 1). Received: 1.5. Divide by 100."

    def test_strings_are_quoted_so_that_empty_ones_show(self):
        assert str(must_be("name", "a non-empty string", "")) == (
            "`name` must be a non-empty string. Received: ''."
        )

    def test_long_values_are_shortened(self):
        message = str(must_be("texts", "short", "x" * 10_000))
        assert len(message) < 300
        assert "..." in message


class TestNearMatches:
    def test_capitals_make_no_difference(self):
        assert near_matches("TEXTCNN", ["textcnn", "mlp"]) == "Did you mean 'textcnn'?"
        assert near_matches("adamw", ["AdamW", "SGD"]) == "Did you mean 'AdamW'?"

    def test_names_that_differ_in_capitals_only_are_both_offered(self):
        assert near_matches("adm", ["Adam", "adam"]) == "Did you mean 'Adam' or 'adam'?"

    def test_nothing_near_lists_all_in_order(self):
        assert near_matches("zebra", ["b", "a"]) == "Known: a, b."

    def test_nothing_known(self):
        assert near_matches("zebra", []) == "None is known."

    def test_at_most_three_are_offered(self):
        assert near_matches("name0", [f"name{i}" for i in range(1, 9)]).count("name") == 3
