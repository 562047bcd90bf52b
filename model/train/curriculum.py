"""What nano is shown when: strong marks and fog first, everything later.

From scratch, six subtasks at once learn nothing in 20,000 samples on two cores, while text alone does (measured),
so the kinds arrive one after another. Counted in samples, so that a GPU passes through in a minute.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NONE", "STAGES", "Stage", "stage"]

NONE = "none"
"""The name of "no foreground" among the kinds of a mixture."""


@dataclass(frozen=True)
class Stage:
    """until: samples seen when the stage ends.   kinds: weights by kind or look of `alphablend.LOOKS`.

    strength: range of how opaque the overlays are, within each kind's own 0..1.
    """

    until: float
    kinds: dict[str, float]
    strength: tuple[float, float]


STAGES = (
    Stage(6_000, {"text": 0.65, "icon": 0.05, "fog": 0.2, NONE: 0.1}, (0.4, 1.0)),
    Stage(40_000, {"text": 0.5, "icon": 0.12, "fog": 0.25, NONE: 0.13}, (0.15, 1.0)),
    Stage(float("inf"), {"text": 0.4, "icon": 0.12, "logo": 0.06, "fog": 0.22, "flare": 0.08, NONE: 0.12}, (0.0, 1.0)),
)


def stage(samples: int) -> Stage:
    return next(s for s in STAGES if samples < s.until)
