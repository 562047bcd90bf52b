"""Which engines a dialog offers, and what it says of those that cannot run here. Knows nothing of widgets."""

from typing import Dict, Iterable, List, Mapping, Tuple

from bridge.wire import EngineInfo, labels

from .language import tr

__all__ = ["can_run", "more_engines", "offered", "single_candidate"]

_INCLUDED = ("nano", "classic")
"""The engines that come with diffdecompose and need neither a download nor a graphics card."""
_SINGLE_CANDIDATE = ("classic",)
"""The engines that give one candidate, however many are asked for."""


def can_run(engine: EngineInfo) -> bool:
    return engine.state != "unavailable"


def single_candidate(name: str) -> bool:
    """Whether the engine gives one candidate, however many are asked for."""
    return name in _SINGLE_CANDIDATE


def offered(known: Mapping[str, EngineInfo], last: str) -> Tuple[str, ...]:
    """The names to choose from: what can run; until the service has answered, what is included and the last choice."""
    if known:
        return tuple(name for name, engine in known.items() if can_run(engine))
    return _INCLUDED if last in _INCLUDED else (*_INCLUDED, last)


def more_engines(known: Iterable[EngineInfo]) -> List[str]:
    """A paragraph for each engine that cannot run: what it is, its size, licence and needs, why not and what to do."""
    about = _about()
    return [
        "\n".join(
            line
            for line in (
                f"{engine.name} ({labels.engine_state(engine, tr)})",
                about.get(engine.name, ""),
                tr("What to do: {detail}").format(detail=engine.detail),
            )
            if line
        )
        for engine in known
        if not can_run(engine)
    ]


def _about() -> Dict[str, str]:
    return {
        "flux": tr(
            "DiffDecompose on FLUX.1 [dev]. Size: about 32 GB. Licence of the weights: FLUX.1 [dev] Non-Commercial "
            "License. "
            "Needs an NVIDIA graphics card with 8 GB or more."
        ),
        "qwen-layered": tr(
            "Qwen-Image-Layered, splits into several objects. Size: about 55 GB. Licence of the weights: Apache-2.0. "
            "Needs an NVIDIA graphics card."
        ),
    }
