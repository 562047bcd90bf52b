"""How many GPUs there are: the driver is asked. A small library stands for it where there is no GPU."""

import os
import shutil
import subprocess

import pytest

from bridge.daemon import devices as module
from bridge.daemon.devices import Device, devices

CPU = Device("cpu", "cpu", {"CUDA_VISIBLE_DEVICES": ""})
DRIVER = (
    "int cuInit(unsigned flags) {{ return {failed}; }} int cuDeviceGetCount(int *count) {{ *count = 3; return 0; }}"
)


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """A driver with three devices, or one that fails to start."""
    compiler = shutil.which("cc")
    if compiler is None or os.name == "nt":
        pytest.skip("no C compiler")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def install(failed: int = 0) -> None:
        source, library = tmp_path / "driver.c", tmp_path / f"driver{failed}.so"
        source.write_text(DRIVER.format(failed=failed))
        subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
        monkeypatch.setattr(module, "_DRIVER", str(library))

    return install


def names() -> list[str]:
    return [device.name for device in devices()]


def test_every_device_that_the_driver_offers_gets_a_worker_of_its_own(driver):
    driver()
    assert devices() == (CPU, *(Device(f"cuda:{n}", "cuda", {"CUDA_VISIBLE_DEVICES": str(n)}) for n in range(3)))


def test_devices_that_are_hidden_stay_hidden(driver, monkeypatch):
    driver()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5, 7,9")
    assert names() == ["cpu", "cuda:5", "cuda:7", "cuda:9"]


@pytest.mark.parametrize("failed", [100, None])
def test_a_driver_that_does_not_start_or_is_not_there_leaves_one_device_for_the_engine_to_explain(
    driver, monkeypatch, failed
):
    if failed is None:
        monkeypatch.setattr(module, "_DRIVER", "libnosuchdriver.so")
    else:
        driver(failed)
    assert devices() == (CPU, Device("cuda", "cuda"))
