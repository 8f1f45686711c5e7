from __future__ import annotations

import collections
import functools
import io
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.embedding import EmbeddingLoader
from textclf.embedding.plain_pickle import Made, PlainPickleReader
from textclf.errors import DataError


class Everything:
    def __contains__(self, word):
        return True


def read(content, wanted=None):
    wanted = Everything() if wanted is None else wanted
    return PlainPickleReader(io.BytesIO(content), Path("vectors.kv"), wanted).read()


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.none(), inner)
        | st.tuples(inner, inner)
        | st.lists(inner, min_size=4).map(tuple)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(value=plain, protocol=st.integers(2, 5))
def test_plain_data_come_back(value, protocol):
    if protocol == 2:  # in which bytes are made by a call
        value = _without_bytes(value)
    assert read(pickle.dumps(value, protocol)) == value


def _without_bytes(value):
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, dict):
        return {key: _without_bytes(item) for key, item in value.items()}
    return type(value)(map(_without_bytes, value)) if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_long_things_come_back(protocol):
    value = {f"word {i}": i for i in range(3000)} | {"text": "é" * 70_000, "list": list(range(2500))}
    assert read(pickle.dumps(value, protocol)) == value


def test_the_same_thing_twice_is_the_same_thing():
    inner = ["a"]
    value = read(pickle.dumps([inner, inner]))
    assert value[0] is value[1]


def test_strings_in_lists_are_kept_only_where_wanted():
    words = [f"word{i}" for i in range(2500)]
    value = {"words": words, "numbers": dict(zip(words, range(2500), strict=True)), "name": "word1"}
    result = read(pickle.dumps(value), wanted={b"word7", b"word2001"})
    assert [word for word in result["words"] if word is not None] == ["word7", "word2001"]
    assert result["words"].index("word2001") == 2001
    assert len(result["words"]) == 2500
    assert "name" in result


def test_arrays_are_only_described():
    made = read(pickle.dumps(np.arange(3, dtype="<f4"), 4))
    assert isinstance(made, Made)
    assert made.path.endswith("multiarray._reconstruct")
    assert made.state[1] == (3,)
    assert made.state[4] == struct.pack("<3f", 0, 1, 2)


def test_ordered_dictionaries_are_only_described():
    made = read(pickle.dumps(collections.OrderedDict(a=1)))
    assert (made.path, made.arguments) == ("collections.OrderedDict", ())


def _run(function, *arguments):
    class Attack:
        def __reduce__(self):
            return function, arguments

    return Attack()


def attacks(marker):
    from numpy.testing._private.utils import runstring

    touch = f"open({str(marker)!r}, 'w').close()"
    return {
        "system": _run(os.system, f"touch {marker}"),
        "eval": _run(eval, touch),
        "exec": _run(exec, touch),
        "open": _run(open, str(marker), "w"),
        "partial": _run(functools.partial, os.system, f"touch {marker}"),
        "numpy": _run(runstring, touch, {}),
        "getattr": _run(getattr, "", "join"),
        "import": _run(__import__, "antigravity"),
        "object": _run(Path, str(marker)),
    }


@pytest.mark.parametrize("name", sorted(attacks("x")))
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_would_run_a_program_is_refused_and_not_run(tmp_path, name, protocol):
    marker = tmp_path / "marker"
    content = pickle.dumps({"vectors": attacks(marker)[name]}, protocol)
    path = tmp_path / "vectors.kv"
    path.write_bytes(content)
    with pytest.raises(
        DataError, match=r"the pickle names .*, as plain word vectors never do, so it is not read"
    ):
        _ = EmbeddingLoader(path).dim
    assert not marker.exists()


def test_the_refused_name_is_told():
    with pytest.raises(DataError, match=rf"vectors\.kv: the pickle names {os.system.__module__}\.system,"):
        read(pickle.dumps(_run(os.system, "true")))


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x8c\x16gensim.models.nonesuch\x8c\x05Thing\x93)\x81.",
        b"\x80\x04\x8c\x1egensim.models.keyedvectors.sys\x8c\x04exit\x93K\x01\x85R.",
        b"\x80\x02cgensim.models.word2vec\nos.system\nX\x04\x00\x00\x00true\x85R.",
    ],
)
def test_allowed_names_are_not_imported_or_called_either(content):
    made = read(content)
    assert isinstance(made, Made)
    assert made.path.startswith("gensim.models.")


def test_nothing_is_looked_up(monkeypatch):
    content = pickle.dumps([np.float32(1), np.arange(4), collections.OrderedDict(a=1)], 4)

    def fail(*arguments, **options):
        raise AssertionError("looked something up")

    monkeypatch.setattr(pickle, "Unpickler", fail)
    monkeypatch.setattr(pickle, "loads", fail)
    monkeypatch.setattr("builtins.__import__", fail)
    result = read(content)
    monkeypatch.undo()
    assert len(result) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x80\x04", r"ends within the pickle"),
        (pickle.dumps(list(range(100)))[:-5], r"ends within the pickle|damaged"),
        (b"\x80\x04P1\n.", r"has the instruction b'P'"),  # a persistent id
        (b"\x80\x04\x82\x01.", r"has the instruction b'\\x82'"),  # a registered extension
        (b"\x80\x04ios\nsystem\n.", r"has the instruction b'i'"),
        (b"\x80\x04(ios\nsystem\no.", r"has the instruction b'i'"),
        (b"\x80\x05\x97.", r"has the instruction b'\\x97'"),  # a buffer from outside
        (b"\x80\x04.", r"the pickle is damaged"),
        (b"\x80\x04h\x05.", r"the pickle is damaged"),
        (b"\x80\x04Nr\xff\xff\xff\xff.", r"the pickle is damaged \(notes out of order"),
        (b"\x80\x04K\x01K\x02R.", r"the pickle is damaged \(a call of something"),
        (b"\x80\x04)K\x02R.", r"the pickle is damaged \(a call of something"),
        (b"\x80\x04K\x01}b.", r"the pickle is damaged \(attributes for something"),
        (b"\x80\x04}]K\x01s.", r"the pickle is damaged \(a key that is not plain"),
        (b"\x80\x04}))\x86K\x01s.", r"the pickle is damaged \(a key that is not plain"),
        (b"\x80\x04)K\x01a.", r"the pickle is damaged \(items for something"),
        (b"\x80\x04)K\x01K\x02s.", r"the pickle is damaged \(keys for something"),
        (b"\x80\x04}(K\x01u.", r"the pickle is damaged"),
        (b"\x80\x04}u.", r"the pickle is damaged"),
        (b"\x80\x04K\x01K\x02\x93.", r"the pickle is damaged \(a name that is not a string"),
        (b"\x80\x02c" + b"x" * 2000, r"the pickle is damaged \(a name without an end"),
        (b"\x80\x04\x8c\x01\xff.", r"the pickle is damaged"),
    ],
)
def test_other_instructions_and_damage(content, message):
    with pytest.raises(DataError, match=rf"^vectors\.kv: .*{message}"):
        read(content)


@pytest.mark.parametrize("code", [b"\x8e", b"\x8d"])
@pytest.mark.parametrize("size", [2**63 - 1, 2**64 - 1, 2**40])
def test_a_length_that_lies_does_not_exhaust_the_memory(code, size):
    with pytest.raises(DataError, match=r"the file ends within the pickle"):
        read(b"\x80\x04" + code + struct.pack("<Q", size) + b"abc")


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_damaged_pickle_is_read_or_is_a_data_error_and_nothing_else(data):
    value = {
        "vectors": np.arange(4, dtype="f4"),
        "words": ["a", "b"],
        "t": (1, 2.5, None),
        "z": frozenset({"q"}),
    }
    content = bytearray(pickle.dumps(value, data.draw(st.sampled_from([2, 4]))))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(content))
    except DataError as error:
        assert "vectors.kv" in str(error)  # noqa: PT017
