"""What people read for the values that travel: kinds, blend types, stages, engine states, confidence, time left.

The one source for the viewer, both plugins and the command line. Texts are English. Each table is listed in `TABLES`
and every function takes `tr`, the caller's translation (Qt's or gettext's), so that one catalogue of translations
serves all; `ui.translations.build` collects the texts from here. Knows nothing of widgets. Standard library, Python 3.9
syntax.
"""

from math import ceil
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from .parts import CandidateInfo, EngineInfo

__all__ = [
    "BLENDS",
    "BLENDS_EXPLAINED",
    "CONFIDENCES",
    "ENGINES",
    "ENGINE_STATES",
    "KINDS",
    "LAYERED_ENDINGS",
    "LAYER_NAMES",
    "QUALITIES",
    "READABLE_ENDINGS",
    "STAGES",
    "TABLES",
    "Translate",
    "confidence",
    "coverage",
    "engine_needs",
    "engine_state",
    "found",
    "layer_name",
    "missing_candidates",
    "stage",
    "time_left",
    "translated",
]

Translate = Callable[[str], str]

BLENDS: Dict[str, str] = {"normal": "Normal", "multiply": "Multiply", "screen": "Screen", "add": "Add"}

BLENDS_EXPLAINED: Dict[str, str] = {
    "normal": "Normal (watermark, stain, object)",
    "multiply": "Multiply (shadow, X-ray, ink)",
    "screen": "Screen (haze, reflection)",
    "add": "Add (flare, light)",
}

KINDS: Dict[str, str] = {
    "watermark": "Watermark or text",
    "fog": "Fog or smoke",
    "rain": "Rain",
    "snow": "Snow",
    "flare": "Lens flare or light",
    "xray": "X-ray tissue or shadow",
    "cell": "Cells",
    "glass": "Glass or reflection",
}
"""The kinds of `model.types.Kind`, in its order; the wire type is `parts.Kind`."""

LAYER_NAMES: Dict[Optional[str], str] = {
    "watermark": "Watermark",
    "fog": "Fog",
    "rain": "Rain",
    "snow": "Snow",
    "flare": "Lens flare",
    "xray": "Shadow",
    "cell": "Cells",
    "glass": "Glass",
    None: "Foreground",
}
"""A layer's name by its kind; None where the kind is not known."""

_KNOWN_OVERLAY = "overlay"
"""The engine of a candidate that is the overlay which was handed in."""

QUALITIES: Dict[str, str] = {"fast": "Fast", "normal": "Normal", "best": "Best"}

STAGES: Dict[str, str] = {
    "": "Starting",
    "connect": "Finding the service",
    "upload": "Sending the picture",
    "queued": "Waiting in the queue",
    "load": "Loading the engine",
    "text": "Reading the prompt",
    "network": "Looking for layers",
    "finish": "Solving at full size",
    "save": "Keeping the result",
    "fetch": "Fetching the layers",
    "insert": "Inserting the layers",
    "export": "Writing the layered file",
}
"""In the order in which a job goes through them; `export` is a job of its own."""

ENGINES: Dict[str, str] = {
    "nano": "A small network that comes with diffdecompose.",
    "classic": "Methods without training, for fog, rain and marked areas.",
    "flux": "DiffDecompose, the method of the paper, on FLUX.1 [dev].",
    "qwen-layered": "Qwen-Image-Layered: splits a picture into several objects.",
}
"""What an engine is, in a sentence."""

ENGINE_STATES: Dict[str, str] = {
    "ready": "ready",
    "loaded": "in memory",
    "loading": "loading",
    "memory": "too little memory",
    "weights": "needs a download",
    "": "not available",
}
"""By `EngineInfo.state`, or where that is "unavailable" by `EngineInfo.lacks`."""

CONFIDENCES: Dict[str, str] = {"high": "high", "medium": "medium", "low": "low"}

TABLES: Tuple[Mapping[Any, str], ...] = (
    BLENDS,
    BLENDS_EXPLAINED,
    KINDS,
    LAYER_NAMES,
    QUALITIES,
    STAGES,
    ENGINES,
    ENGINE_STATES,
    CONFIDENCES,
)

LAYERED_ENDINGS = ("psd", "psb", "ora")
"""Of the files with layers that the service writes and the viewer opens as layers."""
READABLE_ENDINGS = (
    *("png", "jpg", "jpeg", "jpe", "jfif", "webp", "tif", "tiff", "avif", "heic", "heif", "gif", "bmp"),
    *LAYERED_ENDINGS,
    "kra",
)
"""Of every file that `bridge.formats` reads."""


def translated(table: Mapping[str, str], tr: Translate) -> Dict[str, str]:
    """The table with its texts in the interface language."""
    return {value: tr(text) for value, text in table.items()}


def stage(name: str, tr: Translate) -> str:
    """A stage as a person says it; one this version does not know as the service named it."""
    return tr(STAGES[name]) if name in STAGES else name[:1].upper() + name[1:]


def engine_state(engine: EngineInfo, tr: Translate) -> str:
    """What an engine does now, or in a word why it cannot run."""
    return tr(ENGINE_STATES[engine.lacks if engine.state == "unavailable" else engine.state])


def engine_needs(engine: EngineInfo, tr: Translate) -> str:
    """A paragraph on an engine that cannot run, a line a fact.

    What it is; size and licence of its weights; the graphics card it needs; what is missing; the command that fetches
    it. An older daemon tells neither weights nor command.
    """
    lines = [f"{engine.name} ({engine_state(engine, tr)})"]
    if engine.name in ENGINES:
        lines.append(tr(ENGINES[engine.name]))
    for model in engine.models:
        text = tr("Weights {name}: {size} GB. Licence: {licence}.")
        line = text.format(name=model.name, size=f"{model.gigabytes:g}", licence=model.licence)
        lines.append(f"{line} {tr('They are on this computer.')}" if model.installed else line)
    memory = max((model.device_gib for model in engine.models), default=0.0)
    if memory:
        lines.append(tr("Needs an NVIDIA graphics card with at least {n} GB.").format(n=ceil(memory)))
    # The command is the advice: what the daemon advises behind the colon would be a second one.
    detail = engine.detail.partition(": ")[0] if engine.command else engine.detail
    lines.append(tr("What is missing: {detail}").format(detail=detail))
    if engine.command:
        lines += [tr("To fetch it, type in a terminal:"), f"    {engine.command}"]
    return "\n".join(lines)


def time_left(seconds: Optional[float], tr: Translate) -> str:
    """How long it will take, as roughly as it is known; empty where it is not."""
    if seconds is None:
        return ""
    if seconds < 1.5:
        return tr("almost done")
    if seconds < 55:
        return tr("about {n} s left").format(n=round(seconds) if seconds < 10 else 5 * round(seconds / 5))
    return tr("about {n} min left").format(n=max(1, round(seconds / 60)))


def confidence(value: float, tr: Translate) -> str:
    """A confidence of 0..1 in a word: high from 0.75, medium from 0.45, else low."""
    return tr(CONFIDENCES["high" if value >= 0.75 else "medium" if value >= 0.45 else "low"])


def coverage(share: float, tr: Translate) -> str:
    """A share of 0..1 of the picture in per cent; a trace is not rounded to nothing."""
    return tr("under 1 %") if 0 < share < 0.01 else f"{100 * share:.0f} %"


def layer_name(info: CandidateInfo, tr: Translate) -> str:
    """What to call the foreground: "Watermark (2 %)", or "Fog" where it lies over nearly the whole picture."""
    name = tr("Overlay") if info.engine == _KNOWN_OVERLAY else tr(LAYER_NAMES[info.kind])
    return name if info.coverage >= 0.9 else f"{name} ({coverage(info.coverage, tr)})"


def missing_candidates(wanted: int, count: int, tr: Translate) -> str:
    """What to say where fewer candidates were found than were asked for; empty where all are there."""
    if count >= wanted:
        return ""
    return tr("You asked for {wanted} candidates; the engine found only {count}.").format(wanted=wanted, count=count)


def found(info: CandidateInfo, tr: Translate) -> str:
    """One line on a candidate: what was found, over how much of the picture, how sure the engine is of it."""
    text = tr("Found: {what}, over {share} of the picture; confidence: {word}.")
    what = tr(KINDS[info.kind]) if info.kind is not None else tr(LAYER_NAMES[None])
    what = tr("Overlay") if info.engine == _KNOWN_OVERLAY else what
    return text.format(what=what, share=coverage(info.coverage, tr), word=confidence(info.confidence, tr))
