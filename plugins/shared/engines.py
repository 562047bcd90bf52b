"""Which engines a dialog offers, and what it says of those that cannot run here. Knows nothing of widgets."""

from typing import Iterable, List, Mapping, Tuple

from bridge.wire import EngineInfo, labels

from .language import tr

__all__ = ["can_run", "fetch_commands", "more_engines", "offered", "single_candidate"]

_INCLUDED = ("nano", "classic")
"""The engines that come with diffdecompose and need neither a download nor a graphics card."""
_SINGLE_CANDIDATE = ("classic",)
"""The engines that give one candidate, however many are asked for."""


def can_run(engine: EngineInfo) -> bool:
    return engine.state != "unavailable"


def single_candidate(name: str, overlay: str = "") -> str:
    """Why there will be one candidate, however many are asked for; empty where there may be more.

    name: of the engine.   overlay: `Choice.overlay`.
    """
    if overlay:
        return tr("With a known overlay there is one candidate.")
    return tr("{engine} gives one candidate.").format(engine=name) if name in _SINGLE_CANDIDATE else ""


def offered(known: Mapping[str, EngineInfo], last: str) -> Tuple[str, ...]:
    """The names to choose from: what can run; until the service has answered, what is included and the last choice."""
    if known:
        return tuple(name for name, engine in known.items() if can_run(engine))
    return _INCLUDED if last in _INCLUDED else (*_INCLUDED, last)


def more_engines(known: Iterable[EngineInfo]) -> List[str]:
    """A paragraph for each engine that cannot run: what it is, size, licence, needs, what is missing, the command."""
    return [labels.engine_needs(engine, tr) for engine in known if not can_run(engine)]


def fetch_commands(known: Iterable[EngineInfo]) -> str:
    """The commands that fetch what the engines lack, a line each; empty where there are none."""
    return "\n".join(engine.command for engine in known if engine.command and not can_run(engine))
