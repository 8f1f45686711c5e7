from __future__ import annotations

import pytest

from textclf.data.prose import is_prose, masker, paragraphs_of, without_markup

DOCSTRING = """Fit the model
to the data.

Some code::

    fit(x)

Parameters
----------
x : array
    The samples, one a row.

>>> fit(1)
2

- The first item of a list.
- The second item of it.
"""


def test_prose_without_code_headings_and_types():
    assert list(paragraphs_of(DOCSTRING)) == [
        "Fit the model to the data.",
        "Some code::",
        "The samples, one a row.",
        "The first item of a list.",
        "The second item of it.",
    ]


def test_an_empty_docstring_has_no_paragraph():
    assert list(paragraphs_of("")) == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("see :class:`Vocab` for *more*", "see Vocab for more"),
        ("the ``axis`` and **that**", "the axis and that"),
        ("where :math:`x^2` is", "where X is"),
    ],
)
def test_markup_goes_and_words_stay(text, plain):
    assert without_markup(text) == plain


@pytest.mark.parametrize("name", ["numpy", "NumPy", "np", "torch.nn.Linear", "PyTorch", "scikit-learn"])
def test_names_of_libraries_are_masked(name):
    masked = masker(["numpy", "torch"])(f"use {name} here")
    assert masked == "use LIBRARY here"


def test_prose_has_enough_plain_words():
    sentence = "this is a plain sentence about the shape of an array"
    assert is_prose(sentence, 8)
    assert not is_prose(sentence, 20)
    assert not is_prose("a_b = c(d) [e] f/g h*i j+k l-m n%o", 3)
