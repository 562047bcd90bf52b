"""Which worker runs which engine: one worker a device, so that two engines never share one GPU's memory.

Knows nothing of what an engine does. The number of GPUs is the CUDA driver's answer, asked for in a short process of
its own: the daemon must stay light, and a driver that crashes must not take it along.
Source: cuInit, cuDeviceGetCount of the CUDA Driver API; CUDA_VISIBLE_DEVICES of the CUDA programming guide.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from dataclasses import dataclass, field

from ..processes import NO_WINDOW

__all__ = ["Device", "device_of", "devices"]

_CUDA = frozenset({"flux", "qwen-layered"})


@dataclass(frozen=True)
class Device:
    """kind: "cpu" or "cuda".   environment: what a worker there gets beside the daemon's own."""

    name: str
    kind: str
    environment: dict[str, str] = field(default_factory=dict)


def device_of(engine: str) -> str:
    """The kind of device an engine runs on."""
    return "cuda" if engine in _CUDA else "cpu"


def devices() -> tuple[Device, ...]:
    """The CPU, and every CUDA device; one "cuda" where none shows itself, for the engine to say what is missing."""
    visible = [card.strip() for card in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if card.strip()]
    count = _cuda_count()
    cards = visible[:count] if visible else [str(number) for number in range(count)]
    cuda = [Device(f"cuda:{card}", "cuda", {"CUDA_VISIBLE_DEVICES": card}) for card in cards]
    return (Device("cpu", "cpu", {"CUDA_VISIBLE_DEVICES": ""}), *(cuda or [Device("cuda", "cuda")]))


_DRIVER = "nvcuda.dll" if os.name == "nt" else "libcuda.so.1"
_QUESTION = """
import ctypes, sys
driver, count = ctypes.CDLL(sys.argv[1]), ctypes.c_int()
print(0 if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) else count.value)
"""
_PATIENCE = 20.0


def _cuda_count() -> int:
    """The CUDA devices that the driver offers here; 0 where there is no driver or it does not answer."""
    try:
        ctypes.CDLL(_DRIVER)
    except OSError:
        return 0
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _QUESTION, _DRIVER],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            stdin=subprocess.DEVNULL,
            creationflags=NO_WINDOW,
        )
        return int(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0
