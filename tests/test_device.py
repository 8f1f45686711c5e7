from __future__ import annotations

import contextlib
import random

import numpy as np
import pytest
import torch

from textclf.device import (
    flushed_denormals,
    one_thread,
    resolve_device,
    resolve_precision,
    seed_everything,
)
from textclf.errors import ArgumentError, DeviceError


def machine(monkeypatch, *, cuda=0, mps=False, capability=(8, 0)):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capability)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


class TestResolveDevice:
    @pytest.mark.parametrize(
        ("cuda", "mps", "expected"),
        [(0, False, "cpu"), (0, True, "mps"), (1, False, "cuda"), (1, True, "cuda")],
    )
    def test_auto_takes_the_best_there_is(self, monkeypatch, cuda, mps, expected):
        machine(monkeypatch, cuda=cuda, mps=mps)
        assert resolve_device() == torch.device(expected)

    @pytest.mark.parametrize("device", ["cpu", torch.device("cpu")])
    def test_cpu_is_always_there(self, device):
        assert resolve_device(device) == torch.device("cpu")

    def test_second_cuda_device(self, monkeypatch):
        machine(monkeypatch, cuda=2)
        assert resolve_device("cuda:1") == torch.device("cuda:1")

    @pytest.mark.parametrize(("found", "device"), [(0, "cuda"), (0, "cuda:0"), (1, "cuda:1")])
    def test_missing_cuda_device_says_what_was_found(self, monkeypatch, found, device):
        machine(monkeypatch, cuda=found)
        with pytest.raises(DeviceError, match=f"Received: '{device}', with {found} CUDA devices found"):
            resolve_device(device)

    def test_missing_mps(self, monkeypatch):
        machine(monkeypatch)
        with pytest.raises(DeviceError, match="Received: 'mps', which is not available"):
            resolve_device("mps")

    @pytest.mark.parametrize("device", ["", "gpu", "CPU", "cuda:-1", "meta", None, True, 1.5])
    def test_what_is_no_device(self, device):
        with pytest.raises(
            ArgumentError, match="`device` must be 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps'"
        ):
            resolve_device(device)


class TestResolvePrecision:
    @pytest.mark.parametrize(
        ("name", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)]
    )
    def test_names_on_cuda(self, monkeypatch, name, dtype):
        machine(monkeypatch, cuda=1)
        assert resolve_precision(name, "cuda") is dtype

    @pytest.mark.parametrize(
        ("capability", "dtype"),
        [((7, 5), torch.float32), ((8, 0), torch.bfloat16), ((9, 0), torch.bfloat16)],
    )
    def test_auto_on_cuda_follows_the_hardware(self, monkeypatch, capability, dtype):
        machine(monkeypatch, cuda=1, capability=capability)
        assert resolve_precision("auto", "cuda") is dtype

    def test_auto_on_mps(self, monkeypatch):
        machine(monkeypatch, mps=True)
        assert resolve_precision("auto", "mps") is torch.float32

    @pytest.mark.parametrize(
        ("amx", "avx", "dtype"),
        [
            (False, False, torch.float32),
            (True, False, torch.bfloat16),
            (False, True, torch.bfloat16),
        ],
    )
    def test_auto_on_cpu_follows_the_hardware(self, monkeypatch, amx, avx, dtype):
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx, raising=False)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx, raising=False)
        assert resolve_precision("auto", "cpu") is dtype

    def test_auto_on_cpu_with_a_torch_that_cannot_say(self, monkeypatch):
        monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported", raising=False)
        monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
        assert resolve_precision("auto", "cpu") is torch.float32

    def test_fp16_on_cpu(self):
        with pytest.raises(DeviceError, match=r"'fp32' or 'bf16' on a CPU. Received: 'fp16'"):
            resolve_precision("fp16", "cpu")

    @pytest.mark.parametrize("precision", ["", "fp64", "FP32", "float32", None, 16])
    def test_what_is_no_precision(self, precision):
        with pytest.raises(ArgumentError, match="`precision` must be 'auto', 'fp32', 'bf16' or 'fp16'"):
            resolve_precision(precision)

    def test_bad_device_is_found_first(self):
        with pytest.raises(ArgumentError, match="`device` must be"):
            resolve_precision("fp32", "gpu")


class TestSeedEverything:
    @staticmethod
    def draw():
        return random.random(), np.random.rand(), torch.rand(()).item()  # noqa: NPY002

    @pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, np.int64(7)])
    def test_same_seed_same_numbers_from_all_three(self, seed):
        seed_everything(seed)
        first = self.draw()
        seed_everything(seed)
        assert self.draw() == first

    def test_other_seed_other_numbers_from_all_three(self):
        seed_everything(1)
        first = self.draw()
        seed_everything(2)
        assert all(a != b for a, b in zip(first, self.draw(), strict=True))

    @pytest.mark.parametrize("seed", [-1, 2**32, 1.0, "1", None, True])
    def test_bad_seed(self, seed):
        with pytest.raises(ArgumentError, match="`seed` must be an integer from 0 to 4294967295"):
            seed_everything(seed)


def test_flushed_denormals_puts_the_setting_back_after_an_error():
    def survives():
        return (torch.tensor(1e-39) * 1.0).item() != 0.0

    def fail_inside():
        with flushed_denormals():
            seen.append(survives())
            raise KeyError

    seen = []
    before = survives()
    with pytest.raises(KeyError):
        fail_inside()
    assert seen == [False]
    assert survives() == before


def test_one_thread_within_the_block_and_as_many_as_before_behind_it():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with contextlib.suppress(KeyError), one_thread():
            seen = torch.get_num_threads()
            raise KeyError
        assert seen == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
