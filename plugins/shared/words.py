"""Every sentence that both plugins show: the dialog's labels and tooltips, the result, and what to do after a failure.

The words for values that travel (kinds, blend types, stages...) are those of `bridge.wire.labels`; here they meet the
plugins' translation. Knows nothing of either program. Each text passes `tr`.
"""

import traceback
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from bridge.wire import BadMessage, Candidate, DaemonUnavailable, EngineInfo, JobCancelled, WireError, labels

from .choice import AUTO, Choice
from .language import tr

__all__ = [
    "UserError",
    "area_labels",
    "blend_labels",
    "engine_label",
    "explain",
    "field_labels",
    "field_tooltips",
    "found",
    "group_name",
    "kind_labels",
    "layer_names",
    "missing_candidates",
    "nothing_found",
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
        "overlay": tr("Overlay"),
        "candidates": tr("Candidates"),
        "quality": tr("Quality"),
    }


def field_tooltips() -> Dict[str, str]:
    """What each field of the dialog means."""
    return {
        "engine": tr("The method that finds the layers. 'nano' comes with diffdecompose and needs no graphics card."),
        "blend": tr(
            "How the foreground lies over the background, as in the layer list: Normal covers it, Multiply darkens it, "
            "Screen and Add brighten it. Automatic lets the engine decide."
        ),
        "kind": tr("What lies over the picture. Say it where you know it: the result is better."),
        "prompt": tr("The foreground in your own words, for engines that read them."),
        "source": tr("What is taken apart: the active layer, or what you see of all layers together."),
        "area": tr("What the selection means: only there may pixels change, or there is the foreground."),
        "overlay": tr("The foreground itself, where you have it: it is found at any place, size and angle."),
        "candidates": tr(
            "How many different answers you want to choose from. The best comes first; the engine may find fewer."
        ),
        "quality": tr("Fast takes less time, Best looks at the picture several times."),
    }


def blend_labels() -> Dict[str, str]:
    return {AUTO: tr("Automatic"), **labels.translated(labels.BLENDS_EXPLAINED, tr)}


def kind_labels() -> Dict[str, str]:
    return {AUTO: tr("Automatic"), **labels.translated(labels.KINDS, tr)}


def quality_labels() -> Dict[str, str]:
    return labels.translated(labels.QUALITIES, tr)


def source_labels() -> Dict[str, str]:
    return {"layer": tr("The active layer"), "merged": tr("The whole picture, merged")}


def area_labels() -> Dict[str, str]:
    return {
        "all": tr("Ignore: the whole layer may change"),
        "selection": tr("Change only what is selected"),
        "hint": tr("The foreground is selected"),
    }


def engine_label(name: str, engine: Optional[EngineInfo]) -> str:
    """The engine with its state, once the service has reported it."""
    return name if engine is None else f"{name} ({labels.engine_state(engine, tr)})"


def stage_label(stage: str) -> str:
    return labels.stage(stage, tr)


def time_left(seconds: Optional[float]) -> str:
    return labels.time_left(seconds, tr)


def group_name(picture: str, index: int = 0) -> str:
    """The name of the group of a candidate (0 = the best) of the picture of that name."""
    name = tr("{name}: layers").format(name=picture)
    return name if index == 0 else f"{name} ({index + 1})"


def layer_names(candidate: Candidate) -> List[str]:
    """The names of a candidate's layers, bottom to top: the background, then what each foreground is."""
    name = labels.layer_name(candidate.info, tr)
    count = len(candidate.layers) - 1
    return [tr("Background"), *(name if count == 1 else f"{name} {n}" for n in range(1, count + 1))]


def found(candidate: Candidate) -> str:
    """One line on what was found, over how much of the picture, and how sure the engine is."""
    return labels.found(candidate.info, tr)


def missing_candidates(wanted: int, count: int) -> str:
    """What to say where fewer candidates were found than were asked for; empty where all are there."""
    return labels.missing_candidates(wanted, count, tr)


def nothing_found(choice: Choice) -> UserError:
    """No layer was found, and what has not been tried yet."""
    if choice.overlay:
        what = tr("The overlay was not found in this picture. It was not changed.")
        return UserError(what, tr("Choose another overlay, or none and say what the foreground is."))
    what = tr("No layer was found in this picture. It was not changed.")
    hint = tr("paint a hint: select where the foreground is and choose 'The foreground is selected'")
    if choice.kind == AUTO and choice.area != "hint":
        return UserError(what, tr("Say what the foreground is, or {hint}.").format(hint=hint))
    if choice.kind == AUTO:
        return UserError(what, tr("Say what the foreground is, or select a larger area."))
    if choice.area != "hint":
        return UserError(what, _sentence(hint))
    return UserError(what, tr("Choose another kind of foreground, or Automatic."))


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
