"""Every sentence that is not the label of one widget: kinds, blend types, stages, time left, what a failure means.

Knows nothing of widgets. The plugins say the same things in `plugins.shared.words`; they cannot share a file,
because a plugin brings its own copy of all it imports.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.formats import FormatError
from bridge.wire import DaemonUnavailable, EngineInfo, JobCancelled, WireError

from .language import tr

__all__ = [
    "UserError",
    "blend_words",
    "bytes_word",
    "engine_state",
    "explain",
    "kind_words",
    "percent",
    "quality_words",
    "stage_word",
    "time_left",
]


@dataclass(frozen=True)
class UserError:
    """A failure for a person: what happened, what to do next, what the service last logged (often nothing)."""

    what: str
    advice: str = ""
    log_lines: tuple[str, ...] = ()


def blend_words() -> dict[str, str]:
    return {"normal": tr("Normal"), "multiply": tr("Multiply"), "screen": tr("Screen"), "add": tr("Add")}


def kind_words() -> dict[str, str]:
    return {
        "watermark": tr("Watermark or text"),
        "fog": tr("Fog or smoke"),
        "rain": tr("Rain"),
        "snow": tr("Snow"),
        "flare": tr("Lens flare or light"),
        "xray": tr("X-ray tissue or shadow"),
        "cell": tr("Cells"),
        "glass": tr("Glass or reflection"),
    }


def quality_words() -> dict[str, str]:
    return {"fast": tr("Fast"), "normal": tr("Normal"), "best": tr("Best")}


def engine_state(engine: EngineInfo) -> str:
    """What an engine does now, or why it cannot run."""
    if engine.state == "unavailable":
        lacks = {"memory": tr("too little memory"), "weights": tr("needs a download")}
        return lacks.get(engine.lacks, tr("not available"))
    return {"ready": tr("ready"), "loaded": tr("in memory"), "loading": tr("loading")}[engine.state]


def stage_word(stage: str) -> str:
    """A stage as a person says it; one this version does not know as the service named it."""
    known = {
        "": tr("Starting"),
        "connect": tr("Finding the service"),
        "queued": tr("Waiting in the queue"),
        "upload": tr("Sending the picture"),
        "load": tr("Loading the engine"),
        "text": tr("Reading the prompt"),
        "network": tr("ViewActions for layers"),
        "finish": tr("Solving at full size"),
        "save": tr("Keeping the result"),
        "fetch": tr("Fetching the layers"),
    }
    return known.get(stage, stage[:1].upper() + stage[1:])


def time_left(seconds: float | None) -> str:
    """How long it will take, as roughly as it is known; empty where it is not."""
    if seconds is None:
        return ""
    if seconds < 1.5:
        return tr("almost done")
    if seconds < 55:
        return tr("about {n} s left").format(n=round(seconds) if seconds < 10 else 5 * round(seconds / 5))
    return tr("about {n} min left").format(n=max(1, round(seconds / 60)))


def percent(share: float) -> str:
    """0..1 as the spin boxes write it."""
    return f"{100 * share:.0f} %"


def bytes_word(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def explain(error: BaseException) -> UserError:
    """What a failure means to the artist, and what to do."""
    if isinstance(error, JobCancelled):
        return UserError(tr("Cancelled."), tr("The picture was not changed."))
    if isinstance(error, DaemonUnavailable) and error.code == "not_installed":
        return UserError(
            tr("The diffdecompose service is not installed for this user."),
            tr("Run 'diffdecompose serve' once in a terminal, then try again."),
        )
    if isinstance(error, WireError):
        lines = error.log_lines if isinstance(error, DaemonUnavailable) else ()
        advice = error.advice
        if error.code == "out_of_memory" and not advice:
            advice = tr("Choose a lower quality or the engine 'nano'")
        return UserError(_sentence(error.what), _sentence(advice), lines)
    if isinstance(error, FormatError):
        what, _, advice = str(error).rpartition(": ")
        return UserError(_sentence(what or advice), _sentence(advice) if what else "")
    if isinstance(error, MemoryError):
        return UserError(tr("There is not enough memory for this picture."), tr("Close other pictures and try again."))
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return UserError(_sentence(reason), tr("Check the disk and the folder, then try again."))
    return UserError(
        tr("Something went wrong inside the viewer: {error}").format(error=f"{type(error).__name__}: {error}"),
        tr("Nothing was lost. Please report this; 'diffdecompose doctor --zip' collects what helps."),
    )


def _sentence(text: str) -> str:
    """A capital letter in front and a full stop behind; names of files stay as they are."""
    text = text.strip()
    if not text:
        return ""
    word = text.split(" ")[0]
    first = text[0] if "/" in word or "." in word else text[0].upper()
    return first + text[1:] + ("" if text[-1] in ".!?" else ".")
