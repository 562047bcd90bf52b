"""Every sentence that is not the label of one widget: what a failure means, and `bridge.wire.labels` translated by Qt.

Knows nothing of widgets.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.formats import FormatError
from bridge.wire import DaemonUnavailable, EngineInfo, JobCancelled, WireError, labels

from .language import tr

__all__ = [
    "UserError",
    "blend_words",
    "bytes_word",
    "engine_needs",
    "engine_state",
    "explain",
    "kind_words",
    "missing_candidates",
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
    return labels.translated(labels.BLENDS, tr)


def kind_words() -> dict[str, str]:
    return labels.translated(labels.KINDS, tr)


def quality_words() -> dict[str, str]:
    return labels.translated(labels.QUALITIES, tr)


def engine_state(engine: EngineInfo) -> str:
    """What an engine does now, or why it cannot run."""
    return labels.engine_state(engine, tr)


def engine_needs(engine: EngineInfo) -> str:
    """A paragraph on an engine that cannot run: what it is, size, licence, needs, and the command that fetches it."""
    return labels.engine_needs(engine, tr)


def missing_candidates(wanted: int, count: int) -> str:
    """What to say where fewer candidates were found than were asked for; empty where all are there."""
    return labels.missing_candidates(wanted, count, tr)


def stage_word(stage: str) -> str:
    return labels.stage(stage, tr)


def time_left(seconds: float | None) -> str:
    return labels.time_left(seconds, tr)


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
