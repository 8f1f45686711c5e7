from __future__ import annotations

import errno
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from textclf.errors import ArgumentError, DataError
from textclf.training import checkpoint, load_tree, load_weights, save_tree, save_weights


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr("textclf.atomic._flush", lambda path: None)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "a.safetensors"


def round_trip(file, tree):
    save_tree(file, tree)
    return load_tree(file)


def alike(left, right):
    """Whether two trees are the same, types and bits included; a tuple is like a list."""
    if isinstance(left, torch.Tensor):
        return (
            isinstance(right, torch.Tensor)
            and left.dtype == right.dtype
            and left.shape == right.shape
            and left.contiguous().view(-1).view(torch.uint8).equal(right.view(-1).view(torch.uint8))
        )
    if isinstance(left, dict):
        return type(right) is dict and [*left] == [*right] and all(alike(left[k], right[k]) for k in left)
    if isinstance(left, list | tuple):
        return type(right) is list and len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, float) and math.isnan(left):
        return isinstance(right, float) and math.isnan(right)
    return type(left) is type(right) and left == right


class TestTrees:
    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            0,
            -(2**70),
            0.1,
            math.inf,
            -math.inf,
            math.nan,
            "",
            "体育 \ud800 \x00 \n",
            [],
            {},
            (1, [2, (3,)]),
            {1: "one", "1": "also one"},
            {0: {0: {0: torch.ones(1)}}},
            {None: 1, True: 2, 2.5: 3},
            {"a/b": torch.zeros(1), "a": {"b": torch.ones(1)}},
            {0: torch.zeros(1), "0": torch.ones(1)},
            {"": torch.ones(1), "__metadata__": torch.zeros(1)},
        ],
        ids=repr,
    )
    def test_round_trip(self, file, value):
        assert alike({"value": value}, round_trip(file, {"value": value}))

    @pytest.mark.parametrize(
        "dtype",
        [
            torch.float32,
            torch.float64,
            torch.float16,
            torch.bfloat16,
            torch.bool,
            torch.uint8,
            torch.int8,
            torch.int16,
            torch.int32,
            torch.int64,
        ],
    )
    def test_types_of_tensors(self, file, dtype):
        value = torch.tensor([[0, 1, 1], [1, 0, 1]]).to(dtype)
        assert alike({"a": value}, round_trip(file, {"a": value}))

    @pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1, 1, 1), (2, 3)])
    def test_shapes_of_tensors(self, file, shape):
        value = torch.arange(math.prod(shape), dtype=torch.float32).reshape(shape)
        assert alike({"a": value}, round_trip(file, {"a": value}))

    def test_numbers_that_are_not_finite(self, file):
        value = torch.tensor([math.nan, math.inf, -math.inf, -0.0, 1e-45])
        assert alike({"a": value}, round_trip(file, {"a": value}))

    def test_tensors_that_share_memory(self, file):
        base = torch.arange(12.0).reshape(3, 4)
        tree = {"whole": base, "row": base[1], "column": base[:, 1], "turned": base.T, "again": base}
        loaded = round_trip(file, tree)
        for name, value in tree.items():
            assert torch.equal(loaded[name], value)
        loaded["whole"].zero_()
        assert torch.equal(loaded["again"], base)

    def test_parameters_become_plain_tensors(self, file):
        loaded = round_trip(file, {"a": torch.nn.Parameter(torch.ones(2))})["a"]
        assert type(loaded) is torch.Tensor
        assert not loaded.requires_grad

    def test_subclasses_of_plain_types(self, file):
        from collections import Counter, OrderedDict

        tree = {"counter": Counter([3, 3, 5]), "ordered": OrderedDict(b=1, a=2), "number": np.float64(0.1)}
        loaded = round_trip(file, tree)
        assert loaded == {"counter": {3: 2, 5: 1}, "ordered": {"b": 1, "a": 2}, "number": 0.1}
        assert list(loaded["ordered"]) == ["b", "a"]

    @pytest.mark.parametrize(
        "value",
        [
            {"$tensor": "a trap"},
            {"$tensor": "0 tree/value"},
            {"$items": [[1, 2]]},
            {"$items": 3, "$tensor": torch.ones(1)},
            {"a": {"$tensor": {"$items": torch.ones(2)}}},
            {"$tensor": None, 1: torch.ones(1)},
            {"$": 1, "$other": 2},
        ],
        ids=repr,
    )
    def test_keys_that_mean_something_to_the_format(self, file, value):
        assert alike({"value": value}, round_trip(file, {"value": value}))

    @settings(
        max_examples=40,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.dictionaries(
            st.text(max_size=4),
            st.recursive(
                st.none()
                | st.booleans()
                | st.integers()
                | st.floats()
                | st.text(max_size=5)
                | st.lists(st.floats(width=32), max_size=3).map(torch.tensor),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.integers() | st.sampled_from(["$tensor", "$items", "a", "a/b"]),
                        inner,
                        max_size=3,
                    )
                ),
                max_leaves=8,
            ),
            max_size=4,
        )
    )
    def test_any_tree(self, file, tree):
        assert alike(tree, round_trip(file, tree))

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (object(), "`tree/a/0` must be made of dense tensors, numbers.*Received: 'object'"),
            ({1, 2}, "`tree/a/0` must be .* Received: 'set'"),
            (1j, "Received: 'complex'"),
            (b"bytes", "Received: 'bytes'"),
            (np.float32(1), "Received: 'float32'"),
            (np.zeros(2), "Received: 'ndarray'"),
            (torch.eye(2).to_sparse(), "Received: 'Tensor'"),
            ({(1, 2): 3}, r"`tree/a/0` must be a dictionary with strings or numbers as its keys.*\(1, 2\)"),
            ({np.int64(1): 3}, "must be a dictionary with strings or numbers as its keys"),
        ],
    )
    def test_other_types(self, file, value, message):
        with pytest.raises(ArgumentError, match=message):
            save_tree(file, {"a": [value]})
        assert not file.exists()

    def test_a_type_of_tensor_that_the_format_lacks(self, file):
        with pytest.raises(ArgumentError, match="complex128"):
            save_tree(file, {"a": torch.zeros(1, dtype=torch.complex128)})
        assert not file.exists()

    def test_no_tensors(self, file):
        assert round_trip(file, {}) == {}
        assert round_trip(file, {"step": 3}) == {"step": 3}

    def test_the_file_may_be_replaced_while_its_tensors_live(self, file):
        save_tree(file, {"a": torch.zeros(1000)})
        loaded = load_tree(file)["a"]
        with file.open("r+b") as opened:
            opened.seek(-4000, 2)
            opened.write(b"\xff" * 4000)
        assert not loaded.any()

    def test_any_safetensors_reader_opens_it(self, file):
        save_tree(file, {"a": [torch.ones(2)], "b": "text"})
        with safe_open(file, framework="np") as opened:
            assert [opened.get_tensor(name).tolist() for name in opened.keys()] == [[1.0, 1.0]]  # noqa: SIM118
            assert '"text"' in opened.metadata()["tree"]


class TestWeights:
    def test_round_trip(self, file):
        layer = torch.nn.LSTM(2, 3, num_layers=2)
        save_weights(file, layer.state_dict())
        loaded = load_weights(file)
        assert {*loaded} == {*layer.state_dict()}
        assert all(torch.equal(loaded[name], value) for name, value in layer.state_dict().items())

    def test_tied_weights(self, file):
        weight = torch.ones(3, 3)
        save_weights(file, {"in": weight, "out": weight, "turned": weight.T})
        assert {name: value.tolist() for name, value in load_weights(file).items()}["turned"] == [
            [1.0] * 3
        ] * 3

    def test_folder_is_made(self, tmp_path):
        save_weights(tmp_path / "new" / "a.safetensors", {"a": torch.ones(1)})
        assert load_weights(str(tmp_path / "new" / "a.safetensors"))["a"].item() == 1


class TestDamage:
    @pytest.fixture
    def content(self, file):
        save_tree(file, {"a": torch.arange(50.0), "b": [1, {2: "x"}], "c": torch.ones(3, dtype=torch.bool)})
        return file.read_bytes()

    def test_cut_anywhere(self, file, content):
        for length in range(0, len(content), 7):
            file.write_bytes(content[:length])
            with pytest.raises(DataError, match="a.safetensors: the file must be a whole safetensors file"):
                load_tree(file)

    def test_too_long(self, file, content):
        file.write_bytes(content + b"more")
        with pytest.raises(DataError, match="must be a whole safetensors file"):
            load_tree(file)

    def test_flipped_bytes(self, file, content):
        random = np.random.default_rng(0)
        refused = 0
        for _ in range(400):
            damaged = bytearray(content)
            for place in random.integers(0, len(content) - 203, random.integers(1, 4)):
                damaged[place] = random.integers(0, 256)
            file.write_bytes(damaged)
            try:
                load_tree(file)
            except DataError:
                refused += 1
        assert refused > 200

    @pytest.mark.parametrize(
        "structure",
        [
            "",
            "[",
            "[]",
            "3",
            "null",
            '{"a": {"$tensor": "no such"}}',
            '{"a": {"$items": 3}}',
            '{"a": {"$items": [[[], 1]]}}',
            '{"a": {"$items": [[1, 2, 3]]}}',
            '{"a": {"$tensor": []}}',
            "[" * 100_000,
        ],
        ids=lambda structure: structure[:40],
    )
    def test_a_structure_that_is_none(self, file, structure):
        save_file({"a": torch.ones(1)}, file, metadata={"tree": structure})
        with pytest.raises(DataError, match="the file must be a textclf checkpoint"):
            load_tree(file)

    def test_no_structure(self, file):
        save_weights(file, {"a": torch.ones(1)})
        with pytest.raises(DataError, match="the file must be a textclf checkpoint. KeyError"):
            load_tree(file)

    @pytest.mark.parametrize("load", [load_tree, load_weights])
    def test_missing(self, file, load):
        with pytest.raises(FileNotFoundError, match="a.safetensors: the file does not exist"):
            load(file)

    @pytest.mark.parametrize("load", [load_tree, load_weights])
    def test_a_folder(self, tmp_path, load):
        with pytest.raises(FileNotFoundError, match="does not exist"):
            load(tmp_path)

    def test_a_pickle_is_not_opened(self, file):
        torch.save({"a": torch.ones(1)}, file)
        with pytest.raises(DataError, match="must be a whole safetensors file"):
            load_weights(file)


class TestFullDisk:
    @pytest.mark.parametrize(
        "error",
        [
            OSError(errno.ENOSPC, "No space left on device"),
            SafetensorError("I/O error: No space left on device"),
        ],
    )
    @pytest.mark.parametrize("save", [save_tree, save_weights])
    def test_the_previous_file_stays_whole(self, file, monkeypatch, error, save):
        save(file, {"a": torch.ones(3)})
        before = file.read_bytes()

        def half(tensors, path, metadata=None):
            path.write_bytes(b"half")
            raise error

        monkeypatch.setattr(checkpoint, "save_file", half)
        with pytest.raises(OSError, match="No space left on device"):
            save(file, {"a": torch.zeros(3)})
        assert file.read_bytes() == before
        assert [path.name for path in file.parent.iterdir()] == [file.name]

    @pytest.mark.skipif(sys.platform == "win32", reason="the limit is POSIX's")
    def test_a_real_limit(self, file):
        program = """
import resource, sys
import torch
from textclf.training.checkpoint import save_tree
save_tree(sys.argv[1], {"a": torch.ones(10)})
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    save_tree(sys.argv[1], {"a": torch.zeros(10_000)})
except OSError as error:
    sys.exit(str(error))
"""
        done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True)
        assert "a.safetensors: the file cannot be written" in done.stderr
        assert "Traceback" not in done.stderr
        assert load_tree(file)["a"].tolist() == [1.0] * 10
        assert [path.name for path in file.parent.iterdir()] == [file.name]
