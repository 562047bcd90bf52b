"""What the artist chose in the dialog, and how it becomes the options of a job.

Knows nothing of widgets. A choice survives being written down and read back, whatever an older or newer
version of the plugin wrote.
"""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from bridge.wire import Options, labels

__all__ = ["AREAS", "AUTO", "BLENDS", "ENGINES", "KINDS", "QUALITIES", "SOURCES", "Choice"]

AUTO = "auto"
ENGINES = ("nano", "classic", "flux", "qwen-layered")
BLENDS = (AUTO, *labels.BLENDS)
KINDS = (AUTO, *labels.KINDS)
QUALITIES = tuple(labels.QUALITIES)
SOURCES = ("layer", "merged")
AREAS = ("all", "selection", "hint")
"""What the selection means: nothing, "change only these pixels", or "the foreground is here"."""

_ALLOWED = {
    "engine": ENGINES,
    "blend": BLENDS,
    "kind": KINDS,
    "quality": QUALITIES,
    "source": SOURCES,
    "area": AREAS,
}


@dataclass(frozen=True)
class Choice:
    """One value for each field of the dialog. candidates: 1..8. prompt: free words.

    overlay: the known overlay, empty = not known; `shared.overlay` says what its text means.
    """

    engine: str = "nano"
    blend: str = AUTO
    kind: str = AUTO
    prompt: str = ""
    source: str = "layer"
    area: str = "all"
    candidates: int = 1
    quality: str = "normal"
    overlay: str = ""

    def options(self) -> Options:
        """The options of the job. Where to read, what the selection means and the overlay are not among them."""
        given: Any = {name: getattr(self, name) for name in ("blend", "kind") if getattr(self, name) != AUTO}
        quality: Any = self.quality
        return Options(
            engine=self.engine, prompt=self.prompt.strip(), candidates=self.candidates, quality=quality, **given
        )

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Choice":
        """The choice that `to_text` wrote; what is missing, unknown or out of range takes its default."""
        try:
            stored = json.loads(text)
        except ValueError:
            return cls()
        if not isinstance(stored, dict):
            return cls()
        valid = {f.name: stored[f.name] for f in fields(cls) if f.name in stored and _fits(f.name, stored[f.name])}
        return cls(**valid)


def _fits(name: str, value: Any) -> bool:
    if name in _ALLOWED:
        return value in _ALLOWED[name]
    if name == "candidates":
        return type(value) is int and 1 <= value <= 8
    return isinstance(value, str) and len(value) <= 4000
