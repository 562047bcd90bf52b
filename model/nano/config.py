"""Every threshold of the embedded engine, with its unit and where it was measured, and the calibration data.

`NanoConfig` holds one section for each module. The numbers that follow from the weights (logistic regressions, policy)
lie in calibration.json, written by `python -m model.evaluate.calibrate`. Longer accounts of the measurements are in
EXPERIMENTS.md. "Unchanged" below means the background error divided by that of the untouched composite.
Knows nothing of networks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ..types import Kind

__all__ = [
    "CALIBRATION",
    "Calibration",
    "CandidateConfig",
    "ComponentConfig",
    "DetectorConfig",
    "DrawingConfig",
    "EdgeConfig",
    "FitConfig",
    "JudgeWeights",
    "NanoConfig",
    "TilingConfig",
    "WindowConfig",
    "load_calibration",
    "save_calibration",
]

CALIBRATION = Path(__file__).with_name("calibration.json")
"""The calibration file of the package."""

CLASSIC, LEAVE = "classic", "leave"


@dataclass(frozen=True)
class JudgeWeights:
    """The logistic regression of `judge`. weights, low, high: one number for each of `judge.FEATURES`, in that order.

    low, high: the range in which a feature was seen; values beyond it are clipped.
    """

    bias: float
    weights: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """What is fitted on validation pictures after every training.

    Attributes
    ----------
    marks, veils, veils_given_marks, weather : tuple of float
        Logistic regressions over the features of `detect`, bias first.
    blend : mapping of Kind to 6 floats
        Exponent of the blend head, weight of the edge's log-likelihoods, a bias for each type of `layout.BLENDS`.
    policy : mapping of Kind to "classic" or "leave"
        Kinds that `classic` removes better, and kinds that are removed only if they are asked for.
    judge : JudgeWeights, optional
        Of the probability that a whole answer is right; None: answers are given as they are.
    nothing : 5 floats, optional
        Logistic regression over `judge.nothing_features`, bias first: that a picture without an answer is clean.
    """

    marks: tuple[float, ...]
    veils: tuple[float, ...]
    veils_given_marks: tuple[float, ...]
    weather: tuple[float, ...]
    blend: Mapping[Kind, tuple[float, ...]] = field(default_factory=dict)
    policy: Mapping[Kind, str] = field(default_factory=dict)
    judge: JudgeWeights | None = None
    nothing: tuple[float, ...] | None = None

    def automatic(self, kinds: frozenset[Kind]) -> frozenset[Kind]:
        """Those of `kinds` that are removed without being asked for."""
        return frozenset(kind for kind in kinds if self.policy.get(kind) != LEAVE)

    def prefers_classic(self, kind: Kind | None) -> bool:
        return kind is not None and self.policy.get(kind) == CLASSIC

    @property
    def trusts_classic(self) -> bool:
        """Whether there is a kind that `classic` may find without being asked for it."""
        return CLASSIC in self.policy.values()

    def leaves(self, kind: Kind) -> bool:
        return self.policy.get(kind) == LEAVE


@cache
def load_calibration(path: Path = CALIBRATION) -> Calibration:
    """Read a calibration file; each path is read once a process.

    Raises ValueError or KeyError where it is not one: the file belongs to the package.
    """
    found = json.loads(path.read_text(encoding="utf-8"))
    presence = {name: tuple(found["presence"][name]) for name in ("marks", "veils", "veils_given_marks", "weather")}
    blend = {Kind(kind): tuple(weights) for kind, weights in found["blend"].items()}
    policy = {Kind(k): choice for k, choice in found["policy"].items()}
    return Calibration(**presence, blend=blend, policy=policy, judge=_judge(found), nothing=_nothing(found))


def _judge(found: dict[str, Any]) -> JudgeWeights | None:
    judge = found.get("judge")
    return judge and JudgeWeights(judge["bias"], *(tuple(judge[name]) for name in ("weights", "low", "high")))


def _nothing(found: dict[str, Any]) -> tuple[float, ...] | None:
    return tuple(found["nothing"]) if found.get("nothing") else None


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration file that `load_calibration` reads. Replaces the file atomically."""
    c = calibration
    presence = {"marks": c.marks, "veils": c.veils, "veils_given_marks": c.veils_given_marks, "weather": c.weather}
    content = {
        "presence": presence,
        "blend": {str(kind): weights for kind, weights in c.blend.items()},
        "policy": {str(kind): choice for kind, choice in sorted(c.policy.items())},
        "judge": c.judge and asdict(c.judge),
        "nothing": c.nothing,
    }
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


@dataclass(frozen=True)
class DetectorConfig:
    """How one network is used. side: longest side of its low-resolution input, pixels.

    gates: presence, 0..1, at which a layer begins and from which it is taken whole.
    """

    side: int
    gates: tuple[float, float]


@dataclass(frozen=True)
class EdgeConfig:
    """`edge_likelihood`: pairs of pixels on both sides of a mark's outline."""

    max_pairs: int = 3000
    """Pairs that are compared; enough for a median."""
    min_pairs: int = 200
    """Pairs below which there is no likelihood."""
    step_distance: int = 5
    """Pixels between two places of the background whose difference is measured; as far apart as most pairs."""
    surroundings: int = 25
    """Side in pixels of the neighbourhood of the outline in which these differences are measured."""
    noise: float = 0.004
    """Difference, 0..1, that noise and JPEG make on flat ground: one level of 255."""
    max_residual: float = 8.0
    """Residual cap, in scales, of the truncated Laplace likelihood."""


@dataclass(frozen=True)
class ComponentConfig:
    """`components`: rejection of connected components."""

    max_pixels: int = 2_000_000
    """A native-size mark is filtered on at most this many pixels."""
    min_gain: float = 0.3
    """Share of the expected likelihood ratio that a component's own edge must reach. 24 validation texts, mean of
    unchanged: 0.645 at 0, 0.633 at 0.15, 0.618 at 0.3, 0.620 at 0.5."""
    min_likelihood_ratio: float = 3.0
    """Log-likelihood ratio of what remains, below which it is not one ink and nothing is rejected."""
    min_pairs: int = 24
    """Pairs of pixels below which a component is not judged."""
    rounds: int = 2


@dataclass(frozen=True)
class TilingConfig:
    """`tiling`: marks that repeat themselves."""

    max_pixels: int = 1_500_000
    """Instances are compared on at most this many pixels."""
    mask_alpha: float = 0.04
    """Alpha from which a pixel belongs to the fitted mask."""
    min_correlation: float = 0.7
    """Correlation of the mask with its shifted self from which a shift counts. Of 24 validation pictures 14 of the 15
    tiled ones reach 0.57, single marks stay below 0.5 but for two of few large letters (0.64, 0.68)."""
    relative_correlation: float = 0.8
    """Share of the best correlation that other shifts must reach."""
    min_shift: int = 40
    """Length of a shift, pixels; below it letters correlate with other letters."""
    min_overlap: float = 0.05
    """Share of the picture that must overlap."""
    min_variance: float = 0.04
    """Share of the mask's variance that must lie in the overlap."""
    max_shifts: int = 12
    """13 tiled validation marks: 0.385 of unchanged with 12, 0.380 with 24 in twice the time."""
    vote: tuple[float, float] = (0.25, 0.55)
    """Share of the instances that show a pixel: rejected below the first, accepted from the second."""
    full_alpha_quantile: float = 0.8
    """Quantile of alpha within the mask that stands for its full alpha."""
    prior_transmission: float = 2.0
    """Weight of the prior transmission, against the summed variance (0..1 squared) of the instances. With
    `prior_emission`, 13 tiled validation marks: 0.385 of unchanged; 0.43 with a tenth of both."""
    prior_emission: float = 1.5
    """Weight of the prior emission, in instances."""
    edge_pixels: int = 3
    """Width in pixels of the soft edge around the voted mask that is fitted too."""


@dataclass(frozen=True)
class FitConfig:
    """`fit`: one ink in closed form, and inpainting where a mark is opaque."""

    max_pixels: int = 2_000_000
    """The ink is fitted on at most this many pixels."""
    inpaint_max_pixels: int = 1_500_000
    opaque_transmission: float = 0.2
    """Transmission below which a pixel is inpainted."""
    edge_transmission: float = 0.6
    """The same for pixels within `edge_pixels` of an opaque one, whose inversion is not trusted."""
    edge_pixels: int = 2
    """Width in pixels of the soft edge of an opaque mark."""
    min_opaque_pixels: int = 40
    """Opaque pixels below which nothing is inpainted."""


@dataclass(frozen=True)
class CandidateConfig:
    """`candidates`: blend types and latent samples."""

    min_probability: float = 0.02
    """Probability of a blend type below which it makes no candidate."""
    min_second_probability: float = 0.15
    """Blend types from this probability on precede further latent samples of the likeliest."""


@dataclass(frozen=True)
class WindowConfig:
    """`windows`: very tall or wide pictures."""

    max_aspect: float = 2.6
    """Longer side over the shorter one from which windows are looked at: beyond all formats of films and phones."""
    min_side: int = 1280
    """Longer side, pixels, up to which the global pass sees the picture unreduced."""
    aspect: float = 1.6
    """Longer side of a window over its shorter one."""
    overlap: float = 0.35
    """Share of a window's shorter side that neighbours share."""


@dataclass(frozen=True)
class DrawingConfig:
    """Pictures that are no photographs (`model.imaging.drawings`), and marks in them (`shows_through`).

    470 photographs of the pack and 157 of them in fog against 192 drawings.
    """

    coefficients: tuple[float, float, float, float] = (-11.458, 14.198, -7.295, 5.545)
    """Logistic regression over `drawing_features`, bias first."""
    min_probability: float = 0.3
    """Of a drawing, from which a mark must let the picture show through."""
    min_veil_probability: float = 0.7
    """The same, from which veils and weather are not found if there are hard steps too: dense fog leaves few colours,
    but no hard steps."""
    min_veil_steps: float = 0.3
    """Share of hard steps (`drawing_features`) from which that holds."""
    min_evidence: float = 0.1
    """`shows_through` from which a mark in a drawing is believed."""
    min_pairs: int = 200
    """Pairs of pixels across the outline that are needed."""
    min_ground: float = 0.04
    """Share of the pairs that one colour of the ground must have to count."""
    tolerance: float = 0.045
    """Difference, 0..1, within which a pixel is explained."""


@dataclass(frozen=True)
class NanoConfig:
    """Everything that `NanoEngine` can be configured by, but for its networks."""

    marks: DetectorConfig = DetectorConfig(side=1280, gates=(0.3, 0.6))
    """A doubtful mark would leave haze on clean ground, so the gates are narrow."""
    veils: DetectorConfig = DetectorConfig(side=288, gates=(0.15, 0.4))
    """Trained at 128 to 224 pixels. 20 validation pictures, fog given: 0.51 of unchanged at 224, 0.47 at 288, 0.53 at
    352. A veil thins out softly, so the gates are low."""
    weather: DetectorConfig = DetectorConfig(side=1280, gates=(0.3, 0.95))
    """40 validation pictures with rain, mean: 0.608, 0.627 with the gates of marks, 0.622 with (0.6, 0.95)."""
    weather_screen_side: int = 480
    """Longest side of the picture on which `weather` predicts first, an eighth of its own cost or less."""
    min_weather_screen: float = 0.05
    """Probability of weather in that prediction below which the larger one is not made. See EXPERIMENTS.md."""
    max_tile_pixels: int = 3_000_000
    """Pixels of a mark's tiles together above which they are refined at a reduced size, but for quality "best". Six
    texts over pictures of 9.8 megapixels: 0.34 of unchanged at native size, 0.35 at 5 million, 0.25 at 3 million."""
    min_release_pixels: int = 4_000_000
    """Pixels of a picture from which on the networks' memory is given back before a layer is fitted and finished: at 24
    megapixels a peak of 51 bytes a pixel without it. Loading a network again takes 0.3 s."""
    min_confidence: float = 0.8
    """Probability of a foreground below which nothing is found. 36 clean validation pictures: three false marks at
    0.65, none from 0.75 on; of 16 texts and 12 logos 14 and 9 are found at either."""
    min_veil_confidence: float = 0.85
    """The same for a veil, which changes the whole picture. 100 validation pictures without one: no false fog from 0.8
    on; 60 with fog: 80 % found at 0.7, 75 % at 0.85, 73 % at 0.9."""
    min_answer_confidence: float = 0.5
    """Probability of the judge, that an answer is better than none, below which nothing is found."""
    min_alpha: float = 0.02
    """Alpha from which a pixel counts as covered: 5 of 255."""
    min_coverage: float = 0.0004
    """Share of the picture that must be covered; less is a stray pixel."""
    min_box_share: float = 0.95
    """Share of a hint's bounding box that it covers from which it counts as a box rather than as drawn along a mark."""
    max_box_of_picture: float = 0.9
    """Share of the picture up to which a boxed hint says where a mark is."""
    max_box_covered: float = 0.45
    """Share of a boxed hint that a layer may cover. 21 composites under boxes that no training-free model explains:
    beyond it 10 of 16 answers were worse than the picture, 4.0 of unchanged at worst; without the hint no mark was."""
    min_strokes_on_mark: float = 0.4
    """Share of a hint that must lie on a mark predicted without it for the hint to select that mark. Six strokes on 28
    validation texts and logos: 17 reach 0.4, of which two get worse, by 0.06 at most."""
    edges: EdgeConfig = EdgeConfig()
    components: ComponentConfig = ComponentConfig()
    tiling: TilingConfig = TilingConfig()
    fit: FitConfig = FitConfig()
    candidates: CandidateConfig = CandidateConfig()
    windows: WindowConfig = WindowConfig()
    drawings: DrawingConfig = DrawingConfig()
    calibration: Calibration = field(default_factory=load_calibration)
