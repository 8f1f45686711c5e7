from __future__ import annotations

import inspect

import pytest

from textclf.errors import ArgumentError, UnknownNameError, UnknownOptionError
from textclf.registry import Registry, check_options, checked_options


@pytest.fixture
def shapes():
    registry: Registry[str] = Registry("shape")

    @registry.register("square")
    def square(*, side: int = 1) -> str:
        return f"square of {side}"

    @registry.register("circle")
    def circle(centre: str, *, radius: int = 1, name: str = "") -> str:
        return f"circle {name} of {radius} at {centre}"

    return registry


def test_names_are_in_order_whatever_the_order_of_registration(shapes):
    assert shapes.names() == ["circle", "square"]
    assert list(shapes) == ["circle", "square"]


def test_contains(shapes):
    assert "square" in shapes
    assert "triangle" not in shapes


def test_register_returns_what_it_was_given():
    registry: Registry[int] = Registry("number")
    assert registry.register("int")(int) is int
    assert registry.get("int") is int


def test_create_passes_arguments_and_options(shapes):
    assert shapes.create("circle", "home", radius=2) == "circle  of 2 at home"


def test_an_option_may_be_called_name(shapes):
    assert shapes.create("circle", "home", name="big") == "circle big of 1 at home"


@pytest.mark.parametrize("name", ["", None, 3, b"x"])
def test_bad_name_cannot_be_registered(shapes, name):
    with pytest.raises(ArgumentError, match="`name` must be a non-empty string"):
        shapes.register(name)


def test_taken_name_cannot_be_registered_and_the_first_stays(shapes):
    first = shapes.get("square")
    with pytest.raises(ArgumentError, match=r"free in the shape registry. Received: 'square'"):
        shapes.register("square")(lambda: "other")
    assert shapes.get("square") is first


def test_unknown_name_has_near_matches(shapes):
    with pytest.raises(UnknownNameError, match=r"`shape` must be .* 'sqare'. Did you mean 'square'\?"):
        shapes.get("sqare")


@pytest.mark.parametrize("name", [None, 3, ["square"]])
def test_a_name_that_is_no_string_is_an_unknown_name(shapes, name):
    with pytest.raises(UnknownNameError, match="`shape` must be a registered name"):
        shapes.get(name)


def test_unknown_option_has_near_matches(shapes):
    with pytest.raises(
        UnknownOptionError, match=r"option of shape 'square'.*sidee=2. Did you mean 'side'\?"
    ):
        shapes.create("square", sidee=2)


def test_two_registries_share_nothing(shapes):
    assert Registry("other").names() == []


class TestCheckOptions:
    def test_function_that_takes_any_option(self):
        check_options(lambda **options: None, {"anything": 1}, "it")

    def test_positional_only_parameters_are_no_options(self):
        def function(a, /, *, b=1):
            return a, b

        with pytest.raises(UnknownOptionError, match=r"Known: b\."):
            check_options(function, {"a": 1}, "it")

    def test_class_does_not_offer_self(self):
        class Thing:
            def __init__(self, *, size=1):
                self.size = size

        with pytest.raises(UnknownOptionError, match=r"Known: size\."):
            check_options(Thing, {"colour": 1}, "Thing")


class TestCheckedOptions:
    class Point:
        """A point."""

        @checked_options
        def __init__(self, x, *, across=0):
            """Make it."""
            self.place = (x, across)

    def test_good_call(self):
        assert self.Point(3, across=2).place == (3, 2)
        assert self.Point(x=3).place == (3, 0)

    def test_misspelt_option_names_class_and_near_match(self):
        with pytest.raises(UnknownOptionError, match=r"option of Point.*Did you mean 'across'\?"):
            self.Point(3, acros=1)

    def test_self_is_not_offered(self):
        with pytest.raises(UnknownOptionError, match=r"Known: across, x\."):
            self.Point(3, qqq=1)

    def test_signature_and_docstring_stay(self):
        assert list(inspect.signature(self.Point).parameters) == ["x", "across"]
        assert self.Point.__init__.__doc__ == "Make it."
