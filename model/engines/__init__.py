"""The engines by name, and whether each can run here. Knows nothing of how any of them works.

An engine module `model.engines.<module>` offers two functions and imports nothing heavy by itself:

    create() -> Engine        the engine, weights loaded; raises EngineUnavailable
    missing() -> str | None   why `create` would fail here, in one line that says what to do; None = ready

so that listing the engines never imports torch.

    classic, nano, flux, qwen_layered    one engine each
    windows                              very tall or wide pictures looked at in overlapping windows, for any engine
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module

from ..errors import InvalidRequest
from ..types import Engine

__all__ = ["ENGINES", "EngineEntry", "EngineState", "available", "load"]


@dataclass(frozen=True)
class EngineEntry:
    """One line of the table below. module: inside this folder; about: what a person reads when choosing.

    models: the weights it needs beyond the package, by their names in `model.weights.catalogue`.
    """

    name: str
    module: str
    about: str
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class EngineState:
    """Whether an engine can run here. reason: why not and what to do; empty where `ready`."""

    name: str
    about: str
    ready: bool
    reason: str = ""


ENGINES: dict[str, EngineEntry] = {
    entry.name: entry
    for entry in (
        EngineEntry("nano", "nano", "small network inside the package; seconds on a CPU; the default"),
        EngineEntry("classic", "classic", "training-free: fog, rain, hinted marks and shadows; seconds on a CPU"),
        EngineEntry(
            "flux",
            "flux",
            "DiffDecompose on Flux.1; needs a CUDA device of 8-80 GB and its weights",
            models=("flux.1-dev", "alphavae"),
        ),
        EngineEntry(
            "qwen-layered",
            "qwen_layered",
            "Qwen-Image-Layered, 2-10 object layers; CUDA and its weights",
            models=("qwen-layered",),
        ),
    )
}


def available() -> tuple[EngineState, ...]:
    """Every engine with its state, in the order of ENGINES; loads no weights and no torch."""
    states = []
    for entry in ENGINES.values():
        try:
            reason = _module(entry).missing()
        except ImportError as error:
            reason = f"{error}: install the package again with what this engine needs"
        states.append(EngineState(entry.name, entry.about, reason is None, reason or ""))
    return tuple(states)


@cache
def load(name: str) -> Engine:
    """The engine `name`, made on the first call and kept for the life of the process: weights load once.

    Raises InvalidRequest for an unknown name, EngineUnavailable where it cannot run here.
    """
    if name not in ENGINES:
        raise InvalidRequest(f"there is no engine {name!r}: choose one of {', '.join(ENGINES)}")
    return _module(ENGINES[name]).create()


def _module(entry: EngineEntry):
    return import_module(f".{entry.module}", __name__)
