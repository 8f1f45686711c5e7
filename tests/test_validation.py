from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from textclf.errors import ArgumentError
from textclf.validation import require_bool, require_choice, require_int, require_number, require_share


class TestRequireInt:
    @pytest.mark.parametrize("value", [3, 4, 10**30, np.int64(3), np.uint8(200)])
    def test_returns_a_python_integer(self, value):
        result = require_int("size", value, at_least=3)
        assert type(result) is int
        assert result == value

    @pytest.mark.parametrize(
        "value", [-1, -3, True, False, np.True_, 3.0, np.float64(3), "3", b"3", None, [3], math.nan]
    )
    def test_refuses_all_else(self, value):
        with pytest.raises(ArgumentError, match="`size` must be an integer of at least 0. Received: "):
            require_int("size", value, at_least=0)

    def test_refuses_one_below_the_bound(self):
        with pytest.raises(ArgumentError, match="`size` must be an integer of at least 3. Received: 2"):
            require_int("size", 2, at_least=3)

    def test_the_message_shows_the_value(self):
        with pytest.raises(ArgumentError, match=r"Received: '64'\.$"):
            require_int("size", "64", at_least=0)

    def test_the_bound_may_be_zero_or_negative(self):
        assert require_int("size", 0, at_least=0) == 0
        assert require_int("size", -1, at_least=-1) == -1


class TestRequireNumber:
    @pytest.mark.parametrize("value", [0, 1.5, -2, np.float32(0.5), np.int32(7), Fraction(1, 4), 1e-320])
    def test_returns_a_python_float(self, value):
        result = require_number("rate", value)
        assert type(result) is float
        assert result == value

    @pytest.mark.parametrize(
        "value", [math.nan, math.inf, -math.inf, np.float32("nan"), 10**400, -(10**400)]
    )
    def test_refuses_what_is_not_finite(self, value):
        with pytest.raises(ArgumentError, match="`rate` must be a finite number. Received: "):
            require_number("rate", value)

    @pytest.mark.parametrize(
        "value", [True, np.False_, "0.1", None, [0.1], 1j, Decimal("0.1"), torch.tensor(0.1)]
    )
    def test_refuses_what_is_no_number(self, value):
        with pytest.raises(ArgumentError, match="`rate` must be a finite number. Received: "):
            require_number("rate", value)

    def test_at_least_takes_the_bound_itself(self):
        assert require_number("rate", 0, at_least=0) == 0.0
        with pytest.raises(ArgumentError, match="must be a finite number of at least 0. Received: -1e-09"):
            require_number("rate", -1e-9, at_least=0)

    def test_above_does_not_take_the_bound(self):
        assert require_number("rate", 1e-9, above=0) == 1e-9
        with pytest.raises(ArgumentError, match=r"must be a finite number above 0\. Received: 0\.0"):
            require_number("rate", 0.0, above=0)

    def test_below_does_not_take_the_bound(self):
        assert require_number("rate", 0.999, below=1) == 0.999
        with pytest.raises(ArgumentError, match=r"must be a finite number below 1\. Received: 1"):
            require_number("rate", 1, below=1)

    def test_all_bounds_at_once(self):
        assert require_number("rate", 0.5, at_least=0.5, above=0, below=1) == 0.5
        for value in (0.4, 1.0):
            with pytest.raises(ArgumentError, match="of at least 0.5 and above 0 and below 1. Received"):
                require_number("rate", value, at_least=0.5, above=0, below=1)


class TestRequireShare:
    @pytest.mark.parametrize("value", [0, 0.0, 0.5, math.nextafter(1, 0)])
    def test_takes_zero_and_up_to_but_not_one(self, value):
        assert require_share("dropout", value) == value

    @pytest.mark.parametrize("value", [1, 1.0, -0.1, 2, math.nan, math.inf, True, False, "0.5", None])
    def test_refuses_all_else(self, value):
        with pytest.raises(
            ArgumentError, match="`dropout` must be a finite number of at least 0 and below 1"
        ):
            require_share("dropout", value)


class TestRequireBool:
    @pytest.mark.parametrize("value", [True, False])
    def test_returns_it(self, value):
        assert require_bool("shuffle", value) is value

    @pytest.mark.parametrize("value", [0, 1, "True", "", None, np.True_, []])
    def test_refuses_what_is_only_like_one(self, value):
        with pytest.raises(ArgumentError, match="`shuffle` must be True or False. Received: "):
            require_bool("shuffle", value)


class TestRequireChoice:
    def test_returns_it(self):
        assert require_choice("keep", "tail", ["head", "tail"]) == "tail"

    @pytest.mark.parametrize("value", ["Head", "he", "", None, 0, ["head"], b"head"])
    def test_refuses_all_else_and_lists_the_choices(self, value):
        with pytest.raises(ArgumentError, match="`keep` must be one of 'head', 'tail'. Received: "):
            require_choice("keep", value, ["head", "tail"])

    def test_choices_may_be_the_keys_of_a_mapping_or_a_generator(self):
        assert require_choice("keep", "head", {"head": 1}) == "head"
        with pytest.raises(ArgumentError, match="one of 'a', 'b'"):
            require_choice("keep", "c", (letter for letter in "ab"))
