"""Which worker runs which engine: one worker a device, so that two engines never share one GPU's memory.

Knows nothing of what an engine does. Does not ask a GPU library: the daemon must stay light.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

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
    cards = sorted(path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*"))
    cuda = [Device(f"cuda:{card}", "cuda", {"CUDA_VISIBLE_DEVICES": card}) for card in cards]
    return (Device("cpu", "cpu", {"CUDA_VISIBLE_DEVICES": ""}), *(cuda or [Device("cuda", "cuda")]))
