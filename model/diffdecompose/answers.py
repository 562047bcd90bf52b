"""What the sampler gives: typed layers; and how they become candidates for the shared `finish`.

The network answers with pictures. A candidate wants what light a layer adds and lets through, so the blend
type is needed: given, or inferred as the one whose recomposition comes nearest to the picture. Numpy only,
apart from the one function that takes tensors; knows nothing of the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..blending import composite, emission_transmission
from ..types import BlendType, Box, Candidate, Estimate, Kind

if TYPE_CHECKING:
    import torch

__all__ = ["Answer", "Answers", "blend_errors", "recompose", "to_candidate"]

NOTHING = 0.02
"""A layer whose alpha stays below this everywhere is none: the autoencoder's alpha wavers by about 1/255 to 4/255."""


@dataclass(frozen=True, eq=False)
class Answer:
    """One sample of the posterior, float32 in 0..1.

    foregrounds: h x w x 4, straight alpha, top first.   background: h x w x 3.
    """

    foregrounds: tuple[np.ndarray, ...]
    background: np.ndarray
    seed: int

    @classmethod
    def from_tensor(cls, pictures: torch.Tensor, seed: int) -> Answer:
        """pictures: (n + 1, 4, h, w) in 0..1, foregrounds first, the background last; its alpha is dropped."""
        arrays = pictures.permute(0, 2, 3, 1).float().cpu().numpy()
        return cls(tuple(arrays[:-1]), arrays[-1, ..., :3], seed)


@dataclass(frozen=True, eq=False)
class Answers:
    """All candidates of one call, in the order of their seeds. notes: what was changed on the way, for a person."""

    candidates: tuple[Answer, ...]
    notes: tuple[str, ...] = ()


def recompose(answer: Answer, blend: BlendType) -> np.ndarray:
    """The answer's layers stacked again, every foreground by `blend`: float32 h x w x 3."""
    stack = answer.background
    for layer in reversed(answer.foregrounds):
        stack = composite(layer[..., 3:], layer[..., :3], stack, blend)
    return stack


def blend_errors(answer: Answer, picture: np.ndarray) -> dict[BlendType, float]:
    """Root mean square of recomposition minus `picture` (h x w x 3, 0..1) for each blend type."""
    return {blend: float(np.sqrt(np.mean((recompose(answer, blend) - picture) ** 2))) for blend in BlendType}


def to_candidate(
    answer: Answer,
    picture: np.ndarray,
    box: Box,
    engine: str,
    blend: BlendType | None = None,
    kind: Kind | None = None,
    presence: np.ndarray | None = None,
) -> Candidate:
    """The answer as estimates over `box`, the native rectangle that the h x w grid covers.

    picture: what the network saw, float h x w x 3, 0..1.   blend: None = the best explanation of the picture.
    presence: float h x w, 0..1, where the user says foreground may be; scales what each layer does.
    confidence falls from 1 by a factor e with every 0.05 of recomposition error: a sample that explains the
    picture is worth more than one that does not.
    """
    errors = blend_errors(answer, picture)
    chosen = blend or min(errors, key=errors.__getitem__)
    confidence = float(np.exp(-errors[chosen] / 0.05))
    layers = []
    for layer in answer.foregrounds:
        alpha = layer[..., 3] if presence is None else layer[..., 3] * presence
        if alpha.max() < NOTHING:
            continue
        emission, transmission = emission_transmission(alpha[..., None], layer[..., :3], chosen)
        layers.append(
            Estimate(
                emission=emission.astype(np.float16),
                transmission=transmission.astype(np.float16),
                alpha=alpha.astype(np.float16),
                blend=chosen,
                confidence=confidence,
                box=box,
            )
        )
    paint = answer.background.astype(np.float16) if layers else None
    return Candidate(tuple(layers), paint, answer.seed, confidence, engine, kind)
