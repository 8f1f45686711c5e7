from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from textclf.data.docstrings import DocstringCorpus, docstring_corpus
from textclf.errors import ArgumentError, DataError

Library = Callable[..., None]
PARTS = ("train", "valid", "test")
NOUNS = ("apple", "bridge", "candle", "desert", "engine", "forest", "garden", "hammer", "island", "jungle")
VERBS = ("shows", "finds", "takes", "moves", "gives", "keeps", "draws", "holds", "turns", "makes")


def sentence(topic: str, i: int) -> str:
    """Return a sentence of ten words that is unlike that of any other number."""
    noun, verb, more = NOUNS[i % 10], VERBS[i // 10 % 10], NOUNS[i // 100 % 10]
    return f"The {noun}{noun} of {topic} {verb}{more} {more}{noun} {verb} with {noun}{verb}{more}."


@pytest.fixture
def two_libraries(library: Library) -> tuple[str, str]:
    """Install two packages of 20 modules with 5 paragraphs each."""
    for k, name in enumerate(("lib_one", "lib_two")):
        numbers = range(100 * k, 100 * k + 100)
        modules = {f"m{n:02}": [sentence(name[-3:], i) for i in numbers if i % 20 == n] for n in range(20)}
        library(name, **modules)
    return "lib_one", "lib_two"


def texts_of(corpus: DocstringCorpus) -> list[tuple[str, str]]:
    return [pair for part in PARTS for pair in _pairs(corpus, part)]


def _pairs(corpus: DocstringCorpus, part: str) -> list[tuple[str, str]]:
    data = getattr(corpus, part)
    return list(zip(data.texts, data.labels, strict=True))


@pytest.fixture
def paragraphs_of(library: Library) -> Callable[..., list[str]]:
    """Return a function that gives the paragraphs that come out of one docstring, sorted."""

    def paragraphs(docstring: str, *, min_words: int = 2) -> list[str]:
        library("lib_read", only=f"def f():\n    {docstring!r}\n'''\n'''\n")
        library("lib_else", only=["There is something else to be read here."])
        corpus = docstring_corpus(libraries=("lib_read", "lib_else"), min_words=min_words, progress=False)
        return sorted(text for text, label in texts_of(corpus) if label == "lib_read")

    return paragraphs


# ---- Splitting ------------------------------------------------------------------------------------


def test_every_paragraph_comes_once_with_the_library_it_is_from(two_libraries: tuple[str, str]) -> None:
    corpus = docstring_corpus(libraries=two_libraries, progress=False)
    expected = [(sentence("one", i), "lib_one") for i in range(100)]
    expected += [(sentence("two", i), "lib_two") for i in range(100, 200)]
    assert sorted(texts_of(corpus)) == sorted(expected)
    assert corpus.num_duplicates == 0


def test_parts_have_their_fraction_of_each_library(two_libraries: tuple[str, str]) -> None:
    corpus = docstring_corpus(
        libraries=two_libraries, valid_fraction=0.15, test_fraction=0.25, progress=False
    )
    assert Counter(corpus.train.labels) == {"lib_one": 60, "lib_two": 60}
    assert Counter(corpus.valid.labels) == {"lib_one": 15, "lib_two": 15}
    assert Counter(corpus.test.labels) == {"lib_one": 25, "lib_two": 25}


def test_no_module_is_in_two_parts_and_each_text_has_its_module(two_libraries: tuple[str, str]) -> None:
    corpus = docstring_corpus(libraries=two_libraries, progress=False)
    for left, right in combinations(PARTS, 2):
        assert not set(corpus.modules[left]) & set(corpus.modules[right])
    for part in PARTS:
        data = getattr(corpus, part)
        assert len(corpus.modules[part]) == len(data) > 0
        for text, label, module in zip(data.texts, data.labels, corpus.modules[part], strict=True):
            name, number = module.split(".m")
            assert name == label
            i = int(number) + 100 * (label == "lib_two")
            assert text in [sentence(label[-3:], i + 20 * k) for k in range(5)]


def test_a_stub_and_its_module_are_one_module(library: Library, tmp_path: Path) -> None:
    library("lib_one", both=[sentence("one", 1)], other=[sentence("one", 2)])
    (tmp_path / "lib_one" / "both.pyi").write_text(f"def f():\n    '''{sentence('one', 3)}'''\n")
    library("lib_two", only=[sentence("two", 4)])
    corpus = docstring_corpus(
        libraries=("lib_one", "lib_two"), test_fraction=0, valid_fraction=0, progress=False
    )
    assert Counter(corpus.modules["train"]) == {"lib_one.both": 2, "lib_one.other": 1, "lib_two.only": 1}


def test_a_seed_chooses_the_parts_and_the_order(two_libraries: tuple[str, str]) -> None:
    first, again, other = (
        docstring_corpus(libraries=two_libraries, seed=seed, progress=False) for seed in (0, 0, 1)
    )
    assert first == again
    assert set(first.modules["test"]) != set(other.modules["test"])
    assert sorted(texts_of(first)) == sorted(texts_of(other))


def test_the_texts_of_the_libraries_are_mixed(two_libraries: tuple[str, str]) -> None:
    labels = docstring_corpus(libraries=two_libraries, progress=False).train.labels
    assert sum(left != right for left, right in pairwise(labels)) > 30


def test_the_order_of_the_libraries_does_not_matter(two_libraries: tuple[str, str]) -> None:
    forward = docstring_corpus(libraries=two_libraries, progress=False)
    assert docstring_corpus(libraries=two_libraries[::-1], progress=False) == forward


def test_a_fraction_of_nothing_leaves_the_part_empty(two_libraries: tuple[str, str]) -> None:
    corpus = docstring_corpus(libraries=two_libraries, valid_fraction=0, test_fraction=0, progress=False)
    assert (len(corpus.train), len(corpus.valid), len(corpus.test)) == (200, 0, 0)
    assert corpus.modules["test"] == ()


def test_a_module_too_large_for_any_other_part_is_for_training(library: Library) -> None:
    library("lib_one", small=[sentence("one", 0)], large=[sentence("one", i) for i in range(1, 10)])
    library("lib_two", only=[sentence("two", i) for i in range(20, 25)])
    corpus = docstring_corpus(libraries=("lib_one", "lib_two"), progress=False)
    assert set(corpus.modules["train"]) == {"lib_one.large", "lib_two.only"}
    assert (corpus.test.texts, corpus.test.labels) == ([sentence("one", 0)], ["lib_one"])


def test_the_corpus_does_not_depend_on_the_hash_seed(
    two_libraries: tuple[str, str], tmp_path: Path
) -> None:
    code = (
        "from textclf.data.docstrings import docstring_corpus\n"
        f"corpus = docstring_corpus(libraries={two_libraries!r}, progress=False)\n"
        "import zlib; print(zlib.crc32(repr(corpus.train).encode()))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    here = docstring_corpus(libraries=two_libraries, progress=False)
    assert int(done.stdout) == zlib.crc32(repr(here.train).encode())


# ---- Duplicates -----------------------------------------------------------------------------------

LONG = "The quick brown fox jumps over the lazy dog near the old bank of the river"


@pytest.mark.parametrize(
    "other",
    [
        LONG,
        LONG.upper() + "!",
        LONG.replace("quick", "quick 12"),
        LONG.replace("near", "by"),
        LONG + " today",
    ],
)
def test_paragraphs_that_are_nearly_the_same_are_kept_once(library: Library, other: str) -> None:
    library("lib_one", a=[LONG], b=[other])
    library("lib_two", only=[sentence("two", 1)])
    corpus = docstring_corpus(libraries=("lib_one", "lib_two"), progress=False)
    assert [text for text, label in texts_of(corpus) if label == "lib_one"] == [LONG]
    assert corpus.num_duplicates == 1


def test_paragraphs_that_share_less_are_both_kept(library: Library) -> None:
    library("lib_one", a=[LONG], b=["The quick brown fox jumps over the fence and never comes back again"])
    library("lib_two", only=[sentence("two", 1)])
    corpus = docstring_corpus(libraries=("lib_one", "lib_two"), progress=False)
    assert Counter(label for _, label in texts_of(corpus))["lib_one"] == 2


@pytest.mark.parametrize("other", [LONG, LONG.replace("near", "by")])
def test_a_paragraph_of_two_libraries_is_left_out(library: Library, other: str) -> None:
    library("lib_one", a=[LONG, sentence("one", 1)])
    library("lib_two", a=[sentence("two", 2), other])
    corpus = docstring_corpus(libraries=("lib_one", "lib_two"), progress=False)
    assert sorted(text for text, _ in texts_of(corpus)) == sorted([sentence("one", 1), sentence("two", 2)])
    assert corpus.num_duplicates == 2


# ---- Prose ----------------------------------------------------------------------------------------


def test_lines_are_joined_and_code_tables_headings_and_formulas_are_left_out(
    paragraphs_of: Callable[..., list[str]],
) -> None:
    docstring = """Return the first
    words of a text.

    Notes for the reader
    --------------------
    It is used like this::

        code that is not to be read

    and this comes after.

    >>> the_code(that)
    the output of the code

    ===== =====
    a     the b
    ===== =====
    the   table
    ===== =====

    ```python
    the code in a fence

    and more of the code
    ```

    .. math::
        the formula = 0

    .. note:: This is a note
        in two lines.

    .. versionadded:: 1.2
       The option that is new.

    The :math:`\\alpha` is a ``small`` :func:`~other.path.name` of `links <https://a.org>`_ [1]_.

    References
    ----------
    .. [1] The Author, "The Book".

    The other book of the author.

    See also
    --------
    thing : The description of it.
    :class:`Role` : What a role is.
    """
    assert paragraphs_of(docstring) == sorted(
        [
            "Return the first words of a text.",
            "It is used like this:",
            "and this comes after.",
            "This is a note in two lines.",
            "The option that is new.",
            "The X is a small LIBRARY of links.",
            "The description of it.",
            "What a role is.",
        ]
    )


def test_parameters_in_numpy_style_lose_their_names_and_types(
    paragraphs_of: Callable[..., list[str]],
) -> None:
    docstring = """
    Parameters
    ----------
    x, y : array of the values or None, optional
        The values to be
        added up.
    axis : int
        The axis to use.

    Returns
    -------
    out : array of the same type
        The sum of the values.
    """
    expected = ["The axis to use.", "The sum of the values.", "The values to be added up."]
    assert paragraphs_of(docstring) == expected


def test_parameters_in_google_and_sphinx_style_lose_their_names_and_types(
    paragraphs_of: Callable[..., list[str]],
) -> None:
    docstring = """
    Args:
        x (Tensor): the values to be
            added up
        fn (:class:`Module` -> None): the function to use
        *rest: all of the rest

    :param a: the first of all
    :returns: the sum of all

    - the one item of a list
      in two lines
    - the other item
    1. the numbered item
    """
    expected = [
        "all of the rest",
        "the first of all",
        "the function to use",
        "the numbered item",
        "the one item of a list in two lines",
        "the other item",
        "the sum of all",
        "the values to be added up",
    ]
    assert paragraphs_of(docstring) == expected


@pytest.mark.parametrize(
    "text",
    [
        "alpha beta gamma delta",
        "the x = y + 1 * 3 / 4 - z_0",
        "этот текст не на том языке and so",
        "Copyright is held by the author.",
        "",
        " \n\t ",
        "...",
    ],
)
def test_what_is_not_english_prose_is_left_out(paragraphs_of: Callable[..., list[str]], text: str) -> None:
    with pytest.raises(DataError, match="no docstring of 'lib_read' has a paragraph of 2 words or more"):
        paragraphs_of(text)


def test_short_paragraphs_are_left_out(paragraphs_of: Callable[..., list[str]]) -> None:
    docstring = "One two three of them.\n\nOne two three of these four."
    assert paragraphs_of(docstring, min_words=5) == [
        "One two three of them.",
        "One two three of these four.",
    ]
    assert paragraphs_of(docstring, min_words=6) == ["One two three of these four."]


# ---- Masking --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "numpy", "NumPy", "NUMPY", "np", "Np", "np.ndarray", "scipy", "SciPy.sparse", "sklearn",
        "scikit-learn", "Scikit-Learn", "scikit learn", "scikit-\nlearn", "scikits", "torch", "PyTorch",
        "torch.nn.Linear", "TorchScript", "libtorch", "__torch_function__", "torch-xla", "`torch.Tensor`",
        "gensim", "Gensim.models", "to_numpy", ":class:`~numpy.ndarray`", "nn.Module", "some.module.path",
        "lib_read", "LIB_READ.deep", "lib_else",
    ],
)  # fmt: skip
def test_names_and_dotted_paths_are_masked(paragraphs_of: Callable[..., list[str]], name: str) -> None:
    assert paragraphs_of(f"This is for ({name}), and the rest.") == ["This is for (LIBRARY), and the rest."]


@pytest.mark.parametrize(
    "word", ["input", "e.g. this", "i.e. that", "ndarray", "tensor", "end.", "3.14", "snp"]
)
def test_other_words_are_not_masked(paragraphs_of: Callable[..., list[str]], word: str) -> None:
    assert paragraphs_of(f"This is for the {word} and the rest") == [f"This is for the {word} and the rest"]


def test_self_is_not_a_path(paragraphs_of: Callable[..., list[str]]) -> None:
    assert paragraphs_of("It is kept in self.weight for the rest.") == [
        "It is kept in weight for the rest."
    ]


def test_addresses_are_left_out(paragraphs_of: Callable[..., list[str]]) -> None:
    text = "See https://numpy.org/doc for the rest, or <http://torch.org>."
    assert paragraphs_of(text) == ["See for the rest, or."]


# ---- The cache ------------------------------------------------------------------------------------


def test_a_second_call_reads_the_cache(
    two_libraries: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "deep" / "cache.json"
    first = docstring_corpus(libraries=two_libraries, cache=cache, progress=False)
    monkeypatch.setattr("ast.parse", None)  # to parse again would be an error
    assert docstring_corpus(libraries=two_libraries, cache=str(cache), progress=False) == first
    other = docstring_corpus(libraries=two_libraries, cache=cache, seed=1, progress=False)
    assert sorted(texts_of(other)) == sorted(texts_of(first))


def test_the_cache_follows_the_sources_and_the_arguments(
    two_libraries: tuple[str, str], library: Library, tmp_path: Path
) -> None:
    cache = tmp_path / "cache.json"
    docstring_corpus(libraries=two_libraries, cache=cache, progress=False)
    library("lib_two", extra=[sentence("two", 201)])
    grown = docstring_corpus(libraries=two_libraries, cache=cache, progress=False)
    assert len(texts_of(grown)) == 201
    with pytest.raises(DataError, match="50 words or more"):
        docstring_corpus(libraries=two_libraries, cache=cache, min_words=50, progress=False)


@pytest.mark.parametrize("content", [b"my notes", b"[1]", b'{"format": "other"}', b"\xff\xfe"])
def test_another_file_is_not_taken_for_a_cache_nor_overwritten(
    two_libraries: tuple[str, str], tmp_path: Path, content: bytes
) -> None:
    cache = tmp_path / "notes.txt"
    cache.write_bytes(content)
    with pytest.raises(DataError, match=r"notes\.txt: the file .* cache.*Name another file as `cache`"):
        docstring_corpus(libraries=two_libraries, cache=cache, progress=False)
    assert cache.read_bytes() == content


def test_a_cache_that_is_a_folder_is_an_error(two_libraries: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read as a cache"):
        docstring_corpus(libraries=two_libraries, cache=tmp_path, progress=False)


def test_the_cache_is_json(two_libraries: tuple[str, str], tmp_path: Path) -> None:
    docstring_corpus(libraries=two_libraries, cache=tmp_path / "cache.json", progress=False)
    assert len(json.loads((tmp_path / "cache.json").read_text())["paragraphs"]) == 200


# ---- Description, progress and errors -------------------------------------------------------------


def test_the_description_has_the_sizes_and_the_versions(two_libraries: tuple[str, str]) -> None:
    corpus = docstring_corpus(libraries=two_libraries, progress=False)
    assert str(corpus) == corpus.describe()
    assert corpus.describe().splitlines() == [
        "docstrings: 200 paragraphs (140 train, 20 valid, 40 test); 0 duplicates left out",
        "  lib_one unknown: 100 paragraphs (70 train, 10 valid, 20 test)",
        "  lib_two unknown: 100 paragraphs (70 train, 10 valid, 20 test)",
    ]
    versions = {"lib_one": "unknown", "lib_two": "unknown"}
    assert repr(corpus) == f"DocstringCorpus(train=140, valid=20, test=40, versions={versions})"


@pytest.mark.parametrize("progress", [True, False])
def test_the_progress_bar_can_be_silenced(
    two_libraries: tuple[str, str], capsys: pytest.CaptureFixture[str], progress: bool
) -> None:
    docstring_corpus(libraries=two_libraries, progress=progress)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ("docstrings" in shown.err) is progress


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("numpy", "`libraries` must be a sequence of two or more package names. Received: 'numpy'"),
        (("numpy",), "`libraries` must be a sequence of two or more package names"),
        (None, "`libraries` must be a sequence of two or more package names"),
        ({"numpy", "torch"}, "`libraries` must be a sequence of two or more package names"),
        (("numpy", 3), "`libraries` must be names of top-level packages. Received: 3"),
        (("numpy", "torch.nn"), "`libraries` must be names of top-level packages. Received: 'torch.nn'"),
        (("numpy", "../numpy"), "`libraries` must be names of top-level packages"),
        (("numpy", "torch", "numpy"), "`libraries` must be different package names"),
    ],
)
def test_the_libraries_are_checked(bad: object, message: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(message)):
        docstring_corpus(libraries=bad, progress=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "`seed` must be an integer of at least 0"),
        ({"seed": True}, "`seed` must be an integer of at least 0"),
        ({"min_words": 0}, "`min_words` must be an integer of at least 1"),
        ({"min_words": 2.5}, "`min_words` must be an integer of at least 1"),
        ({"valid_fraction": -0.1}, "`valid_fraction` must be"),
        ({"valid_fraction": True}, "`valid_fraction` must be"),
        ({"test_fraction": 1}, "`test_fraction` must be"),
        ({"test_fraction": float("nan")}, "`test_fraction` must be"),
        ({"test_fraction": "0.2"}, "`test_fraction` must be"),
        (
            {"valid_fraction": 0.5, "test_fraction": 0.5},
            "`valid_fraction \\+ test_fraction` must be below 1",
        ),
    ],
)
def test_the_numbers_are_checked(options: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        docstring_corpus(progress=False, **options)  # type: ignore[arg-type]


# ---- The real thing -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> DocstringCorpus:
    return docstring_corpus(libraries=("numpy", "gensim"), progress=False)


def test_installed_libraries_give_thousands_of_paragraphs(real: DocstringCorpus) -> None:
    counts = Counter(label for _, label in texts_of(real))
    assert counts["numpy"] > 2000
    assert counts["gensim"] > 1000
    assert 0.18 < len(real.test) / counts.total() < 0.201
    assert 0.08 < len(real.valid) / counts.total() < 0.101
    assert real.versions == {"gensim": version("gensim"), "numpy": version("numpy")}


def test_installed_libraries_leak_no_name(real: DocstringCorpus) -> None:
    name = re.compile(r"numpy|scipy|sklearn|scikit|torch|gensim|\bnp\b", re.IGNORECASE)
    assert [text for text, _ in texts_of(real) if name.search(text)] == []


def test_installed_libraries_have_no_near_duplicate_across_parts(real: DocstringCorpus) -> None:
    def pairs(text: str) -> set[tuple[str, str]]:
        return set(pairwise(re.findall("[a-z]+", text.lower())))

    train = [pairs(text) for text in real.train.texts]
    for text in real.test.texts[:60]:
        mine = pairs(text)
        assert max(len(mine & other) / len(mine | other) for other in train) < 0.6
