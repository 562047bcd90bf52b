"""What each of nano's networks is shown, and when.

From random weights, six subtasks at once teach nothing in 20,000 samples on two cores, and fog beside text from the
first step hid the text for 10,000, while text alone is found after 3,000 (all measured). So there are three networks,
each with a config of its own: `marks` sees crops and learns what has edges (text, icons, later rain and snow), strong
text first; `weather` sees crops of rain and snow, of which `marks` met too few; `veils` sees whole pictures, reduced,
and learns what is spread over them. Without a backbone it learned fog alone: shadows, flares and glass at once had not
moved after 63,000 samples (0.96 to 1.02 of unchanged); with one, all kinds can come from the first step (after 131,000
flare 0.73, glass 0.85).
Stages are counted in samples, so that a GPU passes through the first ones in a minute.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...nano.net import NanoParams
from ...types import Kind

__all__ = ["CONFIGS", "NONE", "Stage", "TrainConfig", "stage"]

NONE = "none"
"""The name of "no foreground" among the kinds of a mixture."""


@dataclass(frozen=True)
class Stage:
    """until: samples seen when the stage ends.   kinds: weights by kind or subtype of `alphablend.SUBTYPES`.

    strength: range of how opaque the overlays are, within each kind's own 0..1.
    tiles: share of samples that come with a coarse estimate; too many too soon, and nothing is learned without one.
    """

    until: float
    kinds: dict[str, float]
    strength: tuple[float, float]
    tiles: float = 0.0


@dataclass(frozen=True)
class TrainConfig:
    """params: the network's shape.   whole: share of samples that show a whole photograph, reduced, not a crop of it.

    sizes: (share, (H, W)) of the samples, pixels; a batch is counted in samples of the first size.
    kind_given: share of whole pictures that come with their kind.
    exclude: part of the names of photographs it is not shown.
    target_kinds: the kinds it learns; of others it learns to leave them alone. Empty: all.
    validated: what validation measures; the first `validated_often` at every checkpoint, all at the end of a run.
    """

    params: NanoParams
    stages: tuple[Stage, ...]
    sizes: tuple[tuple[float, tuple[int, int]], ...]
    whole: float
    validated: tuple[str, ...]
    validated_often: int = 3
    kind_given: float = 0.1
    exclude: str = ""
    target_kinds: frozenset[Kind] = frozenset()


MARKS = TrainConfig(
    NanoParams(letters=True),
    (
        Stage(9_000, {"plain": 0.8, "text": 0.1, NONE: 0.1}, (0.5, 1.0)),
        Stage(44_000, {"plain": 0.45, "text": 0.42, NONE: 0.13}, (0.25, 1.0), 0.1),
        Stage(110_000, {"plain": 0.4, "text": 0.38, NONE: 0.22}, (0.15, 1.0), 0.15),
        Stage(390_000, {"plain": 0.25, "text": 0.42, "icon": 0.13, NONE: 0.2}, (0.1, 1.0)),
        Stage(
            float("inf"),
            {"plain": 0.14, "text": 0.42, "icon": 0.06, "logo": 0.11, "solid": 0.02, "sticker": 0.02}
            | {"rain": 0.04, "snow": 0.04, NONE: 0.15},
            (0.05, 1.0),
        ),
    ),
    ((0.45, (128, 128)), (0.38, (256, 256)), (0.17, (384, 384))),
    whole=0.0,
    validated=("plain", "text", NONE, "icon", "logo", "rain", "snow"),
    exclude="CID22",  # many of these show signs and printed shirts: it learned to leave letters alone
)

VEILS = TrainConfig(
    NanoParams(widths=(32, 64, 112, 160), encoder=(1, 1, 1, 1), backbone=5),
    (
        Stage(30_000, {"fog": 0.3, "flare": 0.22, "xray": 0.2, "glass": 0.1, NONE: 0.18}, (0.3, 1.0)),
        Stage(
            130_000,
            {"fog": 0.28, "flare": 0.16, "xray": 0.16, "glass": 0.12, "cell": 0.06, "text": 0.04, NONE: 0.18},
            (0.1, 1.0),
        ),
        Stage(
            float("inf"),
            {"fog": 0.28, "flare": 0.13, "xray": 0.12, "glass": 0.11, "cell": 0.06, "text": 0.03, NONE: 0.27},
            (0.1, 1.0),
        ),
    ),
    ((0.26, (128, 128)), (0.24, (96, 160)), (0.12, (160, 96)), (0.16, (160, 224)), (0.22, (192, 288))),
    whole=0.4,
    validated=("fog", "flare", "xray", "glass", NONE, "cell"),
    validated_often=5,
    kind_given=0.5,
)

WEATHER = TrainConfig(
    NanoParams(widths=(32, 56, 96, 144), encoder=(1, 1, 2, 2), decoder=(1, 1, 1)),
    (
        Stage(30_000, {"rain": 0.5, "flakes": 0.2, "dirt": 0.15, NONE: 0.15}, (0.4, 1.0)),
        Stage(
            float("inf"),
            {"rain": 0.4, "flakes": 0.12, "dirt": 0.16, "stain": 0.1, "text": 0.04, "fog": 0.02, NONE: 0.16},
            (0.1, 1.0),
        ),
    ),
    ((0.6, (128, 128)), (0.3, (256, 256)), (0.1, (384, 384))),
    whole=0.0,
    validated=("rain", "snow", NONE, "flakes", "dirt", "stain"),
    kind_given=0.3,
    target_kinds=frozenset({Kind.RAIN, Kind.SNOW}),
)

CONFIGS = {"marks": MARKS, "veils": VEILS, "weather": WEATHER}


def stage(config: TrainConfig, samples: int) -> Stage:
    return next(s for s in config.stages if samples < s.until)
