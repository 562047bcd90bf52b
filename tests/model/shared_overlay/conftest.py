"""Small photographs and an overlay drawn over them, for the tests of `model.shared_overlay`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
WIDTH, HEIGHT = 192, 128


@dataclass(frozen=True, eq=False)
class Scene:
    """photos, composites: uint8 H x W x 3.   emission, transmission: float32 H x W x 3."""

    photos: list[np.ndarray]
    composites: list[np.ndarray]
    emission: np.ndarray
    transmission: np.ndarray

    @property
    def inside(self) -> np.ndarray:
        return self.transmission.min(axis=-1) < 0.99


@pytest.fixture(scope="session")
def photos() -> list[np.ndarray]:
    """Sixteen different views: two of each example, seen from two sides, so that nothing is in common."""
    out = []
    for number, path in enumerate(sorted(EXAMPLES.glob("*.jpg"))[:8]):
        whole = cv2.imread(str(path))
        assert whole is not None
        whole = whole[..., ::-1]
        for part in (whole[:, : whole.shape[1] // 2], whole[::-1, whole.shape[1] // 2 :]):
            shown = cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
            out.append(np.ascontiguousarray(shown[:, ::-1] if number % 2 else shown))
    return out


def shape() -> np.ndarray:
    """Letters, float32 H x W, 0..1."""
    drawn = np.zeros((4 * HEIGHT, 4 * WIDTH), np.uint8)
    cv2.putText(drawn, "Proof", (150, 300), cv2.FONT_HERSHEY_DUPLEX, 5, 255, 28, cv2.LINE_AA)
    return cv2.resize(drawn, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def scene_of(photos: list[np.ndarray], alpha: float, colour: tuple[float, float, float]) -> Scene:
    opacity = (alpha * shape())[..., None]
    emission, transmission = opacity * np.asarray(colour, np.float32), 1 - np.repeat(opacity, 3, axis=-1)
    composites = [np.rint((emission + transmission * p / 255) * 255).astype(np.uint8) for p in photos]
    return Scene(photos, composites, emission, transmission)


@pytest.fixture(scope="session")
def scene(photos) -> Scene:
    """Yellow letters at an opacity of 0.6 over twelve photographs."""
    return scene_of(photos[:12], 0.6, (1.0, 0.8, 0.1))
