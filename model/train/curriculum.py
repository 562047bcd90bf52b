"""What nano is shown when: strong text first, then fog, everything later.

From scratch, six subtasks at once learn nothing in 20,000 samples on two cores, and fog beside text from the first
step hid the text for 10,000, while text alone is found after 3,000 (all measured). So the kinds arrive one after
another. Counted in samples, so that a GPU passes through in a minute.
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
    tiles: share of samples that come with a coarse estimate; too many too soon, and nothing is learned without one.
    """

    until: float
    kinds: dict[str, float]
    strength: tuple[float, float]
    tiles: float


STAGES = (
    Stage(9_000, {"plain": 0.8, "text": 0.1, NONE: 0.1}, (0.5, 1.0), 0.0),
    Stage(44_000, {"plain": 0.45, "text": 0.42, NONE: 0.13}, (0.25, 1.0), 0.1),
    Stage(90_000, {"plain": 0.4, "text": 0.38, NONE: 0.22}, (0.15, 1.0), 0.15),
    Stage(160_000, {"plain": 0.25, "text": 0.3, "icon": 0.1, "fog": 0.1, NONE: 0.25}, (0.1, 1.0), 0.2),
    Stage(
        float("inf"),
        {"text": 0.4, "icon": 0.12, "logo": 0.06, "fog": 0.22, "flare": 0.08, NONE: 0.12},
        (0.0, 1.0),
        0.3,
    ),
)


def stage(samples: int) -> Stage:
    return next(s for s in STAGES if samples < s.until)
