from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import pytest

from textclf.data.packages import Paragraph, installed_version, read_paragraphs, source_files
from textclf.errors import MissingDependencyError

Library = Callable[..., None]
NOUNS = ("apple", "bridge", "candle", "desert", "engine", "forest", "garden", "hammer", "island", "jungle")


def sentence(i: int) -> str:
    return f"The reader of this page finds the {NOUNS[i]} near the old river."


def paragraphs_of(*libraries: str) -> list[Paragraph]:
    files = [file for library in libraries for file in source_files(library)]
    return read_paragraphs(files, libraries, min_words=8, progress=False)


def test_each_paragraph_has_its_library_and_its_module(library: Library) -> None:
    library("lib_one", b=[sentence(1)], a=[sentence(2), sentence(3)])
    library("lib_two", c__d=[f"{sentence(4)}\n\n{sentence(5)}"])
    assert paragraphs_of("lib_one", "lib_two") == [
        Paragraph("lib_one", "lib_one.a", sentence(2)),
        Paragraph("lib_one", "lib_one.a", sentence(3)),
        Paragraph("lib_one", "lib_one.b", sentence(1)),
        Paragraph("lib_two", "lib_two.c.d", sentence(4)),
        Paragraph("lib_two", "lib_two.c.d", sentence(5)),
    ]


def test_tests_and_vendored_and_private_folders_are_not_read(library: Library) -> None:
    library(
        "lib_one",
        good=[],
        _private_file=[],
        below__tests__a=[],
        testing__a=[],
        externals__deep__a=[],
        _internal__a=[],
        _core__a=[],
        below__deep___a=[],
    )
    assert [module for _, module, _ in source_files("lib_one")] == [
        "lib_one",
        "lib_one._core.a",
        "lib_one._private_file",
        "lib_one.below.deep._a",
        "lib_one.good",
    ]


def test_docstrings_of_everything_are_read_and_other_strings_are_not(library: Library) -> None:
    source = f'''"""{sentence(0)}"""
VALUE = """Not {sentence(0)}"""
class A:
    """{sentence(1)}"""
    async def f(self):
        """{sentence(2)}"""
        def inner():
            """{sentence(3)}"""
        return """Not {sentence(1)}"""
if VALUE:
    def g():
        """{sentence(4)}"""
else:
    class B:
        """{sentence(5)}"""
try:
    pass
except ValueError:
    def h():
        """{sentence(6)}"""
add_docstr(VALUE, r"""{sentence(7)}

{{out}} %(also)s""".format(out=""))
C = lib._add_docstr(VALUE, """f(x)
""" + """
{sentence(8)}""")
add_newdoc("a", "b", ("c", """{sentence(9)}"""))
print("""Not {sentence(2)}""")
'''
    library("lib_one", only=source)
    found = sorted(paragraph.text for paragraph in paragraphs_of("lib_one"))
    assert found == sorted(map(sentence, range(10)))


def test_a_file_that_cannot_be_parsed_is_logged_and_left_out(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library("lib_one", good=[sentence(1)], bad="'''doc'''\nprint 'Python 2'\n", null="'''a\0'''")
    with caplog.at_level(logging.WARNING):
        assert [paragraph.text for paragraph in paragraphs_of("lib_one")] == [sentence(1)]
    assert "bad.py is left out" in caplog.text


def test_odd_escapes_in_a_source_do_not_warn(library: Library) -> None:
    library("lib_one", only=f"'''{sentence(1)} \\d'''\n")
    assert len(paragraphs_of("lib_one")) == 1


def test_versions() -> None:
    assert installed_version("sklearn") == installed_version("scikit-learn") != "unknown"
    assert installed_version("lib_of_nobody") == "unknown"


def test_a_missing_library_is_named_with_its_cure() -> None:
    with pytest.raises(
        MissingDependencyError, match=r"'no_such_lib'.*pip install no_such_lib`, or leave it out"
    ):
        source_files("no_such_lib")


def test_the_cure_for_a_missing_library_names_its_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="pip install scikit-learn`"):
        source_files("sklearn")


def test_a_module_that_is_no_folder_is_named() -> None:
    with pytest.raises(MissingDependencyError, match="'typing_extensions', which is not"):
        source_files("typing_extensions")
