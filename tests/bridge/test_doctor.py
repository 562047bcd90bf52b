"""What the doctor says of other systems, each played by what it would answer; tests/bridge/daemon runs it for real."""

import sys
from types import SimpleNamespace

import psutil
import pytest

from bridge import doctor
from model.weights.store import partial
from ui.memory import free_memory


@pytest.fixture
def mac(monkeypatch):
    monkeypatch.setattr(doctor.sys, "platform", "darwin")

    def answers(machine: str, torch: str | None) -> list[list[str]]:
        asked = []

        def run(command, **_):
            asked.append(command)
            return SimpleNamespace(stdout=f"{torch}\n")

        monkeypatch.setattr(doctor.platform, "machine", lambda: machine)
        monkeypatch.setattr(doctor, "find_spec", lambda name: None if torch is None else object())
        monkeypatch.setattr(doctor.subprocess, "run", run)
        return asked

    return answers


@pytest.mark.parametrize(
    ("machine", "torch", "said"),
    [
        ("arm64", None, "Apple, by Metal (MPS); torch is not installed"),
        ("x86_64", None, "none that torch could use"),
        ("arm64", "True", "Apple, by Metal (MPS)"),
        ("x86_64", "False", "torch finds no Metal (MPS)"),
    ],
)
def test_on_a_mac_torch_is_asked_for_mps_and_without_torch_the_processor_tells(mac, machine, torch, said):
    asked = mac(machine, torch)
    assert doctor._gpu() == said
    assert [command[0] for command in asked] == ([] if torch is None else [sys.executable])


def test_memory_is_read_by_the_library_that_knows_every_system(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=3e9, total=16e9))
    assert doctor._memory() == "3.0 of 16.0 GB free"
    assert free_memory() == 3e9


def test_a_root_without_proc_is_no_failure(monkeypatch):
    def missing():
        raise FileNotFoundError("/proc/meminfo")

    monkeypatch.setattr(psutil, "virtual_memory", missing)
    assert doctor._memory() == "not known"
    assert free_memory() is None


def test_weights_that_were_fetched_or_begun_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(tmp_path))
    assert list(doctor._weights()) == [f"weights: none fetched into {tmp_path}"]
    whole, begun = tmp_path / "my-lora", partial(tmp_path, "flux.1-dev")
    for folder, size in ((whole, 12_000_000), (begun, 20_000_000)):
        folder.mkdir(parents=True)
        with (folder / "weights.safetensors").open("wb") as out:
            out.truncate(size)
    assert list(doctor._weights()) == [
        "weights flux.1-dev: 0.02 GB, of a download that 'diffdecompose models pull flux.1-dev' ends",
        "weights my-lora: 0.01 GB",
    ]
