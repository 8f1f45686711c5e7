from __future__ import annotations

import getpass
import platform

import torch

from textclf.environment import environment_of


def test_versions_and_threads():
    found = environment_of(torch.device("cpu"))
    assert found["torch"] == torch.__version__
    assert found["device"] == "cpu"
    assert found["threads"] == str(torch.get_num_threads())
    assert all(isinstance(value, str) and value for value in found.values())


def test_it_tells_nobody_whose_machine_it_is():
    words = " ".join(environment_of(torch.device("cpu")).values()).split()
    assert platform.node() not in words
    assert getpass.getuser() not in words


def test_a_package_that_is_not_installed(monkeypatch):
    def missing(name):
        raise importlib_metadata.PackageNotFoundError(name)

    import importlib.metadata as importlib_metadata

    monkeypatch.setattr(importlib_metadata, "version", missing)
    assert environment_of(torch.device("cpu"))["textclf"] == "not installed"


def test_a_gpu_has_its_name(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "A GPU")
    assert environment_of(torch.device("cuda", 0))["device"] == "A GPU"


def test_without_a_device():
    everything = environment_of(torch.device("cpu"))
    assert environment_of() == {name: value for name, value in everything.items() if name != "device"}
