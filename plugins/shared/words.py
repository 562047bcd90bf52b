"""Every sentence that both plugins show: labels of the choices, stages, time left, and what to do after a failure.

Knows nothing of either program. Each text passes `tr`, so that it can be translated.
"""

import traceback
from dataclasses import dataclass
from typing import Dict, Optional, Tuple

from bridge.wire import BadMessage, DaemonUnavailable, EngineInfo, JobCancelled, WireError

from .language import tr

__all__ = [
    "UserError",
    "area_labels",
    "blend_labels",
    "engine_label",
    "engine_state",
    "explain",
    "field_labels",
    "group_name",
    "kind_labels",
    "quality_labels",
    "source_labels",
    "stage_label",
    "time_left",
]


@dataclass(frozen=True)
class UserError:
    """A failure for a person: what happened, what to do next, and what the service last logged (often nothing)."""

    what: str
    advice: str
    log_lines: Tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The first two as one line."""
        return f"{self.what} {self.advice}".strip()


def field_labels() -> Dict[str, str]:
    """The name of each field of the dialog."""
    return {
        "engine": tr("Engine"),
        "blend": tr("Blend type"),
        "kind": tr("Foreground"),
        "prompt": tr("Prompt"),
        "source": tr("Take apart"),
        "area": tr("Selection"),
        "candidates": tr("Candidates"),
        "quality": tr("Quality"),
    }


def blend_labels() -> Dict[str, str]:
    return {
        "auto": tr("Automatic"),
        "normal": tr("Normal (watermark, stain, object)"),
        "multiply": tr("Multiply (shadow, X-ray, ink)"),
        "screen": tr("Screen (haze, reflection)"),
        "add": tr("Add (flare, light)"),
    }


def kind_labels() -> Dict[str, str]:
    return {
        "auto": tr("Automatic"),
        "watermark": tr("Watermark or text"),
        "fog": tr("Fog or smoke"),
        "rain": tr("Rain"),
        "snow": tr("Snow"),
        "flare": tr("Lens flare or light"),
        "xray": tr("X-ray tissue or shadow"),
        "cell": tr("Cells"),
        "glass": tr("Glass or reflection"),
    }


def quality_labels() -> Dict[str, str]:
    return {"fast": tr("Fast"), "normal": tr("Normal"), "best": tr("Best")}


def source_labels() -> Dict[str, str]:
    return {"layer": tr("The active layer"), "merged": tr("The whole picture, merged")}


def area_labels() -> Dict[str, str]:
    return {
        "all": tr("Ignore: the whole layer may change"),
        "selection": tr("Change only what is selected"),
        "hint": tr("The foreground is selected"),
    }


def engine_state(engine: EngineInfo) -> str:
    """ready, loading, or why it cannot run."""
    if engine.state in ("ready", "loaded"):
        return tr("ready")
    if engine.state == "loading":
        return tr("loading")
    lacks = {"memory": tr("too little memory"), "weights": tr("needs download")}
    return lacks.get(engine.lacks, tr("not available"))


def engine_label(name: str, engine: Optional[EngineInfo]) -> str:
    """The engine with its state, once the service has reported it."""
    return name if engine is None else f"{name} ({engine_state(engine)})"


def stage_label(stage: str) -> str:
    """A stage as a person says it; a stage this version does not know is shown as the service named it."""
    known = {
        "connect": tr("Finding the service"),
        "queued": tr("Waiting in the queue"),
        "upload": tr("Sending the picture"),
        "look": tr("Looking for layers"),
        "network": tr("Looking for layers"),
        "estimate": tr("Looking for layers"),
        "finish": tr("Solving at full size"),
        "fetch": tr("Fetching the layers"),
        "insert": tr("Inserting the layers"),
        "export": tr("Writing the layered file"),
    }
    return known.get(stage, stage[:1].upper() + stage[1:])


def time_left(seconds: Optional[float]) -> str:
    """How long it will take, as roughly as it is known; empty where it is not."""
    if seconds is None:
        return ""
    if seconds < 1.5:
        return tr("almost done")
    if seconds < 55:
        return tr("about {n} s left").format(n=round(seconds) if seconds < 10 else 5 * round(seconds / 5))
    return tr("about {n} min left").format(n=max(1, round(seconds / 60)))


def group_name(source: str) -> str:
    return tr("Decomposition: {name}").format(name=source)


def explain(error: BaseException) -> UserError:
    """What a failed run means to the artist, and what to do."""
    if isinstance(error, JobCancelled):
        return UserError(tr("Cancelled."), tr("The document was not changed."))
    if isinstance(error, DaemonUnavailable) and error.code == "not_installed":
        return UserError(
            tr("The diffdecompose service is not installed for this user."),
            tr("Install diffdecompose, or run 'diffdecompose serve' once in a terminal; then try again."),
        )
    if isinstance(error, DaemonUnavailable):
        return UserError(_sentence(error.what), _sentence(error.advice), error.log_lines)
    if isinstance(error, WireError) and error.code == "protocol_mismatch":
        return UserError(
            tr("This plugin and the diffdecompose service have different versions ({detail}).").format(
                detail=error.what
            ),
            _sentence(error.advice),
        )
    if isinstance(error, WireError) and error.code == "out_of_memory":
        advice = error.advice or tr("Choose a lower quality or the engine 'nano'")
        return UserError(_sentence(error.what), _sentence(advice))
    if isinstance(error, WireError) and not isinstance(error, BadMessage):
        return UserError(_sentence(error.what), _sentence(error.advice))
    if isinstance(error, MemoryError):
        return UserError(tr("There is not enough memory for this picture."), tr("Close other documents and try again."))
    return UserError(
        tr("Something went wrong inside the plugin: {error}").format(error=f"{type(error).__name__}: {error}"),
        tr("The document was not changed. Please report this; 'diffdecompose doctor --zip' collects what helps."),
        tuple("".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()),
    )


def _sentence(text: str) -> str:
    """A capital letter in front and a full stop behind."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
