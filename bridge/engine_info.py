"""An engine as the wire tells of it: whether it can run here, the weights it needs, the command that fetches them.

Knows nothing of how an engine works or how weights are fetched.
"""

from __future__ import annotations

from model.engines import ENGINES, EngineState
from model.weights.catalogue import ENTRIES, CatalogueEntry
from model.weights.places import models_folder

from .wire.parts import EngineInfo, ModelInfo

__all__ = ["engine_info", "install_command"]


def engine_info(state: EngineState) -> EngineInfo:
    """The state of an engine with size, licence and needs of its weights. The device is the daemon's to say."""
    models = tuple(_model_info(ENTRIES[name]) for name in ENGINES[state.name].models)
    command = install_command(state.name) if models and not state.ready else ""
    availability = "ready" if state.ready else "unavailable"
    return EngineInfo(state.name, availability, state.reason or state.about, models=models, command=command)


def install_command(engine: str) -> str:
    """What to type in a terminal so that `engine` gets what it lacks."""
    return f"diffdecompose engines install {engine}" + (" --lora FILE" if engine == "flux" else "")


def _model_info(entry: CatalogueEntry) -> ModelInfo:
    memory = entry.device_gib[0] if entry.device_gib else 0.0
    installed = (models_folder() / entry.name).is_dir()
    return ModelInfo(entry.name, entry.gigabytes, entry.licence, memory, installed)
